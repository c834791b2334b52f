"""The S3 emulator as tests see it."""

import dataclasses
import functools
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import boto3
import httpx2

from foveal.aws.credentials import Credentials

REGION = "us-east-1"
ROOT = Credentials("test", "test")


@dataclasses.dataclass(frozen=True)
class Server:
    """Its address, and a user whose signatures are checked."""

    url: str
    log: Path
    user: Credentials = ROOT

    def wait(self, process: subprocess.Popen[bytes]) -> None:
        for _ in range(600):
            assert process.poll() is None, self.log.read_text()[-2000:]
            try:
                httpx2.get(self.url + "/_ministack/health", timeout=1)
            except httpx2.TransportError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the S3 emulator did not start")

    def client(self, service: str, who: Credentials = ROOT) -> Any:
        return _client(self.url, service, who)

    def with_user(self) -> "Server":
        """Return the server with a user who may do everything: the root key's signatures are not checked."""
        iam = self.client("iam")
        iam.create_user(UserName="uploader")
        statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="uploader", PolicyName="all", PolicyDocument=policy)
        key = iam.create_access_key(UserName="uploader")["AccessKey"]
        return dataclasses.replace(self, user=Credentials(key["AccessKeyId"], key["SecretAccessKey"]))


@functools.cache
def _client(url: str, service: str, who: Credentials) -> Any:
    """Return a client of the emulator; made once, since that takes longer than most tests."""
    make: Any = boto3.client  # its stubs have a type for each service's name
    keys = {"aws_access_key_id": who.access_key, "aws_secret_access_key": who.secret_key}
    return make(service, endpoint_url=url, region_name=REGION, **keys)
