"""The command line: `foveal COMMAND`. One file per group of commands; each is imported only when it is used."""

import importlib
import sys
from typing import Final

GROUPS: Final[dict[str, str]] = {
    "up": "foveal.cli.stack",
    "down": "foveal.cli.stack",
    "status": "foveal.cli.stack",
    "logs": "foveal.cli.stack",
    "reset": "foveal.cli.stack",
    "token": "foveal.cli.stack",
    "env": "foveal.cli.stack",
    "probe": "foveal.cli.probe",
    "migrate": "foveal.cli.catalog",
    "recount": "foveal.cli.catalog",
    "search": "foveal.cli.catalog",
    "reconcile": "foveal.cli.operations",
    "redrive": "foveal.cli.operations",
    "replay": "foveal.cli.operations",
    "rotate-signing-key": "foveal.cli.delivery",
}


def main() -> None:
    """Run the command named by the first argument (entry point of the `foveal` program)."""
    from foveal.cli.root import build

    named = next((argument for argument in sys.argv[1:] if not argument.startswith("-")), None)
    modules = [GROUPS[named]] if named in GROUPS else sorted(set(GROUPS.values()))
    build([importlib.import_module(module) for module in modules])()
