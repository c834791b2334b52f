"""Task of a data set that is written: by option, else the one that holds most of its annotations."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from foveal.formats.base.model.dataset import LabelledAsset


@dataclass(slots=True)
class Contents:
    """Survey of the annotations of a data set: kinds with their numbers, labels in order, keypoints by label."""

    kinds: Counter[str] = field(default_factory=Counter)
    labels: dict[str, None] = field(default_factory=dict)
    keypoints: dict[str, int] = field(default_factory=dict)

    def proposed(self) -> str:
        """Return the task that holds most: outlines hold boxes, corners hold upright boxes."""
        outlines = self.kinds["polygon"] + self.kinds["mask"]
        if self.kinds["keypoints"] > outlines:
            return "pose"
        if outlines:
            return "segment"
        if self.kinds["turned"]:
            return "obb"
        if self.kinds["classification"] and not self.kinds["detection"]:
            return "classify"
        return "detect"


def contents(assets: Iterable[LabelledAsset]) -> Contents:
    """Return what annotations there are that a row could hold, in one pass."""
    found = Contents()
    for each in assets:
        for annotation in each.annotations:
            body: Mapping[str, Any] = annotation.body
            label = body.get("label")
            if not label or body.get("frame_index") is not None:
                continue
            kind = "turned" if body["type"] == "detection" and body.get("rotation") is not None else body["type"]
            found.kinds[kind] += 1
            found.labels.setdefault(label)
            if kind == "keypoints":
                found.keypoints[label] = max(found.keypoints.get(label, 0), len(body["keypoints"]))
    return found
