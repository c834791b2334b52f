"""Command line: `foveal COMMAND`. One file per group of commands; each is imported only when it is used."""

import importlib
import os
import sys
from collections.abc import Mapping
from typing import Final

from foveal import __version__

GROUPS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("ls", "search"), "foveal.cli.assets.listing"),
    "show": "foveal.cli.assets.show",
    **dict.fromkeys(("similar", "duplicates"), "foveal.cli.assets.similar"),
    "stats": "foveal.cli.assets.stats",
    "upload": "foveal.cli.upload",
    "verify": "foveal.cli.upload",
    **dict.fromkeys(("download", "url"), "foveal.cli.assets.download"),
    **dict.fromkeys(("tag", "set", "rm", "restore"), "foveal.cli.assets.edit"),
    "versions": "foveal.cli.assets.versions",
    "export": "foveal.cli.export",
    "bucket": "foveal.cli.projects.buckets",
    "annotate": "foveal.cli.labels.annotate",
    "labels": "foveal.cli.labels.group",
    "annotation": "foveal.cli.labels.annotation",
    "schemas": "foveal.cli.labels.schemas",
    "embeddings": "foveal.cli.labels.embeddings",
    "datasets": "foveal.cli.projects.datasets",
    "views": "foveal.cli.projects.views",
    "uploads": "foveal.cli.projects.uploads",
    "jobs": "foveal.cli.projects.jobs",
    "watch": "foveal.cli.projects.watch",
    "projects": "foveal.cli.people.projects",
    "members": "foveal.cli.people.members",
    "agent": "foveal.cli.agent",
    "login": "foveal.cli.account",
    "logout": "foveal.cli.account",
    "whoami": "foveal.cli.account",
    "profiles": "foveal.cli.account",
    "probe": "foveal.cli.probe",
    "migrate": "foveal.cli.operations.catalog",
    "recount": "foveal.cli.operations.catalog",
    "backup": "foveal.cli.operations.backup",
    "load-backup": "foveal.cli.operations.backup",
    "doctor": "foveal.cli.operations.doctor",
    "rebuild": "foveal.cli.operations.rebuild",
    "journal": "foveal.cli.operations.journal",
    "reconcile": "foveal.cli.operations.maintenance",
    "recheck": "foveal.cli.operations.maintenance",
    "fingerprint": "foveal.cli.operations.maintenance",
    "scan": "foveal.cli.operations.scan",
    "redrive": "foveal.cli.operations.maintenance",
    "replay": "foveal.cli.operations.maintenance",
    "cost": "foveal.cli.operations.cost",
    "simulate": "foveal.cli.operations.simulate",
}
"""The module of each command, in the order of `foveal --help`."""
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
    from foveal.cli.root import run

    as_json = "--json" in sys.argv[1:]
    named = next((word for word in _words() if not word.startswith("-")), None)
    modules = [groups[named]] if named is not None and named in groups else list(dict.fromkeys(groups.values()))
    try:
        run([importlib.import_module(module) for module in modules], as_json=as_json)
    except ModuleNotFoundError as error:
        absent = (error.name or "").partition(".")[0]
        extra = next((name for name, modules in EXTRAS.items() if absent in modules), None)
        if extra is None:
            raise
        sys.exit(f"This command needs more packages: pip install 'foveal[{extra}]'")
    except Exception as error:
        from foveal.cli.failures import exit_code, report

        if not report(error, as_json=as_json):
            raise
        sys.exit(exit_code(error))


def _words() -> list[str]:
    """Return the words of the command line; while a shell completes one, those that are complete."""
    if "_FOVEAL_COMPLETE" not in os.environ:
        return sys.argv[1:]
    words = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS") or ""
    return words.split()[1:-1] if not words[-1:].isspace() else words.split()[1:]
