"""A cold start of the uploads function: import and first call in a fresh process, against the usual way to write it.

    python -m bench.cold_start [--rounds 7]

The peer is the same begin (route, validate, two documents, one presigned PUT) with boto3, Powertools with its HTTP
resolver, validation, Logger and Tracer, and pymongo; it does less (no roles, quota, idempotency). Both over the same
mongod, in turns, CPU time and peak memory of the process, the interpreter's own taken off, best of the rounds.
"no bytecode" is what a bundle without .pyc files pays. `aws-xray-sdk` has to be installed for the peer's Tracer.
Prints one JSON object a line.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pymongo

from bench import lines
from bench.presign import running_mongod
from foveal.database import client as mongo
from foveal.database.migration import migrate

ROOT = Path(__file__).resolve().parents[2]
Used = dict[str, Any]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=7)
    rounds = arguments.parse_args().rounds
    with running_mongod() as uri, tempfile.TemporaryDirectory(prefix="bench-cold-") as folder:
        migrate(mongo.connect(uri, "bench"))
        for label, is_compiled in (("with bytecode", True), ("no bytecode", False)):
            compare(label, environment(uri, Path(folder), is_compiled=is_compiled), rounds, is_compiled=is_compiled)
        with pymongo.MongoClient[Any](uri) as client:
            assert client["bench"].assets.count_documents({}) > 0


def compare(label: str, variables: dict[str, str], rounds: int, *, is_compiled: bool) -> None:
    found: dict[str, list[Used]] = {"bare": [], "ours": [], "peer": []}
    for _ in range(rounds + is_compiled):
        for who, results in found.items():
            results.append(run(who, variables, is_compiled=is_compiled))
    assert found["ours"][0]["heavy"] == [], found["ours"][0]["heavy"]
    for measure, unit, scale in (("cpu_ms", "ms CPU", 1.0), ("rss_kib", "MiB", 1 / 1024)):
        bare, ours, peer = (min(each[measure] for each in found[who]) * scale for who in ("bare", "ours", "peer"))
        kind = "CPU" if unit == "ms CPU" else "memory"
        lines.compare(f"cold start, {label}, {kind}", ours - bare, peer - bare, unit, better="less", goal=2)


def run(who: str, variables: dict[str, str], *, is_compiled: bool) -> Used:
    flags = [] if is_compiled else ["-B"]
    program = [sys.executable, *flags, "-m", f"bench.cold_start.{who}"]
    done = subprocess.run(program, env=variables, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    used: Used = json.loads(done.stderr.rpartition("\n")[2])
    return used


def environment(uri: str, folder: Path, *, is_compiled: bool) -> dict[str, str]:
    """Return what the stack gives to the function; compiled modules live in a folder of this run alone."""
    limits = {"allowed_types": ["image/*"], "max_object_bytes": 10**12, "daily_quota_bytes": 10**15}
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPYCACHEPREFIX": str(folder / ("compiled" if is_compiled else "none")),
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "MONGODB_URI": uri,
        "MONGODB_DATABASE": "bench",
        "MEDIA_BUCKET": "media",
        "ROLES_CLAIM": "cognito:groups",
        "SCOPE_PREFIX": "foveal/",
        "TOKEN_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:token",
        "UPLOAD_LIMITS": json.dumps({**limits, "url_ttl_seconds": 900}),
        "POWERTOOLS_SERVICE_NAME": "bench",
        "POWERTOOLS_TRACE_DISABLED": "true",
        "LOG_LEVEL": "INFO",
    }


if __name__ == "__main__":
    main()
