"""Report of an import: what was told, as JSON lines, in parts that are joined at the end; and the counts.

A part belongs to a range of assets and is stored before the range is finished, so that a range that is done again
writes the same part again.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from foveal.aws.errors import NoSuchKey
from foveal.aws.s3 import S3
from foveal.database.stored_documents import ImportDocument
from foveal.formats.base.model.items import FileWarning, NotImported, Question
from foveal.formats.inspection import line_of
from foveal.jobs.files import upload
from foveal.objects.keys import import_key

COUNTS: Final = ("assets", "assets_matched", "records", "imported", "not_imported", "annotations", "warnings")


class Part:
    """Counts and report lines of one range of assets."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._lines: list[str] = []

    def tell(self, item: NotImported | FileWarning | Question) -> None:
        """Add what was told; a record that was not imported counts as one."""
        if isinstance(item, NotImported):
            self.counts["records"] += 1
            self.counts["not_imported"] += 1
        elif isinstance(item, FileWarning):
            self.counts["warnings"] += 1
        self._lines.append(json.dumps(line_of(item), ensure_ascii=False))

    def count_imported(self, annotations: int) -> None:
        """Count a record that became so many annotations."""
        self.counts.update(records=1, imported=1, annotations=annotations)

    def text(self) -> bytes:
        """Return the lines."""
        return "".join(f"{line}\n" for line in self._lines).encode()


class Report:
    """The parts of one import in the bucket."""

    def __init__(self, bucket: S3, import_: ImportDocument, run: str) -> None:
        self._bucket, self._import, self._run = bucket, import_, run

    def store(self, first: int, part: Part) -> None:
        """Store the part of the range that begins at `first`."""
        if text := part.text():
            self._bucket.put(self._key(first), text, "application/x-ndjson")

    def joined(self, firsts: Sequence[int]) -> str:
        """Join the parts of all ranges into one object, and return its key."""
        key = import_key(self._import["project"], self._import["_id"], f"{self._run}/report.jsonl")
        with tempfile.TemporaryDirectory(prefix="report-") as folder:
            path = Path(folder) / "report.jsonl"
            with path.open("wb") as file:
                for first in firsts:
                    try:
                        file.write(self._bucket.get(self._key(first)))
                    except NoSuchKey:
                        continue  # nothing was told there
            upload(self._bucket, path, key, "application/x-ndjson")
        return key

    def _key(self, first: int) -> str:
        name = f"{self._run}/report/{first:09}.jsonl"
        return import_key(self._import["project"], self._import["_id"], name)


def totals(counts: Mapping[str, Any]) -> dict[str, int]:
    """Return all counts, those that nothing was counted for as 0."""
    return {name: int(counts.get(name, 0)) for name in COUNTS}
