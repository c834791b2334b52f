"""Single uploads: what a PUT or POST ticket allows, and what it does not."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from awscrt import checksums

from foveal.objects.metadata import declared_bytes, declared_file_name
from foveal.uploads.begin import begin
from foveal.uploads.requests import BeginRequest
from tests.integration.uploads.world import World, photo

DATA = b"lions"
SHA256 = base64.b64encode(hashlib.sha256(DATA).digest()).decode()
CRC32 = base64.b64encode(checksums.crc32(DATA).to_bytes(4, "big")).decode()


def test_bytes_arrive_when_they_are_put_by_the_ticket(world: World) -> None:
    ticket = world.begin_one(len(DATA))
    assert world.put(ticket, DATA).status_code == 200
    assert world.body_of(ticket["asset_id"]) == DATA


def test_pending_asset_holds_what_was_declared_when_an_upload_begins(world: World) -> None:
    ticket = world.begin_one(
        tags=["cat"], attributes={"site": "$$NOW", "n": 3}, checksum={"algorithm": "sha256", "value": SHA256}
    )
    asset = world.asset(ticket["asset_id"])
    assert (asset["status"], asset["file_name"], asset["tags"]) == ("pending", "lion.jpg", ["cat"])
    assert asset["attributes"] == {"site": "$$NOW", "n": 3}
    assert asset["expected"] == {
        "size_bytes": 5,
        "mime_type": "image/jpeg",
        "checksum": {"algorithm": "sha256", "value": SHA256},
    }
    assert asset["s3"]["key"] == f"media/zoo/{ticket['asset_id']}/original.jpg"


@pytest.mark.parametrize("name", ["päth/../x\u202egpj.exe", 'a\n"b".png', "%2B+ .jpg", "x" * 1024])
def test_name_comes_back_exactly_and_the_key_stays_plain_when_a_name_is_strange(world: World, name: str) -> None:
    asset = world.asset(world.begin_one(file_name=name)["asset_id"])
    assert asset["file_name"] == name
    assert set(asset["s3"]["key"]) <= set("abcdefghijklmnopqrstuvwxyz0123456789/.-")


def test_put_is_refused_when_length_differs(world: World) -> None:
    assert world.put(world.begin_one(len(DATA)), DATA + b"!").status_code == 403


def test_put_is_refused_when_type_differs(world: World) -> None:
    ticket = world.begin_one(len(DATA))
    assert world.put(ticket, DATA, **{"Content-Type": "text/html"}).status_code == 403


def test_put_is_refused_when_key_differs(world: World) -> None:
    ticket, other = world.begin_one(len(DATA)), world.begin_one(len(DATA))
    url = ticket["url"].replace(ticket["asset_id"], other["asset_id"])
    assert world.put({**ticket, "url": url}, DATA).status_code == 403


def test_put_is_refused_when_the_header_against_overwriting_is_left_out(world: World) -> None:
    ticket = world.begin_one(len(DATA))
    assert httpx2.put(ticket["url"], content=DATA, headers={"Content-Type": "image/jpeg"}).status_code == 403


def test_second_put_is_refused_and_the_first_bytes_stay_when_a_ticket_is_replayed(world: World) -> None:
    ticket = world.begin_one(len(DATA))
    world.put(ticket, DATA)
    assert world.put(ticket, b"tiger").status_code == 412
    assert world.body_of(ticket["asset_id"]) == DATA


def test_ticket_is_refused_when_it_has_expired(world: World) -> None:
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    ticket = begin(world.backend, "zoo", "ann", BeginRequest(uploads=[photo()]), an_hour_ago)[0]
    assert world.put(ticket, DATA).status_code == 403


@pytest.mark.parametrize(("algorithm", "value"), [("sha256", SHA256), ("crc32", CRC32)])
def test_other_bytes_are_refused_when_a_checksum_is_declared(world: World, algorithm: str, value: str) -> None:
    ticket = world.begin_one(len(DATA), checksum={"algorithm": algorithm, "value": value})
    assert world.put(ticket, b"tiger").status_code == 400
    assert world.put(ticket, DATA).status_code == 200


def test_bytes_arrive_when_they_are_posted_by_the_form(world: World) -> None:
    ticket = world.begin_one(len(DATA), method="post", checksum={"algorithm": "sha256", "value": SHA256})
    answer = world.http.post(ticket["url"], data=ticket["fields"], files={"file": DATA})
    assert answer.status_code == 201, answer.text
    assert world.body_of(ticket["asset_id"]) == DATA


@pytest.mark.parametrize(
    ("changes", "data"),
    [({}, DATA + b"!"), ({}, b"l"), ({"Content-Type": "text/html"}, DATA), ({"key": "media/zoo/else"}, DATA)],
)
def test_form_is_refused_when_anything_differs(world: World, changes: dict[str, str], data: bytes) -> None:
    ticket = world.begin_one(len(DATA), method="post")
    answer = world.http.post(ticket["url"], data={**ticket["fields"], **changes}, files={"file": data})
    assert answer.status_code in (400, 403)


def test_metadata_stand_on_the_object_when_they_are_sent_with_it(world: World) -> None:
    ticket = world.begin_one(len(DATA), metadata={"camera-id": "cam 7"})
    assert ticket["headers"]["x-amz-meta-camera-id"] == "cam 7"
    assert world.put(ticket, DATA).status_code == 200
    metadata = world.backend.s3.head(world.upload(ticket["upload_id"])["key"]).metadata
    assert metadata["camera-id"] == "cam 7"
    assert declared_file_name(metadata) == world.asset(ticket["asset_id"])["file_name"]
    assert declared_bytes(metadata) == {"size_bytes": len(DATA)}


def test_completion_says_to_wait_when_the_bytes_are_not_there(world: World) -> None:
    ticket = world.begin_one()
    status, problem = world.call("POST /v1/uploads/{upload_id}/complete", upload_id=ticket["upload_id"])
    assert (status, problem["code"]) == (409, "UploadInProgress")


def test_completion_is_confirmed_when_s3_has_told_of_the_bytes(world: World) -> None:
    ticket = world.begin_one()
    world.backend.database.assets.update_one({"_id": ticket["asset_id"]}, {"$set": {"status": "ready"}})
    status, answer = world.call("POST /v1/uploads/{upload_id}/complete", upload_id=ticket["upload_id"])
    assert (status, answer["state"], answer["status"]) == (200, "completed", "ready")


def test_upload_has_no_parts_when_it_is_single(world: World) -> None:
    ticket = world.begin_one()
    for key, body in (
        ("GET /v1/uploads/{upload_id}/parts", None),
        ("POST /v1/uploads/{upload_id}/parts", {"part_numbers": [1]}),
    ):
        status, problem = world.call(key, body, upload_id=ticket["upload_id"])
        assert (status, problem["code"]) == (409, "Conflict")


def test_thousand_tickets_come_in_order_when_they_are_asked_for_at_once(world: World) -> None:
    begun = world.begin(*(photo(file_name=f"{number}.jpg") for number in range(1000)))
    names = [world.asset(begun[number]["asset_id"])["file_name"] for number in (0, 500, 999)]
    assert names == ["0.jpg", "500.jpg", "999.jpg"]
    assert len({each["asset_id"] for each in begun}) == 1000
