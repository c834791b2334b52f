"""Presigned POST: a form whose policy fixes every field, and the range of lengths.

Source: S3 API reference, "POST Policy" and "Creating an HTML Form (Using AWS Signature Version 4)".
"""

import binascii
import functools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from json.encoder import encode_basestring_ascii as text
from typing import NamedTuple

from foveal.aws.credentials import Credentials
from foveal.aws.endpoints import Endpoint
from foveal.signing.sigv4 import ALGORITHM, Signer


class PostForm(NamedTuple):
    """Where to send the form, and every field that goes before `file`."""

    url: str
    fields: dict[str, str]


class Tail(NamedTuple):
    """The end of a policy: some characters, and the rest in base64."""

    first: str
    rest: bytes


def sign_post(
    signer: Signer,
    endpoint: Endpoint,
    bucket: str,
    key: str,
    *,
    at: datetime,
    expires_in_seconds: int,
    fields: Mapping[str, str],
    min_bytes: int,
    max_bytes: int,
) -> PostForm:
    """Return a form that uploads to one key, with exactly these other fields and a length within the range.

    The policy is joined from encoded strings: for a text this regular that is a third of what `json.dumps` takes.
    """
    moment = signer.moment(at)
    expiration = _expiration(at, expires_in_seconds)
    signed, tails = _authentication(signer.credentials, moment.timestamp, moment.scope)
    own = "".join([f"{{{text(name)}: {text(value)}}}, " for name, value in fields.items()])
    head = (
        f'{{"expiration": "{expiration}", "conditions": [{own}["content-length-range", {min_bytes}, {max_bytes}], '
        f'{{"bucket": {text(bucket)}}}, {{"key": {text(key)}}}, '
    )
    first, rest = tails[-len(head) % 3]
    policy = binascii.b2a_base64((head + first).encode(), newline=False) + rest
    form = {**fields, "key": key, **signed, "policy": policy.decode(), "x-amz-signature": moment.mac(policy)}
    return PostForm(endpoint.url if endpoint.base_path else f"{endpoint.url}/", form)


@functools.lru_cache(maxsize=16)
def _expiration(at: datetime, expires_in_seconds: int) -> str:
    return (at + timedelta(seconds=expires_in_seconds)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@functools.lru_cache(maxsize=16)
def _authentication(credentials: Credentials, timestamp: str, scope: str) -> tuple[dict[str, str], list[Tail]]:
    """Return the fields that say who signs, and the end of the policy, which holds their conditions.

    A session token makes that end longer than all the rest. It comes in base64 already, but for its first 0, 1 or 2
    characters: as many as fill up the last three bytes of what stands before it.
    """
    fields = {
        "x-amz-algorithm": ALGORITHM,
        "x-amz-credential": f"{credentials.access_key}/{scope}",
        "x-amz-date": timestamp,
    }
    if credentials.token:
        fields["x-amz-security-token"] = credentials.token
    end = ", ".join(f"{{{text(name)}: {text(value)}}}" for name, value in fields.items()) + "]}"
    return fields, [Tail(end[:n], binascii.b2a_base64(end[n:].encode(), newline=False)) for n in range(3)]
