"""Uppy's signer and the Companion routes: permitted operations, refused ones."""

import random
import re
from typing import Any

import pytest

from foveal.uploads.limits import MIB
from tests.integration.uploads.world import World, photo

SIGN = "POST /v1/projects/{project}/uploads/sign"
PART = 5 * MIB
DATA = random.Random(3).randbytes(2 * PART)
FILE = photo(size_bytes=len(DATA), part_size_bytes=PART)


def sign(world: World, status: int = 200, **request: Any) -> dict[str, Any]:
    who = {name: request.pop(name) for name in ("groups", "subject") if name in request}
    got, answer = world.call(SIGN, request, project=request.pop("project", "zoo"), **who)
    assert got == status, answer
    found: dict[str, Any] = answer
    return found


def serve(world: World, method: str, signed: dict[str, Any], status: int = 200) -> str:
    """Call one of our own URLs as the browser does: no credentials but what the path holds."""
    assert signed["url"].startswith("/v1/uppy/")
    got, body = world.call(
        f"{method} /v1/uppy/{{token}}", groups="", subject="", token=signed["url"].rpartition("/")[2]
    )
    assert got == status, body
    return body or ""


def created(world: World) -> tuple[str, str]:
    """Open a multipart upload as Uppy does; return key and upload id."""
    signed = sign(world, method="POST", key="proposed", file=FILE)
    xml = serve(world, "POST", signed)
    upload_id = re.findall("<UploadId>(.+?)</UploadId>", xml)[0]
    return signed["key"], upload_id


def put_part(world: World, key: str, upload_id: str, number: int) -> None:
    signed = sign(world, method="PUT", key=key, uploadId=upload_id, partNumber=number)
    answer = world.http.put(signed["url"], content=DATA[(number - 1) * PART : number * PART])
    assert answer.status_code == 200, answer.text


def test_file_arrives_when_uppys_requests_are_signed_one_after_another(world: World) -> None:
    key, upload_id = created(world)
    assert world.upload(upload_id)["key"] == key
    put_part(world, key, upload_id, 2)
    listed = serve(world, "GET", sign(world, method="GET", key=key, uploadId=upload_id))
    assert re.findall("<PartNumber>(.+?)</PartNumber>", listed) == ["2"]
    put_part(world, key, upload_id, 1)
    done = serve(world, "POST", sign(world, method="POST", key=key, uploadId=upload_id))
    asset_id = world.upload(upload_id)["asset_id"]
    assert re.findall("<Location>(.+?)</Location>.*<Key>(.+?)</Key>", done) == [(f"/v1/assets/{asset_id}/content", key)]
    assert world.body_of(asset_id) == DATA


def test_single_file_is_signed_as_put_or_form_when_uppy_asks(world: World) -> None:
    put = sign(world, method="PUT", key="proposed", contentType="image/jpeg", file=photo())
    assert world.http.put(put["url"], content=b"lions", headers=put["headers"]).status_code == 200
    form = sign(world, method="PUT", key="proposed", contentType="image/jpeg", file=photo(method="post"))
    assert world.http.post(form["url"], data=form["fields"], files={"file": b"lions"}).status_code == 201
    assert put["key"] != form["key"] == form["fields"]["key"]
    assert put["asset_id"] in put["key"]
    multipart = sign(world, method="POST", key="proposed", file=photo())
    assert multipart["asset_id"] in multipart["key"]


def test_operation_is_refused_when_it_is_not_one_of_an_upload(world: World) -> None:
    key, upload_id = created(world)
    assert sign(world, 403, method="DELETE", key=key)["code"] == "AccessDenied"
    assert sign(world, 403, method="GET", key=key)["code"] == "AccessDenied"
    assert sign(world, 400, method="PUT", key=key)["code"] == "InvalidRequest"
    assert sign(world, 400, method="PUT", key=key, uploadId=upload_id)["code"] == "InvalidRequest"
    assert sign(world, 400, method="PATCH", key=key, uploadId=upload_id)["code"] == "InvalidRequest"
    assert sign(world, 400, method="PUT", key=key, uploadId=upload_id, partNumber=3)["code"] == "InvalidRequest"
    assert sign(world, 415, method="PUT", key="k", file=photo(content_type="text/html"))["message"]


@pytest.mark.parametrize("method", ["PUT", "GET", "POST", "DELETE"])
def test_upload_looks_absent_when_key_project_or_role_is_another(world: World, method: str) -> None:
    key, upload_id = created(world)
    other_key, other_id = created(world)
    request: dict[str, Any] = {"method": method, "partNumber": 1}
    assert sign(world, 404, **request, key=other_key, uploadId=upload_id)["code"] == "NoSuchUpload"
    assert sign(world, 404, **request, key=key, uploadId=other_id)["code"] == "NoSuchUpload"
    assert sign(world, 404, **request, key=key, uploadId=upload_id, project="farm", groups="farm:admin")
    assert sign(world, 404, **request, key=key, uploadId=world.upload(upload_id)["s3_upload_id"])
    assert sign(world, 403, **request, key=key, uploadId=upload_id, groups="zoo:viewer")["code"] == "AccessDenied"
    single = world.begin_one()
    single_key = world.upload(single["upload_id"])["key"]
    assert sign(world, 404, **request, key=single_key, uploadId=single["upload_id"])


def test_token_does_one_operation_when_another_method_is_tried(world: World) -> None:
    key, upload_id = created(world)
    listing = sign(world, method="GET", key=key, uploadId=upload_id)
    assert "<Code>AccessDenied</Code>" in serve(world, "DELETE", listing, 403)
    assert "<Code>AccessDenied</Code>" in serve(world, "POST", listing, 403)
    assert world.upload(upload_id)["state"] == "open"


def test_error_is_worded_as_s3_does_when_our_own_url_refuses(world: World) -> None:
    key, upload_id = created(world)
    put_part(world, key, upload_id, 1)
    said = serve(world, "POST", sign(world, method="POST", key=key, uploadId=upload_id), 400)
    assert "<Error><Code>IncompleteUpload</Code><Message>1 of 2 parts" in said


def test_parts_are_gone_when_uppy_aborts(world: World) -> None:
    key, upload_id = created(world)
    put_part(world, key, upload_id, 1)
    serve(world, "DELETE", sign(world, method="DELETE", key=key, uploadId=upload_id), 204)
    assert "Uploads" not in world.s3.list_multipart_uploads(Bucket=world.backend.s3.bucket)


class Companion:
    """A Companion endpoint as Uppy calls it."""

    def __init__(self, world: World, subject: str = "ann", project: str = "zoo") -> None:
        self.world = world
        status, made = world.call(
            "POST /v1/projects/{project}/uploads/companion",
            {},
            project=project,
            subject=subject,
            groups=f"{project}:editor",
        )
        assert status == 201
        self.token = made["companion_endpoint"].rpartition("/")[2]

    def call(self, key: str, body: Any = None, query: dict[str, str] | None = None, **path: str) -> tuple[int, Any]:
        route = key.replace("/s3", "/v1/companion/{token}/s3", 1)
        return self.world.call(route, body, query=query, groups="", subject="", token=self.token, **path)

    def create(self, **metadata: Any) -> tuple[int, Any]:
        metadata = {"size_bytes": len(DATA), "relativePath": None, "name": "lion.jpg", **metadata}
        return self.call("POST /s3/multipart", {"filename": "lion.jpg", "type": "image/jpeg", "metadata": metadata})


def test_file_arrives_when_uppy_talks_to_our_companion(world: World) -> None:
    companion = Companion(world)
    status, made = companion.create(site="north", part_size_bytes=PART)
    assert status == 200
    where, query = {"upload_id": made["uploadId"]}, {"key": made["key"]}
    for number in (1, 2):
        _, signed = companion.call(
            "GET /s3/multipart/{upload_id}/{part_number}", query=query, part_number=str(number), **where
        )
        assert world.http.put(signed["url"], content=DATA[(number - 1) * PART : number * PART]).status_code == 200
    _, parts = companion.call("GET /s3/multipart/{upload_id}", query=query, **where)
    assert [(part["PartNumber"], part["Size"]) for part in parts] == [(1, PART), (2, PART)]
    status, done = companion.call("POST /s3/multipart/{upload_id}/complete", {"parts": []}, query=query, **where)
    assert (status, done["key"]) == (200, made["key"])
    asset = world.asset(world.upload(made["uploadId"])["asset_id"])
    assert asset["attributes"] == {"site": "north"}
    assert world.body_of(asset["_id"]) == DATA


def test_form_arrives_when_uppy_asks_our_companion_for_parameters(world: World) -> None:
    query = {
        "filename": "lion.jpg",
        "type": "image/jpeg",
        "metadata[size_bytes]": "5",
        "metadata[relativePath]": "null",
    }
    status, given = Companion(world).call("GET /s3/params", query=query)
    assert (status, given["method"]) == (200, "POST")
    assert world.http.post(given["url"], data=given["fields"], files={"file": b"lions"}).status_code == 201


def test_line_that_is_missing_is_shown_when_the_size_is_not_told(world: World) -> None:
    status, problem = Companion(world).call("GET /s3/params", query={"filename": "a.jpg", "type": "image/jpeg"})
    assert (status, "setFileMeta" in problem["message"]) == (400, True)
    assert Companion(world).create(size_bytes="many")[0] == 400


def test_part_size_is_uppys_own_when_none_is_told(world: World) -> None:
    _, made = Companion(world).create()
    assert world.upload(made["uploadId"])["part_size_bytes"] == 5 * MIB


def test_companion_upload_looks_absent_when_caller_project_or_key_is_another(world: World) -> None:
    _, made = Companion(world).create()
    where, query = {"upload_id": made["uploadId"]}, {"key": made["key"]}
    for stranger in (Companion(world, subject="bob"), Companion(world, project="farm")):
        for key in ("GET /s3/multipart/{upload_id}", "DELETE /s3/multipart/{upload_id}"):
            assert stranger.call(key, query=query, **where)[0] == 404
    assert Companion(world).call("GET /s3/multipart/{upload_id}", query={"key": "media/zoo/x"}, **where)[0] == 404
    assert Companion(world).call("GET /s3/multipart/{upload_id}", **where)[0] == 404
    assert world.upload(made["uploadId"])["state"] == "open"


@pytest.mark.parametrize("number", ["0", "10001", "-1", "x", "1.5", "٣", "9" * 5_000])
def test_part_number_is_refused_when_it_is_none(world: World, number: str) -> None:
    companion = Companion(world)
    _, made = companion.create()
    status, _ = companion.call(
        "GET /s3/multipart/{upload_id}/{part_number}",
        query={"key": made["key"]},
        upload_id=made["uploadId"],
        part_number=number,
    )
    assert status == 400


def test_companion_is_refused_when_its_token_is_not_ours(world: World) -> None:
    companion = Companion(world)
    companion.token = companion.token[:-2] + "AA"
    assert companion.create()[0] == 403
