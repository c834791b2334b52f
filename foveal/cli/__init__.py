"""Command line: `foveal COMMAND`. One file per group of commands; each is imported only when it is used."""

import importlib
import sys
from collections.abc import Mapping
from typing import Final

from foveal import __version__

GROUPS: Final[Mapping[str, str]] = {
    "agent": "foveal.cli.agent",
    "login": "foveal.cli.account",
    "logout": "foveal.cli.account",
    "whoami": "foveal.cli.account",
    "profiles": "foveal.cli.account",
    "probe": "foveal.cli.probe",
    "migrate": "foveal.cli.catalog",
    "recount": "foveal.cli.catalog",
    "search": "foveal.cli.catalog",
    "upload": "foveal.cli.upload",
    "verify": "foveal.cli.upload",
    "export": "foveal.cli.export",
    "reconcile": "foveal.cli.maintenance",
    "redrive": "foveal.cli.maintenance",
    "replay": "foveal.cli.maintenance",
}
EXTRAS: Final[Mapping[str, frozenset[str]]] = {
    "server": frozenset({"aws_lambda_powertools", "boto3", "botocore", "bson", "cryptography", "pymongo"}),
    "agent": frozenset({"watchdog"}),
}
"""Extras of the package, with the modules that they bring."""


def main(groups: Mapping[str, str] = GROUPS) -> None:
    """Run the command named by the first argument (entry point of the `foveal` program).

    `groups` maps each command to the module that has it. A command whose module needs an extra that is not installed
    ends with the command that installs it; one that MongoDB, AWS or the API fails, with a sentence instead of a
    traceback.
    """
    if sys.argv[1:] == ["--version"]:  # before typer is imported: a script asks this often
        print(__version__)
        return
    from foveal.cli.root import build

    named = next((argument for argument in sys.argv[1:] if not argument.startswith("-")), None)
    modules = [groups[named]] if named is not None and named in groups else sorted(set(groups.values()))
    try:
        build([importlib.import_module(module) for module in modules])()
    except ModuleNotFoundError as error:
        absent = (error.name or "").partition(".")[0]
        extra = next((name for name, modules in EXTRAS.items() if absent in modules), None)
        if extra is None:
            raise
        sys.exit(f"This command needs more packages: pip install 'foveal[{extra}]'")
    except Exception as error:
        from foveal.cli.failures import exit_code, sentence

        said = sentence(error)
        if said is None:
            raise
        print(said, file=sys.stderr)
        sys.exit(exit_code(error))
