"""Report of the import of a bucket: a line for each row that was refused or could not be read, and the counts.

A part belongs to a batch and is stored before the batch is finished, so that a batch that is done again writes the same
part again. Parts are found by listing when they are joined: several workers have written them.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from foveal.aws.s3 import S3
from foveal.database.stored_documents import ImportDocument
from foveal.imports.bucket.rows import REASONS, Row
from foveal.jobs.files import upload
from foveal.objects.keys import import_key

COUNTS: Final = ("rows", "imported", "new", "changed", "unchanged", "refused", "archived", "bytes", "read", "not_read")
_BY_REASON: Final = "refused:"
_TYPE: Final = "application/x-ndjson"


class Part:
    """Counts and report lines of one batch."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._lines: list[str] = []

    def take(self, row: Row, outcome: str) -> None:
        """Count a row that is an asset now: `new`, `changed`, or `unchanged` since an earlier import."""
        counts = self.counts
        counts["rows"] += 1
        counts["imported"] += 1
        counts[outcome] += 1
        counts["bytes"] += row.size_bytes
        if row.is_archived:
            counts["archived"] += 1

    def refuse(self, number: int, key: str, reason: str) -> None:
        """Tell and count a row that becomes no asset."""
        self.counts.update(rows=1, refused=1, **{f"{_BY_REASON}{reason}": 1})
        self._tell("not_imported", row=number, key=key, reason=reason, message=REASONS[reason])

    def not_read(self, asset_id: str, key: str, reason: str, message: str) -> None:
        """Tell and count an object whose facts could not be read."""
        self.counts["not_read"] += 1
        self._tell("not_read", asset_id=asset_id, key=key, reason=reason, message=message)

    def text(self) -> bytes:
        """Return the lines."""
        return "".join(f"{line}\n" for line in self._lines).encode()

    def _tell(self, kind: str, **members: Any) -> None:
        key = members["key"].encode(errors="replace").decode()
        self._lines.append(json.dumps({"kind": kind, **members, "key": key}, ensure_ascii=False))


class Report:
    """The parts of one run of an import in the media bucket."""

    def __init__(self, media: S3, import_: ImportDocument, run: str) -> None:
        self._media, self._project, self._import_id, self._run = media, import_["project"], import_["_id"], run

    def store(self, name: str, part: Part) -> None:
        """Store the part of a batch under a name that orders it."""
        if text := part.text():
            self._media.put(self._key(f"report/{name}.jsonl"), text, _TYPE)

    def joined(self) -> str:
        """Join all parts into one object, and return its key."""
        key = self._key("report.jsonl")
        with tempfile.TemporaryDirectory(prefix="report-") as folder:
            path = Path(folder) / "report.jsonl"
            with path.open("wb") as file:
                for each in self._parts():
                    file.write(self._media.get(each))
            upload(self._media, path, key, _TYPE)
        return key

    def _parts(self) -> Iterator[str]:
        after = ""
        while True:
            page = self._media.list_objects(self._key("report/"), after)
            yield from (each.key for each in page.objects)
            if not page.has_more:
                return
            after = page.objects[-1].key

    def _key(self, name: str) -> str:
        return import_key(self._project, self._import_id, f"{self._run}/{name}")


def shown(counts: Mapping[str, int]) -> dict[str, Any]:
    """Return all counts as callers see them: `rows` = `imported` + `refused`."""
    reasons = {name.removeprefix(_BY_REASON): counts[name] for name in sorted(counts) if name.startswith(_BY_REASON)}
    return {**{name: int(counts.get(name, 0)) for name in COUNTS}, "refused_by_reason": reasons}
