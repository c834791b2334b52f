import base64
import datetime
import itertools
import json
import string

import pytest
from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import example, given, settings
from hypothesis import strategies as st

from foveal.delivery.cloudfront_signer import COOKIE_NAMES, Signer, custom_policy, prefix_resource
from tests.unit.delivery.cloudfront_edge import Edge

NOW = 1_800_000_000
URL = "https://d111111abcdef8.cloudfront.net/media/cats/0190/original.jpg?versionId=3sL4kqtJlcpXroDTDmJ"
RSA_KEY = rsa.generate_private_key(65537, 2048)
ECDSA_KEY = ec.generate_private_key(ec.SECP256R1())
EDGE = Edge({"KRSA": RSA_KEY.public_key(), "KECDSA": ECDSA_KEY.public_key()}, NOW)
URL_CHARACTERS = string.ascii_letters + string.digits + "-._~%:/@!$'()+,;"


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


RSA_SHA1 = Signer("KRSA", pem(RSA_KEY))
RSA_SHA256 = Signer("KRSA", pem(RSA_KEY), "SHA256")
ECDSA_SHA256 = Signer("KECDSA", pem(ECDSA_KEY))
ECDSA_SHA1 = Signer("KECDSA", pem(ECDSA_KEY), "SHA1")
SIGNERS = pytest.mark.parametrize(
    "signer", [RSA_SHA1, RSA_SHA256, ECDSA_SHA256, ECDSA_SHA1], ids=["rsa-sha1", "rsa-sha256", "ecdsa", "ecdsa-sha1"]
)


def botocore_signer() -> CloudFrontSigner:
    return CloudFrontSigner(
        "KRSA",
        lambda message: RSA_KEY.sign(message, padding.PKCS1v15(), hashes.SHA1()),  # noqa: S303 CloudFront's default
    )


@given(
    path=st.text(URL_CHARACTERS, max_size=60),
    query=st.none() | st.text(URL_CHARACTERS, min_size=1, max_size=30),
    expires_at=st.integers(0, 2**32),
)
@example(path="", query="versionId=a&b=c", expires_at=NOW)
def test_rsa_urls_equal_botocore_byte_for_byte_when_the_policy_is_canned(
    path: str, query: str | None, expires_at: int
) -> None:
    url = f"https://host.example/{path}" + ("" if query is None else f"?{query}")
    moment = datetime.datetime.fromtimestamp(expires_at, datetime.UTC)
    assert RSA_SHA1.url(url, expires_at) == botocore_signer().generate_presigned_url(url, moment)


@given(
    resource=st.text(URL_CHARACTERS + "*?", max_size=60),
    expires_at=st.integers(0, 2**32),
    not_before=st.none() | st.integers(1, 2**32),
    ip_address=st.none() | st.sampled_from(["192.0.2.1", "192.0.2.0/24", "0.0.0.0/0"]),
)
def test_rsa_urls_equal_botocore_byte_for_byte_when_the_policy_is_custom(
    resource: str, expires_at: int, not_before: int | None, ip_address: str | None
) -> None:
    peer = botocore_signer()
    policy = custom_policy(f"https://host.example/{resource}", expires_at, not_before=not_before, ip_address=ip_address)
    assert policy == peer.build_policy(
        f"https://host.example/{resource}",
        datetime.datetime.fromtimestamp(expires_at, datetime.UTC),
        None if not_before is None else datetime.datetime.fromtimestamp(not_before, datetime.UTC),
        ip_address,
    )
    assert RSA_SHA1.url_with_policy(URL, policy) == peer.generate_presigned_url(URL, policy=policy)


@SIGNERS
def test_edge_admits_a_url_when_it_is_signed_for_it(signer: Signer) -> None:
    everything = custom_policy("https://d111111abcdef8.cloudfront.net/media/cats/*", NOW + 60)
    assert EDGE.admits(signer.url(URL, NOW + 60))
    assert EDGE.admits(signer.url(URL.partition("?")[0], NOW + 60))
    assert EDGE.admits(signer.url_with_policy(URL, everything))
    assert EDGE.admits(URL, signer.cookies(everything))
    assert EDGE.admits(URL, signer.canned_cookies(URL, NOW + 60))


@SIGNERS
@settings(max_examples=150)
@given(data=st.data())
def test_edge_refuses_a_url_when_one_character_of_path_or_query_is_changed(signer: Signer, data: st.DataObject) -> None:
    custom = signer.url_with_policy(URL, custom_policy(URL, NOW + 60, ip_address=EDGE.viewer_ip, not_before=NOW - 60))
    url = data.draw(st.sampled_from([signer.url(URL, NOW + 60), custom]))
    position = data.draw(st.integers(url.index("/media"), len(url) - 1))
    other = data.draw(st.sampled_from([each for each in URL_CHARACTERS + "&=?" if each != url[position]]))
    changed = url[:position] + other + url[position + 1 :]
    if signatures_decode_alike(url, changed):
        return
    assert not EDGE.admits(changed)


def signatures_decode_alike(one: str, other: str) -> bool:
    """Base64 leaves bits of the last character unused: such a change is no change of the signature or the policy."""

    def fields(url: str) -> list[tuple[str, object]]:
        pairs = [pair.partition("=")[::2] for pair in url.partition("?")[2].split("&")]
        return [(name, decoded(value) if name in ("Signature", "Policy") else value) for name, value in pairs]

    return one.partition("?")[0] == other.partition("?")[0] and fields(one) == fields(other)


def decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "=").replace("~", "/"), validate=True)
    except ValueError:
        return None


@SIGNERS
def test_edge_refuses_cookies_when_any_of_them_is_changed_or_left_out(signer: Signer) -> None:
    cookies = signer.cookies(custom_policy("https://d111111abcdef8.cloudfront.net/media/cats/*", NOW + 60))
    assert EDGE.admits(URL, cookies)
    for name, value in cookies.items():
        assert not EDGE.admits(URL, {**cookies, name: value[:10] + ("A" if value[10:11] != "A" else "B") + value[11:]})
        assert not EDGE.admits(URL, {other: text for other, text in cookies.items() if other != name})


@SIGNERS
def test_edge_refuses_the_signature_when_the_hash_is_named_wrongly(signer: Signer) -> None:
    url = signer.url(URL, NOW + 60)
    other = (
        url.removesuffix("&Hash-Algorithm=SHA256") if signer.hash_name == "SHA256" else f"{url}&Hash-Algorithm=SHA256"
    )
    assert other != url
    assert not EDGE.admits(other)


@SIGNERS
def test_edge_refuses_signatures_for_another_time_address_or_prefix(signer: Signer) -> None:
    host = "https://d111111abcdef8.cloudfront.net"
    assert not EDGE.admits(signer.url(URL, NOW))
    assert not EDGE.admits(signer.url_with_policy(URL, custom_policy(URL, NOW + 60, not_before=NOW)))
    assert not EDGE.admits(signer.url_with_policy(URL, custom_policy(URL, NOW + 60, ip_address="203.0.113.8")))
    assert EDGE.admits(signer.url_with_policy(URL, custom_policy(URL, NOW + 60, ip_address="203.0.113.0/24")))
    cookies = signer.cookies(custom_policy(prefix_resource(host, "media/cats/"), NOW + 60))
    assert EDGE.admits(f"{host}/media/cats/1", cookies)
    for path in ("media/cats2/1", "media/cat/1", "derived/cats/1", "media/cats", "media/dogs/../cats2/1"):
        assert not EDGE.admits(f"{host}/{path}", cookies)
    assert not EDGE.admits("https://other.example/media/cats/1", cookies)


@SIGNERS
def test_url_is_the_same_when_it_is_signed_twice(signer: Signer) -> None:
    assert signer.url(URL, NOW) == signer.url(URL, NOW)


def test_ecdsa_signature_is_der_encoded() -> None:
    signature = ECDSA_SHA256.url(URL, NOW).partition("Signature=")[2].partition("&")[0]
    raw = decoded(signature)
    assert raw is not None
    assert raw[0] == 0x30
    assert raw[1] == len(raw) - 2


@pytest.mark.parametrize(
    "url",
    [
        "https://h/a b",
        "https://h/é",
        'https://h/"',
        "https://h/\\",
        "https://h/a#b",
        "https://h/a\n",
        *(f"https://h/a?x=1&{name}=1" for name in ("Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm")),
    ],
)
def test_signing_is_refused_when_cloudfront_would_read_the_url_otherwise(url: str) -> None:
    attempts = (
        lambda: RSA_SHA1.url(url, NOW),
        lambda: RSA_SHA1.url_with_policy(url, "{}"),
        lambda: RSA_SHA1.canned_cookies(url, NOW),
        lambda: custom_policy(url, NOW),
    )
    for attempt in attempts:
        with pytest.raises(ValueError, match="the URL must"):
            attempt()


@pytest.mark.parametrize("prefix", ["media/p", "", "media/*/", "media/?/"])
def test_prefix_is_refused_when_it_would_cover_more_than_it_names(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        prefix_resource("https://h", prefix)


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 1024),  # noqa: S505 the point
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["rsa-1024", "p-384", "ed25519"],
)
def test_key_is_refused_when_cloudfront_does_not_take_its_kind(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
) -> None:
    with pytest.raises(ValueError, match="CloudFront takes"):
        Signer("K", pem(key))


def test_cookie_names_cover_those_of_every_signer() -> None:
    policy = custom_policy(URL, NOW)
    named = set(
        itertools.chain(RSA_SHA1.cookies(policy), ECDSA_SHA256.cookies(policy), RSA_SHA1.canned_cookies(URL, 1))
    )
    assert named <= set(COOKIE_NAMES)
    assert json.loads(policy)["Statement"][0]["Resource"] == URL
