"""Routes of data sets through the functions `jobs` and `worker`, with a bucket in memory."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from foveal.aws.s3.listings import ListedVersion
from foveal.datasets import replaced
from foveal.datasets.making import version_job
from foveal.datasets.making.creation import PAGES_AT_ONCE
from foveal.datasets.tree import pages
from foveal.encoding.ids import new_id
from foveal.objects.keys import media_key
from tests.integration.datasets.conftest import PROJECT, Client, Context, Zoo

VERSIONS = "/v1/projects/{project}/datasets/{name}/versions"
VERSION = f"{VERSIONS}/{{version}}"


def test_version_is_created_listed_and_read(zoo: Zoo, caller: Client) -> None:
    zoo.annotate(zoo.add(3)[0])
    made = caller.create(description="first", split={"shares": {"train": 0.5, "val": 0.5}})
    assert (made["version"], made["state"], made["asset_count"], made["annotation_count"]) == (1, "ready", 3, 1)
    assert made["root"].startswith("fv1:")
    second = caller.create()
    for version, expected in (("1", made), ("2", second), ("newest", second)):
        assert caller.call(f"GET {VERSION}", version=version) == (200, expected)
    status, page = caller.call(f"GET {VERSIONS}", query={"limit": "1"})
    assert (status, page["items"]) == (200, [second])
    status, page = caller.call(f"GET {VERSIONS}", query={"next_token": page["next_token"]})
    assert (page["items"], page["next_token"]) == ([made], None)
    caller.call(f"POST {VERSIONS}", {}, name="dogs")
    listed = list(caller.everything("GET /v1/projects/{project}/datasets", 1))
    assert [(each["name"], each["newest"]["version"]) for each in listed] == [("cats", 2), ("dogs", 1)]


def test_routes_need_their_roles_and_hide_other_projects(zoo: Zoo, caller: Client) -> None:
    zoo.add()
    caller.create()
    assert caller.call(f"POST {VERSIONS}", {}, role="viewer")[0] == 403
    assert caller.call(f"DELETE {VERSION}", role="editor", version="1")[0] == 403
    for route in (f"GET {VERSIONS}", f"GET {VERSION}", f"GET {VERSION}/members", f"GET {VERSION}/annotations"):
        assert caller.call(route, role="viewer", version="1")[0] == 200
        assert caller.call(route, project="meadow", version="1")[0] == 404


@pytest.mark.parametrize("version", ["2", "0", "99999999", "newer", "-1", "1e3"])
def test_version_that_does_not_exist_is_refused(zoo: Zoo, caller: Client, version: str) -> None:
    zoo.add()
    caller.create()
    for route in (f"GET {VERSION}", f"DELETE {VERSION}", f"GET {VERSION}/members"):
        assert caller.call(route, version=version)[0] == 404
    assert caller.call(f"GET {VERSIONS}", name="none")[0] == 404


@pytest.mark.usefixtures("small_pages")
def test_members_are_paged_by_id_and_split(zoo: Zoo, caller: Client) -> None:
    ids = sorted(zoo.add(50))
    zoo.annotate(ids[7])
    caller.create(split={"shares": {"train": 0.5, "val": 0.5}})
    found = list(caller.everything(f"GET {VERSION}/members", 7, version="1"))
    assert [each["asset_id"] for each in found] == ids
    assert found[7]["annotations"][0].keys() == {"annotation_id", "revision", "hash"}
    assert found[7]["s3"]["version_id"] == "v1"
    train = list(caller.everything(f"GET {VERSION}/members", 7, version="1", query={"split": "train"}))
    assert train == [each for each in found if each["split"] == "train"]
    assert 0 < len(train) < 50


@pytest.mark.usefixtures("small_pages")
def test_annotations_of_a_version_stay_the_same_after_edits(zoo: Zoo, caller: Client) -> None:
    ids = zoo.add(10)
    made = [zoo.annotate(each) for each in ids for _ in range(3)]
    caller.create()
    before = list(caller.everything(f"GET {VERSION}/annotations", 4, version="1"))
    assert [each["annotation_id"] for each in before] == [
        each["_id"] for each in sorted(made, key=lambda each: (each["asset_id"], each["_id"]))
    ]
    zoo.write(*({"op": "delete", "annotation_id": each["_id"], "revision": 1} for each in made[::2]))
    zoo.write(
        *(
            {"op": "update", "annotation_id": each["_id"], "revision": 1, "changes": {"label": "x"}}
            for each in made[1::2]
        )
    )
    assert list(caller.everything(f"GET {VERSION}/annotations", 5, version="1")) == before


@pytest.mark.usefixtures("small_pages")
def test_difference_is_told_as_summary_and_facts(zoo: Zoo, caller: Client) -> None:
    ids = sorted(zoo.add(100))
    moved, edited, gone = (zoo.annotate(ids[number]) for number in (10, 10, 11))
    caller.create()
    zoo.write(
        {
            "op": "update",
            "annotation_id": edited["_id"],
            "revision": 1,
            "changes": {"bbox": [0, 0, 1, 1], "label": "owl"},
        },
        {"op": "update", "annotation_id": moved["_id"], "revision": 1, "changes": {"attributes": {"a": 1}}},
        {"op": "delete", "annotation_id": gone["_id"], "revision": 1},
    )
    new = zoo.annotate(ids[12], label="dog")
    zoo.database.assets.update_one({"_id": ids[50]}, {"$set": {"checksums.crc64nvme": "new", "file_name": "n.jpg"}})
    zoo.database.assets.update_one({"_id": ids[60]}, {"$set": {"status": "failed"}})
    added = zoo.add()[0]
    caller.create()
    zoo.bucket.reads.clear()
    status, page = caller.call(f"GET {VERSION}/diff", version="2", query={"against": "1"})
    assert status == 200
    assert len(set(zoo.bucket.reads)) < 20
    assert page["summary"] == {
        "changes": {
            "annotation_added": 1,
            "annotation_changed": 2,
            "annotation_removed": 1,
            "asset_added": 1,
            "asset_removed": 1,
            "bytes_changed": 1,
            "renamed": 1,
        },
        "labels": [
            {"label": "cat", "before": 3, "after": 1},
            {"label": "dog", "before": 0, "after": 1},
            {"label": "owl", "before": 0, "after": 1},
        ],
        "label_schemas": [],
    }
    facts = {(each["change"], each.get("annotation_id", each["asset_id"])): each for each in page["items"]}
    assert facts["annotation_changed", edited["_id"]]["kinds"] == ["geometry", "label"]
    assert facts["annotation_changed", edited["_id"]]["after"] == "owl"
    assert facts["annotation_changed", moved["_id"]]["kinds"] == ["attributes"]
    assert facts["annotation_removed", gone["_id"]]["before"] == "cat"
    assert facts["annotation_added", new["_id"]]["after"] == "dog"
    assert facts["bytes_changed", ids[50]]["after"] == "crc64nvme:new"
    assert facts["asset_removed", ids[60]]["before"] == 0
    assert ("asset_added", added) in facts
    for limit in (1, 2, 3, 5):
        query = {"against": "1"}
        assert list(caller.everything(f"GET {VERSION}/diff", limit, version="2", query=query)) == page["items"]


def test_difference_needs_a_version_to_compare_with(zoo: Zoo, caller: Client) -> None:
    zoo.add()
    caller.create()
    assert caller.call(f"GET {VERSION}/diff", version="1")[0] == 400
    assert caller.call(f"GET {VERSION}/diff", version="1", query={"against": "7"})[0] == 404
    same = caller.call(f"GET {VERSION}/diff", version="1", query={"against": "1"})[1]
    assert (same["items"], same["summary"]["changes"]) == ([], {})


@pytest.mark.usefixtures("small_pages")
def test_large_version_is_made_by_a_job(zoo: Zoo, caller: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version_job, "MAX_AT_ONCE", 10)
    zoo.add(100)
    status, begun = caller.call(f"POST {VERSIONS}", {})
    assert (status, begun["state"]) == (202, "creating")
    assert caller.call(f"GET {VERSION}/members", version="1")[0] == 409
    caller.work()
    _, job = caller.call("GET /v1/jobs/{job_id}", job_id=begun["job_id"])
    assert (job["state"], job["progress"]["finished"], job["progress"]["total"]) == ("completed", 100, 100)
    _, made = caller.call(f"GET {VERSION}", version="1")
    assert made["state"] == "ready"
    assert job["result"]["root"] == made["root"] == zoo.create("afresh")["root"]


@pytest.mark.usefixtures("small_pages")
def test_request_hands_over_to_a_job_when_it_takes_too_long(
    zoo: Zoo, caller: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version_job, "SECONDS_AT_ONCE", 0.0)
    zoo.add(100)
    status, begun = caller.call(f"POST {VERSIONS}", {})
    assert status == 202
    written = len(zoo.bucket.writes)
    caller.work()
    made = caller.call(f"GET {VERSION}", version="1")[1]
    assert made["state"] == "ready"
    assert written <= PAGES_AT_ONCE + 1  # pages that were under way are ended
    assert len(zoo.bucket.writes) == made["page_count"] + 1
    assert begun["job_id"] == made["job_id"]


@pytest.mark.usefixtures("small_pages")
def test_stopped_worker_leaves_pages_that_the_next_one_takes_over(
    zoo: Zoo, caller: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version_job, "MAX_AT_ONCE", 10)
    monkeypatch.setattr(Context, "get_remaining_time_in_millis", lambda _: 0)
    ids = zoo.add(60)
    caller.call(f"POST {VERSIONS}", {})
    runs = 0
    job_id = caller.started.pop()
    while caller.worker.handler({"job_id": job_id}, Context())["state"] == "queued" and runs < 3:
        runs += 1
    assert runs == 3
    before = len(zoo.bucket.writes)
    monkeypatch.setattr(Context, "get_remaining_time_in_millis", lambda _: 900_000)
    assert caller.worker.handler({"job_id": job_id}, Context())["state"] == "completed"
    assert len(pages_written(zoo)) == len(set(pages_written(zoo)))
    assert before >= 1
    assert [each["asset_id"] for each in caller.everything(f"GET {VERSION}/members", 100, version="1")] == sorted(ids)


def pages_written(zoo: Zoo) -> list[str]:
    return [key for key in zoo.bucket.writes if "/pages/" in key]


def test_deleted_version_is_gone_and_its_number_is_not_given_again(zoo: Zoo, caller: Client) -> None:
    zoo.add()
    caller.create()
    assert caller.call(f"DELETE {VERSION}", version="1") == (204, None)
    assert caller.call(f"GET {VERSION}", version="1")[0] == 404
    assert caller.call(f"GET {VERSIONS}") == (200, {"items": [], "next_token": None})
    assert caller.create()["version"] == 2


@pytest.mark.parametrize("body", [[], {"asset_ids": []}, {"asset_ids": [new_id()]}, {"split": {"shares": {}}}])
def test_request_that_is_wrong_leaves_no_version(zoo: Zoo, caller: Client, body: Any) -> None:
    assert caller.call(f"POST {VERSIONS}", body)[0] == 400
    assert caller.call(f"POST {VERSIONS}", {}, name="no name")[0] == 400
    assert zoo.database.dataset_versions.count_documents({}) == 0
    assert pages.ROOT_PREFIX == "fv1:"


def test_replaced_members_are_told_with_the_time_until_which_they_are_kept(
    zoo: Zoo, caller: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaced, "_BATCH", 2)
    monkeypatch.setattr(replaced, "MAX_COMPARED", 4)
    ids = sorted(zoo.add(9))
    caller.create()
    changes = {2: {"s3.version_id": "v2"}, 3: {"deletion": {"is_permanent": False}}, 8: {"status": "deleted"}}
    for number, change in changes.items():
        zoo.database.assets.update_one({"_id": ids[number]}, {"$set": change})
    at = datetime(2026, 1, 1, tzinfo=UTC)
    key = media_key(PROJECT, ids[2], "a.jpg")
    zoo.bucket.versions[key] = [
        ListedVersion(key, version_id, version_id == "v2", False, 1, "e", when, "STANDARD")
        for version_id, when in (("v2", at), ("v1", at - timedelta(days=9)))
    ]
    found = list(caller.everything(f"GET {VERSION}/replaced", 2, version="1"))
    assert [each["asset_id"] for each in found] == [ids[2], ids[3], ids[8]]
    assert (found[0]["is_gone"], found[0]["kept_until"]) == (False, "2027-01-01T00:00:00.000Z")
    assert (found[1]["is_gone"], found[1]["kept_until"]) == (True, None)
