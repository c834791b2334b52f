"""Uploads with the device's own AWS credentials, straight to S3 below `media/{project}/{device}/` (docs/deploy.md).

The signature needs a time within 15 minutes of S3's; that of a wrong clock is corrected by the `Date` of S3's refusal.
"""

import json
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from foveal.agent.clock import Clock
from foveal.agent.queue import Item
from foveal.agent.settings import Direct
from foveal.agent.uplink.delivery import HeldUpError, Verdict, again, arrived, read, refused
from foveal.aws.credentials import Credentials
from foveal.aws.endpoints import bucket_endpoint
from foveal.aws.sigv4 import Signer
from foveal.client.files import UNKNOWN_TYPE, media_type
from foveal.client.folders.content import Content
from foveal.client.folders.sending import Sender, SendError, TicketExpiredError
from foveal.stack_contract import MEDIA_PREFIX

VALID_SECONDS: Final = 3_600
MAX_PUT_BYTES: Final = 5 * 1024**3
"""S3 user guide, "Uploading objects": the limit of one PUT."""
RENEW_BEFORE: Final = timedelta(minutes=5)
MIN_CORRECTION_SECONDS: Final = 60.0
MAX_NAME_BYTES: Final = 1_000
PROCESS_TIMEOUT_SECONDS: Final = 60.0


class CredentialSource:
    """Credentials of a file or a program, in the JSON of `credential_process` of the AWS SDKs."""

    def __init__(self, settings: Direct, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._known: Credentials | None = None

    def current(self) -> Credentials:
        """Return credentials that do not expire within minutes. Raises HeldUpError."""
        known = self._known
        if known is None or (known.expires_at and known.expires_at - self._clock.server_now() < RENEW_BEFORE):
            known = self._known = self._read()
        return known

    def forget(self) -> None:
        """Read the credentials again: S3 refuses them."""
        self._known = None

    def _read(self) -> Credentials:
        try:
            found = json.loads(self._text())
            expires_at = datetime.fromisoformat(found["Expiration"]) if found.get("Expiration") else None
            return Credentials(found["AccessKeyId"], found["SecretAccessKey"], found.get("SessionToken"), expires_at)
        except (OSError, subprocess.SubprocessError) as error:
            raise HeldUpError("refused", f"the AWS credentials cannot be read: {error}") from None
        except (ValueError, KeyError, TypeError, AttributeError):  # the text is not repeated: it holds a secret
            raise HeldUpError("refused", "the AWS credentials are not the JSON of `credential_process`") from None

    def _text(self) -> str:
        if self._settings.credential_file is not None:
            return self._settings.credential_file.read_text()
        done = subprocess.run(
            self._settings.credential_process, capture_output=True, timeout=PROCESS_TIMEOUT_SECONDS, check=True
        )
        return done.stdout.decode()


class DirectRoute:
    """Route by signatures of the device. Not for use by several threads at once."""

    def __init__(self, settings: Direct, credentials: CredentialSource, sender: Sender, clock: Clock) -> None:
        self._settings, self._credentials, self._sender, self._clock = settings, credentials, sender, clock
        self._endpoint = bucket_endpoint(settings.bucket, settings.region, is_accelerated=settings.is_accelerated)

    def deliver(self, batch: list[tuple[Item, Path]], tell: Callable[[Item, Verdict], None]) -> None:
        """Send files and tell a verdict on each. Raises HeldUpError when the credentials are refused."""
        for item, path in batch:
            content = read(item, path)
            tell(item, content if isinstance(content, Verdict) else self._deliver(item, content))

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()

    def _deliver(self, item: Item, content: Content) -> Verdict:
        if content.file.size_bytes > MAX_PUT_BYTES:
            return refused("it is larger than 5 GiB, the limit of one PUT; use [sign_in]")
        try:
            self._send(item, content)
        except TicketExpiredError as error:
            if not self._corrects_clock(error.date):
                self._credentials.forget()
            try:
                self._send(item, content)
            except TicketExpiredError as last:
                raise HeldUpError("refused", f"S3 refuses the credentials of the device ({last})") from last
            except SendError as failure:
                return _verdict(failure)
        except SendError as failure:
            return _verdict(failure)
        return arrived(None)

    def _send(self, item: Item, content: Content) -> None:
        headers = _headers(item, content)
        url = Signer(self._credentials.current(), self._settings.region).presign(
            "PUT",
            self._endpoint,
            "/" + object_key(item, self._settings.device),
            at=self._clock.server_now(),
            expires_in_seconds=VALID_SECONDS,
            headers=headers,
        )
        self._sender.send(content, 0, content.file.size_bytes, url, headers)

    def _corrects_clock(self, date: str | None) -> bool:
        """Take S3's time over; return whether it differs from what was signed with."""
        before = self._clock.offset_seconds or 0.0
        self._clock.observe(date)
        return abs((self._clock.offset_seconds or 0.0) - before) > MIN_CORRECTION_SECONDS


def object_key(item: Item, device: str) -> str:
    """Return the key of a file: the same at each try, so that 412 means that it is there."""
    suffix = Path(str(item.document["file_name"])).suffix.lower()
    return f"{MEDIA_PREFIX}{item.project}/{device}/{item.name}{suffix if suffix.isascii() else ''}"


def _headers(item: Item, content: Content) -> dict[str, str]:
    name = quote(str(item.document["file_name"]), safe="", errors="replace")
    metadata: dict[str, Any] = {
        "foveal-checksum": f"crc64nvme:{content.checksum}",
        "foveal-size-bytes": content.file.size_bytes,
        **({"foveal-file-name": name} if len(name) <= MAX_NAME_BYTES else {}),
    }
    return {
        "content-type": media_type(str(item.document["file_name"])) or UNKNOWN_TYPE,
        "if-none-match": "*",
        "x-amz-checksum-crc64nvme": content.checksum,
        **{f"x-amz-meta-{key}": str(value) for key, value in metadata.items()},
    }


def _verdict(error: SendError) -> Verdict:
    return again(error.reason, counts=error.code != "NetworkError")
