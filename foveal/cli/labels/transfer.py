"""Transfers behind `foveal labels import|export`: files to the bucket, jobs to their end, files from the bucket."""

import json
import re
import sys
import time
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import httpx2
import typer

from foveal.client.errors import APIError
from foveal.formats.base.files.probing import is_label_picture, is_media

if TYPE_CHECKING:
    from foveal.client._sync.project import Project

POLL_SECONDS: Final = 1.0
_BAR: Final = 30


def options_of(given: Sequence[str]) -> dict[str, str]:
    """Return the options of a command line by name. Raises typer.BadParameter."""
    found = {}
    for each in given:
        name, separator, value = each.partition("=")
        if not separator:
            raise typer.BadParameter(f"--option {each}: write NAME=VALUE.")
        found[name.strip()] = value.strip()
    return found


def packed(path: Path, folder: Path) -> Path:
    """Return a file as it is, of a folder an archive of its label files. Raises typer.BadParameter for neither."""
    if path.is_file():
        return path
    if not path.is_dir():
        raise typer.BadParameter(f"{path} does not exist.")
    archive = folder / f"{path.resolve().name}.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for file in sorted(path.rglob("*")):
            name = file.relative_to(path).as_posix()
            if file.is_file() and (is_label_picture(name) or not is_media(name)):
                target.write(file, name)
    return archive


def send(project: "Project", file: Path, members: Mapping[str, Any]) -> str:
    """Begin an import of one file, upload it, and return the id of the import; members that are None are left out.

    Raises APIError, httpx2.HTTPError.
    """
    size = file.stat().st_size
    given = {name: value for name, value in members.items() if value is not None}
    begun: Any = project.api.begin_import(project.name, files=[{"name": file.name, "size_bytes": size}], **given)
    (ticket,) = begun["uploads"]
    with file.open("rb") as content, httpx2.Client(timeout=60) as http:
        headers = {**ticket["headers"], "Content-Length": str(size)}
        http.put(ticket["url"], content=_pieces(content), headers=headers).raise_for_status()
    return str(begun["import"]["import_id"])


def run_import(project: "Project", import_id: str, *, is_dry: bool) -> dict[str, Any]:
    """Start an import or its dry run, wait for its end, and return the import. Raises APIError."""
    started: Any = project.api.start_import(import_id, dry_run=is_dry)
    _wait(project, started["job"], "Reading" if is_dry else "Importing")
    found: dict[str, Any] = dict(project.api.get_import(import_id))
    return found


def undo_import(project: "Project", import_id: str, kind: str) -> dict[str, Any]:
    """Take back an import, wait for the end, and return the counts of the job.

    Raises APIError, and BadParameter for an import of another kind than `labels` or `bucket`, as given.
    """
    found: Any = project.api.get_import(import_id)
    if found["kind"] != kind:
        raise typer.BadParameter(f"{import_id} is of another kind: foveal {found['kind']} undo {import_id}.")
    begun: Any = project.api.undo_import(import_id)
    _wait(project, begun["job"], "Undoing")
    done: Any = project.api.get_job(begun["job"]["job_id"])
    counts: dict[str, Any] = done["result"]["counts"]
    return counts


def version_of(project: "Project", dataset: str) -> dict[str, Any]:
    """Return `NAME@VERSION`, or the newest version of `NAME`, as an export names it. Raises BadParameter, APIError."""
    name, separator, number = dataset.partition("@")
    if separator and not (number.isascii() and number.isdecimal()):
        raise typer.BadParameter(f"--dataset {dataset}: write NAME@3, or NAME for the newest version.")
    if not separator:
        newest: Any = project.api.get_dataset_version(project.name, name, "newest")
        number = str(newest["version"])
    return {"dataset": name, "version": int(number)}


def run_export(project: "Project", to: str, out: Path, members: Mapping[str, Any]) -> dict[str, Any]:
    """Make an export, wait for its end, and save its file, or its files beside one another as `NAME-1.zip` and so on.

    Returns the result of its job. Raises APIError.
    """
    name = re.sub(r"[^A-Za-z0-9._-]", "_", out.name).lstrip("._-") or None
    given = {**members, **({"file_name": name} if name else {})}
    begun: Any = project.api.begin_export(project.name, format=to, **given)
    _wait(project, begun["job"], "Exporting")
    found: Any = project.api.get_export(begun["job"]["job_id"])
    files = found.get("files") or [{"url": found["url"]}]
    for number, file in enumerate(files, 1):
        _save(file["url"], out if len(files) == 1 else out.with_name(f"{out.stem}-{number}{out.suffix}"))
    result: dict[str, Any] = dict(found["job"]["result"])
    return result


def _save(url: str, path: Path) -> None:
    unfinished = path.with_name(f".{path.name}.part")
    with httpx2.Client(timeout=60) as http, http.stream("GET", url) as answer, unfinished.open("wb") as file:
        answer.raise_for_status()
        for piece in answer.iter_bytes():
            file.write(piece)
    unfinished.replace(path)


def report_lines(import_: Mapping[str, Any], keep: BinaryIO | None) -> list[Mapping[str, Any]]:
    """Return the lines of the report of an import, and write them to a file where that is asked."""
    if "report_url" not in import_:
        return []
    with httpx2.Client(timeout=60) as http:
        answer = http.get(import_["report_url"])
    answer.raise_for_status()
    if keep is not None:
        keep.write(answer.content)
    return [json.loads(line) for line in answer.text.splitlines()]


def _wait(project: "Project", job: Mapping[str, Any], what: str) -> None:
    """Wait for the end of a job. Raises APIError with its failure, also for a job that somebody stopped."""
    while job["state"] in ("queued", "running"):
        _show(what, job["progress"])
        time.sleep(POLL_SECONDS)
        job = dict(project.api.get_job(job["job_id"]))
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    if job["state"] != "completed":
        failure = job.get("failure") or {"code": "Stopped", "detail": f"The job {job['job_id']} was stopped."}
        raise APIError(failure["code"], 422, failure["detail"], failure)


def _show(what: str, progress: Mapping[str, Any]) -> None:
    if not sys.stderr.isatty():
        return
    done, total = progress["finished"], progress["total"]
    filled = _BAR * done // total if total else 0
    bar = f"[{'#' * filled}{'.' * (_BAR - filled)}] " if total else ""
    sys.stderr.write(f"\r\x1b[K{what} {bar}{done:,}{f' of {total:,}' if total else ''}")
    sys.stderr.flush()


def _pieces(content: Any) -> Iterable[bytes]:
    return iter(lambda: content.read(2**20), b"")
