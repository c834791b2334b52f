"""Lines of JSON kept in memory up to a bound, beyond it in a temporary file, in the order in which they came."""

import json
import os
import tempfile
from collections.abc import Iterator
from typing import Any, Final

BYTES_IN_MEMORY: Final = 2**20


class LineSpool:
    """JSON objects that are added, then read as often as is wanted."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(BYTES_IN_MEMORY)  # noqa: SIM115 - closed by `close`
        self._size = 0

    def add(self, line: dict[str, Any]) -> None:
        """Add an object."""
        self._file.seek(0, os.SEEK_END)
        self._size += self._file.write(json.dumps(line).encode() + b"\n")

    def __iter__(self) -> Iterator[dict[str, Any]]:
        position = 0
        while position < self._size:
            self._file.seek(position)  # somebody else may have read meanwhile
            line = self._file.readline()
            position += len(line)
            yield json.loads(line)

    def close(self) -> None:
        """Delete the temporary file."""
        self._file.close()
