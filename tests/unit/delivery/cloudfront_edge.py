"""An edge's verdict on signed URLs and cookies, written from the CloudFront Developer Guide alone.

Sources: "Create a signed URL using a canned policy" and "… a custom policy", "Set signed cookies …", "Code examples
for creating a signature for a signed URL". Nothing here is taken from the signer.
"""

import base64
import binascii
import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


@dataclass(frozen=True)
class Edge:
    """The public keys of a key group by id, the clock, and where the viewer calls from."""

    keys: Mapping[str, PublicKey]
    now: int
    viewer_ip: str = "203.0.113.7"

    def admits(self, url: str, cookies: Mapping[str, str] | None = None) -> bool:
        address, _, query = url.partition("?")
        pairs = [pair.partition("=") for pair in query.split("&")] if query else []
        signing = {"Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"}
        given = {name: value for name, _, value in pairs if name in signing}
        rest = "&".join("".join(pair) for pair in pairs if pair[0] not in signing)
        if "Signature" not in given:
            given = {
                name.removeprefix("CloudFront-"): value
                for name, value in (cookies or {}).items()
                if name.removeprefix("CloudFront-") in signing
            }
        try:
            return self._is_allowed(given, f"{address}?{rest}" if rest else address)
        except (KeyError, ValueError, InvalidSignature, binascii.Error):
            return False

    def _is_allowed(self, given: Mapping[str, str], resource: str) -> bool:
        key, signature = self.keys[given["Key-Pair-Id"]], _decoded(given["Signature"])
        algorithm = {"SHA1": hashes.SHA1(), "SHA256": hashes.SHA256()}[given.get("Hash-Algorithm", "SHA1")]  # noqa: S303 CloudFront's default
        if "Policy" in given:
            policy = _decoded(given["Policy"])
        else:
            expires = int(given["Expires"])
            policy = (
                '{"Statement":[{"Resource":"%s","Condition":{"DateLessThan":{"AWS:EpochTime":%d}}}]}'  # noqa: UP031  it is full of braces
                % (resource, expires)
            ).encode()
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, policy, padding.PKCS1v15(), algorithm)
        else:
            key.verify(signature, policy, ec.ECDSA(algorithm))
        (statement,) = json.loads(policy)["Statement"]
        return _covers(statement["Resource"], resource) and self._holds(statement["Condition"])

    def _holds(self, condition: Mapping[str, Any]) -> bool:
        if self.now >= condition["DateLessThan"]["AWS:EpochTime"]:
            return False
        if "DateGreaterThan" in condition and self.now <= condition["DateGreaterThan"]["AWS:EpochTime"]:
            return False
        network = condition.get("IpAddress", {}).get("AWS:SourceIp", "0.0.0.0/0")
        return ipaddress.ip_address(self.viewer_ip) in ipaddress.ip_network(network)


def _covers(pattern: str, resource: str) -> bool:
    expression = "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern)
    return re.fullmatch(expression, resource) is not None


def _decoded(text: str) -> bytes:
    return base64.b64decode(text.replace("-", "+").replace("_", "=").replace("~", "/"), validate=True)
