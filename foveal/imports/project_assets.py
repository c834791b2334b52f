"""Assets of a project by the names that label files use for them, with the facts that formats need."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pymongo.database import Database

from foveal.database.client import Document
from foveal.errors import Unprocessable
from foveal.formats.base.model.context import AssetFacts
from foveal.formats.base.model.matching import AssetNames, Match

MAX_ASSETS: Final = 1_000_000
"""Names of one project in the memory of a worker, about 600 bytes each."""
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
        self._facts: dict[str, AssetFacts] = {}
        self._ids: dict[str, tuple[str, ...]] = {}
        ready = {"project": project, "status": "ready", "file_name": {"$gt": ""}}
        for at, asset in enumerate(database.assets.find(ready, _FIELDS).hint("foveal_file_name")):
            if at >= MAX_ASSETS:
                raise Unprocessable(f"The project has more than {MAX_ASSETS} assets: import into smaller projects.")
            name = asset["file_name"]
            if name not in self._ids:
                self.names.add(name)
            self._ids[name] = (*self._ids.get(name, ()), asset["_id"])
            if asset.get("width") and asset.get("height"):
                self._facts[name] = AssetFacts(
                    asset["width"], asset["height"], asset.get("orientation") or 1, asset.get("frame_count")
                )

    def find(self, file_name: str) -> Found | None:
        """Return what a name of a label file stands for, or None."""
        match = self.names.find(file_name)
        return Found(self._ids[match.name], match) if match is not None else None

    def __getitem__(self, name: str) -> AssetFacts:
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)
