"""A version gives its annotations as they were pinned, byte for byte, after edits and deletions."""

import pytest

from foveal.catalog.annotations.history import public
from foveal.datasets import rebuild
from foveal.datasets.documents import VersionDocument
from foveal.encoding.ids import new_id
from foveal.encoding.json_text import plain_dumps
from foveal.errors import Conflict
from tests.integration.datasets.conftest import PROJECT, Zoo


def rebuilt(zoo: Zoo, version: VersionDocument) -> str:
    """Return the JSON text of all annotations of a version, by asset and id."""
    pins = [(line.asset_id, ref) for line in zoo.lines(version) for ref in line.content().annotations]
    found = rebuild.annotations(zoo.database, PROJECT, pins)
    return plain_dumps([public(found[ref.id, ref.revision]) for _, ref in pins])


def test_annotations_of_a_version_are_the_same_bytes_after_edits_and_deletions(zoo: Zoo) -> None:
    ids = zoo.add(4)
    annotations = [zoo.annotate(each, extra={"n": 2**60}, confidence=0.1) for each in ids for _ in range(3)]
    own = new_id()
    zoo.write(
        {
            "op": "create",
            "asset_id": ids[0],
            "annotation_id": own,
            "annotation": {"type": "caption", "text": "a", "field": "f"},
        }
    )
    zoo.write({"op": "update", "annotation_id": annotations[0]["_id"], "revision": 1, "changes": {"label": "b"}})
    first = zoo.create()
    before = rebuilt(zoo, first)
    zoo.write(
        {"op": "update", "annotation_id": annotations[0]["_id"], "revision": 2, "changes": {"label": "c"}},
        {"op": "update", "annotation_id": annotations[0]["_id"], "revision": 3, "changes": {"bbox": [0, 0, 1, 1]}},
        {"op": "delete", "annotation_id": annotations[1]["_id"], "revision": 1},
        {"op": "delete", "annotation_id": annotations[2]["_id"], "revision": 1},
        {"op": "restore", "annotation_id": annotations[2]["_id"], "revision": 2},
        {"op": "update", "annotation_id": own, "revision": 1, "changes": {"text": "b"}},
    )
    zoo.annotate(ids[0])
    second = zoo.create()
    assert rebuilt(zoo, first) == before
    assert rebuilt(zoo, second) != before
    assert before.count('"asset_id"') == 13


def test_rebuild_is_refused_when_an_annotation_is_not_there_any_more(zoo: Zoo) -> None:
    annotation = zoo.annotate(zoo.add()[0])
    version = zoo.create()
    zoo.database.annotations.delete_one({"_id": annotation["_id"]})
    with pytest.raises(Conflict, match=annotation["_id"]):
        rebuilt(zoo, version)


def test_rebuild_is_refused_when_an_annotation_was_written_past_the_catalog(zoo: Zoo) -> None:
    annotation = zoo.annotate(zoo.add()[0])
    version = zoo.create()
    zoo.database.annotations.update_one({"_id": annotation["_id"]}, {"$set": {"label": "other"}})
    with pytest.raises(Conflict, match="not there as it was pinned"):
        rebuilt(zoo, version)
