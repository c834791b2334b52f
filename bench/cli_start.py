"""Start of the command line: CPU seconds of `foveal --version`, of a command's help, of all commands' help.

    python -m bench.cli_start [--rounds 7]

The whole process, interpreter included, best of the rounds, against the limits of the requirements.
Prints one JSON object a line.
"""

import argparse
import resource
import subprocess
import sys

from bench.lines import compare_with_limit

LIMITS = {"--version": 0.15, "upload --help": 0.35, "ls --help": 0.35, "--help": 0.5}
PROGRAM = "import sys; sys.argv[0] = 'foveal'; from foveal.cli import main; main()"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    for line, limit in LIMITS.items():
        seconds = min(cpu_seconds(line.split()) for _ in range(rounds))
        compare_with_limit(f"foveal {line}, CPU", seconds, limit, "s CPU", better="less")


def cpu_seconds(arguments: list[str]) -> float:
    """Return the CPU time of one run of the program."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", PROGRAM, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


if __name__ == "__main__":
    main()
