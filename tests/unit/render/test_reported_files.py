"""Thumbnails of small files after public bug reports of other projects, beside the project."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from foveal.derivatives.recipes import Recipe
from foveal.errors import Unrenderable
from foveal.probe import FileSource, ProbeError, probe
from foveal.render.decode import picture as stills
from tests.unit.render.pictures import is_near

FOLDER = Path(__file__).parents[4] / "shared" / "corpus" / "bugs"
INDEX = FOLDER / "index.json"
RECORDS: dict[str, dict[str, Any]] = (
    {each["id"]: each for each in json.loads(INDEX.read_text()) if "file" in each} if INDEX.exists() else {}
)
COLOURS = {"tl": (230, 20, 20), "tr": (20, 200, 20), "bl": (20, 20, 220), "br": (245, 245, 245)}
NOT_DECODED = {"X02": "jxl", "R36": "jxl", "Q01": "svg"}
"""What docs/derivatives.md says is not shown; the answer names the format."""
COLOURED = ["R27", "R51", "R67", "R78", "R92", "F09", "R21", "F11"]

pytestmark = pytest.mark.skipif(not RECORDS, reason="the files after bug reports are not beside the project")


def thumbnail(record: Mapping[str, Any]) -> tuple[Image.Image, dict[str, Any]]:
    """The thumbnail and the facts."""
    path = FOLDER / record["file"]
    facts = probe(FileSource(path), record.get("declared_type")).document()
    with path.open("rb") as source:
        return stills.whole(facts, source, Recipe("rendition", "thumbnail", 320, "webp")), facts


def quarters(picture: Image.Image) -> dict[str, Any]:
    pixels = np.asarray(picture.convert("RGB"))
    down, across = pixels.shape[0] // 4, pixels.shape[1] // 4
    return {
        "tl": pixels[down, across],
        "tr": pixels[down, 3 * across],
        "bl": pixels[3 * down, across],
        "br": pixels[3 * down, 3 * across],
    }


@pytest.mark.parametrize("name", [name for name in RECORDS if name not in NOT_DECODED])
def test_thumbnail_is_made_as_large_as_the_facts_say(name: str) -> None:
    picture, facts = thumbnail(RECORDS[name])
    assert picture.size == (facts["width"], facts["height"])
    assert picture.width <= 320


@pytest.mark.parametrize("name", [name for name in COLOURED if name in RECORDS])
def test_thumbnail_shows_its_colours(name: str) -> None:
    found = quarters(thumbnail(RECORDS[name])[0])
    for place, colour in COLOURS.items():
        channels = np.asarray(colour)
        if name in ("F09", "R21"):  # stretched: what is high is high, what is low is low
            assert ((found[place] > 128) == (channels > 128)).all()
        else:
            assert is_near(found[place], channels, 40)


@pytest.mark.parametrize("name", [name for name in NOT_DECODED if name in RECORDS])
def test_answer_names_the_format_when_it_is_not_decoded(name: str) -> None:
    with pytest.raises(Unrenderable, match=f"format {NOT_DECODED[name]}"):
        thumbnail(RECORDS[name])


@pytest.mark.skipif("R20" not in RECORDS, reason="the files after bug reports are not beside the project")
def test_heights_are_told_apart() -> None:
    picture, _ = thumbnail(RECORDS["R20"])
    levels = sorted(int(colour[0]) for place, colour in quarters(picture).items() if place != "tl")
    assert min(np.diff(levels)) > 80


@pytest.mark.parametrize(
    "path",
    sorted(each for each in (FOLDER / "hostile").iterdir() if each.suffix != ".py") if RECORDS else [],
    ids=lambda path: path.name,
)
def test_hostile_file_is_shown_or_refused_at_once(path: Path) -> None:
    try:
        facts = probe(FileSource(path)).document()
    except ProbeError:
        pytest.skip("the header readers refuse it")
    kind = Recipe("rendition", "thumbnail", 320, "webp", frame=None)
    with path.open("rb") as source:
        try:
            assert stills.whole(facts, source, kind).width <= 320
        except Unrenderable as refused:
            assert refused.detail.endswith(".")  # noqa: PT017 - the reason is part of either outcome
