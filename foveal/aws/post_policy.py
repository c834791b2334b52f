"""Presigned POST: a form whose policy fixes every field, and the range of lengths.

Source: S3 API reference, "POST Policy" and "Creating an HTML Form (Using AWS Signature Version 4)".
"""

import binascii
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from json.encoder import encode_basestring_ascii as text
from typing import NamedTuple

from foveal.aws.endpoints import Endpoint
from foveal.aws.sigv4 import ALGORITHM, Signer


class PostForm(NamedTuple):
    """Address of the form and every field that goes before `file`."""

    url: str
    fields: dict[str, str]


class Forms:
    """Signs forms for one bucket at one instant with one validity; what is the same for all of them is made once.

    A session token makes the end of a policy, which says who signs, longer than all the rest. It is kept in base64, but
    for its first 0, 1 or 2 characters: as many as fill up the last three bytes of what stands before it.
    """

    __slots__ = ("_bucket", "_ends", "_expiration", "_moment", "_signed", "_url")

    def __init__(
        self, signer: Signer, endpoint: Endpoint, bucket: str, *, at: datetime, expires_in_seconds: int
    ) -> None:
        self._moment = signer.moment(at)
        self._url = endpoint.url if endpoint.base_path else f"{endpoint.url}/"
        expires_at = (at + timedelta(seconds=expires_in_seconds)).astimezone(UTC)
        self._expiration = f'{{"expiration": "{expires_at:%Y-%m-%dT%H:%M:%SZ}", "conditions": ['
        self._bucket = f', {{"bucket": {text(bucket)}}}, {{"key": '
        self._signed = {
            "x-amz-algorithm": ALGORITHM,
            "x-amz-credential": f"{signer.credentials.access_key}/{self._moment.scope}",
            "x-amz-date": self._moment.timestamp,
        }
        if signer.credentials.token:
            self._signed["x-amz-security-token"] = signer.credentials.token
        end = "}, " + ", ".join(f"{{{text(name)}: {text(value)}}}" for name, value in self._signed.items()) + "]}"
        self._ends = [(end[:n], binascii.b2a_base64(end[n:].encode(), newline=False)) for n in range(3)]

    def sign(self, key: str, fields: Mapping[str, str], min_bytes: int, max_bytes: int) -> PostForm:
        """Return a form that uploads to one key, with exactly these other fields and a length within the range.

        The policy is joined from encoded strings: for a text this regular that is a third of what `json.dumps` takes.
        """
        own = "".join([f"{{{text(name)}: {text(value)}}}, " for name, value in fields.items()])
        head = f'{self._expiration}{own}["content-length-range", {min_bytes}, {max_bytes}]{self._bucket}{text(key)}'
        first, rest = self._ends[-len(head) % 3]
        policy = binascii.b2a_base64((head + first).encode(), newline=False) + rest
        signature = self._moment.mac(policy)
        form = {**fields, "key": key, **self._signed, "policy": policy.decode(), "x-amz-signature": signature}
        return PostForm(self._url, form)
