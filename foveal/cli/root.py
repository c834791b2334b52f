"""Root of the command line: it takes over the commands of the `app` (typer) of every group module."""

import sys
from collections.abc import Iterable
from types import ModuleType

import typer

import foveal
from foveal.cli.options import HEADINGS, OPERATING


def build(modules: Iterable[ModuleType]) -> typer.Typer:
    """Return the program with the commands of the given group modules."""
    root = typer.Typer(no_args_is_help=True, help=foveal.__doc__, pretty_exceptions_show_locals=False)
    root.callback(invoke_without_command=True)(_root)
    for module in modules:
        heading = HEADINGS.get(module.__name__, OPERATING)
        for command in (*module.app.registered_commands, *module.app.registered_groups):
            if not isinstance(command.rich_help_panel, str):
                command.rich_help_panel = heading
        root.registered_commands += module.app.registered_commands
        root.registered_groups += module.app.registered_groups
    return root


def run(modules: Iterable[ModuleType], *, as_json: bool) -> None:
    """Run the command that the command line names, and leave with its exit code.

    With `as_json`, errors in the usage of a command are raised instead of printed.
    """
    program = build(modules)
    if as_json:
        sys.exit(program(standalone_mode=False, prog_name="foveal") or 0)
    program(prog_name="foveal")


def _root(version: bool = typer.Option(False, "--version", help="Show the version.")) -> None:
    if version:
        typer.echo(foveal.__version__)
        raise typer.Exit
