"""Edited files of CVAT and Label Studio written again: megabytes of the file in a second of CPU of the writer.

    python -m bench.label_splices [--images 1500]

Each image has five boxes and two outlines of 30 points; the label of one annotation of every hundredth image is
edited. The data set is in memory, as a project has it: the time is that of splicing alone, with the scan of the file.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bench.lines import compare_with_limit
from foveal.formats.base.files.source import open_source
from foveal.formats.base.files.target import open_target
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import LabelledAsset
from foveal.formats.base.model.loss import LossReport
from foveal.formats.conversion import FileDataset
from foveal.formats.registry import load
from foveal.jobs.garbage import collecting_rarely

GOAL_MB_S: Final = 20.0
EDITED_OF: Final = 100
BOXES, OUTLINES, POINTS = 5, 2, 30


class EditedFiles(FileDataset):
    """A data set of files with some annotations edited, in memory."""

    content: list[LabelledAsset]

    def edit(self) -> None:
        self.content = [_edited(each) if n % EDITED_OF == 0 else each for n, each in enumerate(super().assets())]

    def assets(self) -> Iterator[LabelledAsset]:
        return iter(self.content)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=1_500)
    images = parser.parse_args().images
    files: dict[str, tuple[str, Callable[[int], str]]] = {"cvat": ("xml", cvat), "label_studio": ("json", label_studio)}
    with tempfile.TemporaryDirectory(prefix="bench-splices-") as folder, collecting_rarely():
        for name, (suffix, make) in files.items():
            path = Path(folder) / f"in.{suffix}"
            path.write_text(make(images))
            size, seconds = path.stat().st_size / 1e6, spliced(path, Path(folder) / f"out.{suffix}", name)
            compare_with_limit(f"splice.{name}, {size:.1f} MB", size / seconds, GOAL_MB_S, "MB/s", better="more")


def spliced(path: Path, out: Path, name: str) -> float:
    """Return the CPU seconds of writing an edited file."""
    format_, losses = load(name), LossReport()
    assert format_.write is not None
    with open_source(path) as source:
        dataset = EditedFiles(source, format_, Context())
        dataset.edit()
        started = time.process_time()
        with open_target(out) as target:
            format_.write(dataset, target, Context(), losses)
        seconds = time.process_time() - started
    assert losses.written == sum(len(each.annotations) for each in dataset.content)
    return seconds


def _edited(each: LabelledAsset) -> LabelledAsset:
    first, *others = each.annotations
    changed = replace(first, body={**first.body, "label": "bus"}, is_edited=True)
    return replace(each, annotations=[changed, *others], is_unedited=False)


def cvat(images: int) -> str:
    chosen = random.Random(1)
    attributes = 'label="car" source="manual" occluded="0" z_order="0"'
    parts = ["<annotations><version>1.1</version><meta><task><labels><label><name>car</name></label></labels></task>"]
    parts.append("</meta>\n")
    for number in range(images):
        parts.append(f'  <image id="{number}" name="{number:08}.jpg" width="640" height="480">\n')
        for _ in range(BOXES):
            x, y = (round(chosen.uniform(0, 400), 2) for _ in range(2))
            parts.append(
                f'    <box {attributes} xtl="{x}" ytl="{y}" xbr="{x + 50:.2f}" ybr="{y + 40:.2f}">\n    </box>\n'
            )
        for _ in range(OUTLINES):
            points = ";".join(f"{chosen.uniform(0, 400):.2f},{chosen.uniform(0, 400):.2f}" for _ in range(POINTS))
            parts.append(f'    <polygon {attributes} points="{points}">\n    </polygon>\n')
        parts.append("  </image>\n")
    return "".join([*parts, "</annotations>\n"])


def label_studio(images: int) -> str:
    chosen = random.Random(1)

    def result(number: int, part: int) -> dict[str, object]:
        value: dict[str, Any]
        tag, value = "rectangle", {"x": chosen.uniform(0, 90), "y": chosen.uniform(0, 90), "width": 5, "height": 5}
        if part >= BOXES:
            points = [[chosen.uniform(0, 99), chosen.uniform(0, 99)] for _ in range(POINTS)]
            tag, value = "polygon", {"points": points, "closed": True}
        shared = {"original_width": 640, "original_height": 480, "image_rotation": 0, "to_name": "image"}
        names = {"id": f"r{number}_{part}", "from_name": tag, "type": f"{tag}labels"}
        return {**shared, **names, "value": {**value, f"{tag}labels": ["car"]}}

    def task(number: int) -> dict[str, object]:
        results = [result(number, part) for part in range(BOXES + OUTLINES)]
        annotation = {"id": number, "completed_by": 1, "was_cancelled": False, "result": results}
        return {"id": number, "data": {"image": f"/data/upload/1/{number:08}.jpg"}, "annotations": [annotation]}

    return "[" + ",\n".join(json.dumps(task(number)) for number in range(1, images + 1)) + "]\n"


if __name__ == "__main__":
    main()
