"""CloudFront signed URLs and cookies: canned and custom policies, RSA-2048 and ECDSA P-256 keys.

Rules from the CloudFront Developer Guide ("Create a signed URL using a canned policy", "… using a custom policy",
"Set signed cookies …") and the API reference of PublicKey. SHA-1 is CloudFront's default; SHA-256 must be named by
`Hash-Algorithm`. Signing is deterministic (RFC 6979 for ECDSA), so that every function that signs the same resource
and expiry hands out the same URL, and a browser's own cache recognises it.
"""

import base64
import json
import re
from collections.abc import Callable
from typing import Final, Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

HashName = Literal["SHA1", "SHA256"]

SIGNING_PARAMETERS: Final = ("Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm")
COOKIE_NAMES: Final = tuple(f"CloudFront-{name}" for name in SIGNING_PARAMETERS)

_HASHES: Final[dict[HashName, hashes.HashAlgorithm]] = {"SHA1": hashes.SHA1(), "SHA256": hashes.SHA256()}  # noqa: S303 CloudFront's default
_TO_URL_SAFE: Final = bytes.maketrans(b"+=/", b"-_~")
_UNSIGNABLE: Final = re.compile(r"[^A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]")  # RFC 3986, without "#"
_RESERVED: Final = re.compile(rf"[?&](?:{'|'.join(SIGNING_PARAMETERS)})=")


class Signer:
    """Signs with one private key, parsed once. `key_id` is the id of the public key in the distribution's key group."""

    def __init__(self, key_id: str, private_key_pem: str, hash_name: HashName | None = None) -> None:
        """Take an RSA-2048 or ECDSA P-256 private key (PEM).

        Without `hash_name`, an RSA key signs with SHA-1 (CloudFront's default, and botocore's bytes) and an ECDSA key
        with SHA-256. Raises ValueError for any other kind of key: CloudFront takes no other.
        """
        key = load_pem_private_key(private_key_pem.encode(), password=None)
        is_ecdsa = isinstance(key, ec.EllipticCurvePrivateKey)
        self.key_id = key_id
        self.hash_name: HashName = hash_name or ("SHA256" if is_ecdsa else "SHA1")
        self._sign = _signing_function(key, _HASHES[self.hash_name])
        named = f"&Hash-Algorithm={self.hash_name}" if self.hash_name != "SHA1" else ""
        self._tail = f"&Key-Pair-Id={key_id}{named}"

    def url(self, url: str, expires_at: int) -> str:
        """Return the URL signed with a canned policy; `expires_at` is in Unix seconds.

        Raises ValueError for a URL that is not percent-encoded ASCII, has a fragment, or carries a signing parameter.
        """
        require_signable(url)
        signature = self._signature(canned_policy(url, expires_at))
        return f"{url}{'&' if '?' in url else '?'}Expires={expires_at}&Signature={signature}{self._tail}"

    def url_with_policy(self, url: str, policy: str) -> str:
        """Return the URL signed with a policy of `custom_policy`, whose resource may be wider than the URL.

        Raises ValueError as `url` does.
        """
        require_signable(url)
        encoded, signature = _url_safe(policy.encode()), self._signature(policy)
        return f"{url}{'&' if '?' in url else '?'}Policy={encoded}&Signature={signature}{self._tail}"

    def cookies(self, policy: str) -> dict[str, str]:
        """Return names and values of the cookies for a policy of `custom_policy`."""
        return {"CloudFront-Policy": _url_safe(policy.encode()), **self._signature_cookies(policy)}

    def canned_cookies(self, url: str, expires_at: int) -> dict[str, str]:
        """Return names and values of the cookies for exactly one URL. Raises ValueError as `url` does."""
        require_signable(url)
        return {"CloudFront-Expires": str(expires_at), **self._signature_cookies(canned_policy(url, expires_at))}

    def _signature_cookies(self, policy: str) -> dict[str, str]:
        cookies = {"CloudFront-Signature": self._signature(policy), "CloudFront-Key-Pair-Id": self.key_id}
        if self.hash_name != "SHA1":
            cookies["CloudFront-Hash-Algorithm"] = self.hash_name
        return cookies

    def _signature(self, policy: str) -> str:
        return _url_safe(self._sign(policy.encode()))


def canned_policy(url: str, expires_at: int) -> str:
    """Return the policy that CloudFront builds for itself from a URL with `Expires`: its bytes are signed."""
    return f'{{"Statement":[{{"Resource":"{url}","Condition":{{"DateLessThan":{{"AWS:EpochTime":{expires_at}}}}}}}]}}'


def custom_policy(
    resource: str, expires_at: int, *, not_before: int | None = None, ip_address: str | None = None
) -> str:
    """Return a policy for a resource in which `*` and `?` are wildcards; instants are in Unix seconds.

    `ip_address` is an IPv4 address or range in CIDR notation; a single address gets `/32`. Raises ValueError as
    `Signer.url` does.
    """
    require_signable(resource)
    condition: dict[str, dict[str, int | str]] = {"DateLessThan": {"AWS:EpochTime": expires_at}}
    if ip_address is not None:
        condition["IpAddress"] = {"AWS:SourceIp": ip_address if "/" in ip_address else f"{ip_address}/32"}
    if not_before is not None:
        condition["DateGreaterThan"] = {"AWS:EpochTime": not_before}
    return json.dumps({"Statement": [{"Resource": resource, "Condition": condition}]}, separators=(",", ":"))


def prefix_resource(origin: str, prefix: str) -> str:
    """Return the narrowest resource that covers all objects below a prefix, `https://host/media/project/*`.

    Raises ValueError when the prefix does not end with `/` (`/p/1*` would cover `/p/10/…`) or has a wildcard in it.
    """
    if not prefix.endswith("/") or "*" in prefix or "?" in prefix:
        raise ValueError("a prefix ends with / and has no wildcard in it")
    return f"{origin}/{prefix}*"


def require_signable(url: str) -> None:
    """Raise ValueError for a URL that CloudFront would read in another way than it was signed."""
    if _UNSIGNABLE.search(url):
        raise ValueError("the URL must be percent-encoded ASCII without a fragment")
    if "=" in url and _RESERVED.search(url):
        raise ValueError(f"the URL must not carry {', '.join(SIGNING_PARAMETERS)}")


def _signing_function(key: object, algorithm: hashes.HashAlgorithm) -> Callable[[bytes], bytes]:
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        ecdsa, sign_ecdsa = ec.ECDSA(algorithm, deterministic_signing=True), key.sign
        return lambda message: sign_ecdsa(message, ecdsa)
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size == 2048:
        pkcs1, sign_rsa = padding.PKCS1v15(), key.sign
        return lambda message: sign_rsa(message, pkcs1, algorithm)
    raise ValueError("CloudFront takes RSA keys of 2048 bits and ECDSA keys on P-256")


def _url_safe(value: bytes) -> str:
    return base64.b64encode(value).translate(_TO_URL_SAFE).decode("ascii")
