"""How the modules of the domain lean on each other."""

import ast
from collections.abc import Collection, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def modules() -> dict[str, Path]:
    named = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in ROOT.glob("foveal/**/*.py")}
    return {name.removesuffix(".__init__"): path for name, path in named.items()}


def imported(path: Path, known: Collection[str]) -> Iterator[str]:
    """Yield the known modules that one imports: within functions and for type checkers too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in known)
        elif isinstance(node, ast.ImportFrom) and (module := node.module or "") in known:
            names = [f"{module}.{each.name}" for each in node.names]
            yield from (name if name in known else module for name in names)


def test_no_modules_lean_on_each_other_in_a_circle() -> None:
    paths = modules()
    graph = {name: set(imported(path, paths)) for name, path in paths.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" → ".join(error.args[1])) from None
