"""CloudFront URLs: ours (ECDSA P-256) against botocore's CloudFrontSigner (cryptography, RSA-2048), and 1,000 at once.

    python -m bench.cloudfront [--urls 2000] [--rounds 7]

CPU clock, one process, the two taking turns; the best round of each counts, since whatever disturbs only adds. The
batch goes through the function's own handler, from the event's JSON to the answer's, over a real mongod, with every URL
signed anew, and once more with the URLs that it remembers; they are verified before anything is measured. Where the
processor has AVX-512 IFMA, with which OpenSSL signs RSA two to three times as fast, the comparison is made again
without it, as on processors that lack it (all of Lambda's arm64). Prints one JSON object a line.
"""

import argparse
import datetime
import json
import logging
import os
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

# What is imported below reads the environment: no settings of this machine.
for name in [each for each in os.environ if each.startswith("AWS_")]:
    del os.environ[name]

import pymongo
from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench.lines import compare, compare_with_limit
from foveal.aws import secrets
from foveal.database.client import connect
from foveal.database.migration import migrate
from foveal.delivery.cloudfront_signer import Signer
from foveal.encoding.ids import new_id
from tests.gateway import claims, gateway_event
from tests.unit.delivery.cloudfront_edge import Edge

URL = (
    "https://d111111abcdef8.cloudfront.net/media/cats/0190f2c4-7a1b-7c3d-9e5f-0123456789ab/original.jpg?versionId=3HL4"
)
EXPIRES_AT = 1_800_000_000
RSA_KEY = rsa.generate_private_key(65537, 2048)
ECDSA_KEY = ec.generate_private_key(ec.SECP256R1())
BATCH = 1_000
WITHOUT_IFMA = "_without_avx512ifma"
MASK_OF_IFMA = ":~0x200000"  # bit 21 of EBX, CPUID leaf 7 (OPENSSL_ia32cap(3))


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def cpu_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def has_ifma() -> bool:
    processor = Path("/proc/cpuinfo")
    return processor.is_file() and "avx512ifma" in processor.read_text()


def compare_signers(urls: int, rounds: int, suffix: str = "") -> None:
    ours, rsa_ours = Signer("K1", pem(ECDSA_KEY)), Signer("K2", pem(RSA_KEY))
    peer = CloudFrontSigner("K2", lambda text: RSA_KEY.sign(text, padding.PKCS1v15(), hashes.SHA1()))  # noqa: S303  CloudFront's default
    until = datetime.datetime.fromtimestamp(EXPIRES_AT, datetime.UTC)
    assert rsa_ours.url(URL, EXPIRES_AT) == peer.generate_presigned_url(URL, until)
    assert Edge({"K1": ECDSA_KEY.public_key()}, EXPIRES_AT - 1).admits(ours.url(URL, EXPIRES_AT))
    instants = [until - datetime.timedelta(seconds=number) for number in range(urls)]
    work: dict[str, Callable[[], object]] = {
        "ours": lambda: [ours.url(URL, EXPIRES_AT - number) for number in range(urls)],
        "rsa": lambda: [rsa_ours.url(URL, EXPIRES_AT - number) for number in range(urls)],
        "peer": lambda: [peer.generate_presigned_url(URL, each) for each in instants],
    }
    best = dict.fromkeys(work, float("inf"))
    for _ in range(rounds):
        for name, run in work.items():
            best[name] = min(best[name], cpu_seconds(run))
    per_second = {name: urls / seconds for name, seconds in best.items()}
    peer_speed, unit = per_second["peer"], "URLs/CPU-s"
    compare(f"cloudfront_url_ecdsa{suffix}", per_second["ours"], peer_speed, unit, better="more", goal=20)
    compare(f"cloudfront_url_rsa{suffix}, the same bytes", per_second["rsa"], peer_speed, unit, better="more")


@contextmanager
def mongod() -> Iterator[str]:
    """Run a replica set of one and yield its URI."""
    program = Path(sysconfig.get_paths()["purelib"]) / "fiftyone/db/bin/mongod"
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        arguments = [str(program), "--dbpath", folder, "--port", str(port), "--bind_ip", "127.0.0.1"]
        arguments += ["--replSet", "rs0", "--wiredTigerCacheSizeGB", "0.25", "--logpath", f"{folder}/log"]
        with subprocess.Popen(arguments, stdout=subprocess.DEVNULL) as process:
            try:
                uri = f"mongodb://127.0.0.1:{port}/?directConnection=true"
                client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(uri)
                with client:
                    members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
                    client.admin.command("replSetInitiate", {"_id": "rs0", "members": members})
                    while not client.admin.command("hello")["isWritablePrimary"]:
                        time.sleep(0.05)
                yield f"mongodb://127.0.0.1:{port}/?replicaSet=rs0"
            finally:
                process.kill()


def settings(uri: str) -> dict[str, str]:
    return {
        "AWS_REGION": "us-east-1",
        "ROLES_CLAIM": "cognito:groups",
        "SCOPE_PREFIX": "foveal/",
        "TOKEN_SECRET_ARN": "token",
        "MONGODB_URI": uri,
        "MONGODB_DATABASE": "bench",
        "MEDIA_BUCKET": "media",
        "CDN_URL": "https://d111111abcdef8.cloudfront.net",
        "SIGNING_KEY_ID": "K1",
        "SIGNING_KEY_SECRET_ARN": "signing-key",
        "URL_TTL_SECONDS": "3600",
        "URL_WINDOW_SECONDS": "900",
        "RENDITIONS": '{"thumbnail": {"width": 320, "format": "webp"}}',
        "RENDER_FUNCTION_NAME": "render",
        "POWERTOOLS_SERVICE_NAME": "downloads",
    }


def fill(uri: str) -> list[str]:
    """Put 1,000 ready assets into the catalog; return their ids."""
    database = connect(uri, "bench")
    migrate(database)
    now, ids = datetime.datetime.now(datetime.UTC), [new_id() for _ in range(BATCH)]
    common: dict[str, Any] = {"project": "cats", "status": "ready", "media_type": "image", "mime_type": "image/jpeg"}
    common |= {"file_name": "IMG_0001.jpg", "created_at": now, "updated_at": now, "schema_version": 1}
    stored = [
        {**common, "_id": each, "s3": {"key": f"media/cats/{each}/original.jpg", "version_id": "3HL4kqtJvjVBH40Nrjfkd"}}
        for each in ids
    ]
    database.assets.insert_many(stored)
    return ids


def event_of(ids: list[str]) -> dict[str, object]:
    """The event of one call of `downloads`."""
    body = {"asset_ids": ids}
    return gateway_event(
        "POST /v1/projects/{project}/downloads", {"project": "cats"}, body, authorized=claims("cats:viewer")
    )


def measure_batch(rounds: int) -> None:
    with mongod() as uri, mock.patch.dict(os.environ, settings(uri)):
        event = event_of(fill(uri))
        with mock.patch.object(secrets, "get_secret", return_value=pem(ECDSA_KEY)):
            from foveal.delivery.links import links
            from functions.downloads.handler import handler

            logging.getLogger("downloads").handlers.clear()
            logging.getLogger("audit").handlers.clear()
            answer = json.loads(handler(event, None)["body"])["downloads"]
            edge = Edge({"K1": ECDSA_KEY.public_key()}, int(time.time()))
            assert len(answer) == BATCH
            assert all(edge.admits(each["url"]) for each in answer)
            fresh = again = float("inf")
            for _ in range(rounds * 3):
                links.cache_clear()  # and with it the URLs that are remembered
                fresh = min(fresh, cpu_seconds(lambda: handler(event, None)))
                again = min(again, cpu_seconds(lambda: handler(event, None)))
    compare_with_limit("downloads_1000_urls", fresh * 1000, 60, "CPU ms/call", better="less")
    compare_with_limit("downloads_1000_urls_again", again * 1000, 60, "CPU ms/call", better="less")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--urls", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--without-ifma", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.without_ifma:
        compare_signers(chosen.urls, chosen.rounds, WITHOUT_IFMA)
    else:
        compare_signers(chosen.urls, chosen.rounds)
        if has_ifma():
            again = [sys.executable, "-m", "bench.cloudfront", "--without-ifma", "--urls", str(chosen.urls)]
            subprocess.run(again, check=True, env={**os.environ, "OPENSSL_ia32cap": MASK_OF_IFMA})
        measure_batch(chosen.rounds)
