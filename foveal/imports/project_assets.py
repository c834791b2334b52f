"""Assets of a project by the names that label files use for them, with the facts that formats need."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pymongo.database import Database

from foveal.database.client import Document
from foveal.errors import Unprocessable
from foveal.formats.base.files.temporary_database import TemporaryDatabase, to_bytes, to_text
from foveal.formats.base.model.context import AssetFacts
from foveal.formats.base.model.matching import AssetNames, Match

MAX_ASSETS: Final = 1_000_000
"""Names of one project on the disk of a worker, which are read anew by each; some hundred bytes each."""
_BATCH: Final = 2_000
"""Documents of one answer: without a number the server sends 16 MB of them, which take several times that."""
_FIELDS: Final = dict.fromkeys(("file_name", "width", "height", "orientation", "frame_count"), 1)


@dataclass(frozen=True, slots=True)
class Found:
    """The asset that a name stands for; `ids` has several where assets of the project have the same name."""

    ids: tuple[str, ...]
    match: Match


class ProjectAssets(Mapping[str, AssetFacts]):
    """The ready assets of a project: a mapping of file names to facts, and the names to match with."""

    def __init__(self, database: Database[Document], project: str) -> None:
        """Read all names. Raises Unprocessable for a project of too many assets."""
        self.names = AssetNames()
        self._table = TemporaryDatabase(_TABLE)
        ready = {"project": project, "status": "ready", "file_name": {"$gt": ""}}
        found = database.assets.find(ready, _FIELDS, batch_size=_BATCH).hint("foveal_file_name")
        for at, asset in enumerate(found):
            if at >= MAX_ASSETS:
                raise Unprocessable(f"The project has more than {MAX_ASSETS} assets: import into smaller projects.")
            name = asset["file_name"]
            facts = None
            if asset.get("width") and asset.get("height"):
                facts = json.dumps(
                    [asset["width"], asset["height"], asset.get("orientation") or 1, asset.get("frame_count")]
                )
            self.names.add(name)
            self._table.run(_ADD, to_bytes(name), asset["_id"], facts)

    def find(self, file_name: str) -> Found | None:
        """Return what a name of a label file stands for, or None."""
        match = self.names.find(file_name)
        if match is None:
            return None
        (ids,) = self._table.one("SELECT ids FROM assets WHERE name = ?", to_bytes(match.name))
        return Found(tuple(ids.split()), match)

    def __getitem__(self, name: str) -> AssetFacts:
        found = self._table.one("SELECT facts FROM assets WHERE name = ? AND facts NOT NULL", to_bytes(name))
        if found is None:
            raise KeyError(name)
        return AssetFacts(*json.loads(found[0]))

    def __iter__(self) -> Iterator[str]:
        return (to_text(name) for (name,) in self._table.all("SELECT name FROM assets WHERE facts NOT NULL"))

    def __len__(self) -> int:
        return int(self._table.one("SELECT count(facts) FROM assets")[0])


_TABLE: Final = "CREATE TABLE assets (name BLOB PRIMARY KEY, ids TEXT, facts TEXT) WITHOUT ROWID;"
_ADD: Final = (
    "INSERT INTO assets VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
    " ids = ids || ' ' || excluded.ids, facts = coalesce(excluded.facts, facts)"
)
