"""FiftyOne on the data of bench.catalog; runs in an environment of its own, prints one JSON object.

Written as FiftyOne's documentation shows it: samples with Detections, `add_samples`, `match_labels`, `sort_by`,
`count`, `count_values`. No index is made by hand, as none is made by default.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import fiftyone as fo
import pymongo
from fiftyone import ViewField

from bench.catalog.samples import LABELS, cpu_seconds, samples


def milliseconds(work: Callable[[], object], repeats: int = 7) -> float:
    """Return the median time of some runs after one that is not counted."""
    times = []
    for number in range(repeats + 1):
        started = time.perf_counter()
        work()
        if number:
            times.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(times), 2)


def main(seed: int, count: int) -> None:
    dataset = fo.Dataset("bench", overwrite=True)
    client: pymongo.MongoClient[Any] = pymongo.MongoClient(os.environ["FIFTYONE_DATABASE_URI"])
    started, taken = time.perf_counter(), cpu_seconds(client)
    batch = []
    for sample in samples(seed, count):
        detections = [
            fo.Detection(label=each["label"], bounding_box=each["box"], confidence=each["confidence"])
            for each in sample["detections"]
        ]
        batch.append(
            fo.Sample(
                filepath=f"/media/IMG_{sample['number']:08}.jpg",
                captured_at=sample["captured_at"],
                size_bytes=sample["size_bytes"],
                location=fo.GeoLocation(point=sample["location"]),
                ground_truth=fo.Detections(detections=detections),
            )
        )
        if len(batch) == 10_000:
            dataset.add_samples(batch, progress=False)
            batch = []
    if batch:
        dataset.add_samples(batch, progress=False)
    added, taken = count / (time.perf_counter() - started), cpu_seconds(client) - taken
    found = dataset.match_labels(filter=ViewField("label") == LABELS[1], fields="ground_truth")
    told = {
        "add": round(added, 1),
        "add_cpu": round(taken / count * 1e6),
        "first_page": milliseconds(lambda: list(found.limit(50))),
        "sorted_page": milliseconds(lambda: list(found.sort_by("captured_at", reverse=True).limit(50))),
        "count": milliseconds(found.count),
        "label_counts": milliseconds(lambda: dataset.count_values("ground_truth.detections.label")),
        "found": found.count(),
    }
    dataset.delete()
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
