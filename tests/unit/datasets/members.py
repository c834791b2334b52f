"""Assets and lines of versions for the tests of data sets."""

from collections.abc import Mapping, Sequence

from foveal.datasets.tree import pages
from foveal.datasets.tree.members import AnnotationRef, Asset, Line, PinnedObject, encoded, line_of

Annotations = Mapping[str, tuple[int, str | None]]
"""Revision and label of each annotation by its id."""


def asset(asset_id: str, *, checksum: str = "", version_id: str = "v1", revision: int = 0) -> Asset:
    stored = PinnedObject(f"media/zoo/{asset_id}/original.jpg", version_id, 10)
    return Asset(asset_id, f"{asset_id}.jpg", checksum or f"crc64nvme:{asset_id}", stored, revision)


def line(
    asset_id: str, annotations: Annotations | None = None, *, split: str | None = None, checksum: str = ""
) -> Line:
    refs = [
        (AnnotationRef(annotation_id, revision, f"{revision:064x}"), label)
        for annotation_id, (revision, label) in (annotations or {}).items()
    ]
    return line_of(asset(asset_id, checksum=checksum), split, refs)


def page_of(lines: Sequence[Line]) -> tuple[pages.Page, bytes]:
    """Return the page of lines, and the bytes of its object."""
    return pages.page_of([encoded(each) for each in lines])
