"""Verdict on an observation: the status of the asset, its reason, and the fields of its document.

| reason | status | why |
|---|---|---|
| active_content, hostile, mismatch | quarantined | the bytes could harm a reader, or are not what the object claims |
| size_mismatch, checksum_mismatch | failed | the bytes are not the ones that the client declared |
| truncated, malformed, not_media, too_many_reads, archived | failed | the facts cannot be read; no danger is known |
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from foveal.database.client import Document
from foveal.ingest.observation import Present
from foveal.objects.media_types import UNSPECIFIC, canonical_media_type
from foveal.probe import Facts, is_of_declared_family
from foveal.validation.checksums import Verification, verification, verified

QUARANTINE_REASONS: Final = frozenset({"active_content", "hostile", "mismatch"})


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """The next status of an asset and the fields of its document (`s3` without bucket, key and sequencer)."""

    status: str
    fields: Document
    s3: Document

    @property
    def version_id(self) -> str | None:
        version: str | None = self.s3["version_id"]
        return version


def judge(present: Present, expected: Mapping[str, Any] | None) -> Verdict:
    """Return the verdict on a present object; `expected` is the declaration of its upload, None without one."""
    head = present.head
    compared = verification((expected or {}).get("checksum"), head.checksums)
    reason, detail = _reason(present, expected, compared)
    status = "ready" if reason is None else "quarantined" if reason in QUARANTINE_REASONS else "failed"
    fields = present.facts.document() if status != "quarantined" else _identity(present.facts)
    fields |= {"size_bytes": head.size_bytes, "checksums": verified(head.checksums, compared)}
    fields.setdefault("mime_type", head.content_type)
    if reason is not None:
        fields |= {"reason": reason, "reason_detail": detail}
        if expected:
            fields["expected"] = dict(expected)
    s3 = {"version_id": head.version_id, "etag": head.etag, "storage_class": head.storage_class}
    return Verdict(status, fields, s3)


def _reason(
    present: Present, expected: Mapping[str, Any] | None, compared: Verification
) -> tuple[str | None, str | None]:
    head, declared = present.head, expected or {}
    if present.reason in QUARANTINE_REASONS:
        return present.reason, present.reason_detail
    if _is_encoded(head.content_encoding):
        return "mismatch", "the object has a Content-Encoding: media is stored as it is, without one"
    if not _is_of_declared_type(present, declared.get("mime_type")):
        return "mismatch", "the object's content type is not the declared one"
    if declared.get("size_bytes") is not None and declared["size_bytes"] != head.size_bytes:
        return "size_mismatch", f"the object has {head.size_bytes} bytes, {declared['size_bytes']} were declared"
    if compared == "mismatched":
        return "checksum_mismatch", "the checksum is not the declared one"
    return present.reason, present.reason_detail


def _is_encoded(content_encoding: str) -> bool:
    """Tell whether a client would decode the bytes before use, and so see others than the ones that were judged.

    `aws-chunked` is an encoding of the upload alone (S3 API reference, "Signature calculations … multiple chunks").
    """
    codings = {each.strip().lower() for each in content_encoding.split(",")}
    return not codings <= {"", "identity", "aws-chunked"}


def _is_of_declared_type(present: Present, declared: str | None) -> bool:
    """Return whether the object's content type, or its bytes if that is unspecific, are of the declared type.

    The probe has compared the bytes with the content type already.
    """
    if not declared or canonical_media_type(declared) == UNSPECIFIC:
        return True
    content_type = canonical_media_type(present.head.content_type)
    if content_type == UNSPECIFIC:
        return present.reason is not None or is_of_declared_family(declared, present.facts)
    return content_type == canonical_media_type(declared)


def _identity(facts: Facts) -> Document:
    """Return the type that a quarantined object claims; its other facts are not trusted."""
    return {name: value for name, value in facts.document().items() if name in ("media_type", "format", "mime_type")}
