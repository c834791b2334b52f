"""The first event, and what a process has used when it is answered."""

import json
import re
import resource
import sys
from pathlib import Path
from typing import Any

# The bundle of this function holds no cryptography, which pymongo would import where it finds it.
sys.modules["cryptography"] = None  # type: ignore[assignment]  # None is what refuses an import

EVENT: dict[str, Any] = {
    "routeKey": "POST /v1/projects/{project}/uploads",
    "pathParameters": {"project": "zoo"},
    "rawPath": "/v1/projects/zoo/uploads",
    "headers": {"content-type": "application/json"},
    "requestContext": {
        "requestId": "bench",
        "stage": "$default",
        "http": {"method": "POST", "path": "/v1/projects/zoo/uploads"},
        "authorizer": {"jwt": {"claims": {"sub": "ann", "cognito:groups": "[zoo:editor]"}}},
    },
    "body": '{"uploads": [{"file_name": "a.jpg", "content_type": "image/jpeg", "size_bytes": 5}]}',
}


def report(answer: dict[str, Any]) -> None:
    """Write CPU milliseconds and peak resident KiB of this process to standard error.

    The peak is the kernel's VmHWM: `ru_maxrss` would also count what the parent held when it forked.
    """
    assert answer["statusCode"] in (200, 201), answer
    assert json.loads(answer["body"])["uploads"][0]["url"].startswith("http"), answer
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0]
    # Powertools asks whether botocore is there by importing its empty top; what weighs are the modules below it.
    heavy = [name for name in sys.modules if name.startswith(("boto3", "botocore.", "aws_xray_sdk"))]
    found = {"cpu_ms": (used.ru_utime + used.ru_stime) * 1000, "rss_kib": int(peak), "heavy": heavy}
    sys.stderr.write("\n" + json.dumps(found))
