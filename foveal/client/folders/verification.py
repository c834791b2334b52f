"""Verification of a folder: each file's bytes are looked for in the project, by size and CRC-64/NVME of the whole."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from foveal.client._sync.operations import Operations
from foveal.client._sync.pages import Pages
from foveal.client.files import is_media_name
from foveal.client.folders.content import Content, FileChangedError, UnreadableFileError, read_content
from foveal.client.folders.report import CHANGED, EMPTY, NO_MEDIA, UNREADABLE, Outcome, State, Summary
from foveal.client.folders.settings import UploadSettings
from foveal.client.folders.walk import FoundFile, LeftOut, walk

FILES_A_CALL: Final = 200
MISSING: Final = "not in the project"


def verify_folder(
    api: Operations,
    project: str,
    root: Path,
    settings: UploadSettings,
    on_outcome: Callable[[Outcome], None] = lambda _: None,
) -> Summary:
    """Return which files of a folder are in the project byte for byte, as ready assets; nothing is written.

    A file is `done` when an asset has its size and its CRC-64/NVME, and `failed` otherwise. Raises OSError if the
    folder cannot be read, and FovealError.
    """
    summary = Summary()

    def report(outcome: Outcome) -> None:
        summary.add(outcome)
        on_outcome(outcome)

    batch: list[Content] = []
    for file in walk(root, settings):
        if isinstance(file, LeftOut) and file.reason is None:
            summary.excluded += 1
            continue
        summary.found += 1
        content = _content(file)
        if isinstance(content, Outcome):
            report(content)
            continue
        batch.append(content)
        if len(batch) == FILES_A_CALL:
            for outcome in _compared(api, project, batch):
                report(outcome)
            batch = []
    for outcome in _compared(api, project, batch):
        report(outcome)
    return summary


def _content(file: FoundFile | LeftOut) -> Content | Outcome:
    if isinstance(file, LeftOut):
        return Outcome(file.relative, State.SKIPPED, reason=file.reason)
    if not file.size_bytes or not is_media_name(file.relative):
        return Outcome(file.relative, State.SKIPPED, file.size_bytes, reason=NO_MEDIA if file.size_bytes else EMPTY)
    try:
        return read_content(file, keep_bytes=0)
    except FileChangedError:
        return Outcome(file.relative, State.FAILED, file.size_bytes, reason=CHANGED, code="FileChanged")
    except UnreadableFileError as error:
        return Outcome(file.relative, State.FAILED, file.size_bytes, reason=UNREADABLE, code=str(error))


def _compared(api: Operations, project: str, batch: list[Content]) -> Iterator[Outcome]:
    if not batch:
        return
    checksums = sorted({content.checksum for content in batch})
    wanted: Any = {"field": "checksums.crc64nvme", "in": checksums}

    def fetch(token: str | None) -> Any:
        return api.search_assets(
            project, filter=wanted, fields=["checksums", "size_bytes"], limit=500, next_token=token
        )

    pages: Pages[Any] = Pages(fetch)
    known = {(each["checksums"]["crc64nvme"], each["size_bytes"]): each["asset_id"] for each in pages}
    for content in batch:
        file = content.file
        asset_id = known.get((content.checksum, file.size_bytes))
        if asset_id is None:
            yield Outcome(file.relative, State.FAILED, file.size_bytes, reason=MISSING, code="Missing")
        else:
            yield Outcome(file.relative, State.DONE, file.size_bytes, asset_id)
