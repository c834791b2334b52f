"""Uploads through the deployed stack, with nothing but HTTP."""

import base64
import hashlib
import secrets
from pathlib import Path
from typing import Any

import httpx2
import pytest
from awscrt import checksums

from tests.e2e.stack import PHOTO, Caller, Stack, Ticket, eventually

MIB = 1024 * 1024
SECRETS = ("X-Amz-Signature", "X-Amz-Credential", "/v1/uppy/W", "/v1/companion/W", "Bearer ")


def crc64nvme(data: bytes) -> str:
    return base64.b64encode(checksums.crc64nvme(data).to_bytes(8, "big")).decode()


def send(ticket: Ticket, data: bytes) -> None:
    for part in ticket["parts"]:
        start = (part["part_number"] - 1) * ticket["part_size_bytes"]
        answer = httpx2.put(part["url"], content=data[start : start + part["size_bytes"]])
        assert answer.status_code == 200, answer.text


def settled(caller: Caller, asset_id: str) -> dict[str, Any]:
    """Wait until the asset is not pending any more and return it."""

    def look() -> dict[str, Any] | None:
        asset: dict[str, Any] = caller.call("GET", f"/v1/assets/{asset_id}").json()
        return asset if asset.get("status") not in (None, "pending") else None

    return eventually(look)


def test_verdict_stands_on_the_asset_when_a_single_upload_declares_its_checksum(editor: Caller) -> None:
    digest = base64.b64encode(hashlib.sha256(PHOTO).digest()).decode()
    ticket = editor.begin(checksum={"algorithm": "sha256", "value": digest})
    assert editor.put(ticket).status_code == 200
    checksums_found = editor.ready(ticket["asset_id"])["checksums"]
    assert (checksums_found["sha256"], checksums_found["verified"]) == (digest, True)


def test_corrupted_bytes_never_become_an_asset_when_a_checksum_is_declared(editor: Caller) -> None:
    digest = base64.b64encode(hashlib.sha256(PHOTO).digest()).decode()
    ticket = editor.begin(checksum={"algorithm": "sha256", "value": digest})
    flipped = bytes([PHOTO[0] ^ 1]) + PHOTO[1:]
    answer = editor.put(ticket, flipped)
    assert (answer.status_code, "BadDigest" in answer.text) == (400, True)
    assert editor.call("GET", f"/v1/assets/{ticket['asset_id']}").json()["status"] == "pending"


@pytest.mark.parametrize("is_right", [True, False])
@pytest.mark.parametrize("is_told_at_completion", [True, False])
def test_multipart_is_held_against_its_crc64nvme_when_it_is_completed(
    editor: Caller, is_right: bool, is_told_at_completion: bool
) -> None:
    """S3 documents that it keeps a CRC-64/NVME of the whole object; the local stack adds that to its emulator."""
    data = PHOTO + bytes(6 * MIB)
    declared = crc64nvme(data if is_right else data + b"!")
    checksum = {"algorithm": "crc64nvme", "value": declared}
    told: dict[str, Any] = {} if is_told_at_completion else {"checksum": checksum}
    ticket = editor.begin(content=data, method="multipart", part_size_bytes=5 * MIB, **told)
    send(ticket, data)
    body = {"checksum": checksum} if is_told_at_completion else None
    answer = editor.call("POST", f"/v1/uploads/{ticket['upload_id']}/complete", body)
    asset = settled(editor, ticket["asset_id"])
    assert asset["checksums"]["crc64nvme"] == crc64nvme(data)
    assert asset["checksums"]["verified"] == is_right
    if is_right:
        assert (answer.status_code, answer.json()["checksums"]["verified"], asset["status"]) == (200, True, "ready")
    else:
        assert (answer.status_code, answer.json()["code"]) == (409, "ChecksumMismatch")
        assert (asset["status"], asset["reason"]) == ("failed", "checksum_mismatch")


def test_uploads_are_found_by_their_idempotency_keys(editor: Caller) -> None:
    key = f"e2e-{secrets.token_hex(8)}"
    ticket = editor.begin(idempotency_key=key)
    body = {"idempotency_keys": [key, "never-begun"]}
    answer = editor.call("POST", "/v1/projects/demo/uploads/status", body).json()
    assert [each["upload_id"] for each in answer["uploads"]] == [ticket["upload_id"]]
    assert answer["missing_idempotency_keys"] == ["never-begun"]


def test_app_learns_everything_from_the_server_when_it_was_killed_in_the_middle(editor: Caller) -> None:
    """Background upload of a phone: batched URLs, a status that lists parts, completion without a body."""
    data = PHOTO + bytes(11 * MIB)
    ticket = editor.begin(content=data, method="multipart", part_size_bytes=5 * MIB)
    send({**ticket, "parts": ticket["parts"][:1]}, data)

    relaunched = editor.stack.caller("demo:editor")
    path = f"/v1/uploads/{ticket['upload_id']}"
    status = relaunched.call("GET", path).json()
    assert (status["state"], status["missing_part_numbers"]) == ("open", [2, 3])
    assert relaunched.call("POST", f"{path}/complete").json()["code"] == "IncompleteUpload"
    body = {"part_numbers": status["missing_part_numbers"], "expires_in_seconds": 43_200}
    send(relaunched.call("POST", f"{path}/parts", body).json(), data)
    assert relaunched.call("POST", f"{path}/complete").status_code == 200
    assert relaunched.call("POST", f"{path}/complete").status_code == 200
    assert settled(relaunched, ticket["asset_id"])["status"] == "ready"


def test_asset_becomes_ready_when_the_app_never_reports_back(editor: Caller) -> None:
    ticket = editor.begin()
    editor.put(ticket)
    editor.ready(ticket["asset_id"])
    answer = editor.call("POST", f"/v1/uploads/{ticket['upload_id']}/complete").json()
    assert (answer["state"], answer["status"]) == ("completed", "ready")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/parts"),
        ("POST", "/parts"),
        ("POST", "/complete"),
    ],
)
def test_upload_of_one_project_is_absent_for_another(stack: Stack, editor: Caller, method: str, path: str) -> None:
    ticket = editor.begin(content=bytes(5 * MIB), method="multipart")
    stranger = stack.caller("other:admin")
    body = {"part_numbers": [1]} if path == "/parts" else None
    answer = stranger.call(method, f"/v1/uploads/{ticket['upload_id']}{path}", body)
    assert (answer.status_code, answer.json()["code"]) == (404, "NoSuchUpload")
    key = f"media/demo/{ticket['asset_id']}/original.jpg"
    request = {"method": "PUT", "key": key, "uploadId": ticket["upload_id"], "partNumber": 1}
    assert stranger.call("POST", "/v1/projects/other/uploads/sign", request).status_code == 404


def test_upload_is_refused_without_a_token(stack: Stack) -> None:
    anonymous = Caller(stack, None)
    for path in ("/v1/projects/demo/uploads", "/v1/projects/demo/uploads/sign", "/v1/projects/demo/uploads/companion"):
        assert anonymous.call("POST", path, {}).status_code == 401
    for path in ("/v1/uppy/x.y", "/v1/companion/x.y/s3/params"):
        assert anonymous.call("GET", path).status_code == 403


def test_logs_hold_no_ticket_when_uploads_have_run(stack: Stack, editor: Caller) -> None:
    ticket = editor.begin()
    editor.put(ticket)
    multipart = editor.begin(content=bytes(5 * MIB), method="multipart")
    send(multipart, bytes(5 * MIB))
    editor.call("POST", f"/v1/uploads/{multipart['upload_id']}/complete")
    endpoint = editor.call("POST", "/v1/projects/demo/uploads/companion", {}).json()["companion_endpoint"]
    query = {"filename": "a.jpg", "type": "image/jpeg", "metadata[size_bytes]": "5"}
    assert httpx2.get(f"{stack.values['api_url']}{endpoint}/s3/params", params=query).status_code == 200
    editor.ready(ticket["asset_id"])

    def logged() -> list[str] | None:
        lines = [*_cloudwatch(stack), *_files(stack.instance.state)]
        return lines if any("/s3/params" in line for line in lines) else None

    secrets = (*SECRETS, endpoint.rpartition("/")[2])
    found = [(secret, line[:200]) for line in eventually(logged) for secret in secrets if secret in line]
    assert found == []


def _cloudwatch(stack: Stack) -> list[str]:
    logs, lines = stack.aws("logs"), []
    for group in logs.describe_log_groups()["logGroups"]:
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
            lines += [event["message"] for event in page["events"]]
    return lines


def _files(state: Path) -> list[str]:
    return [
        line
        for path in state.rglob("*.log")
        if path.is_file()
        for line in path.read_text(errors="replace").splitlines()
    ]


def test_unknown_route_is_a_problem_document_and_the_reference_is_public(stack: Stack) -> None:
    api = stack.values["api_url"]
    unknown = httpx2.get(f"{api}/v1/nothing")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "NotFound")
    assert unknown.headers["content-type"] == "application/problem+json"
    document = httpx2.get(f"{api}/v1/openapi.json")
    assert document.json()["openapi"] == "3.1.0"
    page = httpx2.get(f"{api}/v1/reference")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    refused = httpx2.get(f"{api}/v1/projects/demo/uploads")
    assert (refused.status_code, refused.json()) == (401, {"message": "Unauthorized"})
