"""A large file in parts: which are missing, their signed URLs, and the completion."""

import threading
from collections.abc import Mapping
from typing import Any

from foveal.client._sync.operations import Operations
from foveal.client.answers import member
from foveal.client.errors import UploadError
from foveal.client.folders.content import Content

PARTS_SIGNED_A_CALL = 100


class Multipart:
    """State of one multipart upload, shared by the senders of its parts."""

    def __init__(
        self, api: Operations, content: Content, ticket: dict[str, Any], options: Mapping[str, Any] | None = None
    ) -> None:
        """Ask which parts are missing: those of an earlier run are not sent again. Raises FovealError.

        `options` are further arguments for the signing of parts, such as `accelerate`.
        """
        self._options = options or {}
        self.content, self.asset_id = content, str(ticket["asset_id"])
        self._api, self._upload_id = api, str(member(ticket, "upload_id", str))
        self._part_bytes = int(member(ticket, "part_size_bytes", int))
        self._urls: dict[int, str] = {}
        self._lock = threading.Lock()
        self._has_ended = False
        self._missing = self._ask_missing()

    @property
    def missing(self) -> list[int]:
        """Numbers of the parts that are still to be sent, in order."""
        with self._lock:
            return sorted(self._missing)

    @property
    def missing_bytes(self) -> int:
        """Bytes that are still to be sent."""
        return sum(self.range(number)[1] for number in self.missing)

    @property
    def has_ended(self) -> bool:
        """Tell whether the file has its outcome, so that no further part needs to be sent."""
        return self._has_ended

    def range(self, number: int) -> tuple[int, int]:
        """Return start and length of a part in bytes."""
        start = (number - 1) * self._part_bytes
        return start, min(self._part_bytes, self.content.file.size_bytes - start)

    def url(self, number: int) -> str:
        """Return a URL for a part that was not used before; a hundred are signed at a time, when they are needed."""
        with self._lock:
            if number not in self._urls:
                wanted = [number, *(each for each in sorted(self._missing) if each > number)][:PARTS_SIGNED_A_CALL]
                answer: Any = self._api.sign_parts(self._upload_id, part_numbers=wanted, **self._options)
                parts = member(answer, "parts", list)
                self._urls |= {member(part, "part_number", int): member(part, "url", str) for part in parts}
            if number not in self._urls:
                raise UploadError(f"The API signed other parts than part {number}, which was asked for.")
            return self._urls.pop(number)

    def arrived(self, number: int) -> bool:
        """Note that S3 has a part; return whether it was the last."""
        with self._lock:
            self._missing.discard(number)
            return not self._missing

    def complete(self) -> list[int]:
        """Complete the upload; return the parts that S3 turns out to lack, which is none after a success."""
        missing = self._ask_missing()
        if not missing:
            self._api.complete_upload(self._upload_id)
        with self._lock:
            self._missing = missing
        return sorted(missing)

    def end(self) -> bool:
        """Claim the outcome of the file; return whether it was free."""
        with self._lock:
            had_ended, self._has_ended = self._has_ended, True
            return not had_ended

    def _ask_missing(self) -> set[int]:
        answer: Any = self._api.list_parts(self._upload_id)
        return set(member(answer, "missing_part_numbers", list))
