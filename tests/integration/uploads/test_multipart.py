"""Multipart: parts in any order, taken up again anywhere, completed by what S3 has, healed, proven, swept."""

import base64
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from awscrt import checksums

from foveal.aws import errors as aws
from foveal.aws.s3 import S3, Completed
from foveal.objects.metadata import declared_bytes, declared_file_name
from foveal.uploads.limits import MIB
from foveal.uploads.sweep import sweep_stale
from tests.integration.uploads.world import World

PART = 5 * MIB
DATA = random.Random(7).randbytes(2 * PART + 1234)
COMPLETE = "POST /v1/uploads/{upload_id}/complete"
CRC64NVME = base64.b64encode(checksums.crc64nvme(DATA).to_bytes(8, "big")).decode()
OTHER_CRC64NVME = "AAAAAAAAAAA="


def begun(world: World, **fields: Any) -> dict[str, Any]:
    return world.begin_one(len(DATA), method="multipart", part_size_bytes=PART, **fields)


def open_uploads(world: World) -> list[str]:
    found = world.s3.list_multipart_uploads(Bucket=world.backend.s3.bucket)
    return [each["UploadId"] for each in found.get("Uploads", [])]


def test_bytes_arrive_whole_when_all_parts_are_sent_in_any_order(world: World) -> None:
    ticket = begun(world)
    assert [part["size_bytes"] for part in ticket["parts"]] == [PART, PART, 1234]
    for number in (3, 1, 2):
        world.put_parts(ticket, DATA, number)
    status, answer = world.call(COMPLETE, upload_id=ticket["upload_id"])
    assert (status, answer["state"], answer["asset_id"]) == (200, "completed", ticket["asset_id"])
    assert world.body_of(ticket["asset_id"]) == DATA


def test_only_what_is_missing_is_told_when_another_machine_takes_an_upload_up(world: World) -> None:
    ticket = begun(world)
    world.put_parts(ticket, DATA, 2)
    status, answer = world.call("GET /v1/uploads/{upload_id}", upload_id=ticket["upload_id"], subject="another")
    assert (status, answer["state"]) == (200, "open")
    assert answer["missing_part_numbers"] == [1, 3]
    assert [part["part_number"] for part in answer["uploaded_parts"]] == [2]
    _, signed = world.call(
        "POST /v1/uploads/{upload_id}/parts",
        {"part_numbers": [1, 3], "expires_in_seconds": 3600},
        upload_id=ticket["upload_id"],
        subject="another",
    )
    world.put_parts(signed, DATA)
    assert world.call(COMPLETE, upload_id=ticket["upload_id"], subject="another")[0] == 200
    assert world.body_of(ticket["asset_id"]) == DATA


def test_declared_checksum_and_name_stand_on_the_object_of_a_multipart_upload(world: World) -> None:
    checksum = {"algorithm": "crc64nvme", "value": CRC64NVME}
    ticket = begun(world, checksum=checksum)
    world.put_parts(ticket, DATA)
    assert world.call(COMPLETE, upload_id=ticket["upload_id"])[0] == 200
    metadata = world.backend.s3.head(world.upload(ticket["upload_id"])["key"]).metadata
    assert declared_bytes(metadata) == {"size_bytes": len(DATA), "checksum": checksum}
    assert declared_file_name(metadata) == world.asset(ticket["asset_id"])["file_name"]


def test_upload_of_an_earlier_version_goes_on_without_a_name_on_the_object(world: World) -> None:
    ticket = begun(world, idempotency_key="k")
    change = {"$unset": {"file_name": ""}, "$set": {"s3_upload_id": None}}
    world.backend.database.uploads.update_one({"_id": ticket["upload_id"]}, change)
    world.put_parts(begun(world, idempotency_key="k"), DATA)
    assert world.call(COMPLETE, upload_id=ticket["upload_id"])[0] == 200
    assert declared_file_name(world.backend.s3.head(world.upload(ticket["upload_id"])["key"]).metadata) is None


def test_replay_signs_only_the_missing_parts_when_some_have_arrived(world: World) -> None:
    world.put_parts(begun(world, idempotency_key="k"), DATA, 1)
    assert [part["part_number"] for part in begun(world, idempotency_key="k")["parts"]] == [2, 3]


def test_part_is_refused_when_its_size_differs_from_the_agreed_one(world: World) -> None:
    ticket = begun(world)
    assert world.http.put(ticket["parts"][0]["url"], content=DATA[: PART - 1]).status_code == 403


def test_completion_names_what_is_missing_when_not_all_parts_have_arrived(world: World) -> None:
    ticket = begun(world)
    world.put_parts(ticket, DATA, 1, 3)
    status, problem = world.call(COMPLETE, upload_id=ticket["upload_id"])
    assert (status, problem["code"], problem["missing_part_numbers"]) == (400, "IncompleteUpload", [2])
    world.put_parts(ticket, DATA, 2)
    assert world.call(COMPLETE, upload_id=ticket["upload_id"])[0] == 200


def test_completion_is_refused_when_a_part_has_another_size_though_all_are_there(world: World) -> None:
    ticket = begun(world)
    world.put_parts(ticket, DATA)
    upload = world.upload(ticket["upload_id"])
    who = world.server.user
    world.server.client("s3", who).upload_part(
        Bucket=world.backend.bucket,
        Key=upload["key"],
        UploadId=upload["s3_upload_id"],
        PartNumber=2,
        Body=bytes(PART + 1),
    )
    status, problem = world.call(COMPLETE, upload_id=ticket["upload_id"])
    assert (status, problem["wrong_part_numbers"]) == (400, [2])


def test_completion_gives_the_same_answer_when_it_is_repeated(world: World) -> None:
    ticket = begun(world)
    world.put_parts(ticket, DATA)
    assert world.call(COMPLETE, upload_id=ticket["upload_id"]) == world.call(COMPLETE, upload_id=ticket["upload_id"])
    assert len(world.backend.s3.list_versions("").versions) == 1


def test_completion_is_found_out_when_its_answer_was_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = begun(world)
    world.put_parts(ticket, DATA)
    complete = S3.complete_multipart

    def lost(self: S3, *arguments: Any) -> Completed:
        complete(self, *arguments)
        raise aws.Unreachable("CompleteMultipartUpload", "ConnectionResetError")

    with monkeypatch.context() as losing:
        losing.setattr(S3, "complete_multipart", lost)
        status, problem = world.call(COMPLETE, upload_id=ticket["upload_id"])
        assert (status, problem["code"]) == (503, "ServiceUnavailable")
    status, problem = world.call(COMPLETE, upload_id=ticket["upload_id"])
    assert (status, problem["code"]) == (409, "UploadInProgress")
    world.backend.database.assets.update_one({"_id": ticket["asset_id"]}, {"$set": {"status": "ready"}})
    status, answer = world.call(COMPLETE, upload_id=ticket["upload_id"])
    assert (status, answer["state"]) == (200, "completed")
    assert len(world.backend.s3.list_versions("").versions) == 1


@pytest.mark.parametrize("step", ["list_parts", "complete_multipart"])
def test_completion_answers_completed_when_another_wins_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The winner may be done at any step of the loser, and ingest too: S3 then knows no upload, or has the object."""
    ticket = begun(world)
    world.put_parts(ticket, DATA)
    original = getattr(S3, step)

    def overtaken(self: S3, *arguments: Any) -> Any:
        with monkeypatch.context() as undisturbed:
            undisturbed.setattr(S3, step, original)
            assert world.call(COMPLETE, upload_id=ticket["upload_id"])[1]["state"] == "completed"
        world.backend.database.assets.update_one({"_id": ticket["asset_id"]}, {"$set": {"status": "ready"}})
        return original(self, *arguments)

    with monkeypatch.context() as racing:
        racing.setattr(S3, step, overtaken)
        status, answer = world.call(COMPLETE, upload_id=ticket["upload_id"])
    assert (status, answer.get("state")) == (200, "completed"), answer
    assert len(world.backend.s3.list_versions("").versions) == 1


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (aws.InvalidPart, 400, "InvalidPart"),
        (aws.EntityTooSmall, 400, "EntityTooSmall"),
        (aws.BadDigest, 409, "ChecksumMismatch"),
        (aws.ConditionalRequestConflict, 409, "UploadInProgress"),
        (aws.Throttled, 503, "ServiceUnavailable"),
    ],
)
def test_errors_of_s3_come_in_our_words_when_completion_fails(
    world: World, monkeypatch: pytest.MonkeyPatch, raised: type[aws.AwsError], status: int, code: str
) -> None:
    ticket = begun(world)
    world.put_parts(ticket, DATA)

    def fail(*_: Any) -> Completed:
        raise raised("CompleteMultipartUpload", raised.__name__)

    with monkeypatch.context() as failing:
        failing.setattr(S3, "complete_multipart", fail)
        got, problem = world.call(COMPLETE, upload_id=ticket["upload_id"])
    assert (got, problem["code"]) == (status, code)
    assert world.call(COMPLETE, upload_id=ticket["upload_id"])[0] == 200


def test_upload_heals_when_s3_has_forgotten_its_id(world: World) -> None:
    ticket = begun(world)
    world.put_parts(ticket, DATA, 1)
    upload = world.upload(ticket["upload_id"])
    world.backend.s3.abort_multipart(upload["key"], upload["s3_upload_id"])
    _, answer = world.call("GET /v1/uploads/{upload_id}/parts", upload_id=ticket["upload_id"])
    assert answer["missing_part_numbers"] == [1, 2, 3]
    _, signed = world.call(
        "POST /v1/uploads/{upload_id}/parts", {"part_numbers": [1, 2, 3]}, upload_id=ticket["upload_id"]
    )
    world.put_parts(signed, DATA)
    assert world.call(COMPLETE, upload_id=ticket["upload_id"])[0] == 200
    assert world.body_of(ticket["asset_id"]) == DATA


def test_no_part_stays_behind_when_an_upload_is_aborted(world: World) -> None:
    ticket = begun(world)
    world.put_parts(ticket, DATA, 1, 2)
    assert world.call("DELETE /v1/uploads/{upload_id}", upload_id=ticket["upload_id"])[0] == 204
    assert world.call("DELETE /v1/uploads/{upload_id}", upload_id=ticket["upload_id"])[0] == 204
    assert open_uploads(world) == []
    assert world.http.put(ticket["parts"][2]["url"], content=DATA[2 * PART :]).status_code == 404
    status, problem = world.call(COMPLETE, upload_id=ticket["upload_id"])
    assert (status, problem["code"]) == (409, "Conflict")


def test_abort_is_refused_when_the_upload_is_complete(world: World) -> None:
    ticket = begun(world)
    world.put_parts(ticket, DATA)
    world.call(COMPLETE, upload_id=ticket["upload_id"])
    assert world.call("DELETE /v1/uploads/{upload_id}", upload_id=ticket["upload_id"])[0] == 409
    assert world.body_of(ticket["asset_id"]) == DATA


def test_part_number_is_refused_when_the_upload_has_no_such_part(world: World) -> None:
    ticket = begun(world)
    status, problem = world.call(
        "POST /v1/uploads/{upload_id}/parts", {"part_numbers": [3, 4]}, upload_id=ticket["upload_id"]
    )
    assert (status, problem["code"]) == (400, "InvalidRequest")


@pytest.mark.parametrize(
    ("declared", "found", "status", "state", "is_verified"),
    [
        (CRC64NVME, CRC64NVME, 200, "completed", True),
        (OTHER_CRC64NVME, CRC64NVME, 409, "failed", False),
        (CRC64NVME, None, 200, "completed", False),
        (None, CRC64NVME, 200, "completed", False),
    ],
)
def test_verdict_is_right_when_s3_tells_the_checksum_of_the_whole(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    declared: str | None,
    found: str | None,
    status: int,
    state: str,
    is_verified: bool,
) -> None:
    """The emulator keeps no CRC64NVME of its own accord, as S3 is documented to; what it would answer is put in."""
    complete = S3.complete_multipart

    def told(self: S3, *arguments: Any) -> Completed:
        done = complete(self, *arguments)
        return done._replace(checksums={"crc64nvme": found} if found else {})

    monkeypatch.setattr(S3, "complete_multipart", told)
    checksum = {"checksum": {"algorithm": "crc64nvme", "value": declared}} if declared else {}
    ticket = begun(world, **checksum)
    world.put_parts(ticket, DATA)
    for _ in range(2):
        got, answer = world.call(COMPLETE, upload_id=ticket["upload_id"])
        assert got == status
        assert got == 200 or answer["code"] == "ChecksumMismatch"
    upload = world.upload(ticket["upload_id"])
    assert (upload["state"], upload["result"]["checksums"]["verified"]) == (state, is_verified)


def test_stale_uploads_are_given_up_and_shown_when_nobody_came_back(world: World) -> None:
    stale, fresh, arrived = begun(world), begun(world), world.begin_one()
    world.put_parts(stale, DATA, 1)
    long_ago = datetime.now(UTC) - timedelta(days=8)
    uploads, assets = world.backend.database.uploads, world.backend.database.assets
    uploads.update_many(
        {"_id": {"$in": [stale["upload_id"], arrived["upload_id"]]}}, {"$set": {"created_at": long_ago}}
    )
    assets.update_one({"_id": arrived["asset_id"]}, {"$set": {"status": "ready"}})
    assert sweep_stale(world.backend, datetime.now(UTC)) == (1, 1)
    assert sweep_stale(world.backend, datetime.now(UTC)) == (0, 0)
    assert open_uploads(world) == [world.upload(fresh["upload_id"])["s3_upload_id"]]
    assert world.asset(stale["asset_id"])["reason"] == "upload_expired"
    assert world.asset(arrived["asset_id"])["status"] == "ready"
    _, listed = world.call("GET /v1/projects/{project}/uploads", project="zoo", query={"state": "expired"})
    assert [each["upload_id"] for each in listed["items"]] == [stale["upload_id"]]


def test_own_open_uploads_are_listed_page_by_page_when_there_are_many(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foveal.uploads.listing.PAGE_SIZE", 3)
    ids = [world.begin_one()["upload_id"] for _ in range(7)]
    seen: list[str] = []
    token: str | None = None
    while True:
        query = {"next_token": token} if token else {}
        _, page = world.call("GET /v1/projects/{project}/uploads", project="zoo", query=query)
        seen += [each["upload_id"] for each in page["items"]]
        token = page["next_token"]
        if token is None:
            break
    assert seen == ids[::-1]
    _, others = world.call("GET /v1/projects/{project}/uploads", project="zoo", subject="bob")
    assert others["items"] == []


@pytest.mark.parametrize("query", [{"state": "aborted"}, {"next_token": "changed"}, {"next_token": "earlier"}])
def test_page_token_is_refused_when_it_was_not_signed_for_the_list(
    world: World, monkeypatch: pytest.MonkeyPatch, query: dict[str, str]
) -> None:
    monkeypatch.setattr("foveal.uploads.listing.PAGE_SIZE", 1)
    upload_ids = [world.begin_one()["upload_id"] for _ in range(2)]
    _, page = world.call("GET /v1/projects/{project}/uploads", project="zoo")
    token = page["next_token"]
    tokens = {"changed": f"{token[:-1]}{'A' if token[-1] != 'A' else 'B'}", "earlier": upload_ids[1]}
    asked = {"next_token": token, **query}
    asked["next_token"] = tokens.get(asked["next_token"], token)
    status, problem = world.call("GET /v1/projects/{project}/uploads", project="zoo", query=asked)
    assert (status, problem["code"]) == (400, "InvalidRequest")
    assert "start again without it" in problem["detail"]


def test_upload_looks_absent_when_the_caller_has_no_role_in_its_project(world: World) -> None:
    ticket = begun(world)
    routes: list[tuple[str, Any]] = [
        ("GET /v1/uploads/{upload_id}", None),
        ("DELETE /v1/uploads/{upload_id}", None),
        ("GET /v1/uploads/{upload_id}/parts", None),
        ("POST /v1/uploads/{upload_id}/parts", {"part_numbers": [1]}),
        (COMPLETE, None),
    ]
    for key, body in routes:
        behind_wall = world.call(key, body, upload_id=ticket["upload_id"], groups="farm:admin")
        absent = world.call(key, body, upload_id="01997f00-0000-7000-8000-000000000000", groups="farm:admin")
        assert behind_wall == absent
        assert behind_wall[0] == 404
        assert world.call(key, body, upload_id="../../x", groups="zoo:admin")[0] == 404
    assert world.upload(ticket["upload_id"])["state"] == "open"
    assert world.call(COMPLETE, upload_id=ticket["upload_id"], groups="zoo:viewer")[0] == 403


def test_loser_gives_way_when_two_machines_heal_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = begun(world)
    upload = world.upload(ticket["upload_id"])
    world.backend.s3.abort_multipart(upload["key"], upload["s3_upload_id"])
    create = S3.create_multipart

    def raced(self: S3, *arguments: Any) -> str:
        winner = create(self, *arguments)
        world.backend.database.uploads.update_one({"_id": upload["_id"]}, {"$set": {"s3_upload_id": winner}})
        return create(self, *arguments)

    with monkeypatch.context() as racing:
        racing.setattr(S3, "create_multipart", raced)
        assert world.call("GET /v1/uploads/{upload_id}/parts", upload_id=upload["_id"])[0] == 200
    assert open_uploads(world) == [world.upload(upload["_id"])["s3_upload_id"]]
