"""Verification of signed URLs and signed cookies, by the CloudFront Developer Guide ("Serve private content …").

Written from the guide alone, apart from the signer in `foveal.delivery`, so that the two cannot share a mistake.
"""

import base64
import functools
import ipaddress
import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import load_pem_public_key

PARAMETERS: Final = ("Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm")
HASHES: Final[dict[str, hashes.HashAlgorithm]] = {"SHA1": hashes.SHA1(), "SHA256": hashes.SHA256()}  # noqa: S303  CloudFront's default


class Denied(Exception):
    """The viewer is refused; the code and the message are those of CloudFront's own answer, a 403.

    MissingKey, InvalidKey and AccessDenied are as CloudFront writes them; the rarer codes are not proven on AWS.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message

    def body(self) -> bytes:
        text = f"<Error><Code>{self.code}</Code><Message>{self.message}</Message></Error>"
        return f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode()


def split_query(query: str) -> tuple[str, dict[str, str]]:
    """Return the query without CloudFront's own parameters (the origin never sees them), and these, decoded."""
    kept, given = [], {}
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        if name in PARAMETERS:
            given[name] = unquote(value)
        else:
            kept.append(part)
    return "&".join(kept), given


def from_cookies(header: str) -> dict[str, str]:
    """Return CloudFront's parameters from a Cookie header."""
    pairs = (cookie.strip().partition("=") for cookie in header.split(";"))
    named = {name.removeprefix("CloudFront-"): value for name, _, value in pairs if name.startswith("CloudFront-")}
    return {name: value for name, value in named.items() if name in PARAMETERS}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Request of a viewer: the resource in every spelling that CloudFront knows, without its own parameters."""

    urls: tuple[str, ...]
    ip_address: str
    now: float


def viewer(hosts: Iterable[str], path_and_query: str, ip_address: str) -> Viewer:
    """Return the viewer of now. The scheme counts as either: this edge takes plain HTTP for TLS."""
    urls = tuple(f"{scheme}://{host}{path_and_query}" for scheme in ("https", "http") for host in dict.fromkeys(hosts))
    return Viewer(urls, ip_address, time.time())


def verify(given: Mapping[str, str], viewer: Viewer, keys: Mapping[str, str]) -> None:
    """Raise Denied unless a signature by one of the keys (PEM by id) covers resource, instant and address."""
    key_id, signature = given.get("Key-Pair-Id"), given.get("Signature")
    if not key_id:
        raise Denied("MissingKey", "Missing Key-Pair-Id query parameter or cookie value")
    if key_id not in keys:
        raise Denied("InvalidKey", "Unknown Key")
    if not signature:
        raise Denied("MissingSignature", "Missing Signature query parameter or cookie value")
    algorithm = HASHES.get(given.get("Hash-Algorithm", "SHA1"))
    if algorithm is None:
        raise Denied("AccessDenied", "Access denied")
    signed = _Signed(keys[key_id], _decoded(signature, "MalformedSignature", "Could not unencode Signature"), algorithm)
    if "Policy" in given:
        _verify_policy(_decoded(given["Policy"], "MalformedPolicy", "Malformed Policy"), signed, viewer)
    elif given.get("Expires", "").isdecimal():
        _verify_canned(int(given["Expires"]), signed, viewer)
    else:
        raise Denied("MissingPolicy", "Missing Policy query parameter or cookie value")


@dataclass(frozen=True, slots=True)
class _Signed:
    pem: str
    signature: bytes
    algorithm: hashes.HashAlgorithm

    def covers(self, message: bytes) -> bool:
        key = _public_key(self.pem)
        try:
            if isinstance(key, ec.EllipticCurvePublicKey):
                key.verify(self.signature, message, ec.ECDSA(self.algorithm))
            else:
                key.verify(self.signature, message, padding.PKCS1v15(), self.algorithm)
        except InvalidSignature:
            return False
        return True


def _verify_canned(expires_at: int, signed: _Signed, viewer: Viewer) -> None:
    policy = '{"Statement":[{"Resource":"%s","Condition":{"DateLessThan":{"AWS:EpochTime":%d}}}]}'
    is_signed = any(signed.covers((policy % (url, expires_at)).encode()) for url in viewer.urls)
    if not is_signed or viewer.now >= expires_at:
        raise Denied("AccessDenied", "Access denied")


def _verify_policy(policy: bytes, signed: _Signed, viewer: Viewer) -> None:
    try:
        (statement,) = json.loads(policy)["Statement"]
        condition = statement["Condition"]
        not_after = int(condition["DateLessThan"]["AWS:EpochTime"])
        not_before = int(condition.get("DateGreaterThan", {}).get("AWS:EpochTime", 0))
        network = ipaddress.ip_network(condition.get("IpAddress", {}).get("AWS:SourceIp", "0.0.0.0/0"), strict=False)
        resource = _pattern(statement.get("Resource", "*"))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Denied("MalformedPolicy", "Malformed Policy") from error
    is_allowed = (
        signed.covers(policy)
        and any(resource.fullmatch(url) for url in viewer.urls)
        and not_before < viewer.now < not_after
        and ipaddress.ip_address(viewer.ip_address) in network
    )
    if not is_allowed:
        raise Denied("AccessDenied", "Access denied")


def _pattern(resource: str) -> re.Pattern[str]:
    """`*` stands for any characters, `?` for one; `http*://` for either scheme."""
    return re.compile("".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in resource), re.DOTALL)


def _decoded(text: str, code: str, message: str) -> bytes:
    """Undo CloudFront's URL-safe base64, `-` for `+`, `_` for `=`, `~` for `/`. Raises Denied."""
    try:
        return base64.b64decode(text.translate(str.maketrans("-_~", "+=/")), validate=True)
    except ValueError as error:
        raise Denied(code, message) from error


@functools.lru_cache(maxsize=32)
def _public_key(pem: str) -> Any:
    return load_pem_public_key(pem.encode())
