"""Sidecar of a folder: tags and attributes of single files, from a CSV or JSONL file with a `path` in each row."""

import csv
import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def read_sidecar(path: Path) -> dict[str, dict[str, Any]]:
    """Return the tags and attributes by the path in the folder, with slashes, in Unicode's form C.

    CSV: a column `path`, optionally `tags` (separated by `;`), all others are attributes; numbers, true and false are
    taken as such, empty cells are left out. JSONL: `{"path": …, "tags": […], "attributes": {…}}`. Raises OSError, and
    ValueError with the line for a row without a path or a path that comes twice.
    """
    found: dict[str, dict[str, Any]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = _json_rows(file) if path.suffix.lower() in (".jsonl", ".ndjson") else _csv_rows(file)
        for line, row in rows:
            name = row.pop("path", None)
            if not isinstance(name, str) or not name:
                raise ValueError(f"line {line} has no path")
            name = unicodedata.normalize("NFC", name)
            if name in found:
                raise ValueError(f"line {line}: {name} came before")
            found[name] = row
    return found


def _csv_rows(file: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(file)
    for row in reader:
        if None in row:
            raise ValueError(f"line {reader.line_num} has more cells than the header")
        tags = [tag.strip() for tag in (row.pop("tags", None) or "").split(";") if tag.strip()]
        path = row.pop("path", None)
        attributes = {name: _value(cell) for name, cell in row.items() if cell not in (None, "")}
        yield reader.line_num, {"path": path, "tags": tags, "attributes": attributes}


def _json_rows(file: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(file, start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                raise ValueError(f"line {number} is not JSON") from error
            if not isinstance(row, dict) or set(row) - {"path", "tags", "attributes"}:
                raise ValueError(f"line {number}: an object with path, tags, attributes is expected")
            yield number, row


def _value(cell: str) -> str | int | float | bool:
    if cell in ("true", "false"):
        return cell == "true"
    for kind in (int, float):
        try:
            number = kind(cell)
        except ValueError:
            continue
        return number if str(number) == cell or kind is float else cell  # 007 stays text
    return cell
