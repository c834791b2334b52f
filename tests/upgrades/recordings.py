"""Recordings of earlier versions, as tests read them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bson import json_util
from pymongo.database import Database

AWARE = json_util.JSONOptions(tz_aware=True)
HERE = Path(__file__).parent
Documents = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Recording:
    """One version: its documents, its collections with validators and indexes, its stateful resources."""

    name: str

    @property
    def documents(self) -> Documents:
        found: Documents = json_util.loads(self._text("documents"), json_options=AWARE)
        return found

    @property
    def collections(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = json_util.loads(self._text("collections"))
        return found

    @property
    def stateful(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = json.loads(self._text("stateful"))
        return found

    def restore(self, database: Database[dict[str, Any]]) -> None:
        """Make the collections as that version had them, with its documents."""
        for name, declared in self.collections.items():
            database.drop_collection(name)
            database.create_collection(name, validator=declared["validator"], validationLevel="moderate")
            for index in declared["indexes"]:
                options = {key: value for key, value in index.items() if key not in ("v", "key", "ns")}
                if index["name"] != "_id_":
                    database[name].create_index(list(index["key"].items()), **options)
        for name, documents in self.documents.items():
            if documents:
                database[name].insert_many(documents)

    def _text(self, part: str) -> str:
        return (HERE / self.name / f"{part}.json").read_text()


RECORDINGS = [Recording(path.name) for path in sorted(HERE.iterdir()) if (path / "documents.json").exists()]
