"""Mutated COCO files on their way out: unedited ones as they came, edited ones as JSON, every annotation counted."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from foveal.formats.base.files.source import open_source
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import LabelledAsset, ListDataset
from foveal.formats.conversion import FileDataset, convert_files
from foveal.formats.registry import load
from tests.unit.formats.coco.test_hostile import mutated
from tests.unit.formats.coco.writing import write


@pytest.mark.parametrize("seed", range(4))
def test_mutated_file_goes_out_as_it_came_or_is_refused(tmp_path: Path, seed: int) -> None:
    chance, path, out = random.Random(seed + 100), tmp_path / "a.json", tmp_path / "out.json"
    for _ in range(40):
        content = mutated(chance)
        path.write_bytes(content)
        lines = list(convert_files(path, out, "coco", "coco"))
        if lines[-1]["kind"] == "error":
            continue
        assert out.read_bytes() == content
        out.unlink()
        _check_edited(path, out, chance)


def _check_edited(path: Path, out: Path, chance: random.Random) -> None:
    with open_source(path) as source:
        inner = FileDataset(source, load("coco"), Context())
        content = list(_edited(inner, chance))
        wanted = sum(len(labelled.annotations) for labelled in content)
        labels, sections, leftovers = inner.labels(), inner.sections(), inner.leftovers()
        for dataset in (
            ListDataset(content, labels, "coco", source, sections, leftovers),
            ListDataset(content, labels, "coco", None, sections, leftovers),
            ListDataset(content, labels, "voc"),
        ):
            losses = write(dataset, out)
            assert losses.written + losses.left_out == wanted
            if dataset.source is None:
                json.loads(out.read_text())
            out.unlink()


def _edited(dataset: FileDataset, chance: random.Random) -> Iterator[LabelledAsset]:
    for labelled in dataset.assets():
        kept = [annotation for annotation in labelled.annotations if chance.random() < 0.7]
        changed = [replace(each, is_edited=chance.random() < 0.5) for each in kept]
        yield replace(labelled, annotations=changed, is_unedited=False)
