"""Begins of a folder's files: windows of tickets, asked just ahead of their use, since a ticket that waits expires."""

import queue
import re
import time
from collections.abc import Mapping
from typing import Any, Final

from foveal.client.answers import tickets
from foveal.client.errors import APIError, FovealError
from foveal.client.files import UNKNOWN_TYPE, media_type
from foveal.client.folders.content import Content
from foveal.client.folders.pipeline.run import Run
from foveal.client.folders.pipeline.transfers import Transfers
from foveal.client.folders.report import STOPPED

FIRST_FILES, FIRST_BYTES, MAX_FILES = 50, 64 * 1024 * 1024, 1_000
GATHER_SECONDS: Final = 0.05
DEFAULT_TICKET_SECONDS: Final = 900
FATAL_STATUSES: Final = frozenset({401, 403, 404})
NOT_REACHED: Final = "not reached before the run ended"
MAX_PATH_CHARACTERS: Final = 1_024  # of a text attribute
_VALIDITY = re.compile(r"[?&]X-Amz-Expires=(\d{1,6})(?:&|$)")


class Beginning:
    """Begins files in windows: the first is small, so that bytes move after one round trip, the others hold what the
    measured rate sends in a third of a ticket's validity, at most 1,000 files."""

    def __init__(self, run: Run, transfers: Transfers) -> None:
        self._run, self._transfers = run, transfers
        self._root_name = run.root.resolve().name
        self._ticket_seconds = DEFAULT_TICKET_SECONDS

    def work(self) -> None:
        """Begin what is read until there is nothing more; the next window is asked when half of one is used."""
        is_open, tasks = True, self._run.tasks
        while is_open:
            batch, is_open = self._gathered()
            if batch:
                self._begin(batch)
            while tasks.qsize() > max(self._run.gate.allowed, len(batch) // 2) and self._run.fatal is None:
                time.sleep(0.01)

    def _window_bytes(self) -> float:
        ended = self._run.ledger.asked_bytes
        if not ended:
            return FIRST_BYTES
        return ended / (time.monotonic() - self._run.started_at) * self._ticket_seconds / 3

    def _gathered(self) -> tuple[list[Content], bool]:
        """Return a window of files, and whether more may follow; wait for the first alone."""
        has_ended = bool(self._run.ledger.asked_bytes)
        most, left = MAX_FILES if has_ended else FIRST_FILES, self._window_bytes()
        batch: list[Content] = []
        end: float | None = None
        while len(batch) < most and (left > 0 or len(batch) < self._run.gate.allowed):
            try:
                content = self._run.read.get(timeout=None if end is None else max(0.0, end - time.monotonic()))
            except queue.Empty:
                break
            if content is None:
                return batch, False
            batch.append(content)
            left -= content.file.size_bytes
            end = end or time.monotonic() + GATHER_SECONDS
        return batch, True

    def _begin(self, batch: list[Content]) -> None:
        run = self._run
        if run.fatal is not None:
            for content in batch:
                run.failed(content, NOT_REACHED, STOPPED)
            return
        asked_at = time.monotonic()
        try:
            answer: Any = run.api.begin_uploads(run.project, uploads=[self._item(content) for content in batch])
            begun = tickets(answer, len(batch))
        except FovealError as error:
            if not isinstance(error, APIError) or error.status in FATAL_STATUSES:
                run.fail(error)
            for content in batch:
                run.failed_by(content, error)
            return
        for content, ticket in zip(batch, begun, strict=True):
            if found := _VALIDITY.search(str(ticket.get("url"))):
                self._ticket_seconds = int(found[1])
            self._transfers.plan(content, ticket, asked_at + self._ticket_seconds)

    def _item(self, content: Content) -> dict[str, Any]:
        file, settings = content.file, self._run.settings
        shown = content.place.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        own: Mapping[str, Any] = settings.sidecar.get(content.place, {})
        place = {"path": shown} if len(shown) <= MAX_PATH_CHARACTERS else {}
        item: dict[str, Any] = {
            "file_name": shown.rpartition("/")[2],
            "content_type": media_type(file.relative) or UNKNOWN_TYPE,
            "size_bytes": file.size_bytes,
            "checksum": {"algorithm": "crc64nvme", "value": content.checksum},
            "idempotency_key": content.key(self._root_name),
            "attributes": {**place, **own.get("attributes", {})},
        }
        if tags := [*dict.fromkeys((*settings.tags, *own.get("tags", ())))]:
            item["tags"] = tags
        if settings.part_bytes and file.size_bytes > settings.part_bytes:
            item |= {"method": "multipart", "part_size_bytes": settings.part_bytes}
        return item
