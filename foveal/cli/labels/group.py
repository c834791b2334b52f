"""Commands `foveal labels …`: the labels of a project, and label files of every format.

`foveal labels [ASSET]...` without the name of a command lists, as it did before there were others.
"""

import typer
from typer.core import TyperGroup

from foveal.cli.labels import files, listing, project_files
from foveal.cli.options import LABELS

DEFAULT_COMMAND = "ls"


class _Listing(TyperGroup):
    """A group in which words that are no command belong to `ls`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]  # typer's stubs name click's context
        first = args[0] if args else ""
        if first not in self.commands and first != "--help":
            args = [DEFAULT_COMMAND, *args]
        return super().parse_args(ctx, args)


app = typer.Typer()
labels = typer.Typer(cls=_Listing, help="Labels of a project, and label files: look into them, bring them in and out.")
labels.command("ls")(listing.ls)
labels.command("inspect")(files.inspect)
labels.command("convert")(files.convert)
labels.command("import")(project_files.import_)
labels.command("export")(project_files.export)
labels.command("imports")(project_files.imports)
labels.command("undo")(project_files.undo)
app.add_typer(labels, name="labels", rich_help_panel=LABELS)
