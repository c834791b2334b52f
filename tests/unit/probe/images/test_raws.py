"""Raw files of cameras and whole slides: the written values, and those of exiftool."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from foveal.probe import CountedSource, Facts, MemorySource, ProbeError, Reason, probe
from tests.unit.probe.raws import JPEG, every_raw, every_slide

_SIZES = {
    "cr2": (5184, 3456), "nef": (4288, 2844), "arw": (6048, 4024), "orf": (4640, 3472), "rw2": (4608, 3456),
    "dng": (4032, 3024), "raf": (6240, 4160), "cr3": (6000, 4000), "iiq": (7320, 5484),
}  # fmt: skip


def _facts(data: bytes) -> Facts:
    return probe(MemorySource(data))


@pytest.mark.parametrize("name", every_raw())
def test_raw_file_states_size_orientation_camera_and_time(name: str) -> None:
    source = CountedSource(MemorySource(every_raw()[name]))
    facts = probe(source)
    document = facts.document()
    assert (facts.format, facts.stored_width, facts.stored_height) == (name, *_SIZES[name])
    assert facts.orientation == (8 if name == "cr3" else 6)
    assert (facts.width, facts.height) == _SIZES[name][::-1]
    assert document["camera"]["iso"] == 400
    assert document["camera"]["exposure_time_seconds"] == 0.004
    assert document["camera"]["make"].split()[0].lower() in (
        "canon", "phase", "nikon", "sony", "olympus", "panasonic", "google", "fujifilm",
    )  # fmt: skip
    assert document["captured_at"].isoformat() == "2024-02-29T22:59:58+00:00"
    assert document["location"]["coordinates"] == pytest.approx([2.295, 48.85833333])
    assert (facts.frame_count, facts.is_animated, facts.colour_space) == (1, False, "cfa")
    assert source.requests <= 3


@pytest.mark.parametrize("name", every_raw())
def test_preview_is_the_place_of_the_embedded_jpeg(name: str) -> None:
    data = every_raw()[name]
    preview = _facts(data).document()["preview"]
    embedded = data[preview["offset"] : preview["offset"] + preview["size_bytes"]]
    assert embedded[:3] == b"\xff\xd8\xff"
    assert embedded.endswith(JPEG[2:])
    assert (_facts(embedded).width, _facts(embedded).height) in ((160, 120), (120, 160))


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed on this machine")
@pytest.mark.parametrize("name", every_raw())
def test_facts_are_those_of_exiftool(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"raw.{name}"
    path.write_bytes(every_raw()[name])
    tags = ["-ImageSize", "-Orientation#", "-Make", "-Model", "-ISO", "-PreviewImageStart#", "-JpgFromRawStart#"]
    asked = subprocess.run(["exiftool", "-json", *tags, str(path)], capture_output=True, check=True, text=True)
    stated, document = json.loads(asked.stdout)[0], _facts(path.read_bytes()).document()
    assert stated["ImageSize"] == "{}x{}".format(*_SIZES[name])
    assert document["orientation"] == stated["Orientation"]
    assert (document["camera"]["make"], document["camera"]["model"]) == (stated["Make"], stated["Model"])
    assert document["camera"]["iso"] == stated["ISO"]
    starts = {stated.get("PreviewImageStart"), stated.get("JpgFromRawStart")} - {None}
    assert not starts or document["preview"]["offset"] in starts


def test_raw_file_has_no_preview_when_it_would_end_behind_the_object() -> None:
    data = every_raw()["raf"]
    assert _facts(data[:88] + (2**31).to_bytes(4, "big") + data[92:]).preview is None


@pytest.mark.parametrize("name", [*every_raw(), *every_slide()])
def test_cut_file_has_facts_or_a_reason_anywhere(name: str) -> None:
    data = (every_raw() | every_slide())[name]
    for end in range(1, len(data), max(1, len(data) // 200)):
        try:
            facts = _facts(data[:end])
        except ProbeError as error:
            assert error.reason in (Reason.TRUNCATED, Reason.MALFORMED, Reason.NOT_MEDIA), end  # noqa: PT017
            continue
        assert facts.stored_width, end


def _levels(document: dict[str, object]) -> list[tuple[int, int]]:
    pyramid = document["pyramid"]
    assert isinstance(pyramid, dict)
    return [(level["width"], level["height"]) for level in pyramid["levels"]]


def test_aperio_slide_states_levels_scale_and_magnification() -> None:
    document = _facts(every_slide()["svs"]).document()
    assert (document["width"], document["height"], document["page_count"]) == (46000, 32914, 1)
    assert _levels(document) == [(46000, 32914), (11500, 8228), (2875, 2057)]
    stated = {name: value for name, value in document["pyramid"].items() if name != "levels"}
    assert stated == {
        "vendor": "aperio", "magnification": 20.0, "microns_per_pixel": 0.499, "tile_width": 240, "tile_height": 256,
    }  # fmt: skip


def test_hamamatsu_slide_states_levels_without_its_overview() -> None:
    document = _facts(every_slide()["ndpi"]).document()
    assert _levels(document) == [(51200, 38144), (12800, 9536)]
    assert document["pyramid"]["magnification"] == 20.0
    assert document["pyramid"]["microns_per_pixel"] == pytest.approx(0.454545, abs=1e-6)
    assert document["page_count"] == 1


def test_ome_tiff_states_levels_scale_and_slices() -> None:
    document = _facts(every_slide()["ome"]).document()
    assert _levels(document) == [(4096, 2048), (2048, 1024), (1024, 512)]
    assert document["pyramid"]["microns_per_pixel"] == 0.325
    assert (document["pyramid"]["slices"], document["page_count"]) == (3, 3)


def test_overviews_of_a_tiled_picture_are_its_levels() -> None:
    document = _facts(every_slide()["geotiff"]).document()
    assert _levels(document) == [(1000, 500), (500, 250)]
    assert "vendor" not in document["pyramid"]
    assert document["page_count"] == 1
