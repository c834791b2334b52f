"""Creation of versions: members, hashes, pages taken over, interruption, splits, the event."""

import json
from typing import Any

import pytest
from pymongo.database import Database

from foveal.catalog import label_schemas, saved_views
from foveal.catalog.author import Author
from foveal.catalog.label_schema_models import LabelSchema
from foveal.database.client import Document
from foveal.datasets.making.creation import PAGES_AT_ONCE
from foveal.datasets.tree import pages
from foveal.datasets.tree.canonical import annotation_hash
from foveal.errors import InvalidRequest, NotFound, ServiceUnavailable
from foveal.events import contract
from tests.integration.datasets.conftest import PROJECT, Zoo


def test_member_pins_object_version_checksum_and_annotations(zoo: Zoo) -> None:
    asset_id = zoo.add()[0]
    first, second = zoo.annotate(asset_id), zoo.annotate(asset_id, label="dog")
    version = zoo.create()
    (line,) = zoo.lines(version)
    leaf = line.content()
    assert (line.s3.version_id, leaf.checksum) == ("v1", f"crc64nvme:{asset_id[-11:]}=")
    assert [(each.id, each.revision, each.hash) for each in leaf.annotations] == sorted(
        (each["_id"], 1, annotation_hash(each)) for each in (first, second)
    )
    assert (version["asset_count"], version["annotation_count"]) == (1, 2)
    assert version["labels"] == [
        {"label": "cat", "split": None, "count": 1},
        {"label": "dog", "split": None, "count": 1},
    ]


def test_version_without_assets_is_complete(zoo: Zoo) -> None:
    version = zoo.create()
    assert (version["state"], version["asset_count"]) == ("ready", 0)
    assert version["root"] == pages.root_of([], [])


def test_version_holds_the_ready_assets_that_a_filter_finds(zoo: Zoo) -> None:
    cats, dogs = zoo.add(3, tags=["cat"]), zoo.add(2, tags=["dog"])
    zoo.add(1, tags=["cat"], status="failed")
    zoo.add(1, tags=["cat"], deletion={"is_permanent": False})
    zoo.add(1, tags=["cat"], project="meadow")
    saved_views.put(zoo.database, PROJECT, "dogs", Author.now("t"), {"filter": {"field": "tags", "eq": "dog"}})
    by_filter = zoo.create(filter={"field": "tags", "eq": "cat"})
    by_view = zoo.create("dogs", view="dogs")
    both = zoo.create("none", view="dogs", filter={"not": {"field": "tags", "eq": "dog"}})
    assert [line.asset_id for line in zoo.lines(by_filter)] == sorted(cats)
    assert [line.asset_id for line in zoo.lines(by_view)] == sorted(dogs)
    assert zoo.lines(both) == []


def test_version_keeps_the_filter_of_its_view_when_the_view_changes(zoo: Zoo) -> None:
    zoo.add(2, tags=["dog"])
    saved_views.put(zoo.database, PROJECT, "v", Author.now("t"), {"filter": {"field": "tags", "eq": "dog"}})
    begun = zoo.begin(view="v")
    saved_views.put(zoo.database, PROJECT, "v", Author.now("t"), {"filter": {"field": "tags", "eq": "owl"}})
    assert zoo.build(begun["_id"])["asset_count"] == 2


def test_version_of_ids_holds_them_alone(zoo: Zoo) -> None:
    ids = zoo.add(5)
    version = zoo.create(asset_ids=[ids[3], ids[0], ids[3]])
    assert [line.asset_id for line in zoo.lines(version)] == sorted([ids[0], ids[3]])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"asset_ids": ["nothing"]}, "asset_ids: 1 are no ready assets"),
        ({"asset_ids": ["a"], "view": "v"}, "stand alone"),
        ({"split": {"shares": {"train": 0.5}}}, "add up to 0.5"),
        ({"split": {}}, "needs shares"),
        ({"split": {"shares": {"train": 1}, "group_by": "camera"}}, "split.group_by"),
        ({"filter": {"field": "tags"}}, "filter"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_request_is_refused_with_what_is_wrong(zoo: Zoo, body: Any, message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        zoo.begin(**body)
    assert message in caught.value.detail
    assert zoo.database.dataset_versions.count_documents({}) == 0


def test_request_is_refused_when_its_view_or_version_does_not_exist(zoo: Zoo) -> None:
    for body in ({"view": "none"}, {"split": {"keep_from": 1}}):
        with pytest.raises(NotFound):
            zoo.begin(**body)


@pytest.mark.usefixtures("small_pages")
def test_root_is_equal_when_nothing_has_changed(zoo: Zoo) -> None:
    zoo.add(100)
    first = zoo.create()
    zoo.bucket.reads.clear()
    written = len(zoo.bucket.writes)
    second, other = zoo.create(), zoo.create("others")
    assert first["root"] == second["root"] == other["root"]
    assert (second["base"], second["shared_page_count"]) == (1, second["page_count"])
    manifests = [key for key in zoo.bucket.writes[written:] if key.endswith("manifest.json")]
    assert zoo.bucket.writes[written:] == manifests
    assert zoo.bucket.reads == []


@pytest.mark.usefixtures("small_pages")
def test_second_version_is_what_a_first_one_would_be(zoo: Zoo) -> None:
    """Pages that are taken over, and lines within others, never show in the root."""
    ids = sorted(zoo.add(300))
    for asset_id in ids[::10]:
        zoo.annotate(asset_id)
    first = zoo.create()
    changed = [ids[3], ids[150], ids[151], ids[299]]
    annotations = [zoo.annotate(each, label="owl") for each in changed]
    zoo.write({"op": "delete", "annotation_id": annotations[0]["_id"], "revision": 1})
    zoo.database.assets.update_one({"_id": ids[50]}, {"$set": {"s3.version_id": "v2", "checksums.crc64nvme": "new"}})
    zoo.database.assets.update_one({"_id": ids[60]}, {"$set": {"file_name": "other.jpg"}})
    zoo.database.assets.update_one({"_id": ids[70]}, {"$set": {"status": "deleted"}})
    zoo.add(3)
    zoo.bucket.writes.clear()
    second = zoo.create()
    assert second["shared_page_count"] > first["page_count"] // 2
    assert len(zoo.bucket.writes) == second["page_count"] - second["shared_page_count"] + 1
    afresh = zoo.create("afresh")
    assert afresh["base"] is None
    assert second["root"] == afresh["root"] != first["root"]
    assert [second[name] for name in ("asset_count", "annotation_count", "splits", "labels")] == [
        afresh[name] for name in ("asset_count", "annotation_count", "splits", "labels")
    ]
    assert zoo.lines(second) == zoo.lines(afresh)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("after", [1, 5, 20])
def test_interrupted_creation_goes_on_with_the_pages_that_it_has(zoo: Zoo, after: int) -> None:
    for asset_id in zoo.add(300)[::7]:
        zoo.annotate(asset_id)
    expected = zoo.create("expected")
    told: list[int] = []

    def stop(count: int) -> None:
        told.append(count)
        if len(told) == after:
            raise InterruptedError

    zoo.bucket.objects.clear()
    begun = zoo.begin()
    with pytest.raises(InterruptedError):
        zoo.build(begun["_id"], stop)
    written = zoo.database.dataset_pages.count_documents({"version_id": begun["_id"]})
    assert after <= written <= after + PAGES_AT_ONCE  # pages that were under way are ended
    zoo.bucket.writes.clear()
    version = zoo.build(begun["_id"])
    assert version["root"] == expected["root"]
    assert len(zoo.bucket.writes) == version["page_count"] - written + 1
    assert zoo.build(begun["_id"])["root"] == expected["root"]  # a complete one stays as it is


@pytest.mark.usefixtures("small_pages")
def test_interrupted_creation_forgets_pages_that_no_longer_fit(zoo: Zoo) -> None:
    ids = sorted(zoo.add(200))

    def stop(count: int) -> None:
        if count > 100:
            raise InterruptedError

    begun = zoo.begin()
    with pytest.raises(InterruptedError):
        zoo.build(begun["_id"], stop)
    zoo.database.assets.delete_many({"_id": {"$in": ids[10:60]}})
    version = zoo.build(begun["_id"])
    assert [line.asset_id for line in zoo.lines(version)] == [*ids[:10], *ids[60:]]
    assert version["root"] == zoo.create("afresh")["root"]


def test_creation_is_refused_by_turns_when_two_workers_build_it(zoo: Zoo) -> None:
    zoo.add(10)
    begun = zoo.begin()

    def other(_: int) -> None:
        zoo.database.dataset_versions.update_one({"_id": begun["_id"]}, {"$set": {"run": "another"}})

    with pytest.raises(ServiceUnavailable):
        zoo.build(begun["_id"], other)
    assert zoo.build(begun["_id"])["state"] == "ready"


def test_event_is_committed_with_the_version(zoo: Zoo) -> None:
    zoo.add(2)
    version = zoo.create()
    stored = zoo.database.dataset_versions.find_one({"_id": version["_id"]})
    assert stored is not None
    (event,) = stored["pending_events"]
    assert event["detail"]["content_hash"] == version["root"]
    assert event["detail"]["dataset_version_id"] == "zoo/cats/1"
    contract.check({"source": "foveal", "detail-type": event["detail_type"], "detail": event["detail"]})


def test_manifest_in_the_bucket_tells_root_and_pages(zoo: Zoo) -> None:
    zoo.add(5)
    version = zoo.create(split={"shares": {"train": 1.0}})
    manifest = json.loads(zoo.bucket.objects["datasets/zoo/cats/1/manifest.json"])
    assert manifest["root"] == version["root"]
    assert [f"datasets/zoo/pages/{page['digest']}.jsonl" in zoo.bucket.objects for page in manifest["pages"]] == [True]


def test_version_pins_the_newest_revision_of_each_label_schema(zoo: Zoo, database: Database[Document]) -> None:
    zoo.add()
    schema = LabelSchema.model_validate({"labels": [{"name": "cat"}]})
    before = zoo.create()
    label_schemas.put(database, PROJECT, "species", Author.now("t"), schema, 0)
    after = zoo.create()
    assert [(each["name"], each["revision"]) for each in after["label_schemas"]] == [("species", 1)]
    assert before["root"] != after["root"]
    assert after["shared_page_count"] == after["page_count"] == 1


def test_split_keeps_equal_bytes_and_groups_together(zoo: Zoo) -> None:
    zoo.add(40, attributes={"patient": 1})
    zoo.add(40, attributes={"patient": "x"}, checksums={"crc64nvme": "same"})
    zoo.add(40, checksums={"crc64nvme": "same"})
    version = zoo.create(split={"shares": {"a": 0.5, "b": 0.5}, "group_by": "attribute:patient", "seed": "3"})
    found = zoo.splits(version)
    of_patient = {found[each["_id"]] for each in zoo.database.assets.find({"attributes.patient": 1})}
    of_bytes = {found[each["_id"]] for each in zoo.database.assets.find({"checksums.crc64nvme": "same"})}
    assert (len(of_patient), len(of_bytes)) == (1, 1)


def test_split_by_tag_takes_the_tag_with_the_prefix(zoo: Zoo) -> None:
    for number in range(20):
        zoo.add(5, tags=["x", f"session:{number}"])
    version = zoo.create(split={"shares": {"train": 0.5, "val": 0.5}, "group_by": "tag:session:"})
    found, by_tag = zoo.splits(version), dict[str, set[str | None]]()
    for each in zoo.database.assets.find():
        by_tag.setdefault(each["tags"][1], set()).add(found[each["_id"]])
    assert {len(each) for each in by_tag.values()} == {1}
    assert set(found.values()) == {"train", "val"}
    assert sum(each["assets"] for each in version["splits"]) == 100


@pytest.mark.parametrize("stratify", [True, False])
def test_split_of_an_earlier_version_is_kept_when_data_grow(zoo: Zoo, stratify: bool) -> None:
    for number, asset_id in enumerate(zoo.add(60)):
        zoo.annotate(asset_id, label=["cat", "owl"][number % 5 == 0])
    rules = {"shares": {"train": 0.6, "val": 0.4}, "stratify": stratify}
    first = zoo.create(split=rules)
    zoo.add(30)
    second = zoo.create(split={"keep_from": 1, "stratify": stratify, "seed": "another"})
    before, after = zoo.splits(first), zoo.splits(second)
    assert {each: after[each] for each in before} == before
    assert second["split"] is not None
    assert second["split"]["shares"] == rules["shares"]
    assert {each["split"] for each in second["splits"]} == {"train", "val"}
