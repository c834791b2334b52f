"""Modules that a cold start of the uploads function loads."""

import json
import subprocess
import sys
from pathlib import Path

from tools.openapi import ENVIRONMENT

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import json, sys
from datetime import UTC, datetime
import functions.uploads.handler
from foveal.aws.endpoints import bucket_endpoint
from foveal.aws import credentials
from foveal.aws.sigv4 import Signer
signer = Signer(credentials.current(), credentials.region())
endpoint = bucket_endpoint("media", "eu-west-1")
url = signer.presign("PUT", endpoint, "/key", at=datetime.now(UTC), expires_in_seconds=60)
assert url.startswith("https://media.s3.eu-west-1.amazonaws.com/key?"), url
print(json.dumps(sorted(sys.modules)))
"""


def test_neither_sdk_nor_tracer_is_loaded_when_the_function_signs_a_single_put() -> None:
    environment = {
        **ENVIRONMENT,
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "eu-west-1",
        "POWERTOOLS_SERVICE_NAME": "test",
    }
    program = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(program, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    modules = json.loads(done.stdout)
    # Powertools imports botocore's empty top to ask whether it is there; its parts are what weighs.
    heavy = [name for name in modules if name.startswith(("boto3", "botocore.", "aws_xray_sdk", "s3transfer"))]
    assert heavy == []
    assert "foveal.aws.s3" not in modules
