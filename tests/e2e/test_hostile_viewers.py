"""A viewer who bends a good URL or a good cookie opens nothing else, and what strangers uploaded stays harmless."""

import functools
import http.client
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

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


def cookies(caller: Caller, prefix: str, project: str = "demo") -> str:
    """Return the header `Cookie` that a browser sends below a prefix after it asked for a project's cookies."""
    signed_in = {"Authorization": f"Bearer {caller.token}"}
    url = f"{caller.stack.values['cdn_url']}/v1/projects/{project}/cookies"
    answer = caller.http.post(url, json={}, headers=signed_in)
    assert answer.status_code == 200, answer.text
    lines = [each for each in answer.headers.get_list("set-cookie") if f"Path=/{prefix}/{project}/;" in each]
    return "; ".join(line.partition(";")[0] for line in lines)


def thumbnail(caller: Caller, asset_id: str) -> str:
    """Return the key of a thumbnail, once it is made."""
    location: str = caller.call("GET", f"/v1/assets/{asset_id}/content?variant=thumbnail").headers["location"]
    return urlsplit(location).path[1:]


def settled(caller: Caller, asset_id: str) -> str:
    """Return the status of an asset, once its object has been read."""

    def status() -> str | None:
        found: str = caller.call("GET", f"/v1/assets/{asset_id}").json()["status"]
        return None if found == "pending" else found

    return eventually(status)


def test_cookies_open_nothing_of_another_project_however_the_path_is_written(
    stack: Stack, editor: Caller, photo: dict[str, Any]
) -> None:
    stranger = stack.caller("aquarium:admin")
    ticket = stranger.begin(project="aquarium")
    assert stranger.put(ticket).status_code == 200
    stranger.ready(ticket["asset_id"])
    hidden = thumbnail(stranger, ticket["asset_id"]).removeprefix("derived/aquarium/")
    own = thumbnail(editor, photo["asset_id"])
    cdn, cookie = stack.values["cdn_url"], cookies(editor, "derived")

    assert raw(f"{cdn}/{own}", Cookie=cookie).status == 200
    for climb in ("", "/demo/..", "/demo/%2e%2e", "/demo/..%2f..%2fderived", "/demo%2F..", "/demo//.."):
        assert raw(f"{cdn}/derived{climb}/aquarium/{hidden}", Cookie=cookie).status == 403
    assert raw(f"{cdn}/{own}", Cookie=cookie, Host="evil.example").status == 403


def test_cookies_open_no_original_of_any_state(stack: Stack, editor: Caller, photo: dict[str, Any]) -> None:
    cdn = stack.values["cdn_url"]
    text = b"not a picture at all"
    ticket = editor.begin(content=text)
    assert editor.put(ticket, text).status_code == 200
    assert settled(editor, ticket["asset_id"]) == "failed"
    failed = editor.call("GET", f"/v1/assets/{ticket['asset_id']}").json()["s3"]
    for prefix in ("media", "derived", "masks"):
        cookie = cookies(editor, prefix)
        for stored in (failed, photo["s3"]):
            for query in ("", f"?versionId={stored['version_id']}"):
                assert raw(f"{cdn}/{stored['key']}{query}", Cookie=cookie).status == 403


def test_object_with_a_content_encoding_is_not_delivered(editor: Caller) -> None:
    ticket = editor.begin()
    assert editor.put(ticket, headers={"content-encoding": "gzip"}).status_code == 200
    assert settled(editor, ticket["asset_id"]) == "quarantined"
    assert editor.call("GET", f"/v1/assets/{ticket['asset_id']}/content").status_code == 409


def test_headers_that_an_uploader_adds_to_a_ticket_decide_nothing(editor: Caller) -> None:
    ticket = editor.begin()
    added = {
        "content-disposition": 'attachment; filename="invoice.exe"',
        "content-language": "tlh",
        "expires": "Thu, 01 Jan 1970 00:00:00 GMT",
        "cache-control": "no-store",
    }
    assert editor.put(ticket, headers=added).status_code == 200
    editor.ready(ticket["asset_id"])
    answer = raw(editor.signed_url(ticket["asset_id"]))
    assert (answer.status, answer.body) == (200, PHOTO)
    assert answer.headers["content-disposition"] == "inline"
    assert answer.headers["cache-control"] == "max-age=31536000, immutable"
    names = set(answer.headers)
    assert not {"content-language", "expires", "content-encoding"} & names
    assert not [name for name in names if name.startswith("x-amz-meta-")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-amz-tagging", "foveal-status=quarantined"),
        ("x-amz-storage-class", "GLACIER"),
        ("x-amz-meta-note", "of a stranger"),
    ],
)
def test_ticket_takes_no_unsigned_header_of_s3(editor: Caller, name: str, value: str) -> None:
    ticket = editor.begin()
    assert editor.put(ticket, headers={name: value}).status_code == 403
    assert editor.put(ticket).status_code == 200


def test_version_that_was_overwritten_before_ingest_saw_it_is_not_delivered(stack: Stack, editor: Caller) -> None:
    ticket = editor.begin()
    assert editor.put(ticket).status_code == 200
    asset_id, stored = ticket["asset_id"], editor.ready(ticket["asset_id"])["s3"]
    put = functools.partial(stack.aws("s3").put_object, Bucket=stack.values["bucket"], Key=stored["key"])
    hostile = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    unseen = put(Body=hostile, ContentType="image/svg+xml")["VersionId"]
    newest = put(Body=PHOTO, ContentType="image/jpeg")["VersionId"]

    def is_ingested() -> bool | None:
        return editor.call("GET", f"/v1/assets/{asset_id}").json()["s3"]["version_id"] == newest or None

    eventually(is_ingested)
    answer = editor.call("GET", f"/v1/assets/{asset_id}/content?version_id={unseen}")
    assert (answer.status_code, answer.json()["code"]) == (409, "AssetNotReady")
    former = editor.call("GET", f"/v1/assets/{asset_id}/content?version_id={stored['version_id']}")
    assert raw(former.headers["location"]).body == PHOTO


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
