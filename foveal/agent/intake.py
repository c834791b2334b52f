"""Intake: takes complete files of the inboxes over into the spool, as long as there is room."""

import errno
import os
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from foveal.agent.clock import UNSYNCHRONISED, Clock
from foveal.agent.inbox import Arrival, Inbox, SidecarError, read_sidecar
from foveal.agent.settings import AgentSettings
from foveal.agent.space import Space
from foveal.agent.spool import Spool

MAX_PARTS: Final = 10_000
MAX_REFUSED: Final = 1_000
MAX_ATTRIBUTE_CHARACTERS: Final = 1_024


class Intake:
    """Takes files over, one after the other; for one thread."""

    def __init__(
        self, settings: AgentSettings, spool: Spool, space: Space, clock: Clock, note: Callable[[str, str], None]
    ) -> None:
        self._settings, self._spool, self._space, self._clock, self._note = settings, spool, space, clock, note
        self._copied: set[Path] = set()  # folders on another mount than the spool
        self._refused: dict[str, str] = {}

    def take_all(self, inbox: Inbox, arrivals: Iterable[Arrival], busy: Collection[int]) -> int:
        """Take over what there is room for; return how many files. The others stay in their folder.

        Raises OSError and sqlite3.Error when a write fails.
        """
        count = 0
        for arrival in arrivals:
            is_copy = inbox.folder.path in self._copied
            if not self._space.admits(arrival.file.size_bytes, is_copy=is_copy, busy=busy):
                inbox.scan_later()
                continue
            try:
                declared = self._declared(inbox, arrival)
            except SidecarError as error:
                self._refuse(arrival.file.path, str(error))
                continue
            count += self._take(inbox, arrival, declared, is_copy=is_copy, busy=busy)
        return count

    def _take(
        self, inbox: Inbox, arrival: Arrival, declared: dict[str, Any], *, is_copy: bool, busy: Collection[int]
    ) -> bool:
        try:
            self._spool.take(arrival.file, declared, arrival.sidecar, is_copy=is_copy)
        except FileNotFoundError:  # its writer has removed it
            return False
        except OSError as error:
            if error.errno != errno.EXDEV or is_copy:
                raise
            self._copied.add(inbox.folder.path)
            if not self._space.admits(arrival.file.size_bytes, is_copy=True, busy=busy):
                return False
            self._spool.take(arrival.file, declared, arrival.sidecar, is_copy=True)
        self._refused.pop(arrival.file.path, None)
        return True

    def _declared(self, inbox: Inbox, arrival: Arrival) -> dict[str, Any]:
        """Return what a begin declares of a file, fixed from now on, since an idempotency key stands for it."""
        folder, own = inbox.folder, read_sidecar(arrival.sidecar)
        part_bytes = max(self._settings.sending.part_size, -(-arrival.file.size_bytes // MAX_PARTS))
        captured_at = datetime.fromtimestamp(arrival.file.modified_ns / 1e9, UTC)
        shown = os.fsencode(arrival.file.relative).decode("utf-8", "replace")
        return {
            "project": folder.project or self._settings.project,
            "file_name": shown.rpartition("/")[2],
            "tags": list(dict.fromkeys([*folder.tags, *own["tags"]])),
            "attributes": {
                "captured_at": captured_at.isoformat(timespec="milliseconds"),
                **folder.attributes,
                **own["attributes"],
                "path": shown[-MAX_ATTRIBUTE_CHARACTERS:],
                "device": self._settings.serial,
                **({} if self._clock.is_synchronised else {"clock": UNSYNCHRONISED}),
            },
            "part_bytes": part_bytes,
        }

    def _refuse(self, path: str, reason: str) -> None:
        """Note once why a file is not taken over."""
        if self._refused.get(path) != reason:
            if len(self._refused) >= MAX_REFUSED:
                self._refused.clear()
            self._refused[path] = reason
            self._note("refused", reason)
