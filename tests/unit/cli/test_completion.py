"""Completion in shells: each has its script, and bash completes commands and options."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SHELLS = ("bash", "zsh", "fish", "pwsh")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment whose path has the program `foveal`."""
    program = tmp_path / "foveal"
    program.write_text(f"#!{sys.executable}\nfrom foveal.cli import main\nmain()\n")
    program.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    named = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}  # tests may run without a shell above them
    return {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "LANG": "C.UTF-8", **named}


@pytest.mark.parametrize("shell", SHELLS)
def test_script_of_each_shell_is_printed(shell: str, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["foveal", "--show-completion", shell], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "_FOVEAL_COMPLETE" in done.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["foveal", "anno"], {"annotate", "annotation"}),
        (["foveal", "versions", "re"], {"revert", "retrieve"}),
        (["foveal", "ls", "--li"], {"--limit"}),
        (["foveal", "uploads", "ls", "--state", "a"], {"aborted"}),
    ],
)
def test_bash_completes_commands_options_and_choices(
    words: list[str], expected: set[str], environment: dict[str, str]
) -> None:
    script = subprocess.run(
        ["foveal", "--show-completion", "bash"], env=environment, capture_output=True, text=True, check=True
    ).stdout
    quoted = " ".join(f"'{word}'" for word in words)
    program = (
        f'{script}\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; COMP_LINE="${{COMP_WORDS[*]}}"\n'
        "function=$(complete -p foveal | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n"
        "$function foveal; printf '%s\\n' \"${COMPREPLY[@]}\"\n"
    )
    done = subprocess.run(["bash", "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert set(done.stdout.split()) == expected, done.stderr
