"""Command `foveal show`: all that is known of one asset."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import typer

from foveal.cli import values
from foveal.cli.options import FINDING, Api, AsJson, Asset, Project
from foveal.cli.output import STATUS_STYLES, Output, console, escaped
from foveal.cli.session import asset_id_of, open_project

if TYPE_CHECKING:
    from foveal.client._sync.project import Project as OpenProject

app = typer.Typer()

RENDITIONS: Final = ("thumbnail", "strip")
Section = tuple[str, list[tuple[str, str]]]


@app.command(rich_help_panel=FINDING)
def show(
    asset: Asset,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Show an asset: facts of the file, tags, attributes, labels, renditions, versions."""
    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        found: dict[str, Any] = {**opened.api.get_asset(asset_id_of(opened, asset))}
        if found.get("s3"):
            found["versions"] = opened.api.list_versions(found["asset_id"])["items"]
        if found["status"] == "ready":
            found["renditions"] = _renditions(opened, found)
    if output.as_json:
        output.json(found)
    elif output.is_terminal:
        _print(found)
    else:
        for name, value in flat(found):
            output.line(name, value)


def flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield each value of a document with its dotted name; of lists of objects each by its position."""
    if isinstance(value, Mapping):
        for member, each in value.items():
            yield from flat(each, f"{name}.{member}" if name else member)
    elif isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        for position, each in enumerate(value):
            yield from flat(each, f"{name}.{position}")
    else:
        yield name, values.plain(value)


def _renditions(project: "OpenProject", asset: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state of the renditions that every stage has: ready, or the problem in the place of its URL."""
    variants = RENDITIONS if asset.get("media_type") == "video" else RENDITIONS[:1]
    states: dict[str, Any] = {}
    for variant in variants:
        for signed in project.urls([asset["asset_id"]], variant=variant):
            states[variant] = {"problem": signed["problem"]} if "problem" in signed else {"is_ready": True}
    return states


def _print(asset: Mapping[str, Any]) -> None:
    from rich.table import Table

    screen, status = console(), asset["status"]
    name = escaped(asset.get("file_name") or "(no name)")
    screen.print(f"[bold]{name}[/]  [{STATUS_STYLES.get(status, 'default')}]{status}[/]")
    screen.print(f"[cyan]{asset['asset_id']}[/]  [bright_black]{escaped(asset['project'])}[/]")
    for title, rows in sections(asset):
        if rows:
            table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0), title_justify="left")
            table.add_column(style="bright_black", width=14, no_wrap=True)
            table.add_column(overflow="fold")
            for label, value in rows:
                table.add_row(escaped(label), escaped(value))
            screen.print(f"\n[bold]{title}[/]")
            screen.print(table)


def sections(asset: Mapping[str, Any]) -> list[Section]:
    """Return what is known of an asset, by subject; facts that are absent have no row."""
    checksums, camera, audio = asset.get("checksums") or {}, asset.get("camera") or {}, asset.get("audio") or {}
    location, s3 = asset.get("location") or {}, asset.get("s3") or {}
    position = location.get("coordinates") or (location.get("longitude"), location.get("latitude"))
    file = [
        ("reason", ": ".join(filter(None, (asset.get("reason"), asset.get("reason_detail"))))),
        ("type", asset.get("mime_type") or ""),
        ("size", values.size(asset.get("size_bytes"))),
        ("uploaded", values.instant(asset.get("created_at"))),
        ("changed", values.instant(asset.get("updated_at"))),
        ("deleted", values.instant(asset.get("deleted_at"))),
        ("CRC-64/NVME", checksums.get("crc64nvme", "")),
        ("SHA-256", checksums.get("sha256", "")),
        ("verified", checksums.get("verification", "")),
        ("storage class", s3.get("storage_class") or ""),
        ("warnings", values.plain(asset.get("warnings"))),
    ]
    picture = [
        ("pixels", values.dimensions(asset)),
        ("channels", values.plain(asset.get("num_channels"))),
        ("bits", values.plain(asset.get("bit_depth"))),
        ("colour space", asset.get("colour_space") or ""),
        ("duration", values.duration(asset.get("duration_seconds"))),
        ("frames", values.plain(asset.get("frame_count"))),
        ("codec", asset.get("codec") or ""),
        ("sound", audio.get("codec", "")),
    ]
    taken = [
        ("time", values.instant(asset.get("captured_at"))),
        ("camera", " ".join(filter(None, (camera.get("make"), camera.get("model"))))),
        ("lens", " ".join(filter(None, (camera.get("lens_make"), camera.get("lens_model"))))),
        ("exposure", _exposure(camera)),
        ("latitude", values.plain(position[1])),
        ("longitude", values.plain(position[0])),
    ]
    labels = [
        (entry["field"], f"{entry.get('label') or '(no label)'} ×{entry.get('count', 1)} {entry.get('type', '')}")
        for entry in asset.get("label_summary") or ()
    ]
    attributes = [(name, values.plain(value)) for name, value in (asset.get("attributes") or {}).items()]
    versions = [
        (
            "current" if each["is_latest"] else "earlier",
            f"{each['version_id']}  {values.local_time(each['created_at'])}  "
            + ("deleted" if each["is_delete_marker"] else values.size(each.get("size_bytes"))),
        )
        for each in asset.get("versions") or ()
    ]
    renditions = [
        (name, "ready" if each.get("is_ready") else each["problem"]["detail"])
        for name, each in (asset.get("renditions") or {}).items()
    ]
    found = [
        ("File", file),
        ("Picture" if asset.get("media_type") != "video" else "Video", picture),
        ("Taken", taken),
        ("Tags", [("", values.plain(asset.get("tags")))]),
        ("Attributes", attributes),
        ("Labels", labels),
        ("Renditions", renditions),
        ("Versions", versions),
    ]
    return [(title, [(label, value) for label, value in rows if value]) for title, rows in found]


def _exposure(camera: Mapping[str, Any]) -> str:
    seconds, f_number = camera.get("exposure_time_seconds"), camera.get("f_number")
    parts = [
        (f"1/{round(1 / seconds)} s" if seconds < 0.3 else f"{seconds:g} s") if seconds else "",
        f"f/{f_number:g}" if f_number else "",
        f"ISO {camera['iso']:g}" if camera.get("iso") else "",
        f"{camera['focal_length_mm']:g} mm" if camera.get("focal_length_mm") else "",
    ]
    return ", ".join(filter(None, parts))
