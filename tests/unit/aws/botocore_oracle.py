"""botocore as the oracle of signatures: its own client and signers at a given instant, without its C runtime."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from unittest import mock

import botocore.auth
import botocore.credentials
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from foveal.aws.credentials import Credentials

CONFIG = Config(
    signature_version="s3v4",
    s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
)


# With awscrt installed botocore signs in C and puts the parameters of the query in another order.
PYTHON_SIGNERS = {
    "s3v4": botocore.auth.S3SigV4Auth,
    "s3v4-query": botocore.auth.S3SigV4QueryAuth,
    "v4": botocore.auth.SigV4Auth,
    "v4-query": botocore.auth.SigV4QueryAuth,
}


@contextmanager
def clock(at: datetime) -> Iterator[None]:
    """Let botocore sign in Python, and believe that it is `at`."""
    naive = at.replace(tzinfo=None)
    with (
        mock.patch.dict(botocore.auth.AUTH_TYPE_MAPS, PYTHON_SIGNERS),
        mock.patch("botocore.auth.get_current_datetime", return_value=naive),
        mock.patch("botocore.signers.get_current_datetime", return_value=naive),
    ):
        yield


@functools.lru_cache(maxsize=64)
def client(credentials: Credentials, region: str) -> Any:
    """Return an S3 client that knows nothing of this machine's AWS settings."""
    with mock.patch.dict("os.environ") as environment:
        for name in [each for each in environment if each.startswith("AWS_")]:
            del environment[name]
        return botocore.session.Session().create_client(
            "s3",
            region_name=region,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            aws_session_token=credentials.token,
            config=CONFIG,
        )


def header_signature(
    credentials: Credentials, region: str, service: str, method: str, url: str, headers: dict[str, str], body: bytes
) -> dict[str, str]:
    """Return the headers that botocore would send."""
    keys = botocore.credentials.Credentials(credentials.access_key, credentials.secret_key, credentials.token)
    kind = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
    request = AWSRequest(method, url, headers=dict(headers), data=body)
    request.context["client_config"] = Config(s3={"payload_signing_enabled": True})
    kind(keys, service, region).add_auth(request)
    return dict(request.headers.items())
