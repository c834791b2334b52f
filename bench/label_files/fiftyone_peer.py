"""FiftyOne on the file of bench.label_files; runs in an environment of its own, prints one JSON object.

Written as FiftyOne's documentation shows it: `Dataset.from_dir` with the COCO importer, `export` with the exporters of
COCO and YOLO, labels alone.
"""

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import fiftyone as fo

FORMATS: dict[str, Any] = {
    "coco": fo.types.COCODetectionDataset,
    "yolo": fo.types.YOLOv5Dataset,
    "parquet": fo.types.FiftyOneDataset,
}


def seconds(name: str, work: Callable[[], object]) -> dict[str, float]:
    started, clock = time.perf_counter(), time.process_time()
    work()
    return {name: time.perf_counter() - started, f"{name} CPU": time.process_time() - clock}


def main(labels: str, media: str, out: str) -> None:
    found: list[fo.Dataset] = []
    importing = seconds(
        "import",
        lambda: found.append(
            fo.Dataset.from_dir(
                dataset_type=fo.types.COCODetectionDataset,
                data_path=media,
                labels_path=labels,
                label_types="segmentations",
                use_polylines=True,
                include_id=True,
                name="bench_labels",
                overwrite=True,
                progress=False,
            )
        ),
    )
    (dataset,) = found
    field = next(name for name in dataset.get_field_schema() if name in ("segmentations", "ground_truth"))
    told: dict[str, float] = {
        **importing,
        "samples": dataset.count(),
        "labels": dataset.count(f"{field}.polylines"),
    }
    for name, type_ in FORMATS.items():
        place = Path(out) / name
        options = {"labels_path": str(place / "labels.json")} if name == "coco" else {"export_dir": str(place)}
        if name != "parquet":
            options["label_field"] = field
        told |= seconds(
            name, partial(dataset.export, dataset_type=type_, export_media=False, progress=False, **options)
        )
    dataset.delete()
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:4])
