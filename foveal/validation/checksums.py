"""Verification of a declared checksum against those that S3 holds of the whole object."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

Verification = Literal["matched", "mismatched", "not_declared", "not_comparable"]
VERIFICATIONS: tuple[Verification, ...] = get_args(Verification)


def verification(declared: Mapping[str, Any] | None, stored: Mapping[str, Any]) -> Verification:
    """Return how a declared checksum compares with the stored ones.

    Args:
        declared: `{"algorithm": "crc64nvme" or "sha256" in any case, "value": base64}`; None if the client gave none.
        stored: Full-object checksums by algorithm, base64, as S3 states them.

    Returns: `not_comparable` if S3 states no checksum of the declared algorithm: neither proof nor mismatch.
    """
    if not declared:
        return "not_declared"
    actual = stored.get(str(declared["algorithm"]).lower())
    if actual is None:
        return "not_comparable"
    return "matched" if actual == declared["value"] else "mismatched"


def verified(stored: Mapping[str, str], compared: Verification) -> dict[str, Any]:
    """Return the `checksums` of an asset or upload: what S3 holds, and what it proves.

    `verified` is true for `matched` alone; earlier documents have only that member.
    """
    return {**stored, "verified": compared == "matched", "verification": compared}
