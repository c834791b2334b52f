"""Calls of the catalog's routes at random, recorded by the journal beside them: a rebuild gives every document back."""

import random
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest
from pymongo.database import Database

from foveal.database import client as mongo
from foveal.database import migration
from foveal.database.client import Document
from foveal.journal.rebuild import rebuild
from tests.integration.catalog.annotation_requests import BOX, BULK, CREATE, DELETE, PATCH, REPLACE, RESTORE
from tests.integration.catalog.conftest import PROJECT, Answer, Client, an_asset
from tests.integration.journal.conftest import MemoryBucket, contents, recorder, settle

HERE: Final = {"project": PROJECT}
TOO_LATE: Final = frozenset({404, 409, 412})
"""Answers to a call that knows an earlier state."""


class Callers:
    """Calls one route after another with arguments at random, right and stale ones."""

    def __init__(self, database: Database[Document], seed: int) -> None:
        self._database, self._random = database, random.Random(seed)
        self._editor, self._admin = Client(f"[{PROJECT}:editor]", "editor-1"), Client(f"[{PROJECT}:admin]", "admin-1")
        self.done: Counter[str] = Counter()
        self._calls = [
            *(self.create, self.create, self.change, self.change, self.delete, self.restore, self.restore),
            *(self.replace, self.bulk, self.patch_asset, self.patch_asset, self.edit_assets),
            *(self.put_schema, self.put_view, self.delete_view, self.embed),
        ]

    def call(self, count: int) -> None:
        """Make calls, and count by name those that succeeded."""
        for _ in range(count):
            chosen = self._random.choice(self._calls)
            answer = chosen()
            if answer is None:
                continue
            is_against_schema = answer.status == 400 and "not in the label schema" in answer.text
            assert answer.status < 300 or answer.status in TOO_LATE or is_against_schema, answer.text
            self.done[chosen.__name__] += answer.status < 300

    def create(self) -> Answer:
        body: dict[str, Any] = {"annotation": self._annotation()}
        if self._random.random() < 0.3:
            body["annotation_id"] = self._annotation_id()
        return self._editor.call(CREATE, self._asset(), body)

    def change(self) -> Answer | None:
        found = self._stored()
        changes = self._random.choice(
            [{"label": self._label()}, {"confidence": self._random.random()}, {"bbox": self._box()}]
        )
        return self._editor.call(PATCH, body=changes, **found) if found else None

    def delete(self) -> Answer | None:
        found = self._stored()
        return self._editor.call(DELETE, **found) if found else None

    def restore(self) -> Answer | None:
        newest = self._one("annotation_revisions", {"_id": -1})
        if newest is None:
            return None
        annotation_id = newest["annotation_id"]
        last = self._database.annotation_revisions.find({"annotation_id": annotation_id}).sort("revision", -1).limit(1)
        revision = next(iter(last))["revision"]
        stored = self._database.annotations.find_one({"_id": annotation_id})
        known = stored["revision"] if stored else revision
        body = {} if self._random.random() < 0.7 else {"to": self._random.randrange(known + 1)}
        return self._editor.call(RESTORE, {"annotation_id": annotation_id}, body, {"if-match": f'"{known}"'})

    def replace(self) -> Answer:
        annotations = [self._annotation() for _ in range(self._random.randrange(4))]
        path = self._asset() | {"field": self._layer()}
        known = (self._database.assets.find_one({"_id": path["asset_id"]}) or {})["annotation_revision"]
        body = {"annotations": [_without_field(each) for each in annotations]}
        return self._editor.call(REPLACE, path, body, {"if-match": f'"{known}"'})

    def bulk(self) -> Answer:
        operations: list[Any] = [
            {"op": "create", "asset_id": self._asset()["asset_id"], "annotation": self._annotation()}
            for _ in range(self._random.randrange(1, 12))
        ]
        if found := self._one("annotations"):
            known = {"annotation_id": found["_id"], "revision": found["revision"]}
            operations.append({"op": "update", **known, "changes": {"label": self._label()}})
        return self._editor.call(BULK, HERE, {"operations": operations})

    def patch_asset(self) -> Answer:
        """Take the last tag away or give new ones: the server tells the former as the cut of an array."""
        some, path = self._random, self._asset()
        tags = (self._database.assets.find_one({"_id": path["asset_id"]}) or {})["tags"][:-1]
        if some.random() < 0.5:
            tags = some.sample(["night", "rain", "ünder", "front"], some.randrange(5))
        body: dict[str, Any] = {"tags": tags}
        if some.random() < 0.5:
            body["attributes"] = {some.choice("abc"): some.choice([None, 1, 2.5, "x", True, ["y", "z"]])}
        return self._editor.call("PATCH /v1/assets/{asset_id}", path, body, {"if-match": "*"})

    def edit_assets(self) -> Answer:
        some = self._random
        body: dict[str, Any] = {"filter": {"field": "tags", "eq": some.choice(["night", "rain", "p"])}}
        body |= {"add_tags": [some.choice("pqr")], "remove_tags": [some.choice("pqr")]}
        body |= {"set_attributes": {"n": some.randrange(9)}, "unset_attributes": [some.choice("abc")]}
        return self._editor.call("POST /v1/projects/{project}/assets/edit", HERE, body)

    def put_schema(self) -> Answer:
        name = self._random.choice(["harbour", "boats"])
        known = self._database.label_schemas.count_documents({"project": PROJECT, "name": name})
        labels = [{"name": each} for each in self._random.sample(["car", "boat", "van", "Möwe"], 3)]
        body = {"labels": labels, "enforced_fields": ["strict"] if name == "boats" else []}
        path = HERE | {"name": name}
        return self._admin.call(
            "PUT /v1/projects/{project}/label-schemas/{name}", path, body, {"if-match": f'"{known}"'}
        )

    def put_view(self) -> Answer:
        path, body = HERE | {"name": self._random.choice("xyz")}, {"filter": {"field": "tags", "eq": self._label()}}
        return self._editor.call("PUT /v1/projects/{project}/views/{name}", path, body)

    def delete_view(self) -> Answer:
        path = HERE | {"name": self._random.choice("xyz")}
        return self._editor.call("DELETE /v1/projects/{project}/views/{name}", path)

    def embed(self) -> Answer:
        vectors = [[self._random.uniform(-1, 1) for _ in range(4)] for _ in range(3)]
        drafts = [{**self._asset(), "model": self._random.choice(["clip", "dino"]), "vector": each} for each in vectors]
        return self._editor.call("POST /v1/projects/{project}/embeddings", HERE, {"embeddings": drafts})

    def _annotation(self) -> dict[str, Any]:
        return {**BOX, "field": self._layer(), "label": self._label(), "bbox": self._box()}

    def _box(self) -> list[float]:
        return [round(self._random.uniform(0, 0.5), 3) for _ in range(2)] + [0.25, 0.5]

    def _layer(self) -> str:
        return self._random.choice(["ground_truth", "yolo", "strict"])

    def _label(self) -> str:
        return self._random.choice(["car", "boat", "van", "Möwe", "unknown"])

    def _annotation_id(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _asset(self) -> dict[str, Any]:
        found = self._one("assets")
        assert found
        return {"asset_id": found["_id"]}

    def _stored(self) -> dict[str, Any] | None:
        """Return path and headers of an annotation: one time in ten of a revision that it does not have."""
        found = self._one("annotations")
        if found is None:
            return None
        revision = found["revision"] + (self._random.random() < 0.1)
        return {"path": {"annotation_id": found["_id"]}, "headers": {"if-match": f'"{revision}"'}}

    def _one(self, collection: str, order: dict[str, int] | None = None) -> Document | None:
        found = list(self._database[collection].find().sort(order or {"_id": 1}).limit(40))
        return self._random.choice(found) if found else None


def _without_field(annotation: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in annotation.items() if name != "field"}


@pytest.fixture
def rebuilt(mongodb_uri: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database[Document]]:
    """An empty database to rebuild into, without the indexes at the end, which take seconds."""
    found = mongo.connect(mongodb_uri, f"rebuilt_{uuid.uuid4().hex[:12]}")
    monkeypatch.setattr(migration, "migrate", lambda _database: None)
    yield found
    found.client.drop_database(found.name)
    found.client.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_rebuild_equals_what_calls_of_routes_have_written(
    database: Database[Document], rebuilt: Database[Document], seed: int
) -> None:
    callers, bucket, is_over = Callers(database, seed), MemoryBucket(), threading.Event()
    database.assets.insert_many([an_asset() for _ in range(30)])
    callers.call(30)  # before there is a journal
    settle(database, bucket)

    def record() -> None:
        while not is_over.is_set():
            recorder(database, bucket, max_segment_bytes=20_000).run(0.2)

    beside = threading.Thread(target=record)
    beside.start()
    try:
        callers.call(150)
    finally:
        is_over.set()
        beside.join()
    settle(database, bucket)
    assert set(callers.done) == {each.__name__ for each in callers._calls}
    assert min(callers.done.values()) > 0
    written = contents(database)
    done = rebuild(rebuilt, bucket)
    assert done.changes > 150
    assert contents(rebuilt) == written
