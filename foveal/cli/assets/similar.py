"""Commands that compare assets: `foveal similar` and `foveal duplicates`."""

from typing import Annotated, Any, Final

import typer

from foveal.cli import values
from foveal.cli.options import FINDING, Api, AsJson, Asset, JsonFilter, Project
from foveal.cli.output import Column, Output
from foveal.cli.session import asset_id_of, json_filter_of, open_project

app = typer.Typer()

Model = Annotated[str, typer.Option("--model", "-m", help="Model of the embeddings, NAME or NAME:VERSION.")]
NEIGHBOURS: Final = (
    Column("ASSET", lambda each: each["asset_id"], width=36, style="cyan"),
    Column("SIMILARITY", lambda each: f"{each['similarity']:.4f}", width=10, is_number=True),
    Column("ANNOTATION", lambda each: each.get("annotation_id") or "", width=36, rank=1),
)
GROUPS: Final = (
    Column("COPIES", lambda each: str(each["count"]), width=6, is_number=True),
    Column("SIZE", lambda each: values.size(each.get("size_bytes")), width=8, is_number=True),
    Column("ASSETS", lambda each: " ".join(each["asset_ids"])),
)
PAIRS: Final = (
    Column("ASSET", lambda each: each["between"][0]["asset_id"], width=36, style="cyan"),
    Column("AND", lambda each: each["between"][1]["asset_id"], width=36, style="cyan"),
    Column("SIMILARITY", lambda each: f"{each['similarity']:.4f}", width=10, rank=1, is_number=True),
)
PICTURES: Final = (
    *PAIRS[:2],
    Column("BITS APART", lambda each: str(each["distance"]), width=10, rank=1, is_number=True),
)


@app.command(rich_help_panel=FINDING)
def similar(
    asset: Asset,
    model: Model,
    filter: JsonFilter = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1)] = 20,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Find assets that are most like one, by embeddings of a model."""
    with open_project(project, api) as opened:
        answer = opened.api.find_similar(
            opened.name,
            to={"asset_id": asset_id_of(opened, asset)},
            space=_space(model),
            filter=json_filter_of(filter),
            limit=limit,
        )
        Output(as_json=as_json).items(answer["items"], NEIGHBOURS, empty="No other asset has such an embedding.")


@app.command(rich_help_panel=FINDING)
def duplicates(
    filter: JsonFilter = None,
    near: Annotated[str | None, typer.Option(help="Near-duplicates, by embeddings of a model: NAME:VERSION.")] = None,
    alike: Annotated[
        int | None,
        typer.Option(
            help="Near-duplicates, by pictures: perceptual hashes that differ in at most so many bits, 4.", min=0
        ),
    ] = None,
    threshold: Annotated[float | None, typer.Option(help="With --near: least similarity, up to 1.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=1)] = None,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Find assets of the same bytes, or near-duplicates."""
    from foveal.client.calls import ABSENT

    if near is not None and alike is not None:
        raise typer.BadParameter("--near and --alike are two ways; choose one")
    with open_project(project, api) as opened:
        answer: Any = opened.api.find_duplicates(
            opened.name,
            by="embedding" if near else "bytes" if alike is None else "near",
            max_distance=ABSENT if alike is None else alike,
            space=_space(near) if near else ABSENT,
            threshold=ABSENT if threshold is None else threshold,
            filter=json_filter_of(filter),
            limit=limit or ABSENT,
        )
    output = Output(as_json=as_json)
    columns = PAIRS if near else GROUPS if alike is None else PICTURES
    found = answer["groups"] if columns is GROUPS else answer["pairs"]
    output.items(found, columns, empty="No duplicates.")
    if not answer["is_complete"]:
        output.say("There are more; narrow them by a filter.")


def _space(text: str) -> Any:
    name, _, version = text.partition(":")
    return {"model": name, "version": version} if version else {"model": name}
