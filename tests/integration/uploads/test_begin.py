"""Begin: what is refused before a byte moves, and that one item never holds up the others."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from foveal.encoding.instants import timestamp
from foveal.uploads.limits import GIB, MIB, TIB, UploadLimits
from tests.integration.uploads.server import Server
from tests.integration.uploads.world import World, photo

TOO_LARGE = 6 * GIB


@pytest.mark.parametrize(
    ("fields", "code", "named"),
    [
        ({"content_type": "text/html"}, "UnsupportedMediaType", "text/html"),
        ({"content_type": "image"}, "InvalidRequest", "content_type"),
        ({"content_type": "image/png\r\nx: y"}, "InvalidRequest", "content_type"),
        ({"size_bytes": 0}, "InvalidRequest", "size_bytes"),
        ({"size_bytes": "5"}, "InvalidRequest", "size_bytes"),
        ({"size_bytes": 200 * GIB}, "EntityTooLarge", "accepted here"),
        ({"size_bytes": TOO_LARGE, "method": "put"}, "EntityTooLarge", "multipart"),
        ({"size_bytes": TOO_LARGE, "method": "post"}, "EntityTooLarge", "multipart"),
        ({"file_name": ""}, "InvalidRequest", "file_name"),
        ({"file_name": "x" * 1025}, "InvalidRequest", "file_name"),
        ({"tags": [""]}, "InvalidRequest", "tags.0"),
        ({"tags": "cat"}, "InvalidRequest", "tags"),
        ({"attributes": {"$where": 1}}, "InvalidRequest", "attributes"),
        ({"attributes": {"a.b": 1}}, "InvalidRequest", "attributes"),
        ({"attributes": {"a": {"b": 1}}}, "InvalidRequest", "attributes"),
        ({"attributes": {"a": 2**63}}, "InvalidRequest", "attributes"),
        ({"checksum": {"algorithm": "md5", "value": "x"}}, "InvalidRequest", "checksum.algorithm"),
        ({"checksum": {"algorithm": "sha256", "value": "abc"}}, "InvalidChecksum", "sha256"),
        ({"checksum": {"algorithm": "crc32", "value": "AAAAAAAAAAA="}}, "InvalidChecksum", "crc32"),
        (
            {"checksum": {"algorithm": "crc32", "value": "AAAAAA=="}, "method": "multipart"},
            "InvalidChecksum",
            "crc64nvme",
        ),
        ({"method": "multipart", "part_size_bytes": 1024}, "InvalidRequest", "part_size_bytes"),
        ({"method": "ftp"}, "InvalidRequest", "method"),
        ({"idempotency_key": "a b"}, "InvalidRequest", "idempotency_key"),
        ({"metadata": {"A": "b"}}, "InvalidRequest", "metadata"),
        ({"metadata": {"a": "é"}}, "InvalidRequest", "metadata"),
        ({"metadata": {"foveal-file-name": "a.jpg"}}, "InvalidRequest", "reserved"),
        ({"acl": "public-read"}, "InvalidRequest", "acl"),
    ],
)
def test_item_is_refused_by_name_and_the_others_go_on_when_it_is_wrong(
    world: World, fields: dict[str, Any], code: str, named: str
) -> None:
    first, wrong, last = world.begin(photo(), photo(**fields), photo())
    assert (wrong["problem"]["code"], wrong["problem"]["item"]) == (code, 1)
    assert named in wrong["problem"]["detail"]
    assert first["url"]
    assert last["url"]
    assert world.backend.database.assets.count_documents({}) == 2


@pytest.mark.parametrize(
    ("content_type", "file_name", "signed"),
    [
        ("", "IMG_0001.HEIC", "application/octet-stream"),
        ("application/octet-stream", "GX010042.MP4", "application/octet-stream"),
        ("application/octet-stream", "IM000001", "application/octet-stream"),
        ("image/jpg", "lion.jpg", "image/jpg"),
        ("image/x-png", "lion.png", "image/x-png"),
        ("application/mp4", "lion.mp4", "application/mp4"),
        ("application/x-matroska", "lion.mkv", "application/x-matroska"),
        ("Image/JPEG; q=1", "lion.jpg", "Image/JPEG; q=1"),
    ],
)
def test_type_is_accepted_and_signed_as_sent_when_it_is_an_alias_or_states_nothing(
    world: World, content_type: str, file_name: str, signed: str
) -> None:
    begun = world.begin_one(content_type=content_type, file_name=file_name)
    assert begun["headers"]["Content-Type"] == signed
    assert world.put(begun, b"lions").status_code == 200


def test_type_is_refused_when_the_name_states_one_that_is_not_accepted(s3_server: Server, world: World) -> None:
    limits = world.backend.limits.model_copy(update={"allowed_types": ("image/jpg",)})
    strict = World(replace(world.backend, limits=limits), s3_server)
    first, second = strict.begin(photo(content_type=""), photo(content_type="", file_name="scan.dcm"))
    assert first["url"]
    assert second["problem"]["code"] == "UnsupportedMediaType"
    assert "application/dicom is not accepted here" in second["problem"]["detail"]


@pytest.mark.parametrize("item", [None, 7, "x", [], {}])
def test_item_is_refused_when_it_is_no_object(world: World, item: Any) -> None:
    assert world.begin(item)[0]["problem"]["code"] == "InvalidRequest"


@pytest.mark.parametrize("uploads", [[], [{}] * 1001, "x", None])
def test_request_is_refused_when_it_holds_no_or_too_many_items(world: World, uploads: Any) -> None:
    status, problem = world.call("POST /v1/projects/{project}/uploads", {"uploads": uploads}, project="zoo")
    assert (status, problem["code"]) == (400, "InvalidRequest")


class TestLargest:
    @pytest.fixture
    def limits(self) -> UploadLimits:
        return UploadLimits(
            allowed_types=("video/*",), max_object_bytes=5 * TIB, daily_quota_bytes=5 * TIB, url_ttl_seconds=900
        )

    def test_limits_of_s3_hold_when_the_largest_object_is_begun(self, world: World) -> None:
        ticket = world.begin_one(5 * TIB, content_type="video/mp4")
        count, part_size_bytes = ticket["part_count"], ticket["part_size_bytes"]
        assert (ticket["method"], len(ticket["parts"])) == ("multipart", 1000)
        assert (count - 1) * part_size_bytes < 5 * TIB <= count * part_size_bytes
        assert count <= 10_000
        assert part_size_bytes <= 5 * GIB


def test_method_follows_the_size_when_none_is_asked_for(world: World) -> None:
    small, large = world.begin(photo(size_bytes=100 * MIB), photo(size_bytes=100 * MIB + 1))
    assert (small["method"], large["method"]) == ("put", "multipart")


def test_ticket_lives_as_long_as_asked_when_that_is_within_limits(world: World) -> None:
    assert "X-Amz-Expires=7200&" in world.begin(photo(), expires_in_seconds=7200)[0]["url"]
    status, problem = world.call(
        "POST /v1/projects/{project}/uploads", {"uploads": [photo()], "expires_in_seconds": 86_400}, project="zoo"
    )
    assert (status, problem["code"]) == (400, "InvalidRequest")


@pytest.mark.parametrize(
    ("groups", "status", "code"),
    [("zoo:viewer", 403, "AccessDenied"), ("farm:admin", 404, "NoSuchProject"), ("", 404, "NoSuchProject")],
)
def test_begin_is_refused_when_the_role_is_missing(world: World, groups: str, status: int, code: str) -> None:
    got, problem = world.call(
        "POST /v1/projects/{project}/uploads", {"uploads": [photo()]}, project="zoo", groups=groups
    )
    assert (got, problem["code"]) == (status, code)
    assert world.backend.database.assets.count_documents({}) == 0


class TestQuota:
    @pytest.fixture
    def limits(self) -> UploadLimits:
        return UploadLimits(
            allowed_types=("image/*",), max_object_bytes=GIB, daily_quota_bytes=100, url_ttl_seconds=900
        )

    def test_items_that_fit_go_on_when_the_quota_ends_in_a_batch(self, world: World) -> None:
        begun = world.begin(photo(size_bytes=60), photo(size_bytes=60), photo(size_bytes=40), photo(size_bytes=1))
        codes = [each.get("problem", {}).get("code") for each in begun]
        assert codes == [None, "QuotaExceeded", None, "QuotaExceeded"]

    def test_quota_is_per_project_when_one_has_used_it_up(self, world: World) -> None:
        world.begin(photo(size_bytes=100))
        assert world.begin(photo(size_bytes=1))[0]["problem"]["status"] == 429
        assert "url" in world.begin(photo(size_bytes=100), project="farm", groups="farm:editor")[0]

    def test_quota_of_a_project_tells_what_is_used_and_is_for_viewers_too(self, world: World) -> None:
        world.begin(photo(size_bytes=60))
        route = "GET /v1/projects/{project}/uploads/quota"
        status, answer = world.call(route, project="zoo", groups="zoo:viewer")
        assert (status, answer["daily_bytes"], answer["used_bytes"]) == (200, 100, 60)
        assert answer["resets_at"] > timestamp(datetime.now(UTC))
        assert world.call(route, project="farm", groups="farm:viewer")[1]["used_bytes"] == 0
        assert world.call(route, project="zoo", groups="farm:viewer")[0] == 404

    def test_replay_is_not_counted_again_when_the_quota_is_used_up(self, world: World) -> None:
        first = world.begin(photo(size_bytes=100, idempotency_key="k"))[0]
        assert world.begin(photo(size_bytes=100, idempotency_key="k"))[0]["asset_id"] == first["asset_id"]


def test_nothing_is_begun_when_acceleration_is_asked_for_and_off(world: World) -> None:
    body = {"uploads": [photo(idempotency_key="k")], "accelerate": True}
    status, problem = world.call("POST /v1/projects/{project}/uploads", body, project="zoo")
    assert (status, problem["code"]) == (400, "InvalidRequest")
    assert world.backend.database.uploads.count_documents({}) == 0
    ticket = world.begin(photo(idempotency_key="k"), accelerate=False)[0]
    assert world.put(ticket, b"hello").status_code == 200
