"""Start of the command line: a command imports what it uses, and help needs neither HTTP nor checksums."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from foveal.cli import GROUPS

ROOT = Path(__file__).resolve().parents[3]
FORBIDDEN = ("httpx2", "awscrt", "anyio", "pathspec._backends.agg", "boto3", "botocore", "pymongo", "numpy", "pyarrow")
PROGRAM = """
import sys
sys.argv = ["foveal", *{arguments}]
from foveal.cli import main
try:
    main()
finally:
    print(*sorted(set({forbidden}) & set(sys.modules)), file=sys.stderr)
"""


def imported(*arguments: str) -> set[str]:
    """Return which of the forbidden modules a command imports."""
    program = PROGRAM.format(arguments=list(arguments), forbidden=FORBIDDEN)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], *([name, "--help"] for name in GROUPS)])
def test_help_imports_no_library_of_the_work_itself(arguments: list[str]) -> None:
    assert imported(*arguments) == set()
