"""Seeded data for bench.catalog and its peer, and the CPU time that client and server take."""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import MongoClient

START = datetime(2024, 1, 1, tzinfo=UTC)
LABELS = [f"label-{number:02}" for number in range(20)]
WEIGHTS = [1 / (rank + 1) for rank in range(20)]


def samples(seed: int, count: int, first: int = 0) -> Iterator[dict[str, Any]]:
    """Yield a seeded sample: a time, a place, a size, and 0 to 10 detections (5 on average) with skewed labels."""
    chance = random.Random(seed)
    for number in range(first, first + count):
        yield {
            "number": number,
            "captured_at": START + timedelta(seconds=chance.randrange(60 * 60 * 24 * 700)),
            "size_bytes": int(chance.lognormvariate(13, 1)),
            "location": [round(chance.uniform(-10, 30), 5), round(chance.uniform(35, 60), 5)],
            "detections": [
                {
                    "label": chance.choices(LABELS, WEIGHTS)[0],
                    "confidence": round(chance.random(), 3),
                    "box": [round(chance.uniform(0, 0.5), 4), round(chance.uniform(0, 0.5), 4), 0.2, 0.3],
                }
                for _ in range(chance.randrange(11))
            ],
        }


def cpu_seconds(client: MongoClient[Any]) -> float:
    """Return the CPU time that this process and MongoDB have taken so far."""
    told = client.admin.command("serverStatus")["extra_info"]
    return time.process_time() + (int(told["user_time_us"]) + int(told["system_time_us"])) / 1e6
