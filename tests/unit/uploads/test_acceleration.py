"""Transfer Acceleration is a choice of each request where the stage has it, and refused where it has not."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from foveal.aws.credentials import Credentials
from foveal.aws.sigv4 import Signer
from foveal.errors import InvalidRequest
from foveal.uploads.backend import Backend
from foveal.uploads.limits import UploadLimits
from foveal.uploads.tickets import TicketIssuer

AT = datetime(2026, 11, 29, tzinfo=UTC)
PLAIN, ACCELERATED = "media.s3.eu-west-1.amazonaws.com", "media.s3-accelerate.amazonaws.com"
UPLOAD: Any = {
    "key": "media/zoo/1/original.jpg",
    "size_bytes": 5,
    "content_type": "image/jpeg",
    "metadata": {},
    "file_name": "a.jpg",
    "checksum": None,
    "s3_upload_id": "u",
    "part_size_bytes": 5,
}


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    signer = Signer(Credentials("AKIA", "secret", None, None), "eu-west-1")
    monkeypatch.setattr(Backend, "signer", lambda _: signer)
    database: Any = None

    def host(*, is_on: bool, asked: bool | None) -> str:
        limits = UploadLimits(
            allowed_types=("image/*",),
            max_object_bytes=100,
            daily_quota_bytes=100,
            url_ttl_seconds=900,
            transfer_acceleration=is_on,
        )
        issuer = TicketIssuer(Backend(database, "media", "eu-west-1", limits), AT, None, asked)
        hosts = {urlsplit(issuer.put(UPLOAD)["url"]).netloc, urlsplit(issuer.part(UPLOAD, 1)["url"]).netloc}
        (found,) = hosts
        return found

    return host


@pytest.mark.parametrize(
    ("is_on", "asked", "expected"),
    [
        (False, None, PLAIN),
        (False, False, PLAIN),
        (True, None, ACCELERATED),
        (True, True, ACCELERATED),
        (True, False, PLAIN),
    ],
)
def test_host_of_a_ticket_is_the_one_asked_for(
    host: Callable[..., str], is_on: bool, asked: bool | None, expected: str
) -> None:
    assert host(is_on=is_on, asked=asked) == expected


def test_acceleration_is_refused_when_the_stage_has_it_off(host: Callable[..., str]) -> None:
    with pytest.raises(InvalidRequest, match="Transfer Acceleration off; leave the member out"):
        host(is_on=False, asked=True)
