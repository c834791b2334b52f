"""Manifests: listed once, refused when they are cut, the same in every process."""

import json
import pickle
from pathlib import Path

import pytest

from foveal.client import ConfigurationError, FovealError
from foveal.training import Manifest
from tests.unit.training.media_server import MediaServer, serving


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "zoo.jsonl"


def listed(path: Path, count: int = 7, **options: object) -> Manifest:
    with serving(MediaServer({f"{number:04d}": bytes([number % 256]) * 9 for number in range(count)})) as server:
        return Manifest.list(path, "zoo", foveal=server.client(), **options)  # type: ignore[arg-type]


def test_manifest_lists_all_pages_in_order_with_the_facts_that_are_asked_for(path: Path) -> None:
    manifest = listed(path, 1_203, fields=["attributes"])
    assert len(manifest) == 1_203
    assert [sample.facts["attributes"]["number"] for sample in manifest] == [*range(1_203)]
    assert (manifest[3].asset_id, manifest[3].version, manifest[3].size_bytes) == ("0003", "v1", 9)
    assert manifest[3].crc64nvme is not None


def test_manifest_that_exists_is_read_and_not_listed_again(path: Path) -> None:
    first = listed(path, 3)
    assert listed(path, 9).fingerprint == first.fingerprint


def test_manifest_of_another_question_is_refused(path: Path) -> None:
    listed(path)
    with pytest.raises(ConfigurationError, match="lists other samples"):
        listed(path, filter={"field": "tags", "eq": "test"})


def test_manifest_does_not_appear_when_listing_fails(path: Path) -> None:
    with serving(MediaServer({"0001": b"x"})) as server:
        pass
    with pytest.raises(FovealError):
        Manifest.list(path, "zoo", foveal=server.client())
    assert [*path.parent.iterdir()] == []


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"no json\n"])
def test_file_that_is_no_manifest_is_refused(path: Path, damage: bytes) -> None:
    path.write_bytes(damage)
    with pytest.raises(ConfigurationError, match="list the samples again"):
        Manifest(path)


def test_manifest_that_was_cut_is_refused(path: Path) -> None:
    listed(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    with pytest.raises(ConfigurationError):
        Manifest(path)


def test_manifest_is_pickled_by_its_path(path: Path) -> None:
    manifest = listed(path, 100)
    assert [*pickle.loads(pickle.dumps(manifest))] == [*manifest]  # noqa: S301  what was just written
    assert len(pickle.dumps(manifest)) < 500


def test_manifest_is_a_line_of_json_for_each_sample(path: Path) -> None:
    listed(path, 2)
    head, *samples = map(json.loads, path.read_text().splitlines())
    assert (head["project"], head["samples"], len(samples)) == ("zoo", 2, 2)


def test_samples_outside_the_manifest_are_refused(path: Path) -> None:
    manifest = listed(path, 2)
    with pytest.raises(IndexError):
        manifest[2]
    with pytest.raises(TypeError):
        manifest[0:1]
