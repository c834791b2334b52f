"""Feed one handler all events of a round, read from standard input, and print its speed."""

import json
import sys
import time

from bench.ingest.handlers import CONTEXT, HANDLERS
from bench.ingest.workload import records

BATCH = 50


def main() -> None:
    print(json.dumps(measure(sys.argv[1])))


def measure(who: str) -> dict[str, float]:
    """Return how many events of standard input this handler takes in a second, and in a second of CPU."""
    events = records(json.load(sys.stdin))
    handler = HANDLERS[who]()
    handler({"Records": events[:1]}, CONTEXT)  # connections, and modules that are imported on first use
    wall, cpu = time.perf_counter(), time.process_time()
    for start in range(1, len(events), BATCH):
        answer = handler({"Records": events[start : start + BATCH]}, CONTEXT)
        assert not (answer or {}).get("batchItemFailures"), answer
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    count = len(events) - 1
    return {"events_per_second": count / wall, "events_per_cpu_second": count / cpu}


if __name__ == "__main__":
    main()
