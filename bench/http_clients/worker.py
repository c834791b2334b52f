"""Measure one client in this process: `get` or `cold` with the address of an S3, or `ingest` with events on stdin."""

import importlib
import json
import sys
import time
from collections.abc import Callable
from itertools import repeat

TARGET = "/bench-media/media/bench/01JBV0Q7Q3X2W1V0T9S8R7P6N5/photo.jpg"
HEADERS = {
    "Range": "bytes=0-16383",
    "X-Amz-Date": "20261104T093000Z",
    "X-Amz-Content-SHA256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261104/eu-west-1/s3/aws4_request, "
    "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
    "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
}
CLIENTS = {
    "ours": "foveal.aws",
    "http_client": "http.client",
    "urllib3": "urllib3",
    "h11": "h11",
    "pycurl": "pycurl",
    "awscrt": "awscrt",
}
"""Each client, and the module without which it cannot be measured."""
WARM_UP, REQUESTS = 200, 2_000
LIMIT = 1 << 20


def plug_in(client: str) -> None:
    """Have every call of foveal.aws go over connections of this client."""
    if client != "ours":
        from foveal.http.pool import ConnectionPool

        connection = importlib.import_module(f"bench.http_clients.{client}_connection").Connection
        ConnectionPool.connect = lambda self: connection(self._host)  # type: ignore[method-assign]  # each client is plugged in here


def get(client: str, host: str) -> dict[str, float]:
    """Return microseconds of CPU for a ranged GET, one after the other and sent together."""
    from foveal.http.concurrent_requests import send_concurrently
    from foveal.http.pool import ConnectionPool
    from foveal.http.protocol import HttpRequest

    plug_in(client)
    pool, request = ConnectionPool("http", host), HttpRequest("GET", TARGET, HEADERS)
    found = {}
    for name, count in (("", WARM_UP), ("one_us", REQUESTS)):
        started = time.process_time()
        connection = pool.take_idle() or pool.connect()
        for _ in range(count):
            connection.send(request)
            assert len(connection.receive("GET").body) == 16384
        pool.release(connection)
        found[name] = (time.process_time() - started) / count * 1e6
    for name, count in (("", WARM_UP), ("together_us", REQUESTS)):
        started = time.process_time()
        for answer in send_concurrently(pool, repeat(request, count), 60, LIMIT):
            assert answer is not None
            assert answer.status == 206
        found[name] = (time.process_time() - started) / count * 1e6
    return found


def cold(client: str, host: str) -> dict[str, float]:
    """Return milliseconds of CPU for import and first request, after the other imports that ingest has anyway."""
    import aws_lambda_powertools  # noqa: F401  imported by every function before its client
    import pymongo  # noqa: F401  the same

    started = time.process_time()
    from foveal.http.pool import ConnectionPool
    from foveal.http.protocol import HttpRequest

    plug_in(client)
    connection = ConnectionPool("http", host).connect()
    connection.send(HttpRequest("GET", TARGET, HEADERS))
    assert connection.receive("GET").status == 206
    return {"cold_ms": (time.process_time() - started) * 1e3}


def ingest(client: str) -> dict[str, float]:
    """Return microseconds of CPU for an ingested object."""
    from bench.ingest import worker

    plug_in(client)
    events_per_cpu_second = worker.measure("ours")["events_per_cpu_second"]
    return {"object_us": 1e6 / events_per_cpu_second}


if __name__ == "__main__":
    measure, *arguments = sys.argv[1:]
    measures: dict[str, Callable[..., dict[str, float]]] = {"get": get, "cold": cold, "ingest": ingest}
    print(json.dumps(measures[measure](*arguments)))
