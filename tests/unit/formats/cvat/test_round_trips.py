"""Random annotations to CVAT and back: the same places to a millionth of a pixel, the same words."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.formats.base.geometry import masks
from foveal.formats.base.model.dataset import LabelledAsset, ListDataset
from foveal.formats.base.model.items import Annotation, Asset
from tests.unit.formats.cvat.test_writing import written
from tests.unit.formats.reading import inspected, of_kind

WIDTH, HEIGHT = 641, 480
MARGIN = 1e-3
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="\ufffe\uffff"), max_size=20)
WORDS = TEXT.map(str.strip).filter(lambda text: bool(text))
X = st.floats(0, WIDTH, allow_subnormal=False)
Y = st.floats(0, HEIGHT, allow_subnormal=False)
SHARES = st.floats(0, 1, allow_subnormal=False)
POINTS = st.tuples(X, Y).map(list)
ANGLES = st.floats(-360, 360, allow_subnormal=False)


BOXES = st.tuples(*(st.floats(0, side / 2) for side in (WIDTH - 1, HEIGHT - 1) * 2)).map(list)


def is_polygon(ring: Sequence[Sequence[float]]) -> bool:
    """Tell whether the first three points span a triangle that is not flat."""
    (a, b), (c, d), (e, f) = ring[:3]
    return abs((c - a) * (f - b) - (e - a) * (d - b)) > MARGIN


@st.composite
def masks_(draw: st.DrawFn) -> dict[str, Any]:
    before, height = draw(st.integers(0, 9000)), draw(st.integers(1, 90))
    columns = draw(st.lists(st.integers(1, height), min_size=1, max_size=5))
    counts = [before]
    for run in columns:
        counts += [run, HEIGHT - run]
    counts[-1] += WIDTH * HEIGHT - sum(counts)
    return {"encoding": "coco_rle", "size": [HEIGHT, WIDTH], "counts": counts}


GEOMETRY: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries({"type": st.just("detection"), "bbox_px": BOXES}, optional={"rotation": ANGLES}),
    st.fixed_dictionaries(
        {
            "type": st.just("polygon"),
            "rings_px": st.lists(POINTS, min_size=3, max_size=6, unique_by=tuple)
            .filter(is_polygon)
            .map(lambda ring: [ring]),
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("polyline"),
            "rings": st.lists(st.tuples(SHARES, SHARES).map(list), min_size=2, max_size=6, unique_by=tuple).map(
                lambda ring: [ring]
            ),
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("keypoints"),
            "keypoints": st.lists(
                st.fixed_dictionaries({"x_px": X, "y_px": Y, "visibility": st.just(2)}), min_size=1, max_size=6
            ),
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("ellipse"),
            "ellipse_px": st.fixed_dictionaries({"cx": X, "cy": Y, "rx": st.floats(1, 99), "ry": st.floats(1, 99)}),
        },
        optional={"rotation": ANGLES},
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("cuboid"),
            "cuboid_px": st.lists(POINTS, min_size=8, max_size=8).map(lambda points: [n for p in points for n in p]),
        }
    ),
    st.fixed_dictionaries({"type": st.just("mask"), "mask": masks_()}),
    st.just({"type": "classification"}),
)
FLAGS = st.fixed_dictionaries(
    {"label": WORDS},
    optional={
        "z_order": st.integers(-(2**31), 2**31),
        "group_id": st.integers(1, 10**14).map(str),
        "source": st.sampled_from(["manual", "auto", "semi_auto", "imported", "consensus"]),
        "attributes": st.dictionaries(
            st.from_regex(r"\A[a-zA-Z0-9_][a-zA-Z0-9_ -]{0,10}\Z"),
            st.one_of(WORDS, st.booleans(), st.integers(-(10**9), 10**9), st.floats(-1e6, 1e6, allow_subnormal=False)),
            max_size=1,
        ),
    },
)
BODIES = st.tuples(GEOMETRY, FLAGS).map(lambda parts: {"field": "ground_truth", **parts[0], **parts[1]})


def pixels(body: Mapping[str, Any]) -> list[float]:
    """Return all numbers of a geometry in pixels, one after another; those of a mask as runs of the whole image."""
    if "mask" in body:
        mask = body["mask"]
        if mask["encoding"] == "cvat_rle":
            return list(map(float, masks.coco_runs(mask["counts"], tuple(mask["bbox_px"]), (HEIGHT, WIDTH))))
        return list(map(float, mask["counts"]))
    found: list[float] = [number for ring in body.get("rings_px", ()) for point in ring for number in point]
    found += [number for ring in body.get("rings", ()) for x, y in ring for number in (x * WIDTH, y * HEIGHT)]
    found += [point[name] for point in body.get("keypoints", ()) for name in ("x_px", "y_px")]
    found += [body["ellipse_px"][name] for name in ("cx", "cy", "rx", "ry") if "ellipse_px" in body]
    return [*found, *body.get("bbox_px", ()), *body.get("cuboid_px", ()), body.get("rotation") or 0]


@given(st.lists(st.lists(BODIES, max_size=4), min_size=1, max_size=3))
def test_random_images_come_back_with_every_word(images: list[list[dict[str, Any]]]) -> None:
    content = [
        LabelledAsset(
            Asset(f"é {number}.jpg", width=WIDTH, height=HEIGHT),
            [Annotation(f"é {number}.jpg", body, f"/{number}") for body in bodies],
        )
        for number, bodies in enumerate(images)
    ]
    with tempfile.TemporaryDirectory() as folder:
        losses = written(Path(folder), ListDataset(content), "out.xml")
        found = inspected(Path(folder, "out.xml"))
    given_ = [body for bodies in images for body in bodies]
    again = of_kind(found, "annotation")
    told = {(each.code, each.field) for each in losses.losses()}
    assert (losses.written, losses.left_out) == (len(given_), 0)
    assert told <= {("changed_type", "attributes"), ("changed_text", "attributes")}, "two types, a blank at an end"
    assert found[-1]["not_imported"] == 0
    assert len(again) == len(given_)
    for before, after in zip(given_, again, strict=True):
        assert after["type"] == before["type"]
        assert pixels(after) == pytest.approx(pixels(before), rel=0, abs=1e-6)
        assert after["label"] == before["label"]
        for name in ("group_id", "source"):
            assert after.get(name, "manual") == before.get(name, "manual")
        assert (after.get("z_order") or 0) == (before.get("z_order", 0) if before["type"] != "classification" else 0)
        assert told or after.get("attributes", {}) == before.get("attributes", {})


def visible(places: Sequence[Mapping[str, Any]], frames: int) -> set[int]:
    """Return the frames in which CVAT draws an object: from a place on to the next, to the end after the last."""
    found: set[int] = set()
    ordered = sorted(places, key=lambda each: int(each["frame_index"]))
    for place, following in zip(ordered, [*ordered[1:], {"frame_index": frames}], strict=True):
        if not place["outside"]:
            found |= set(range(place["frame_index"], following["frame_index"]))
    return found


@given(st.lists(st.sets(st.integers(0, 19), min_size=1), min_size=1, max_size=4), st.sampled_from([20, None]))
def test_random_tracks_are_visible_where_they_are_annotated(tracks: list[set[int]], count: int | None) -> None:
    bodies = [
        {"type": "detection", "bbox_px": [frame, 2, 3, 4], "label": "a", "field": "ground_truth"}
        | {"track_id": str(number), "frame_index": frame}
        for number, frames in enumerate(tracks)
        for frame in sorted(frames, reverse=True)
    ]
    asset = Asset("v.mp4", width=WIDTH, height=HEIGHT, frame_count=count)
    labelled = LabelledAsset(asset, [Annotation("v.mp4", body, f"/{number}") for number, body in enumerate(bodies)])
    with tempfile.TemporaryDirectory() as folder:
        losses = written(Path(folder), ListDataset([labelled]), "out.xml")
        found = of_kind(inspected(Path(folder, "out.xml")), "annotation")
    assert (losses.written, losses.losses()) == (len(bodies), [])
    for number, frames in enumerate(tracks):
        places = [each for each in found if each["track_id"] == str(number) and each["type"] != "track"]
        assert visible(places, 20) == frames
        assert {each["frame_index"]: each["bbox_px"] for each in places if not each["outside"]} == {
            frame: [frame, 2, 3, 4] for frame in frames
        }
