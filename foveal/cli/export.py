"""Commands that write a project's assets in a form of other tools: `foveal export wds`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from foveal.cli.text import printable

app = typer.Typer()
export = typer.Typer(no_args_is_help=True, help="Write assets of a project in the form of another tool.")
app.add_typer(export, name="export")


@export.callback()
def _group() -> None:
    """Keep `wds` a command of its own, also while it is the only one."""


@export.command()
def wds(
    folder: Annotated[Path, typer.Argument(help="Folder of the shards; it is made.", file_okay=False)],
    project: Annotated[str | None, typer.Option(help="Project; FOVEAL_PROJECT or the profile's.")] = None,
    filter: Annotated[
        str | None, typer.Option("--filter", help="JSON of a search, or `tags=train&width.gte=640`.")
    ] = None,
    view: Annotated[str | None, typer.Option(help="A saved view that must hold as well.")] = None,
    field: Annotated[list[str] | None, typer.Option(help="Member of the asset for each sample's JSON.")] = None,
    variant: Annotated[str, typer.Option(help="`original` or a rendition.")] = "original",
    samples: Annotated[int, typer.Option(min=1, help="Samples of one shard.")] = 1_000,
    api: Annotated[str | None, typer.Option(help="Address of the API; FOVEAL_API_URL or the local stack's.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line for each shard.")] = False,
) -> None:
    """Write shards for WebDataset: tar files of samples, each with its bytes and a JSON of its facts.

    The list of samples is kept beside the shards (`manifest.jsonl`); the same command goes on where it was interrupted.
    """
    from foveal.client import Foveal
    from foveal.training.manifest import Manifest
    from foveal.training.shards import write_shards

    folder.mkdir(parents=True, exist_ok=True)
    with Foveal(api) as foveal:
        manifest = Manifest.list(
            folder / "manifest.jsonl",
            foveal.project(project).name,
            filter=_filter(filter),
            view=view,
            fields=field or (),
            foveal=foveal,
        )
    count = 0
    for path in write_shards(manifest, folder, samples_a_shard=samples, variant=variant, client=lambda: Foveal(api)):
        count += 1
        if as_json:
            print(json.dumps({"event": "shard", "path": str(path), "size_bytes": path.stat().st_size}), flush=True)
        else:
            print(printable(str(path)), flush=True)
    if as_json:
        print(json.dumps({"event": "summary", "samples": len(manifest), "shards": count}))
    else:
        print(f"{len(manifest)} samples in {count} shards")


def _filter(text: str | None) -> Mapping[str, Any] | str | None:
    if text is None or not text.lstrip().startswith("{"):
        return text
    try:
        found: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"no JSON: {error}", param_hint="--filter") from error
    return found
