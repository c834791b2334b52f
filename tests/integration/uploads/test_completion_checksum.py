"""A checksum that the client learns while it sends the parts is given at completion, kept, and compared."""

from typing import Any

import pytest

from foveal.aws.s3 import S3, Completed
from tests.integration.uploads.test_multipart import COMPLETE, CRC64NVME, DATA, OTHER_CRC64NVME, begun
from tests.integration.uploads.world import World


def declared(value: str = CRC64NVME, algorithm: str = "crc64nvme") -> dict[str, Any]:
    return {"checksum": {"algorithm": algorithm, "value": value}}


@pytest.fixture
def s3_states(monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 states the CRC-64/NVME of each multipart object, which the emulator of these tests does not."""
    complete = S3.complete_multipart

    def with_checksum(*arguments: Any) -> Completed:
        done = complete(*arguments)
        return done._replace(checksums={"crc64nvme": CRC64NVME})

    monkeypatch.setattr(S3, "complete_multipart", with_checksum)


def sent(world: World, **fields: Any) -> dict[str, Any]:
    ticket = begun(world, **fields)
    world.put_parts(ticket, DATA)
    return ticket


@pytest.mark.usefixtures("s3_states")
def test_checksum_given_at_completion_is_compared_and_kept_for_ingest(world: World) -> None:
    ticket = sent(world)
    status, answer = world.call(COMPLETE, declared(), upload_id=ticket["upload_id"])
    assert (status, answer["checksums"]["verification"]) == (200, "matched")
    assert world.upload(ticket["upload_id"])["checksum"] == declared()["checksum"]
    assert world.asset(ticket["asset_id"])["expected"]["checksum"] == declared()["checksum"]


@pytest.mark.usefixtures("s3_states")
def test_completion_fails_when_other_bytes_arrived(world: World) -> None:
    ticket = sent(world)
    for _ in range(2):
        status, problem = world.call(COMPLETE, declared(OTHER_CRC64NVME), upload_id=ticket["upload_id"])
        assert (status, problem["code"]) == (409, "ChecksumMismatch")
    assert world.upload(ticket["upload_id"])["state"] == "failed"
    assert world.asset(ticket["asset_id"])["expected"]["checksum"]["value"] == OTHER_CRC64NVME


@pytest.mark.usefixtures("s3_states")
def test_file_is_begun_anew_under_its_key_when_other_bytes_arrived(world: World) -> None:
    first = sent(world, idempotency_key="photo-1")
    world.call(COMPLETE, declared(OTHER_CRC64NVME), upload_id=first["upload_id"])
    second = sent(world, idempotency_key="photo-1")
    assert second["asset_id"] != first["asset_id"]
    assert second["status"] == "pending"
    status, answer = world.call(COMPLETE, declared(), upload_id=second["upload_id"])
    assert (status, answer["checksums"]["verification"]) == (200, "matched")
    assert begun(world, idempotency_key="photo-1")["upload_id"] == second["upload_id"]
    assert world.upload(first["upload_id"])["state"] == "failed"


@pytest.mark.usefixtures("s3_states")
def test_completion_without_a_body_or_checksum_declares_none(world: World) -> None:
    for body in (None, {}, {"checksum": None}):
        ticket = sent(world)
        status, answer = world.call(COMPLETE, body, upload_id=ticket["upload_id"])
        assert (status, answer["checksums"]["verification"]) == (200, "not_declared")


@pytest.mark.usefixtures("s3_states")
def test_repeated_completion_compares_with_what_s3_stated(world: World) -> None:
    ticket = sent(world)
    assert world.call(COMPLETE, upload_id=ticket["upload_id"])[0] == 200
    assert world.call(COMPLETE, declared(), upload_id=ticket["upload_id"])[0] == 200
    status, problem = world.call(COMPLETE, declared(OTHER_CRC64NVME), upload_id=ticket["upload_id"])
    assert (status, problem["code"]) == (409, "ChecksumMismatch")
    assert world.call(COMPLETE, upload_id=ticket["upload_id"])[0] == 200


@pytest.mark.usefixtures("s3_states")
def test_checksum_of_begin_and_of_completion_must_be_the_same(world: World) -> None:
    ticket = sent(world, checksum=declared()["checksum"])
    status, problem = world.call(COMPLETE, declared(OTHER_CRC64NVME), upload_id=ticket["upload_id"])
    assert (status, problem["code"]) == (400, "InvalidChecksum")
    assert world.call(COMPLETE, declared(), upload_id=ticket["upload_id"])[0] == 200


def test_incomplete_upload_keeps_no_checksum(world: World) -> None:
    ticket = begun(world)
    status, problem = world.call(COMPLETE, declared(OTHER_CRC64NVME), upload_id=ticket["upload_id"])
    assert (status, problem["code"]) == (400, "IncompleteUpload")
    assert world.upload(ticket["upload_id"])["checksum"] is None


@pytest.mark.parametrize(
    "body", [declared("x"), declared("LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", "sha256"), declared("", "crc32")]
)
def test_checksum_that_s3_cannot_have_of_the_whole_is_refused(world: World, body: Any) -> None:
    ticket = sent(world)
    status, problem = world.call(COMPLETE, body, upload_id=ticket["upload_id"])
    assert (status, problem["code"]) == (400, "InvalidChecksum")
    assert world.upload(ticket["upload_id"])["state"] == "open"


def test_single_upload_takes_no_checksum_at_completion(world: World) -> None:
    ticket = world.begin_one(5)
    status, problem = world.call(COMPLETE, declared(), upload_id=ticket["upload_id"])
    assert (status, problem["code"]) == (400, "InvalidChecksum")


@pytest.mark.parametrize("body", [[], "x", {"checksums": 1}])
def test_body_of_another_form_is_refused(world: World, body: Any) -> None:
    ticket = sent(world)
    assert world.call(COMPLETE, body, upload_id=ticket["upload_id"])[0] == 400
