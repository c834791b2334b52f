"""JSON lists that are written element by element."""

import shutil
from collections.abc import Callable
from typing import IO


def json_list(stream: IO[bytes]) -> Callable[[str], None]:
    """Return a function that adds an element to a JSON list, a line each."""
    separator = b"\n"

    def add(text: str) -> None:
        nonlocal separator
        stream.write(separator)
        stream.write(text.encode())
        separator = b",\n"

    return add


def spooled(spool: IO[bytes], stream: IO[bytes]) -> None:
    """Copy what was written to a temporary file."""
    spool.seek(0)
    shutil.copyfileobj(spool, stream)
