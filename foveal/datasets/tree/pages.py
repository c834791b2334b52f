"""Pages of a data set version and its root hash: a Merkle tree whose pages are cut by content.

Members stand by asset id. A page ends after an asset whose id hashes to a number that about every 1,000th has, so that
a member that comes or goes changes the pages around it and no others; two versions have most pages in common, whatever
was done between them. The cuts depend on the members alone, never on the order of work or on earlier versions, so that
equal members have an equal root.

    leaf = SHA-256(leaf tag, RFC 8785 form)      page = SHA-256(page tag, leaf hashes)
    root = "fv1:" SHA-256(root tag, hash of the label schemas, page hashes)
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from foveal.datasets.tree import members
from foveal.datasets.tree.canonical import canonical, tagged_hash

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


KnownPage = tuple[Page, Sequence[bytes]]
"""A page that was written before, with its encoded lines."""


class _Counts:
    """Assets by split, and annotations by label and split."""

    def __init__(self) -> None:
        self.assets = Counter[str | None]()
        self.labels = Counter[tuple[str | None, str | None]]()

    def add(self, lines: Iterable[bytes], sign: int) -> None:
        """Add encoded lines, or take them off (-1)."""
        for line in members.decoded(members.joined(lines)):
            self.assets[line.split] += sign
            for label, count in line.labels:
                self.labels[label, line.split] += sign * count

    def add_page(self, page: Page) -> None:
        for split in page.splits:
            self.assets[split.split] += split.assets
        for label in page.labels:
            self.labels[label.label, label.split] += label.count

    def by_split(self) -> list[SplitCount]:
        annotations = Counter[str | None]()
        for (_, split), count in self.labels.items():
            annotations[split] += count
        return [SplitCount(each, self.assets[each], annotations[each]) for each in sorted(+self.assets, key=_by_text)]

    def by_label(self) -> list[LabelCount]:
        ordered = sorted(+self.labels, key=lambda each: (_by_text(each[0]), _by_text(each[1])))
        return [LabelCount(label, split, self.labels[label, split]) for label, split in ordered]


def is_full(last: str, members: int, annotations: int) -> bool:
    """Tell whether a page ends after this asset, which is its last so far."""
    return is_over(members, annotations) or is_end(last)


def is_over(members: int, annotations: int) -> bool:
    """Tell whether a page ends because of its size."""
    return members >= MAX_MEMBERS or annotations >= MAX_ANNOTATIONS


def is_end(asset_id: str) -> bool:
    """Tell whether a page ends after an asset in any case."""
    return int.from_bytes(hashlib.sha256(PAGE_END_TAG + asset_id.encode()).digest()[:4], "big") % MEAN_MEMBERS == 0


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


def page_of(lines: Sequence[bytes], known: Iterable[KnownPage] = ()) -> tuple[Page, bytes]:
    """Return the page of some encoded lines, which are by asset id, and the bytes of its object.

    Lines that are those of a known page, the very objects, are not counted anew: the others of the two are.
    """
    body, keys, counts = members.joined(lines), [members.key_of(line) for line in lines], _counted(lines, known)
    page = Page(
        first=keys[0][0],
        last=keys[-1][0],
        members=len(lines),
        annotations=sum(counts.labels.values()),
        hash=tagged_hash(PAGE_TAG, bytes.fromhex(b"".join([leaf for _, leaf in keys]).decode())),
        digest=hashlib.sha256(body).hexdigest(),
        state=state_of(members.state_of(line)[1] for line in lines),
        splits=counts.by_split(),
        labels=counts.by_label(),
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
    return _total(pages).by_split()


def label_counts(pages: Iterable[Page]) -> list[LabelCount]:
    """Return the annotations by label and split, of all pages together."""
    return _total(pages).by_label()


def _total(pages: Iterable[Page]) -> _Counts:
    total = _Counts()
    for page in pages:
        total.add_page(page)
    return total


def _counted(lines: Sequence[bytes], known: Iterable[KnownPage]) -> _Counts:
    """Return the counts of lines, by those of known pages where most lines of the page are among them."""
    counts, left = _Counts(), {id(line): line for line in lines}
    for page, of_page in known:
        others = [line for line in of_page if id(line) not in left]
        if 2 * len(others) < len(of_page):
            counts.add_page(page)
            counts.add(others, -1)
            for line in of_page:
                left.pop(id(line), None)
    counts.add(left.values(), 1)
    return counts


def _by_text(text: str | None) -> tuple[bool, str]:
    return text is not None, text or ""


def _name(schema: Mapping[str, Any]) -> str:
    return str(schema["name"])
