"""Random data sets for property tests of formats: assets with annotations of every kind, and their comparison."""

import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from foveal.formats.base.files.source import Source
from foveal.formats.base.model.dataset import LabelledAsset, with_texts
from foveal.formats.base.model.items import Annotation, Asset, Label, NotImported

SIDES = (640, 480)
names = st.text(string.ascii_letters + " äß,;\"'/", min_size=1, max_size=12).filter(lambda text: text.strip() == text)
shares = st.floats(0, 1, allow_nan=False, width=32)
points = st.tuples(shares, shares).map(list)


@dataclass
class MemoryDataset:
    """A data set in memory, as the catalog gives one."""

    content: Sequence[LabelledAsset]
    format: str | None = None
    source: Source | None = None
    names: Sequence[Label] = field(default_factory=tuple)

    def labels(self) -> Sequence[Label]:
        return self.names

    def sections(self) -> Mapping[str, str]:
        return {}

    def leftovers(self) -> Sequence[NotImported]:
        return ()

    def assets(self) -> Iterator[LabelledAsset]:
        return iter(self.content)

    def heads(self) -> Iterator[LabelledAsset]:
        return self.assets()

    def texts(self) -> Iterator[tuple[LabelledAsset, Sequence[str]]]:
        return with_texts(self.assets())


def _boxes() -> st.SearchStrategy[list[float]]:
    return st.tuples(shares, shares, shares, shares).map(
        lambda box: [box[0], box[1], box[2] * (1 - box[0]), box[3] * (1 - box[1])]
    )


def _rings() -> st.SearchStrategy[list[list[float]]]:
    """Return rings that are no line: the third corner lies well below the other two."""
    return st.builds(
        lambda left, right, low, more: [[left, 0.1], [right, 0.2], [low, 0.9], *more],
        *(st.floats(0, 0.375, width=32), st.floats(0.625, 1, width=32), shares),
        st.lists(points, max_size=2),
    )


def _lines() -> st.SearchStrategy[list[list[float]]]:
    return st.lists(points, min_size=2, max_size=4, unique_by=tuple)


def _body(type_: str, **members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"type": st.just(type_), "field": st.just("ground_truth"), "label": names, **members},
        optional={
            "confidence": shares,
            "tags": st.lists(names, min_size=1, max_size=2, unique=True),
            "attributes": st.dictionaries(st.sampled_from(["a", "b c"]), st.integers(0, 9) | names, min_size=1),
        },
    )


detections = _body("detection", bbox=_boxes())
bodies = st.one_of(
    _body("classification"),
    detections,
    _body("polygon", rings=st.lists(_rings(), min_size=1, max_size=2)),
    _body("polyline", rings=st.lists(_lines(), min_size=1, max_size=2)),
    _body(
        "keypoints",
        keypoints=st.lists(
            st.builds(lambda x, y: {"x": x, "y": y, "visibility": 2}, shares, shares), min_size=1, max_size=4
        ),
    ),
)


def datasets(of: st.SearchStrategy[dict[str, Any]] = bodies) -> st.SearchStrategy[MemoryDataset]:
    """Return data sets of a few images; some without annotations, some unlabelled."""

    def build(content: list[list[dict[str, Any]]]) -> MemoryDataset:
        found = []
        for number, annotations in enumerate(content):
            asset = Asset(f"images/{number}.jpg", bool(annotations) or number % 2 == 0, None, *SIDES)
            placed = [Annotation(asset.file_name, body, f"{number}/{index}") for index, body in enumerate(annotations)]
            found.append(LabelledAsset(asset, placed))
        return MemoryDataset(found)

    return st.lists(st.lists(of, max_size=3), min_size=1, max_size=4).map(build)


def assert_near(given: Any, found: Any, tolerance: float = 1e-9) -> None:
    """Assert that two values have the same shape and numbers that differ by no more than the tolerance."""
    if isinstance(given, dict):
        assert isinstance(found, dict)
        assert given.keys() == found.keys()
        for name, value in given.items():
            assert_near(value, found[name], tolerance)
    elif isinstance(given, list):
        assert isinstance(found, list)
        assert len(given) == len(found)
        for one, other in zip(given, found, strict=True):
            assert_near(one, other, tolerance)
    elif isinstance(given, float):
        assert abs(given - found) <= tolerance
    else:
        assert given == found
