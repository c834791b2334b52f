"""Refusals are enforced: by signature, by policy, by role, by the edge."""

import base64
import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from foveal.delivery.cloudfront_signer import Signer
from tests.e2e.stack import PHOTO, Caller, Stack, eventually


def test_photo_is_delivered_with_the_bytes_that_were_uploaded(editor: Caller, photo: dict[str, Any]) -> None:
    answer = httpx2.get(editor.signed_url(photo["asset_id"]))

    assert (answer.status_code, answer.content) == (200, PHOTO)
    assert answer.headers["content-type"] == "image/jpeg"
    assert (photo["width"], photo["height"], photo["camera"]["model"]) == (400, 266, "NIKON D100")


@pytest.mark.parametrize("change", ["type", "length", "key", "overwrite header left out"])
def test_upload_is_refused_when_it_is_not_what_the_ticket_signs(editor: Caller, change: str) -> None:
    ticket = editor.begin()
    if change == "type":
        answer = editor.put(ticket, headers={"Content-Type": "text/html"})
    elif change == "length":
        answer = editor.put(ticket, PHOTO + b"\0")
    elif change == "key":
        answer = editor.put({**ticket, "url": ticket["url"].replace("/original", "/another")})
    else:
        kept = {name: value for name, value in ticket["headers"].items() if name != "If-None-Match"}
        answer = editor.put({**ticket, "headers": kept})

    assert answer.status_code == 403, answer.text
    assert "SignatureDoesNotMatch" in answer.text or "AccessDenied" in answer.text


def test_ticket_is_good_for_one_upload(editor: Caller) -> None:
    ticket = editor.begin()

    assert editor.put(ticket).status_code == 200
    assert editor.put(ticket).status_code == 412


def test_bucket_refuses_reads_without_a_signature(stack: Stack, photo: dict[str, Any]) -> None:
    key = photo["s3"]["key"]

    answer = httpx2.get(f"{stack.values['aws_endpoint_url']}/{stack.values['bucket']}/{key}")

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Signature": None, "Key-Pair-Id": None, "Expires": None, "Hash-Algorithm": None}, "MissingKey"),
        ({"Expires": "4000000000"}, "AccessDenied"),
        ({"Key-Pair-Id": "K0000000000000"}, "InvalidKey"),
        ({"versionId": "another"}, "AccessDenied"),
    ],
)
def test_download_is_refused_when_its_url_was_tampered_with(
    editor: Caller, photo: dict[str, Any], change: dict[str, str | None], code: str
) -> None:
    url = editor.signed_url(photo["asset_id"])
    address, _, query = url.partition("?")
    changed = {**dict(parse_qsl(query)), **change}
    kept = {name: value for name, value in changed.items() if value is not None}

    answer = httpx2.get(f"{address}?{urlencode(kept)}")

    assert answer.status_code == 403
    assert f"<Code>{code}</Code>" in answer.text


@pytest.mark.parametrize("fault", ["expired", "another key"])
def test_download_is_refused_when_a_fresh_signature_does_not_fit(
    stack: Stack, photo: dict[str, Any], fault: str
) -> None:
    key_id, pem = stack.signing_key()
    if fault == "another key":
        pem = _new_key()
    url = f"{stack.values['cdn_url']}/{photo['s3']['key']}"
    signed = Signer(key_id, pem).url(url, int(time.time()) + (-1 if fault == "expired" else 60))

    answer = httpx2.get(signed)

    assert answer.status_code == 403
    assert "<Code>AccessDenied</Code>" in answer.text


def test_second_viewer_is_served_from_the_cache(stack: Stack, editor: Caller, photo: dict[str, Any]) -> None:
    key_id, pem = stack.signing_key()
    resource = f"{stack.values['cdn_url']}/{photo['s3']['key']}?versionId={photo['s3']['version_id']}"
    resource += "&response-cache-control=max-age%3D60"
    signer, now = Signer(key_id, pem), int(time.time())
    first, second = (signer.url(resource, now + seconds) for seconds in (60, 90))

    answers = [httpx2.get(first), httpx2.get(second), httpx2.get(second, headers={"Range": "bytes=0-9"})]

    assert [answer.headers["x-cache"].split()[0] for answer in answers] == ["Miss", "Hit", "Hit"]
    assert "age" in answers[1].headers
    assert (answers[2].status_code, answers[2].content) == (206, PHOTO[:10])


@pytest.mark.parametrize("token", [None, "not-a-token", "foreign", "unsigned", "signed-with-public-key"])
def test_call_is_refused_when_its_token_is_absent_or_of_another_issuer(
    stack: Stack, editor: Caller, token: str | None
) -> None:
    if token == "foreign":
        header, payload, signature = str(editor.token).split(".")
        token = f"{header}.{payload}.{signature[::-1]}"
    elif token == "unsigned":
        token = f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{str(editor.token).split('.')[1]}."
    elif token == "signed-with-public-key":
        token = _signed_with_public_key(stack, str(editor.token))

    answer = Caller(stack, token).call("GET", "/v1/projects/demo/assets")

    assert answer.status_code == 401


def test_asset_of_another_project_is_answered_as_missing(stack: Stack, photo: dict[str, Any]) -> None:
    stranger = stack.caller("other:admin")

    answer = stranger.call("GET", f"/v1/assets/{photo['asset_id']}")
    absent = stranger.call("GET", "/v1/assets/01900000-0000-7000-8000-000000000000")

    assert answer.status_code == absent.status_code == 404
    assert answer.json()["code"] == absent.json()["code"]


def test_viewer_role_reads_and_cannot_upload(stack: Stack, photo: dict[str, Any]) -> None:
    viewer = stack.caller("demo:viewer")
    item = {"file_name": "a.jpg", "content_type": "image/jpeg", "size_bytes": 3}

    assert viewer.call("GET", f"/v1/assets/{photo['asset_id']}").status_code == 200
    refused = viewer.call("POST", "/v1/projects/demo/uploads", {"uploads": [item]})
    assert (refused.status_code, refused.json()["code"]) == (403, "AccessDenied")


def test_exactly_the_function_fails_whose_role_lost_a_permission(stack: Stack, editor: Caller) -> None:
    """Without s3:PutObject in the role of `uploads`, its tickets are worth nothing; signing downloads goes on."""
    iam = stack.aws("iam")
    role, name, document = _policy_with(stack, "Uploads", "s3:PutObject")
    stripped = {**document, "Statement": [s for s in document["Statement"] if "s3:PutObject" not in str(s["Action"])]}
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(stripped))
    try:
        refused = editor.put(editor.begin())
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    allowed = editor.begin()

    assert (refused.status_code, "AccessDenied" in refused.text) == (403, True)
    assert editor.put(allowed).status_code == 200
    editor.ready(allowed["asset_id"])


def _encoded(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _signed_with_public_key(stack: Stack, token: str) -> str:
    """Return the token with HS256, keyed with the issuer's public key: RFC 8725, section 2.1."""
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    pool = stack.values["user_pool_id"]
    keys = httpx2.get(f"{stack.values['aws_endpoint_url']}/{pool}/.well-known/jwks.json").json()["keys"]
    found = next(each for each in keys if each["kid"] == header["kid"])
    n, e = (int.from_bytes(base64.urlsafe_b64decode(found[name] + "=="), "big") for name in ("n", "e"))
    pem = rsa.RSAPublicNumbers(e, n).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{_encoded({**header, 'alg': 'HS256'})}.{token.split('.')[1]}"
    return f"{signed}.{_encoded(hmac.digest(pem, signed.encode(), 'sha256'))}"


def _new_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _policy_with(stack: Stack, function: str, action: str) -> tuple[str, str, dict[str, list[dict[str, object]]]]:
    iam = stack.aws("iam")
    for role in iam.list_roles(MaxItems=1000)["Roles"]:
        if f"{function}Role" not in role["RoleName"]:
            continue
        for name in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
            if action in str(document):
                return role["RoleName"], name, document
    raise AssertionError(f"no role policy of {function} with {action}")


def test_refused_token_is_readable_by_a_browser_page(stack: Stack) -> None:
    """The 401 of the authorizer carries CORS headers too, and a preflight is answered without a token."""
    url, origin = f"{stack.values['api_url']}/v1/projects/demo/assets", "http://localhost:5173"

    refused = httpx2.get(url, headers={"Origin": origin})
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    preflight = httpx2.options(url, headers=asked)

    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, origin)
    assert preflight.status_code in (200, 204)
    assert preflight.headers["access-control-allow-origin"] == origin
    assert "authorization" in preflight.headers["access-control-allow-headers"]


def test_access_log_has_one_line_for_each_call_with_its_subject_and_without_its_path(
    stack: Stack, editor: Caller
) -> None:
    marker = f"/v1/assets/{'0' * 8}-0000-7000-8000-{int(time.time()):012d}"
    request_id = editor.call("GET", marker).headers["apigw-requestid"]
    logs = stack.aws("logs")
    groups = logs.describe_log_groups()["logGroups"]
    group = next(each["logGroupName"] for each in groups if "AccessLogs" in each["logGroupName"])

    def line() -> str | None:
        events = logs.filter_log_events(logGroupName=group)["events"]
        return next((each["message"] for each in events if request_id in each["message"]), None)

    logged = eventually(line, 10)
    entry = json.loads(logged)
    assert (entry["status"], entry["sourceIp"]) == ("404", "127.0.0.1")
    assert entry["subject"] not in ("", "-")
    assert marker not in logged


def test_quarantined_object_is_not_delivered(stack: Stack, editor: Caller) -> None:
    """Even to who holds a good URL: the bucket's policy refuses it to the CDN, with a version named or not."""
    ticket = editor.begin()
    editor.put(ticket)
    key = editor.ready(ticket["asset_id"])["s3"]["key"]
    url = editor.signed_url(ticket["asset_id"])
    tags = {"TagSet": [{"Key": "foveal-status", "Value": "quarantined"}]}

    stack.aws("s3").put_object_tagging(Bucket=stack.values["bucket"], Key=key, Tagging=tags)

    assert httpx2.get(url).status_code == 403


def test_api_answers_on_the_name_of_the_cdn_and_is_never_cached(stack: Stack, editor: Caller) -> None:
    url, signed_in = f"{stack.values['cdn_url']}/v1/projects/demo/assets", {"Authorization": f"Bearer {editor.token}"}

    answers = [httpx2.get(url, headers=signed_in) for _ in range(2)]

    assert [(each.status_code, each.headers["x-cache"]) for each in answers] == [(200, "Miss from cloudfront")] * 2
    assert httpx2.get(url).status_code == 401
