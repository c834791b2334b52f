"""Mutated files of CVAT: every one is read with the counts right, or refused with a reason."""

import random
import re
from pathlib import Path

import pytest

from tests.unit.formats.cvat.documents import document, image, video, write
from tests.unit.formats.cvat.test_images import CUBOID
from tests.unit.formats.cvat.test_video import track
from tests.unit.formats.reading import inspected

SHAPES = f"""<box label="car" source="manual" occluded="0" xtl="1.5" ytl="2" xbr="30" ybr="20" rotation="3" z_order="1">
      <attribute name="speed">4</attribute><attribute name="parked">true</attribute></box>
    <polygon label="car" points="1,2;30.5,4;5,60" group_id="1"/><polyline label="" points="1,2;3,4"/>
    <points label="car" points="1,2;3,4"/><ellipse label="car" cx="40" cy="30" rx="8" ry="4.5" rotation="30"/>
    <cuboid label="car" {CUBOID}/><mask label="car" rle="1, 2, 1, 2" left="7" top="9" width="3" height="2"/>
    <skeleton label="dog"><points label="tail" outside="1" occluded="0" points="5.5,6.5"/></skeleton>
    <tag label="rain, heavy / café"/>"""
MANIFEST = '{"version":"1.1"}\n{"type":"images"}\n{"name":"a","extension":".jpg","width":1,"height":2,"meta":{}}\n'
PIECES = (
    '"',
    "<",
    ">",
    "/>",
    "&",
    "&#0;",
    "]]>",
    "<!--",
    "-1",
    "1e308",
    "nan",
    "9" * 30,
    ",",
    ";",
    "é",
    "\x01",
    "\r\n",
)
FILES = {
    "images.xml": document(image(SHAPES) + image("", id=1, name="b.jpg", subset="Test")),
    "video.xml": video(track((0, 1, 0), (5, 1, 1)) + track((3, 1, 0), id=1), frame_filter="step=5", start_frame=0),
    "manifest.jsonl": MANIFEST,
}


VALUES = (
    "",
    " ",
    "-1",
    "0",
    "1",
    "1e9",
    "1.5.2",
    "nan",
    "9" * 25,
    "1,2;3",
    "1, 2, 3",
    "\u00e9",
    "true",
    "box",
    "x" * 300,
)
_VALUE = re.compile(r'="[^"]*"|>[^<>]+<')


def revalued(text: str, chance: random.Random) -> str:
    """Return a document with a few other values or names, which stays well-formed."""
    for _ in range(chance.randint(1, 4)):
        places = list(_VALUE.finditer(text))
        if not places:
            return text
        place, value = chance.choice(places), chance.choice(VALUES)
        value = f'="{value}"' if place[0].startswith("=") else f">{value}<"
        text = (
            text[: place.start()] + (value if chance.random() < 0.8 else value[:1] + value[-1:]) + text[place.end() :]
        )
    if chance.random() < 0.3:
        old, new = (chance.choice(["box", "polygon", "points", "image", "track", "tag", "mask", "name"]) for _ in "12")
        text = re.sub(rf"(</?){old}\b", rf"\g<1>{new}", text)
    return text


def mutated(text: str, chance: random.Random) -> str:
    """Return a text with a few changes: cut, doubled, replaced, moved; or other values alone."""
    if chance.random() < 0.6:
        return revalued(text, chance)
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(text) + 1)
        end = min(start + chance.randint(0, 40), len(text))
        match chance.randrange(5):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = text[:end] + text[start:]
            case 2:
                text = text[:start] + chance.choice(PIECES) + text[end:]
            case 3:
                text = text[:start] + chance.choice(PIECES) + text[start:]
            case _:
                other = chance.randrange(len(text) + 1)
                text = text[:start] + text[other : other + 30] + text[end:]
    return text


@pytest.mark.parametrize("name", FILES)
def test_mutated_files_are_read_or_refused(tmp_path: Path, name: str) -> None:
    chance = random.Random(name)
    outcomes = set()
    for number in range(150):
        found = inspected(write(tmp_path, mutated(FILES[name], chance), f"{number}-{name}"), "cvat")
        outcomes.add(found[-1]["kind"])
    assert outcomes == {"summary", "error"}
