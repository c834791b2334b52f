"""Pages of a data set version and its root hash: a Merkle tree whose pages are cut by content.

Members stand by asset id. A page ends after an asset whose id hashes to a number that about every 1,000th has, so that
a member that comes or goes changes the pages around it and no others; two versions have most pages in common, whatever
was done between them. The cuts depend on the members alone, never on the order of work or on earlier versions, so that
equal members have an equal root.

    leaf = SHA-256(leaf tag, RFC 8785 form)      page = SHA-256(page tag, leaf hashes)
    root = "fv1:" SHA-256(root tag, hash of the label schemas, page hashes)
"""

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from foveal.datasets.tree.canonical import canonical, tagged_hash
from foveal.datasets.tree.members import Line, encoded

PAGE_END_TAG: Final = b"foveal dataset page end 1\0"
PAGE_TAG: Final = b"foveal dataset page 1\0"
ROOT_TAG: Final = b"foveal dataset root 1\0"
SCHEMAS_TAG: Final = b"foveal dataset schemas 1\0"
ROOT_PREFIX: Final = "fv1:"
MEAN_MEMBERS: Final = 1_024
MAX_MEMBERS: Final = 4_096
MAX_ANNOTATIONS: Final = 50_000
"""A page of assets with very many annotations ends sooner, so that it fits into memory: about 8 MB."""


class LabelCount(msgspec.Struct, frozen=True):
    """Annotations with one label (None: without one) in one split."""

    label: str | None
    split: str | None
    count: int


class SplitCount(msgspec.Struct, frozen=True):
    """Assets and annotations in one split."""

    split: str | None
    assets: int
    annotations: int


class Page(msgspec.Struct, frozen=True):
    """A page as the manifest names it.

    `hash` covers the leaves, `digest` all bytes of the page's object: two pages with equal hashes may pin other S3
    versions of the same bytes. `state` tells from the assets alone whether a page is still as it was.
    """

    first: str
    last: str
    members: int
    annotations: int
    hash: str
    digest: str
    state: str
    splits: list[SplitCount]
    labels: list[LabelCount]


class LabelSchemaRef(msgspec.Struct, frozen=True):
    """The revision of a label schema that a version pins, with the hash of its content."""

    name: str
    revision: int
    hash: str


def is_full(last: str, members: int, annotations: int) -> bool:
    """Tell whether a page ends after this asset, which is its last so far."""
    if members >= MAX_MEMBERS or annotations >= MAX_ANNOTATIONS:
        return True
    return int.from_bytes(hashlib.sha256(PAGE_END_TAG + last.encode()).digest()[:4], "big") % MEAN_MEMBERS == 0


def cut(members: Iterable[tuple[str, int]]) -> Iterator[int]:
    """Yield the number of members of each page, from the asset id and the number of annotations of each, by id."""
    count = annotations = 0
    for asset_id, annotation_count in members:
        count, annotations = count + 1, annotations + annotation_count
        if is_full(asset_id, count, annotations):
            yield count
            count = annotations = 0
    if count:
        yield count


def page_of(lines: Sequence[Line]) -> tuple[Page, bytes]:
    """Return the page of some lines, which are by asset id, and the bytes of its object."""
    body, counts = encoded(lines), [line.annotations for line in lines]
    page = Page(
        first=lines[0].asset_id,
        last=lines[-1].asset_id,
        members=len(lines),
        annotations=sum(counts),
        hash=tagged_hash(PAGE_TAG, *(bytes.fromhex(line.hash) for line in lines)),
        digest=hashlib.sha256(body).hexdigest(),
        state=state_of(line.state for line in lines),
        splits=_splits(lines, counts),
        labels=_labels(lines),
    )
    return page, body


def state_of(states: Iterable[str]) -> str:
    """Return the state of a page from those of its members."""
    return hashlib.sha256("".join(states).encode()).hexdigest()[:32]


def root_of(pages: Iterable[Page], schemas: Sequence[LabelSchemaRef]) -> str:
    """Return the root hash of a version: of its members and of the label schemas at that moment."""
    named = sorted(({"name": each.name, "revision": each.revision, "hash": each.hash} for each in schemas), key=_name)
    of_schemas = tagged_hash(SCHEMAS_TAG, canonical(named))
    return ROOT_PREFIX + tagged_hash(ROOT_TAG, bytes.fromhex(of_schemas), *(bytes.fromhex(each.hash) for each in pages))


def schema_hash(schema: Mapping[str, Any]) -> str:
    """Return the hash of a label schema's content."""
    return tagged_hash(SCHEMAS_TAG, canonical(schema))


def split_counts(pages: Iterable[Page]) -> list[SplitCount]:
    """Return the assets and annotations by split, of all pages together."""
    totals: dict[str | None, list[int]] = {}
    for each in (count for page in pages for count in page.splits):
        total = totals.setdefault(each.split, [0, 0])
        total[0] += each.assets
        total[1] += each.annotations
    return [SplitCount(split, *totals[split]) for split in sorted(totals, key=_by_text)]


def label_counts(pages: Iterable[Page]) -> list[LabelCount]:
    """Return the annotations by label and split, of all pages together."""
    totals: dict[tuple[str | None, str | None], int] = {}
    for each in (count for page in pages for count in page.labels):
        totals[each.label, each.split] = totals.get((each.label, each.split), 0) + each.count
    return _label_counts(totals)


def _splits(lines: Sequence[Line], annotations: Sequence[int]) -> list[SplitCount]:
    totals: dict[str | None, list[int]] = {}
    for line, count in zip(lines, annotations, strict=True):
        total = totals.setdefault(line.split, [0, 0])
        total[0] += 1
        total[1] += count
    return [SplitCount(split, *totals[split]) for split in sorted(totals, key=_by_text)]


def _labels(lines: Sequence[Line]) -> list[LabelCount]:
    totals: dict[tuple[str | None, str | None], int] = {}
    for split in {line.split for line in lines}:
        of_split: dict[str | None, int] = {}
        for label, count in itertools.chain.from_iterable([line.labels for line in lines if line.split == split]):
            of_split[label] = of_split.get(label, 0) + count
        totals |= {(label, split): count for label, count in of_split.items()}
    return _label_counts(totals)


def _label_counts(totals: Mapping[tuple[str | None, str | None], int]) -> list[LabelCount]:
    ordered = sorted(totals, key=lambda each: (_by_text(each[0]), _by_text(each[1])))
    return [LabelCount(label, split, totals[label, split]) for label, split in ordered]


def _by_text(text: str | None) -> tuple[bool, str]:
    return text is not None, text or ""


def _name(schema: Mapping[str, Any]) -> str:
    return str(schema["name"])
