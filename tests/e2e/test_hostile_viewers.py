"""A viewer who bends a good URL or a good cookie opens nothing else, and what strangers uploaded stays harmless."""

import http.client
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import httpx2
import pytest

from foveal.delivery.cloudfront_signer import Signer, custom_policy
from tests.e2e.stack import PHOTO, Caller, Stack, eventually

LISTED, UNLISTED = "http://127.0.0.1:5173", "https://evil.example"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


def raw(url: str, method: str = "GET", **headers: str) -> Answer:
    """Send a request target as it is written: an HTTP library would tidy it up."""
    split = urlsplit(url)
    connection = http.client.HTTPConnection(split.netloc)
    target = url.partition(split.netloc)[2]
    try:
        connection.request(method, target, headers={name.replace("_", "-"): text for name, text in headers.items()})
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): text for name, text in answer.getheaders()}, answer.read())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def other(editor: Caller) -> dict[str, Any]:
    """Another ready asset of the same project."""
    ticket = editor.begin()
    assert editor.put(ticket).status_code == 200
    return editor.ready(ticket["asset_id"])


BENT: dict[str, Callable[[str, str], str]] = {
    "dot segments": lambda path, query: f"{path.replace('/original', '/x/../original')}?{query}",
    "dot segments at the top": lambda path, query: f"{path.replace('/demo/', '/x/../demo/')}?{query}",
    "encoded slash": lambda path, query: f"{path.replace('/original', '%2Foriginal')}?{query}",
    "encoded letter": lambda path, query: f"{path.replace('demo', '%64emo')}?{query}",
    "double slash": lambda path, query: f"/{path}?{query}",
    "slash at the end": lambda path, query: f"{path}/?{query}",
    "upper case": lambda path, query: f"{path.upper()}?{query}",
    "null byte": lambda path, query: f"{path}%00?{query}",
    "query in the path": lambda path, query: f"{path}%3FversionId=1?{query}",
    "another order": lambda path, query: f"{path}?{'&'.join(reversed(query.split('&')))}",
    "a parameter more": lambda path, query: f"{path}?{query}&response-content-type=text%2Fhtml",
    "a version more": lambda path, query: f"{path}?{query}&versionId=null",
    "expiry twice": lambda path, query: f"{path}?{query}&Expires=4000000000",
    "signature twice": lambda path, query: f"{path}?{query}&Signature=AAAA",
    "policy besides": lambda path, query: f"{path}?{query}&Policy=AAAA",
    "hash left out": lambda path, query: f"{path}?{query.replace('&Hash-Algorithm=SHA256', '')}",
    "hash renamed": lambda path, query: f"{path}?{query.replace('SHA256', 'SHA1')}",
    "lower case parameter": lambda path, query: f"{path}?{query.replace('Signature=', 'signature=')}",
}


@pytest.mark.parametrize("bend", BENT.values(), ids=BENT)
def test_signed_url_opens_nothing_when_it_is_altered(
    editor: Caller, photo: dict[str, Any], bend: Callable[[str, str], str]
) -> None:
    split = urlsplit(editor.signed_url(photo["asset_id"]))
    origin = f"{split.scheme}://{split.netloc}"
    assert raw(f"{origin}{split.path}?{split.query}").body == PHOTO
    assert raw(origin + bend(split.path, split.query)).status == 403


def test_signed_url_opens_no_other_asset_and_no_other_host(
    editor: Caller, photo: dict[str, Any], other: dict[str, Any]
) -> None:
    url = editor.signed_url(photo["asset_id"])
    assert raw(url.replace(photo["asset_id"], other["asset_id"])).status == 403
    assert raw(url, Host="evil.example").status == 403


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_signed_url_allows_no_writes(editor: Caller, photo: dict[str, Any], method: str) -> None:
    assert raw(editor.signed_url(photo["asset_id"]), method).status in (403, 405)


def test_custom_policy_holds_for_its_addresses_and_from_its_start(stack: Stack, photo: dict[str, Any]) -> None:
    signer, now = Signer(*stack.signing_key()), int(time.time())
    url = f"{stack.values['cdn_url']}/{photo['s3']['key']}?versionId={photo['s3']['version_id']}"

    def status(**options: Any) -> int:
        signed = signer.url_with_policy(url, custom_policy(url, now + 600, **options))
        return raw(signed, X_Forwarded_For="203.0.113.7").status

    assert status(ip_address="127.0.0.0/8") == 200
    assert status(ip_address="203.0.113.0/24") == 403
    assert status(not_before=now - 60) == 200
    assert status(not_before=now + 300) == 403


def test_delivery_answers_ranges_heads_and_conditional_requests(editor: Caller, photo: dict[str, Any]) -> None:
    url = editor.signed_url(photo["asset_id"])
    head = raw(url, "HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(PHOTO)))
    part = raw(url, Range="bytes=10-19")
    assert (part.status, part.body) == (206, PHOTO[10:20])
    assert raw(url, Range=f"bytes={len(PHOTO)}-").status == 416
    assert raw(url, If_None_Match=head.headers["etag"]).status == 304
    assert raw(url, If_None_Match='"another"').status == 200


def test_cors_allows_listed_origins_only(editor: Caller, photo: dict[str, Any]) -> None:
    url = editor.signed_url(photo["asset_id"])
    allow = "access-control-allow-origin"
    for origin, allowed in ((LISTED, LISTED), (UNLISTED, None), ("null", None)):
        preflight = raw(url, "OPTIONS", Origin=origin, Access_Control_Request_Method="GET")
        assert preflight.headers.get(allow) == allowed
        assert raw(url, Origin=origin).headers.get(allow) == allowed


def test_cookies_open_nothing_of_another_project_however_the_path_is_written(
    stack: Stack, editor: Caller, photo: dict[str, Any]
) -> None:
    stranger = stack.caller("aquarium:admin")
    ticket = stranger.begin(project="aquarium")
    assert stranger.put(ticket).status_code == 200
    hidden = stranger.ready(ticket["asset_id"])["s3"]["key"].removeprefix("media/aquarium/")
    cdn = stack.values["cdn_url"]
    signed_in = {"Authorization": f"Bearer {editor.token}"}
    answer = httpx2.post(f"{cdn}/v1/projects/demo/cookies", json={}, headers=signed_in)
    lines = [each for each in answer.headers.get_list("set-cookie") if "Path=/media/demo/;" in each]
    cookie = "; ".join(line.partition(";")[0] for line in lines)

    assert raw(f"{cdn}/{photo['s3']['key']}", Cookie=cookie).body == PHOTO
    for climb in ("", "/demo/..", "/demo/%2e%2e", "/demo/..%2f..%2fmedia", "/demo%2F..", "/demo//.."):
        assert raw(f"{cdn}/media{climb}/aquarium/{hidden}", Cookie=cookie).status == 403
    assert raw(f"{cdn}/{photo['s3']['key']}", Cookie=cookie, Host="evil.example").status == 403


def test_active_formats_are_delivered_as_attachments(stack: Stack, editor: Caller) -> None:
    ticket = editor.begin(content=SVG, name="drawing.svg", content_type="image/svg+xml")
    assert editor.put(ticket, SVG).status_code == 200
    editor.ready(ticket["asset_id"])

    answer = raw(editor.signed_url(ticket["asset_id"]))

    assert (answer.status, answer.body) == (200, SVG)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


def test_html_declared_as_a_picture_is_not_delivered(editor: Caller) -> None:
    page = b"<!doctype html><script>alert(1)</script>"
    ticket = editor.begin(content=page)
    assert editor.put(ticket, page).status_code == 200

    def problem() -> str | None:
        asset = editor.call("GET", f"/v1/assets/{ticket['asset_id']}").json()
        if asset["status"] == "pending":
            return None
        body = {"asset_ids": [ticket["asset_id"]]}
        code: str = editor.call("POST", "/v1/projects/demo/downloads", body).json()["downloads"][0]["problem"]["code"]
        return code

    assert eventually(problem) == "AssetNotReady"


def test_file_name_comes_back_and_injects_no_header(editor: Caller) -> None:
    name = 'a "b"\r\nSet-Cookie: c=d; 猫.jpg'
    ticket = editor.begin(name=name)
    assert editor.put(ticket).status_code == 200
    editor.ready(ticket["asset_id"])
    body = {"asset_ids": [ticket["asset_id"]], "disposition": "attachment"}
    (one,) = editor.call("POST", "/v1/projects/demo/downloads", body).json()["downloads"]

    answer = raw(one["url"])

    assert answer.status == 200
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-disposition"].endswith(f"filename*=UTF-8''{quote(name, safe='')}")
