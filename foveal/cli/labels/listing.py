"""Command `foveal labels ls`: annotations of assets, or how many there are of each label."""

from typing import Annotated, Any, Final

import typer

from foveal.cli.options import Api, AsJson, Assets, Project, Where
from foveal.cli.output import Column, Output
from foveal.cli.session import open_project, selected
from foveal.cli.values import plain

MAX_COUNTS: Final = 1_000
COUNTS: Final = (
    Column("LABEL", lambda each: each.get("label") or "(no label)"),
    Column("LAYER", lambda each: each["field"], width=20),
    Column("TYPE", lambda each: each["type"], width=14),
    Column("ANNOTATIONS", lambda each: str(each["annotations"]), width=11, is_number=True),
    Column("ASSETS", lambda each: str(each["assets"]), width=9, is_number=True),
)
ANNOTATIONS: Final = (
    Column("ANNOTATION", lambda each: each["annotation_id"], width=36, style="cyan"),
    Column("LABEL", lambda each: each.get("label") or each.get("text") or plain(each.get("value"))),
    Column("TYPE", lambda each: each["type"], width=14),
    Column("LAYER", lambda each: each["field"], width=14, rank=2),
    Column("CONFIDENCE", lambda each: plain(each.get("confidence")), width=10, rank=1, is_number=True),
    Column("FRAME", lambda each: plain(each.get("frame_index")), width=6, rank=3, is_number=True),
    Column("ASSET", lambda each: each["asset_id"], width=36, rank=4),
)


def ls(
    assets: Assets = None,
    where: Where = None,
    field: Annotated[str | None, typer.Option(help="Only this layer, for example ground_truth.")] = None,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """List the annotations of assets; without assets, how many there are of each label, layer and type."""
    from foveal.client.calls import ABSENT

    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        if not assets and where is None:
            only: Any = {"where": {"field": field}} if field else {}
            counts: Any = {"annotation_counts": {"by": ["label", "field", "type"], "limit": MAX_COUNTS, **only}}
            answer: Any = opened.api.aggregate_assets(opened.name, aggregates={"labels": counts})
            found = answer["aggregates"]["labels"]
            output.items(found["counts"], COUNTS, empty=f"{opened.name} has no labels yet: foveal annotate FILE")
            if not found["is_complete"]:
                output.say(f"The first {MAX_COUNTS}; there are more.")
            return

        found = opened.annotations.of_many(selected(opened, assets, where), field=field or ABSENT)
        output.items(found, ANNOTATIONS, empty="No annotations.")
