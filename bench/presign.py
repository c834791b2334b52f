"""Signing tickets: ours against boto3's generate_presigned_url and generate_presigned_post, and a batch of 1,000.

    python -m bench.presign [--rounds 7]

CPU clock, one process, the two taking turns; the best round of each counts, since whatever disturbs only adds. boto3
signs the same: SigV4, virtual host, regional endpoint, without its C runtime, client made beforehand; the first URLs
are compared byte for byte before anything is measured. The batch goes through the function's own entry point, from
the event's JSON to the answer's, over a real mongod; what the MongoDB driver takes of it is reported apart.
Prints one JSON object a line.
"""

import argparse
import json
import os
import socket
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

# What is imported below reads the environment: no C runtime in botocore, no settings of this machine.
os.environ["BOTO_DISABLE_CRT"] = "true"
for name in [each for each in os.environ if each.startswith("AWS_")]:
    del os.environ[name]

import boto3
import pymongo
from aws_lambda_powertools import Logger
from botocore.config import Config

from bench.lines import compare, compare_with_limit, note
from foveal.api.gateway import Api
from foveal.aws.credentials import Credentials
from foveal.aws.endpoints import bucket_endpoint
from foveal.aws.post_policy import Forms
from foveal.aws.sigv4 import Signer
from foveal.database import client as mongo
from foveal.database.migration import migrate
from foveal.settings import AccessSettings
from foveal.uploads import quotas, store
from foveal.uploads.backend import Backend
from foveal.uploads.limits import TIB, UploadLimits
from foveal.uploads.routes import uploads
from foveal.uploads.routes.services import Services
from tests.gateway import claims, gateway_event

BUCKET, REGION = "media-bucket", "us-east-1"
KEY = "media/zoo/01997f00-0000-7000-8000-000000000000/original.jpg"
HEADERS = {"Content-Type": "image/jpeg", "Content-Length": "3456789", "If-None-Match": "*"}
PERMANENT = Credentials("AKIDEXAMPLEEXAMPLE00", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
SESSION = PERMANENT._replace(token="IQoJb3JpZ2luX2VjE//" * 48 + "Example==")
MONGOD = Path(sysconfig.get_paths()["purelib"]) / "fiftyone/db/bin/mongod"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=7)
    rounds = arguments.parse_args().rounds
    for label, who in (("no session token", PERMANENT), ("with a session token", SESSION)):
        compare_url(label, who, rounds)
        compare_form(label, who, rounds)
    measure_batch(rounds)


def compare_url(label: str, who: Credentials, rounds: int) -> None:
    client, signer, endpoint = boto_client(who), Signer(who, REGION), bucket_endpoint(BUCKET, REGION)
    parameters = {
        "Bucket": BUCKET,
        "Key": KEY,
        "ContentType": "image/jpeg",
        "ContentLength": 3456789,
        "IfNoneMatch": "*",
    }

    def peer() -> str:
        url: str = client.generate_presigned_url("put_object", parameters, 900)
        return url

    def ours(at: datetime) -> str:
        return signer.presign("PUT", endpoint, f"/{KEY}", at=at, expires_in_seconds=900, headers=HEADERS)

    must_be_the_same(lambda: ours(datetime.now(UTC)), peer)
    now = datetime.now(UTC)
    found = taking_turns(lambda: ours(now), peer, rounds)
    compare(f"presigned PUT, {label}", *found, "µs CPU", better="less", goal=40)


def compare_form(label: str, who: Credentials, rounds: int) -> None:
    client, signer, endpoint = boto_client(who), Signer(who, REGION), bucket_endpoint(BUCKET, REGION)
    fields, conditions = (
        {"Content-Type": "image/jpeg"},
        [{"Content-Type": "image/jpeg"}, ["content-length-range", 1, 9]],
    )

    def peer() -> Any:
        return client.generate_presigned_post(BUCKET, KEY, fields, list(conditions), 900)

    def forms(at: datetime) -> Forms:
        return Forms(signer, endpoint, BUCKET, at=at, expires_in_seconds=900)

    def ours(kept: Forms) -> Any:
        form = kept.sign(KEY, fields, 1, 9)
        return {"url": form.url, "fields": form.fields}

    must_be_the_same(lambda: ours(forms(datetime.now(UTC))), peer)
    kept = forms(datetime.now(UTC))
    found = taking_turns(lambda: ours(kept), peer, rounds)
    compare(f"POST policy, {label}", *found, "µs CPU", better="less", goal=20)


def measure_batch(rounds: int) -> None:
    """Begin 1,000 uploads in one call: the handler's own CPU, and the driver's."""
    items = [
        {
            "file_name": f"IMG_{number:04}.jpg",
            "content_type": "image/jpeg",
            "size_bytes": 3_456_789 + number,
            "checksum": {"algorithm": "sha256", "value": "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="},
            "tags": ["zoo", "lion"],
            "attributes": {"site": "north", "camera": 7},
        }
        for number in range(1000)
    ]
    with running_mongod() as uri, session_environment():
        database = mongo.connect(uri, "bench")
        migrate(database)
        limits = UploadLimits(
            allowed_types=("image/*",), max_object_bytes=5 * TIB, daily_quota_bytes=10**18, url_ttl_seconds=900
        )
        logger = Logger(service="bench", level="ERROR")
        api = Api(logger, lambda: AccessSettings("cognito:groups", "foveal/", ""))
        uploads.add(api, Services(lambda: Backend(database, BUCKET, REGION, limits), str, logger))
        found = []
        for number in range(rounds):
            keyed = [{**item, "idempotency_key": f"{number}-{index}"} for index, item in enumerate(items)]
            with driver_clock() as driver:
                event = begin_event(json.dumps({"uploads": keyed}))
                started = time.process_time()
                answer = api(event, None)
                total = time.process_time() - started
            begun = json.loads(answer["body"])["uploads"]
            assert len({each["url"] for each in begun}) == 1000
            found.append((total - driver.seconds, driver.seconds))
    handler, driver_seconds = min(found)
    name = "1,000 PUT tickets with idempotency keys, handler"
    compare_with_limit(name, handler * 1000, 50, "ms CPU", better="less")
    note(f"the same, MongoDB driver: {driver_seconds * 1000:.1f} ms CPU")


class Clock:
    seconds = 0.0


@contextmanager
def driver_clock() -> Iterator[Clock]:
    """Count the CPU time of what calls the driver."""
    clock = Clock()

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            started = time.process_time()
            try:
                return call(*arguments)
            finally:
                clock.seconds += time.process_time() - started

        return run

    names = ("find_by_keys", "insert_uploads", "insert_assets", "asset_statuses")
    patches = [mock.patch.object(store, name, counted(getattr(store, name))) for name in names]
    patches.append(mock.patch.object(quotas, "reserve", counted(quotas.reserve)))
    for patch in patches:
        patch.start()
    try:
        yield clock
    finally:
        for patch in patches:
            patch.stop()


def begin_event(body: str) -> dict[str, Any]:
    return gateway_event(
        "POST /v1/projects/{project}/uploads", {"project": "zoo"}, body, authorized=claims("zoo:editor")
    )


@contextmanager
def session_environment() -> Iterator[None]:
    keys = {"AWS_ACCESS_KEY_ID": SESSION.access_key, "AWS_SECRET_ACCESS_KEY": SESSION.secret_key}
    with mock.patch.dict(os.environ, {**keys, "AWS_SESSION_TOKEN": str(SESSION.token), "AWS_REGION": REGION}):
        yield


@contextmanager
def running_mongod() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="bench-presign-") as folder:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        port = address.partition(":")[2]
        arguments = [str(MONGOD), "--dbpath", folder, "--bind_ip", "127.0.0.1", "--port", port, "--replSet", "bench"]
        with subprocess.Popen([*arguments, "--noscripting"], stdout=subprocess.DEVNULL) as process:
            try:
                with pymongo.MongoClient[Any](f"mongodb://{address}/?directConnection=true") as client:
                    members = [{"_id": 0, "host": address}]
                    client.admin.command("replSetInitiate", {"_id": "bench", "members": members})
                    while not client.admin.command("hello")["isWritablePrimary"]:
                        time.sleep(0.05)
                yield f"mongodb://{address}/?directConnection=true"
            finally:
                process.kill()


def boto_client(who: Credentials) -> Any:
    return boto3.client(
        "s3",
        region_name=REGION,
        aws_access_key_id=who.access_key,
        aws_secret_access_key=who.secret_key,
        aws_session_token=who.token,
        config=Config(
            signature_version="s3v4", s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"}
        ),
    )


def must_be_the_same(ours: Callable[[], Any], peer: Callable[[], Any]) -> None:
    """Stop unless both give the same; a second may pass between the two, so a few attempts are made."""
    if not any(ours() == peer() for _ in range(5)):
        raise SystemExit(f"the signatures differ:\n{ours()}\n{peer()}")


def taking_turns(ours: Callable[[], Any], peer: Callable[[], Any], rounds: int) -> tuple[float, float]:
    """Return microseconds of CPU of each, the best of the rounds."""
    best = [float("inf"), float("inf")]
    for _ in range(rounds):
        for place, (call, times) in enumerate(((ours, 20_000), (peer, 500))):
            started = time.process_time()
            for _ in range(times):
                call()
            best[place] = min(best[place], (time.process_time() - started) / times * 1e6)
    return best[0], best[1]


if __name__ == "__main__":
    main()
