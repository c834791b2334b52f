"""The table of faults in `docs/reliability.md`: forty-five of them, each with tests that exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs/reliability.md").read_text()


def test_faults_are_numbered_without_a_hole() -> None:
    assert sorted(map(int, re.findall(r"^\| (\d+) \|", TABLE, re.MULTILINE))) == list(range(1, 47))


def test_faults_name_tests_that_exist() -> None:
    modules = [ast.parse(path.read_text()) for path in (ROOT / "tests").rglob("test_*.py")]
    tests = {node.name for module in modules for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}
    assert set(re.findall(r"`(test_\w+)`", TABLE)) - tests == set()


def test_fault_without_a_test_has_its_reason() -> None:
    rows = [line for line in TABLE.splitlines() if re.match(r"\| \d+ \|", line)]
    assert [row for row in rows if "`test_" not in row and "not shown: " not in row] == []
