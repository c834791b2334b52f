"""Pages and roots of data set versions: fixed values, cuts by content, few pages for few changes."""

import hashlib
import json
import random
import uuid
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.datasets.tree import pages
from foveal.datasets.tree.members import Line, PinnedObject, decoded
from foveal.datasets.tree.pages import LabelSchemaRef, Page, root_of
from tests.unit.datasets.members import line, page_of

ROOT = "fv1:24edfd51736282c5e39608813b14fd88f72d0e6979d39127a93ec81438fbfea3"
EMPTY = "fv1:2647b9c30637532fad1b9413e2b5f902dd2611510f2588c3b41720a6962a4a76"


def ids(count: int, seed: int = 0) -> list[str]:
    source = random.Random(seed)
    return sorted(str(uuid.UUID(int=source.getrandbits(128), version=4)) for _ in range(count))


def pages_of(lines: Sequence[Line]) -> list[Page]:
    ordered = sorted(lines, key=lambda each: each.asset_id)
    found, start = [], 0
    for size in pages.cut((each.asset_id, len(each.content().annotations)) for each in ordered):
        found.append(page_of(ordered[start : start + size])[0])
        start += size
    return found


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MEAN_MEMBERS", 16)
    monkeypatch.setattr(pages, "MAX_MEMBERS", 64)


def test_root_is_fixed() -> None:
    """The root must be the same on every machine and in every version of Python: stored versions rely on it."""
    lines = [line(each, {"b": (1, "cat"), "a": (2, None)}, split="train") for each in ids(3_000)]
    assert root_of(pages_of(lines), [LabelSchemaRef("species", 3, "0" * 64)]) == ROOT


def test_root_of_no_members_is_fixed() -> None:
    assert root_of([], []) == EMPTY


def test_root_is_what_its_definition_says() -> None:
    """The tree of two members, made by hand: JSON of these members is canonical as `json` writes it."""
    members = [
        {
            "annotations": [{"hash": f"{1:064x}", "id": "a", "revision": 1}],
            "asset_id": each,
            "checksum": f"crc64nvme:{each}",
            "file_name": f"{each}.jpg",
            "split": None,
        }
        for each in ("1", "2")
    ]
    texts = [json.dumps(each, sort_keys=True, separators=(",", ":")).encode() for each in members]
    leaves = [hashlib.sha256(b"foveal dataset leaf 1\0" + each).digest() for each in texts]
    page = hashlib.sha256(b"foveal dataset page 1\0" + b"".join(leaves)).digest()
    schemas = hashlib.sha256(b'foveal dataset schemas 1\0[{"hash":"00","name":"s","revision":1}]').digest()
    root = hashlib.sha256(b"foveal dataset root 1\0" + schemas + page).hexdigest()
    found = page_of([line(each, {"a": (1, "cat")}) for each in ("1", "2")])[0]
    assert root_of([found], [LabelSchemaRef("s", 1, "00")]) == f"fv1:{root}"


@given(st.randoms(use_true_random=False))
def test_root_does_not_depend_on_order(source: random.Random) -> None:
    annotations = {"b": (1, "cat"), "a": (2, None), "c": (1, "dog")}
    names = ids(50)
    expected = root_of(pages_of([line(each, annotations) for each in names]), [])
    source.shuffle(names)
    shuffled = list(annotations.items())
    source.shuffle(shuffled)
    assert root_of(pages_of([line(each, dict(shuffled)) for each in names]), []) == expected


@pytest.mark.parametrize("change", ["member", "annotation", "revision", "split", "checksum", "schema"])
def test_root_changes_with_its_content(change: str) -> None:
    names = ids(20)
    lines = [line(each, {"a": (1, "cat")}, split="train") for each in names]
    other = {
        "member": lines[1:],
        "annotation": [line(names[0], {"b": (1, "cat")}, split="train"), *lines[1:]],
        "revision": [line(names[0], {"a": (2, "cat")}, split="train"), *lines[1:]],
        "split": [line(names[0], {"a": (1, "cat")}, split="val"), *lines[1:]],
        "checksum": [line(names[0], {"a": (1, "cat")}, split="train", checksum="crc64nvme:x"), *lines[1:]],
        "schema": lines,
    }[change]
    schemas = [LabelSchemaRef("species", 1, "0" * 64)] if change == "schema" else []
    assert root_of(pages_of(other), schemas) != root_of(pages_of(lines), [])


def test_root_is_of_leaves_and_not_of_one_page_in_place_of_another() -> None:
    """The tags of leaf, page and root differ, so that no node stands for a leaf with the same bytes."""
    lines = [line(each) for each in ids(2)]
    page = page_of(lines)[0]
    assert len({lines[0].hash, page.hash, root_of([page], [])[4:], page.digest}) == 4


def test_page_digest_covers_the_version_id_and_its_hash_does_not() -> None:
    lines = [line(each) for each in ids(2)]
    moved = [msgspec.structs.replace(each, s3=PinnedObject("k", "v2")) for each in lines]
    one, two = page_of(lines)[0], page_of(moved)[0]
    assert one.hash == two.hash
    assert one.digest != two.digest


def test_page_is_read_as_it_was_written() -> None:
    lines = [line(each, {"é\n": (1, "à")}, split="train") for each in ids(30)]
    assert decoded(page_of(lines)[1]) == lines
    assert decoded(b"") == []


def test_pages_hold_about_a_thousand_members_and_never_more_than_four() -> None:
    sizes = list(pages.cut((each, 0) for each in ids(40_000)))
    assert sum(sizes) == 40_000
    assert 700 < sum(sizes) / len(sizes) < 1_400
    assert max(sizes) <= pages.MAX_MEMBERS


def test_page_ends_sooner_when_its_assets_have_many_annotations() -> None:
    assert max(pages.cut((each, pages.MAX_ANNOTATIONS // 10) for each in ids(200))) <= 10


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("seed", range(10))
def test_pages_but_a_few_are_shared_when_members_come_and_go(seed: int) -> None:
    names = ids(2_000)
    before = pages_of([line(each) for each in names])
    source = random.Random(seed)
    gone, come = set(source.sample(names, 2)), ids(2, seed + 1)
    after = pages_of([line(each) for each in names if each not in gone] + [line(each) for each in come])
    assert len({page.hash for page in after} - {page.hash for page in before}) <= 12


def test_counts_are_added_up_over_pages() -> None:
    names = ids(3_000)
    lines = [line(each, {"a": (1, "cat"), "b": (1, None)}, split="train" if each < "8" else "val") for each in names]
    found = pages_of(lines)
    assert len(found) > 1
    train = sum(each < "8" for each in names)
    assert [(each.split, each.assets, each.annotations) for each in pages.split_counts(found)] == [
        ("train", train, 2 * train),
        ("val", 3_000 - train, 2 * (3_000 - train)),
    ]
    assert [(each.label, each.split, each.count) for each in pages.label_counts(found)] == [
        (None, "train", train),
        (None, "val", 3_000 - train),
        ("cat", "train", train),
        ("cat", "val", 3_000 - train),
    ]
