"""Members of a data set version: the leaf that is hashed, and the line of a page that holds it.

A leaf says which bytes and annotations an asset has: `{annotations: [{hash, id, revision}], asset_id, checksum,
file_name, split}`, annotations by id. Beside the leaf, outside its hash, a line keeps the object's key and S3 version
id (which a restore or a copy changes while the bytes stay), the asset's annotation revision and counts of labels.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from foveal.datasets.tree.canonical import canonical, tagged_hash

LEAF_TAG: Final = b"foveal dataset leaf 1\0"
CHECKSUMS: Final = ("crc64nvme", "sha256", "crc32c", "crc32", "sha1")
"""Algorithms by preference: S3 states CRC-64/NVME of almost every object, so equal bytes mostly have it in common."""


class AnnotationRef(msgspec.Struct, frozen=True):
    """A pinned annotation: its public id, its revision, the hash of its content."""

    id: str
    revision: int
    hash: str


class Leaf(msgspec.Struct, frozen=True):
    """The content of a member that its hash covers."""

    asset_id: str
    file_name: str
    checksum: str
    split: str | None
    annotations: list[AnnotationRef]


class PinnedObject(msgspec.Struct, frozen=True):
    """The version of an object that a member pins."""

    key: str
    version_id: str | None
    size_bytes: int = 0


class Line(msgspec.Struct, frozen=True):
    """One line of a page: a member as it is stored. `leaf` is its RFC 8785 form, the very bytes that were hashed.

    Asset id, hash and state come first, so that lines are compared and taken over without being parsed (`key_of`,
    `state_of`).
    """

    asset_id: str
    hash: str
    state: str
    split: str | None
    s3: PinnedObject
    annotation_revision: int
    labels: list[tuple[str | None, int]]
    leaf: msgspec.Raw

    @property
    def annotations(self) -> int:
        return sum([count for _, count in self.labels])

    def content(self) -> Leaf:
        return msgspec.json.decode(self.leaf, type=Leaf)


class Asset(msgspec.Struct, frozen=True):
    """An asset as it is about to be pinned, without its annotations."""

    asset_id: str
    file_name: str
    checksum: str
    s3: PinnedObject
    annotation_revision: int

    def state(self, split: str | None) -> str:
        """Return a digest of all that a line depends on, from the asset alone: its line is the same while it is."""
        s3 = self.s3
        values = (self.asset_id, self.file_name, self.checksum, s3.key, s3.version_id or "", split or "")
        text = "\0".join((*values, str(self.annotation_revision)))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def line_of(asset: Asset, split: str | None, annotations: Iterable[tuple[AnnotationRef, str | None]]) -> Line:
    """Return the line of an asset with its annotations, each with its label, in any order."""
    found = sorted(annotations, key=lambda each: each[0].id)
    leaf = canonical(
        {
            "asset_id": asset.asset_id,
            "file_name": asset.file_name,
            "checksum": asset.checksum,
            "split": split,
            "annotations": [{"id": ref.id, "revision": ref.revision, "hash": ref.hash} for ref, _ in found],
        }
    )
    return Line(
        asset.asset_id,
        tagged_hash(LEAF_TAG, leaf),
        asset.state(split),
        split,
        asset.s3,
        asset.annotation_revision,
        _counted(label for _, label in found),
        msgspec.Raw(leaf),
    )


def checksum_of(checksums: Mapping[str, Any] | None, etag: str | None) -> str:
    """Return the checksum that stands for an object's bytes, as `algorithm:value`; its ETag where S3 states none."""
    if checksums:
        for algorithm in CHECKSUMS:
            if value := checksums.get(algorithm):
                return f"{algorithm}:{value}"
    return f"etag:{etag}" if etag else ""


def encoded(line: Line) -> bytes:
    """Return a line as a page has it, without its end."""
    return _ENCODER.encode(line)


def joined(lines: Iterable[bytes]) -> bytes:
    """Return encoded lines as the bytes of a page: JSON Lines."""
    return b"".join([part for line in lines for part in (line, b"\n")])


def decoded(page: bytes) -> list[Line]:
    """Return the lines of a page, or of some lines of one."""
    return _DECODER.decode_lines(page)


def key_of(line: bytes) -> tuple[str, bytes]:
    """Return asset id and hash of an encoded line, which begins with them."""
    end = line.index(b'"', _ID_START)
    start = end + _HASH_OFFSET
    return line[_ID_START:end].decode(), line[start : start + 64]


def state_of(line: bytes) -> tuple[str, str]:
    """Return asset id and state of an encoded line."""
    end = line.index(b'"', _ID_START)
    start = end + _STATE_OFFSET
    return line[_ID_START:end].decode(), line[start : start + 32].decode()


def annotations_of(line: bytes) -> int:
    """Return the number of annotations of an encoded line: each has one revision, and a text has no bare quote."""
    return line.count(b'"revision":')


_ID_START: Final = len(b'{"asset_id":"')
_HASH_OFFSET: Final = len(b'","hash":"')
_STATE_OFFSET: Final = _HASH_OFFSET + 64 + len(b'","state":"')
_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Line)


def _counted(labels: Iterable[str | None]) -> list[tuple[str | None, int]]:
    counts: dict[str | None, int] = {}
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
    return sorted(counts.items(), key=lambda each: (each[0] is not None, each[0] or ""))
