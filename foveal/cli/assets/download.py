"""Commands that bring bytes out: `foveal download` and `foveal url`."""

import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlsplit

import typer

from foveal.cli.options import CHANGING, Api, AsJson, Assets, Project, Where
from foveal.cli.output import Output, console
from foveal.cli.results import Results
from foveal.cli.session import open_project, selected
from foveal.client.errors import APIError, FovealError

if TYPE_CHECKING:
    from foveal.client._sync.project import Project as OpenProject
    from foveal.client.downloads import Downloaded, Downloader

app = typer.Typer()

ORIGINAL: Final = "original"
MAX_SIGNED_AHEAD: Final = 100
FIELDS: Final = ["file_name", "size_bytes", "checksums", "status"]
NOTHING: Final = "No asset matches; nothing was downloaded."
Variant = Annotated[str, typer.Option("--variant", help="`original`, or a rendition: thumbnail, strip, overlay, …")]
Advance = Callable[[int], None]


@app.command(rich_help_panel=CHANGING)
def download(
    assets: Assets = None,
    to: Annotated[Path, typer.Option("--to", "-o", help="Folder; it is made if it is not there.")] = Path(),
    where: Where = None,
    variant: Variant = ORIGINAL,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="Files at a time.")] = 8,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Download assets into a folder, under their file names; run it again, and it goes on where it was.

    Each original is checked against the checksum of the catalog. A file that is there is never replaced without
    --overwrite. Two assets of one name are told apart by the end of their ids.
    """
    from foveal.client.downloads import Downloader, NameChooser

    results = Results(Output(as_json=as_json))
    names, downloader = NameChooser(), Downloader()
    to.mkdir(parents=True, exist_ok=True)

    def save(asset: Mapping[str, Any], first: str, path: Path, advance: Advance) -> "Downloaded":
        from foveal.client.downloads import source_of

        urls = iter([first])

        def url() -> str:
            return next(urls, None) or _sign_one(opened, asset["asset_id"], variant)

        return downloader.save(source_of(asset, variant, url), path, overwrite=overwrite, progress=advance)

    with open_project(project, api) as opened, _progress(as_json=as_json) as bar, _workers(jobs, downloader) as pool:
        for batch in _batches(
            _wanted(opened, selected(opened, assets, where, results.failed), results), opened, variant
        ):
            running: list[tuple[dict[str, Any], Path, Future[Downloaded]]] = []
            for asset, signed in batch:
                if "problem" in signed:
                    results.failed(asset["asset_id"], _problem(signed["problem"]))
                    continue
                name = _name(asset, variant, signed["url"])
                path = to / names.choose(name, asset["asset_id"])
                running.append((asset, path, pool.submit(save, asset, signed["url"], path, bar(path.name, asset))))
            for asset, path, future in running:
                try:
                    done = future.result()
                except FovealError as error:
                    results.failed(asset["asset_id"], error)
                else:
                    event = "downloaded" if done.is_new else "already there"
                    results.done(asset["asset_id"], event, path=str(path), size_bytes=done.size_bytes)
    results.end(none=NOTHING)


@app.command(rich_help_panel=CHANGING)
def url(
    assets: Assets = None,
    where: Where = None,
    variant: Variant = ORIGINAL,
    expires_in: Annotated[int | None, typer.Option("--expires-in", help="Seconds, 10 to 604800.")] = None,
    attachment: Annotated[bool, typer.Option("--attachment", help="For saving under its name, not for show.")] = False,
    version: Annotated[str | None, typer.Option("--version-id", help="An earlier version, of one asset.")] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option", help="NAME=VALUE of overlay, annotated or crop, for example frame=3 or label=car; of one asset."
        ),
    ] = None,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Print signed URLs; anyone who has one can open it until it expires."""
    from foveal.client.calls import ABSENT

    results, disposition = Results(Output(as_json=as_json)), "attachment" if attachment else "inline"
    options = dict(each.partition("=")[::2] for each in option or []) | ({"version_id": version} if version else {})
    shown = {"disposition": disposition} if attachment else {}
    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        chosen = selected(opened, assets, where, results.failed)
        if options:
            for asset_id in chosen:
                try:
                    address = _content(opened, asset_id, {"variant": variant, **shown, **options})
                except FovealError as error:
                    results.failed(asset_id, error)
                else:
                    results.told()
                    output.json({"asset_id": asset_id, "url": address}) if as_json else output.line(address)
        else:
            lifetime = {"expires_in_seconds": ABSENT if expires_in is None else expires_in}
            for signed in opened.urls(chosen, variant=variant, disposition=disposition, **lifetime):
                if "problem" in signed:
                    results.failed(signed["asset_id"], _problem(signed["problem"]))
                else:
                    results.told()
                    output.json(signed) if as_json else output.line(signed["url"])
    results.end(none="No asset matches.")


@contextmanager
def _workers(jobs: int, downloader: "Downloader") -> Iterator[ThreadPoolExecutor]:
    """Give threads for transfers; an interrupt ends them, and what has arrived stays for a later run."""
    pool = ThreadPoolExecutor(jobs)
    try:
        yield pool
    except BaseException:
        downloader.stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _wanted(project: "OpenProject", ids: Iterator[str], results: Results) -> Iterator[dict[str, Any]]:
    """Yield the assets of ids with their names, sizes and checksums; those that are not there fail."""
    while batch := list(dict.fromkeys(islice(ids, MAX_SIGNED_AHEAD))):
        where = {"and": [{"field": "asset_id", "in": batch}, {"field": "status", "exists": True}]}
        found = {each["asset_id"]: each for each in project.assets.search(where, fields=FIELDS)}
        for asset_id in batch:
            if asset_id in found:
                yield dict(found[asset_id])
            else:
                results.failed(asset_id, APIError("NoSuchAsset", 404, "There is no such asset in the project.", {}))


def _batches(
    assets: Iterator[dict[str, Any]], project: "OpenProject", variant: str
) -> Iterator[list[tuple[dict[str, Any], dict[str, Any]]]]:
    """Yield assets with their signed URLs; as many as are fetched long before the URLs end."""
    while batch := list(islice(assets, MAX_SIGNED_AHEAD)):
        signed = project.urls([each["asset_id"] for each in batch], variant=variant)
        yield list(zip(batch, signed, strict=True))


def _sign_one(project: "OpenProject", asset_id: str, variant: str) -> str:
    (signed,) = project.urls([asset_id], variant=variant)
    if "problem" in signed:
        raise _problem(signed["problem"])
    return str(signed["url"])


def _content(project: "OpenProject", asset_id: str, query: Mapping[str, str]) -> str:
    given: dict[str, Any] = dict(query)
    return project.api.redirect_to_content(asset_id, **given)


def _name(asset: Mapping[str, Any], variant: str, address: str) -> str:
    """Return the file name; of a rendition with the rendition's name, and the format of its URL."""
    name = asset.get("file_name") or asset["asset_id"]
    if variant == ORIGINAL:
        return str(name)
    return f"{PurePosixPath(name).stem}-{variant}{PurePosixPath(urlsplit(address).path).suffix}"


def _problem(document: Mapping[str, Any]) -> APIError:
    return APIError(document["code"], document["status"], document["detail"], document)


@contextmanager
def _progress(*, as_json: bool) -> Iterator[Callable[[str, Mapping[str, Any]], Advance]]:
    """Give a bar for each file; they are shown on a terminal alone."""
    if as_json or not sys.stderr.isatty():
        yield lambda name, asset: lambda done: None  # noqa: ARG005  the form that a display has
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console(is_error=True), transient=True) as shown:

        def bar(name: str, asset: Mapping[str, Any]) -> Advance:
            from foveal.cli.output import escaped, shortened

            total = asset.get("size_bytes")
            task = shown.add_task(escaped(shortened(name, 28)), total=total, visible=False)

            def advance(done: int) -> None:
                shown.update(task, completed=done, visible=done != total)

            return advance

        yield bar
