"""Commands reach every operation of the API, or a reason says why a person needs none."""

import ast
from pathlib import Path

from typer.main import get_command

from foveal.cli import GROUPS
from foveal.cli.root import build
from tests.unit.client.test_generated import OPERATIONS

ROOT = Path(__file__).resolve().parents[3]
IN_BROWSERS = "for a page in a browser"
NO_COMMAND = {
    "set_cookies": IN_BROWSERS,
    "clear_cookies": IN_BROWSERS,
    "make_companion": IN_BROWSERS,
    "sign_for_uppy": IN_BROWSERS,
    **dict.fromkeys(("uppy_get", "uppy_post", "uppy_delete"), IN_BROWSERS),
    **{name: IN_BROWSERS for name in OPERATIONS if name.startswith("companion_")},
    "get_tiles": IN_BROWSERS,
    "redirect_to_frames": IN_BROWSERS,
    "search_downloads": IN_BROWSERS,
    "get_reference": "a page to read, docs/reference.html",
    "get_openapi": "for generators of clients; foveal/api/openapi.json",
    "create_annotation": "`foveal annotate` writes one or many by write_annotations",
    "get_upload_states": "by keys that a program made; `foveal uploads show` takes an id",
    "get_operations": "a page of the console; commands of operators have credentials of AWS, and more to say",
    "redrive": "`foveal redrive`, which needs no API",
    "reconcile": "`foveal reconcile`, which needs no API",
    "get_me": "`foveal whoami`",
    "get_client_config": "`foveal login` reads it",
}


def test_every_operation_has_a_command_or_a_reason_for_none() -> None:
    reached = (
        _called(ROOT / "foveal/cli") | _called(ROOT / "foveal/client/_sync") | _called(ROOT / "foveal/client/folders")
    )
    reached.add("list_assets")  # of query strings, by its route: `Assets.search`
    assert sorted(OPERATIONS - reached - NO_COMMAND.keys()) == []


def test_reasons_name_operations_that_are_there() -> None:
    assert sorted(NO_COMMAND.keys() - OPERATIONS - {"get_me", "get_client_config"}) == []


def test_every_command_of_a_module_is_in_the_list_of_commands() -> None:
    import importlib

    commands: set[str] = set()
    for module in set(GROUPS.values()):
        root = get_command(build([importlib.import_module(module)]))
        commands |= set(getattr(root, "commands", {}))
    assert commands == set(GROUPS)


def _called(folder: Path) -> set[str]:
    """Return the names of all methods that the modules of a folder call on something named `api`."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        if path.name != "operations.py":
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith(("api", "_api")):
                    found.add(node.attr)
    return found
