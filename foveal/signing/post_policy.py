"""Presigned POST: a form whose policy fixes key, type and length range.

Source: S3 API reference, "POST Policy" and "Creating an HTML Form (Using AWS Signature Version 4)".
"""

import base64
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from foveal.aws.endpoints import Endpoint
from foveal.signing.sigv4 import ALGORITHM, Signer


class PostForm(NamedTuple):
    """Where to send the form, and every field that goes before `file`."""

    url: str
    fields: dict[str, str]


def sign_post(
    signer: Signer,
    endpoint: Endpoint,
    bucket: str,
    key: str,
    *,
    at: datetime,
    expires_in_seconds: int,
    fields: Mapping[str, str],
    conditions: Sequence[Any],
) -> PostForm:
    """Return a form that uploads to one key. Each extra field needs a condition of its own, or S3 refuses the form."""
    _, timestamp, scope, signing_key = signer.moment(at)
    credential = f"{signer.credentials.access_key}/{scope}"
    signed = {"x-amz-algorithm": ALGORITHM, "x-amz-credential": credential, "x-amz-date": timestamp}
    if signer.credentials.token:
        signed["x-amz-security-token"] = signer.credentials.token
    document = {
        "expiration": (at + timedelta(seconds=expires_in_seconds)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "conditions": [*conditions, {"bucket": bucket}, {"key": key}, *({n: v} for n, v in signed.items())],
    }
    policy = base64.b64encode(json.dumps(document).encode())
    signature = hmac.digest(signing_key, policy, "sha256").hex()
    form = {**fields, "key": key, **signed, "policy": policy.decode(), "x-amz-signature": signature}
    return PostForm(endpoint.url if endpoint.base_path else endpoint.url + "/", form)
