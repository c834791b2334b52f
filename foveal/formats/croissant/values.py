"""Values of fields: where they stand in a row, and the patterns that take them out of a text."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from foveal.formats.croissant.metadata import Field, short
from foveal.formats.tables.columns import cell

FILE: Final = ""
"""Member of a row that is a file: its name."""
MAX_TEXT: Final = 512
"""Characters of a value that a pattern is tried on: patterns of a file are not trusted with more."""


def value_of(field: Field, values: Mapping[str, Any], file: str) -> Any:
    """Return the value of a field in a row of a file."""
    if field.of_file is not None:
        name = values.get(FILE, file)
        found: Any = PurePosixPath(name).name if field.of_file == "filename" else name
    else:
        found = cell(values, field.column or short(field.name))
    if isinstance(found, Mapping) and isinstance(found.get("path"), str):
        found = found["path"]
    return matched(field.pattern, found) if field.pattern is not None and isinstance(found, str) else found


def matched(pattern: str, text: str) -> str | None:
    """Return the group of a pattern in a text; None where it does not match, or the pattern could take forever."""
    if len(text) > MAX_TEXT or not is_safe(pattern):
        return None
    try:
        found = re.search(pattern, text)
    except (re.error, RecursionError, OverflowError):
        return None
    return found[1] if found and found.re.groups else None


def is_safe(pattern: str) -> bool:
    """Tell whether a pattern repeats nothing that repeats, and little in all, so that it ends in time."""
    return (
        len(pattern) <= 500
        and len(re.findall(r"(?<!\\)[*+{?]", pattern)) <= 2
        and not re.search(r"\)\s*[*+{?]", pattern)
    )
