"""The direction of imports: one table of rules, shown in `docs/architecture.md`, and no circles."""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FOLDERS = ("bench", "foveal", "functions", "infra", "local", "tools")

DOMAIN = tuple(
    f"foveal.{room}"
    for room in (
        *("catalog", "datasets", "delivery", "derivatives", "events", "exports", "imports", "ingest", "jobs"),
        *("journal", "people", "render", "scanning", "uploads"),
    )
)

SIGNER = ("foveal.aws.credentials", "foveal.aws.endpoints", "foveal.aws.sigv4")


@dataclass(frozen=True)
class Rule:
    """Modules under `importers` (except `exempt`) import nothing under `forbidden` (except `allowed`)."""

    importers: tuple[str, ...]
    forbidden: tuple[str, ...]
    allowed: tuple[str, ...] = ()
    exempt: tuple[str, ...] = ()
    module_level_only: bool = False  # an import within a function is allowed

    def row(self) -> str:
        """Return the rule as a row of the table in `docs/architecture.md`."""
        importers = f"{_code(self.importers)} outside {_code(self.exempt)}" if self.exempt else _code(self.importers)
        forbidden = _code(self.forbidden) + (" at module level" if self.module_level_only else "")
        return f"| {importers} | {forbidden} | {_code(self.allowed)} |".replace("|  |", "| |")

    def breaches(self, module: str, imports: "Imports") -> Iterator[tuple[str, str]]:
        """Yield (module, forbidden room) for each import of one module that breaks the rule."""
        if not _within(module, self.importers) or _within(module, self.exempt):
            return
        for name in imports.at_module_level if self.module_level_only else imports.anywhere:
            if not _within(name, self.allowed):
                yield from ((module, room) for room in self.forbidden if _within(name, (room,)))


@dataclass(frozen=True)
class Imports:
    """Dotted names that a module imports: `from a import b` is `a.b`, be `b` a module or not."""

    anywhere: frozenset[str]
    at_module_level: frozenset[str]  # neither in functions nor for type checkers only


RULES = (
    Rule(("foveal",), ("infra", "functions", "local", "tools", "bench", "tests")),
    Rule(("foveal",), ("boto3", "botocore"), module_level_only=True),
    Rule(("functions",), ("infra", "local", "tools", "bench", "tests")),
    Rule(("infra", "app"), ("foveal",), allowed=("foveal.stack_contract",)),
    Rule(("infra", "app"), ("functions", "local", "tools", "bench", "tests")),
    Rule(DOMAIN, ("foveal.api",), exempt=("foveal.*.routes",)),
    Rule(("foveal.probe",), ("foveal",), allowed=("foveal.probe",)),
    Rule(("foveal.formats",), ("foveal",), allowed=("foveal.encoding", "foveal.formats", "foveal.probe")),
    Rule(("foveal.http",), ("foveal",), allowed=("foveal.http",)),
    Rule(("foveal.client",), DOMAIN),
    Rule(("foveal.client",), ("foveal.api", "foveal.aws", "foveal.database", "foveal.settings")),
    Rule(("foveal.agent",), ("foveal",), allowed=("foveal.agent", "foveal.client", "foveal.stack_contract", *SIGNER)),
    Rule(("foveal.training",), ("foveal",), allowed=("foveal.client", "foveal.training")),
    Rule(("app", *FOLDERS), ("foveal.cli",), exempt=("foveal.cli", "local", "tools.cli_reference")),
)

# Breaches that are known and being removed, with the day on which they were written down. An entry that no longer
# holds must go: `test_known_breaches_are_still_there`.
KNOWN: dict[tuple[str, str], str] = {}


def test_imports_follow_the_direction_rules() -> None:
    assert sorted(_breaches() - KNOWN.keys()) == []


def test_known_breaches_are_still_there() -> None:
    assert sorted(KNOWN.keys() - _breaches()) == []


def test_architecture_document_shows_the_same_table() -> None:
    lines = (ROOT / "docs/architecture.md").read_text().splitlines()
    start = lines.index("| code | does not import | except |") + 2
    rows = lines[start : lines.index("", start)]
    assert rows == [rule.row() for rule in RULES]


def test_module_imports_form_no_circle() -> None:
    paths = _modules()
    graph = {name: set(_known(_imports(name, path).anywhere, paths)) - {name} for name, path in paths.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" → ".join(error.args[1])) from None


@pytest.mark.parametrize(
    ("source", "anywhere", "at_module_level"),
    [
        ("import a.b", {"a.b"}, {"a.b"}),
        ("from a.b import c, d", {"a.b.c", "a.b.d"}, {"a.b.c", "a.b.d"}),
        ("from . import c", {"room.c"}, {"room.c"}),
        ("from ..a import c", {"a.c"}, {"a.c"}),
        ("def f() -> None:\n    import a", {"a"}, set()),
        ("if TYPE_CHECKING:\n    import a", {"a"}, set()),
        ("class C:\n    import a", {"a"}, {"a"}),
        ("importlib.import_module('a.b')", {"a.b"}, {"a.b"}),
        ("f = lambda: import_module(f'a.{b}')", {"a"}, set()),
    ],
)
def test_imports_are_read_from_every_form(source: str, anywhere: set[str], at_module_level: set[str]) -> None:
    assert _read("room.module", source) == Imports(frozenset(anywhere), frozenset(at_module_level))


@pytest.mark.parametrize(
    ("rule", "module", "source", "is_broken"),
    [
        (Rule(("infra",), ("foveal",), ("foveal.stack_contract",)), "infra.api", "import foveal.objects.keys", True),
        (Rule(("infra",), ("foveal",), ("foveal.stack_contract",)), "infra.api", "from foveal import keys", True),
        (Rule(("infra",), ("foveal",), ("foveal.stack_contract",)), "infra", "import foveal.stack_contract", False),
        (Rule(("foveal.uploads",), ("foveal.api",), (), ("foveal.*.routes",)), "foveal.uploads.begin", "B", True),
        (Rule(("foveal.uploads",), ("foveal.api",), (), ("foveal.*.routes",)), "foveal.uploads.routes.u", "B", False),
        (Rule(("foveal.uploads",), ("foveal.api",)), "foveal.uploads_of_others", "B", False),
    ],
)
def test_rules_are_broken_by_forbidden_imports_alone(rule: Rule, module: str, source: str, is_broken: bool) -> None:
    imports = _read(module, "from foveal.api.gateway import Api" if source == "B" else source)
    assert bool(list(rule.breaches(module, imports))) is is_broken


def _breaches() -> set[tuple[str, str]]:
    found = {name: _imports(name, path) for name, path in _modules().items()}
    return {each for rule in RULES for name, imports in found.items() for each in rule.breaches(name, imports)}


def _modules() -> dict[str, Path]:
    """Return every module outside the tests by its dotted name."""
    found = (path for folder in FOLDERS for path in (ROOT / folder).glob("**/*.py"))
    paths = [ROOT / "app.py", *(path for path in found if "node_modules" not in path.parts)]
    named = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in paths}
    return {name.removesuffix(".__init__"): path for name, path in named.items()}


def _imports(module: str, path: Path) -> Imports:
    return _read(module if path.name != "__init__.py" else f"{module}.__init__", path.read_text())


def _read(module: str, source: str) -> Imports:
    tree = ast.parse(source)
    return Imports(
        frozenset(name for node in ast.walk(tree) for name in _names(module, node)),
        frozenset(name for node in _walk_module_level(tree) for name in _names(module, node)),
    )


def _walk_module_level(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that run when the module is imported."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _walk_module_level(child)


def _names(module: str, node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (each.name for each in names)
        case ast.ImportFrom(module=source, names=names, level=level):
            package = module.split(".")[:-level] if level else []
            yield from (".".join([*package, *filter(None, [source]), each.name]) for each in names)
        case ast.Call(func=ast.Attribute(attr="import_module") | ast.Name(id="import_module"), args=[name, *_]):
            match name:
                case ast.Constant(value=str(literal)):
                    yield literal
                case ast.JoinedStr(values=[ast.Constant(value=str(beginning)), *_]):
                    yield beginning.rpartition(".")[0]


def _known(names: Collection[str], modules: Collection[str]) -> Iterator[str]:
    """Yield the modules of this repository that the names stand for: themselves, or that of which they are members."""
    for name in names:
        if name in modules:
            yield name
        elif (parent := name.rpartition(".")[0]) in modules:
            yield parent


def _within(name: str, rooms: Collection[str]) -> bool:
    """Return whether a dotted name is one of the rooms or under one; a `*` in a room stands for one part."""
    parts = name.split(".")
    return any(
        len(parts) >= len(wanted := room.split("."))
        and all(each in ("*", part) for each, part in zip(wanted, parts, strict=False))
        for room in rooms
    )


def _code(names: Collection[str]) -> str:
    if names is DOMAIN:  # too long for a line of the table
        return f"`foveal.{{{','.join(name.removeprefix('foveal.') for name in names)}}}`"
    return ", ".join(f"`{name}`" for name in names)
