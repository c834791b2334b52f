"""The edge's verdict on what independent signers made: botocore for RSA with SHA-1, our own arithmetic for the rest."""

import base64
import datetime
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from local.cdn import signatures
from local.cdn.signatures import Denied, Viewer

NOW = 1_800_000_000
URL = "https://d111.cloudfront.net/media/demo/a/original.jpg?versionId=v1"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())


def pem(key: Any) -> str:
    return str(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


KEYS = {"KRSA": pem(RSA_KEY), "KEC": pem(EC_KEY)}


def sign(key: Any, message: bytes, algorithm: hashes.HashAlgorithm) -> str:
    if isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(message, padding.PKCS1v15(), algorithm)
    else:
        signature = key.sign(message, ec.ECDSA(algorithm))
    return url_safe(signature)


def url_safe(data: bytes) -> str:
    return base64.b64encode(data).decode().replace("+", "-").replace("=", "_").replace("/", "~")


def canned(key: Any, key_id: str, *, url: str = URL, expires_at: int = NOW + 60, sha256: bool = True) -> dict[str, str]:
    message = (
        f'{{"Statement":[{{"Resource":"{url}","Condition":{{"DateLessThan":{{"AWS:EpochTime":{expires_at}}}}}}}]}}'
    )
    algorithm: hashes.HashAlgorithm = hashes.SHA256() if sha256 else hashes.SHA1()  # noqa: S303 - CloudFront's default
    named = {"Hash-Algorithm": "SHA256"} if sha256 else {}
    return {
        "Expires": str(expires_at),
        "Signature": sign(key, message.encode(), algorithm),
        "Key-Pair-Id": key_id,
        **named,
    }


def custom(statement: dict[str, Any], key: Any = EC_KEY, key_id: str = "KEC") -> dict[str, str]:
    policy = json.dumps({"Statement": [statement]}).encode()
    return {
        "Policy": url_safe(policy),
        "Signature": sign(key, policy, hashes.SHA256()),
        "Key-Pair-Id": key_id,
        "Hash-Algorithm": "SHA256",
    }


def until(seconds: int, resource: str = URL, **conditions: Any) -> dict[str, Any]:
    return {"Resource": resource, "Condition": {"DateLessThan": {"AWS:EpochTime": NOW + seconds}, **conditions}}


def viewer(url: str = URL, now: float = NOW, ip_address: str = "203.0.113.7") -> Viewer:
    return Viewer((url,), ip_address, now)


def verdict(given: dict[str, str], asked: Viewer | None = None) -> str:
    try:
        signatures.verify(given, asked or viewer(), KEYS)
    except Denied as denied:
        return denied.code
    return "admitted"


def test_rsa_url_of_botocore_is_admitted() -> None:
    signer = CloudFrontSigner("KRSA", lambda message: RSA_KEY.sign(message, padding.PKCS1v15(), hashes.SHA1()))  # noqa: S303 - CloudFront's default
    expires = datetime.datetime.fromtimestamp(NOW + 60, datetime.UTC)
    url = signer.generate_presigned_url(URL, date_less_than=expires)

    query, given = signatures.split_query(url.partition("?")[2])

    assert query == "versionId=v1"
    assert verdict(given) == "admitted"


def test_custom_policy_of_botocore_is_admitted() -> None:
    signer = CloudFrontSigner("KRSA", lambda message: RSA_KEY.sign(message, padding.PKCS1v15(), hashes.SHA1()))  # noqa: S303 - CloudFront's default
    expires = datetime.datetime.fromtimestamp(NOW + 60, datetime.UTC)
    policy = signer.build_policy("https://d111.cloudfront.net/media/*", expires, ip_address="203.0.113.0/24")
    url = signer.generate_presigned_url(URL, policy=policy)

    assert verdict(signatures.split_query(url.partition("?")[2])[1]) == "admitted"


@pytest.mark.parametrize(("key", "key_id"), [(RSA_KEY, "KRSA"), (EC_KEY, "KEC")])
@pytest.mark.parametrize("sha256", [True, False])
def test_canned_signature_is_admitted_when_everything_fits(key: Any, key_id: str, sha256: bool) -> None:
    assert verdict(canned(key, key_id, sha256=sha256)) == "admitted"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda _: {}, "MissingKey"),
        (lambda given: {**given, "Key-Pair-Id": "KUNKNOWN"}, "InvalidKey"),
        (lambda given: {name: value for name, value in given.items() if name != "Signature"}, "MissingSignature"),
        (lambda given: {name: value for name, value in given.items() if name != "Expires"}, "MissingPolicy"),
        (lambda given: {**given, "Signature": "###"}, "MalformedSignature"),
        (lambda given: {**given, "Expires": str(NOW + 61)}, "AccessDenied"),
        (lambda given: {**given, "Key-Pair-Id": "KRSA"}, "AccessDenied"),
        (lambda given: {**given, "Hash-Algorithm": "SHA1"}, "AccessDenied"),
        (lambda given: {**given, "Hash-Algorithm": "MD5"}, "AccessDenied"),
        (lambda _: canned(OTHER_KEY, "KEC"), "AccessDenied"),
        (lambda _: canned(EC_KEY, "KEC", url=URL + "2"), "AccessDenied"),
        (lambda _: canned(EC_KEY, "KEC", expires_at=NOW), "AccessDenied"),
        (lambda given: {**given, "Policy": "e30_"}, "MalformedPolicy"),
    ],
)
def test_viewer_is_refused_with_cloudfronts_code_when_something_is_wrong(
    change: Callable[[dict[str, str]], dict[str, str]], code: str
) -> None:
    assert verdict(change(canned(EC_KEY, "KEC"))) == code


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (until(60, "https://d111.cloudfront.net/media/demo/*"), "admitted"),
        (until(60, "http*://d111.cloudfront.net/media/*/original.jpg?versionId=??"), "admitted"),
        (until(60, "https://d111.cloudfront.net/media/other/*"), "AccessDenied"),
        (until(60, "https://d111.cloudfront.net/media/demo/a/original.jpg"), "AccessDenied"),
        (until(60, "https://d111xcloudfront.net/media/demo/*"), "AccessDenied"),
        (until(0, "*"), "AccessDenied"),
        (until(60, "*", DateGreaterThan={"AWS:EpochTime": NOW - 1}), "admitted"),
        (until(60, "*", DateGreaterThan={"AWS:EpochTime": NOW + 1}), "AccessDenied"),
        (until(60, "*", IpAddress={"AWS:SourceIp": "203.0.113.0/24"}), "admitted"),
        (until(60, "*", IpAddress={"AWS:SourceIp": "198.51.100.1/32"}), "AccessDenied"),
        ({"Resource": "*", "Condition": {}}, "MalformedPolicy"),
    ],
)
def test_custom_policy_admits_exactly_what_it_covers(statement: dict[str, Any], expected: str) -> None:
    assert verdict(custom(statement)) == expected


def test_policy_is_refused_when_another_key_signed_it() -> None:
    assert verdict(custom(until(60, "*"), key=OTHER_KEY)) == "AccessDenied"


def test_cookies_carry_the_same_parameters() -> None:
    given = custom(until(60, "*"))
    header = "; ".join(["theme=dark", *(f"CloudFront-{name}={value}" for name, value in given.items())])

    assert signatures.from_cookies(header) == given


def test_query_loses_only_the_parameters_of_cloudfront() -> None:
    query = "a=%20&Expires=1&b&Signature=x~_&Key-Pair-Id=K&response-content-type=image%2Fjpeg"

    kept, given = signatures.split_query(query)

    assert kept == "a=%20&b&response-content-type=image%2Fjpeg"
    assert given == {"Expires": "1", "Signature": "x~_", "Key-Pair-Id": "K"}


def test_answer_is_an_xml_error_when_the_viewer_is_refused() -> None:
    body = Denied("MissingKey", "Missing Key-Pair-Id query parameter or cookie value").body()

    assert body == (
        b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>MissingKey</Code>'
        b"<Message>Missing Key-Pair-Id query parameter or cookie value</Message></Error>"
    )


@settings(max_examples=200, deadline=None)
@given(position=st.integers(0, 10_000), bit=st.integers(0, 7), field=st.sampled_from(["Policy", "Signature"]))
def test_signature_is_refused_when_a_single_bit_is_flipped(position: int, bit: int, field: str) -> None:
    given_ = custom(until(60, "*"), RSA_KEY, "KRSA")
    raw = bytearray(base64.b64decode(given_[field].replace("-", "+").replace("_", "=").replace("~", "/")))
    raw[position % len(raw)] ^= 1 << bit

    assert verdict({**given_, field: url_safe(bytes(raw))}) in ("AccessDenied", "MalformedPolicy")
