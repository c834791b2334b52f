"""Uploads with the device's own credentials: signatures that S3 accepts, wrong clocks, credentials that are renewed."""

import json
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from foveal.agent.agent import Agent
from foveal.agent.clock import Clock
from foveal.agent.queue import State
from foveal.agent.settings import AgentSettings, Direct
from foveal.agent.uplink.delivery import HeldUpError
from foveal.agent.uplink.direct import CredentialSource, DirectRoute
from foveal.client.folders.content import blocks
from foveal.client.folders.sending import SendError, TicketExpiredError
from tests.unit.agent.devices import device, settings, take

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


class S3:
    """A Sender in whose place S3 checks what arrives: the signature by botocore, and its age."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now, self.objects, self.requests = now, dict[str, bytes](), list[tuple[str, dict[str, str]]]()
        self.secret = SECRET

    def send(self, content: Any, start: int, size_bytes: int, url: str, headers: Any) -> None:
        self.requests.append((url, headers))
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        signed_at = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if abs(signed_at - self.now) > timedelta(minutes=15):
            raise TicketExpiredError("RequestTimeTooSkewed", format_datetime(self.now, usegmt=True))
        if query["X-Amz-Signature"] != self._signature(parts, query, headers):
            raise TicketExpiredError("SignatureDoesNotMatch", format_datetime(self.now, usegmt=True))
        self.objects.setdefault(parts.path, b"".join(blocks(content, start, size_bytes)))

    def _signature(self, parts: Any, query: dict[str, str], headers: dict[str, str]) -> str:
        """Return the signature that botocore makes of the same request."""
        request = AWSRequest("PUT", f"{parts.scheme}://{parts.netloc}{parts.path}", headers=dict(headers))
        credentials = BotocoreCredentials("AKID", self.secret, query.get("X-Amz-Security-Token"))
        auth = S3SigV4QueryAuth(credentials, "s3", "eu-central-1", expires=int(query["X-Amz-Expires"]))
        request.context["timestamp"] = query["X-Amz-Date"]
        auth._modify_request_before_signing(request)  # type: ignore[attr-defined]
        canonical = auth.canonical_request(request)
        return str(auth.signature(auth.string_to_sign(request, canonical), request))

    def close(self) -> None:
        """Do nothing."""


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    path = tmp_path / "credentials.json"
    path.write_text(
        json.dumps({"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": SECRET, "SessionToken": "tok+/="})
    )
    return path


def chosen(root: Path, **direct: Any) -> AgentSettings:
    section = {"bucket": "media-1", "region": "eu-central-1", "device": "cam7", **direct}
    return settings(root, sign_in=None, direct=section)


def started(root: Path, credentials: Path, name: str, off: timedelta = timedelta(0)) -> tuple[Agent, Clock]:
    clock = Clock(wall=lambda: (NOW + off).timestamp(), monotonic=lambda: 0.0, kernel_state=lambda: True)
    (root / "inbox").mkdir(exist_ok=True)
    (root / "inbox" / name).write_bytes(b"bytes")
    agent = device(chosen(root, credential_file=credentials), clock=clock)
    take(agent)
    return agent, clock


def send(agent: Agent, clock: Clock, s3: S3, credentials: Path) -> None:
    direct = Direct(bucket="media-1", region="eu-central-1", device="cam7", credential_file=credentials)
    sender: Any = s3
    agent.senders.send_batch(DirectRoute(direct, CredentialSource(direct, clock), sender, clock))


def test_object_lies_below_the_prefix_of_the_device_with_its_declaration(tmp_path: Path, credentials: Path) -> None:
    agent, clock = started(tmp_path, credentials, "Löwe 1.JPG")
    s3 = S3()
    send(agent, clock, s3, credentials)
    (path,) = s3.objects
    assert path.startswith("/media/zoo/cam7/000000000001-")
    assert path.endswith(".jpg")
    (url, headers) = s3.requests[0]
    assert urlsplit(url).hostname == "media-1.s3.eu-central-1.amazonaws.com"
    assert headers["if-none-match"] == "*"
    assert headers["x-amz-meta-foveal-file-name"] == "L%C3%B6we%201.JPG"
    assert headers["x-amz-meta-foveal-size-bytes"] == "5"
    assert headers["x-amz-meta-foveal-checksum"] == "crc64nvme:" + headers["x-amz-checksum-crc64nvme"]
    assert agent.queue.counts()["done"]["files"] == 1


@pytest.mark.parametrize("off", [timedelta(days=-3650), timedelta(days=1), timedelta(hours=-1)])
def test_wrong_clock_is_corrected_by_the_time_of_s3(tmp_path: Path, credentials: Path, off: timedelta) -> None:
    agent, clock = started(tmp_path, credentials, "a.jpg", off)
    s3 = S3()
    send(agent, clock, s3, credentials)
    assert len(s3.objects) == 1
    assert clock.offset_seconds == pytest.approx(-off.total_seconds())
    (tmp_path / "inbox/b.jpg").write_bytes(b"bytes")
    take(agent)
    send(agent, clock, s3, credentials)
    assert len(s3.requests) == 3  # the second file is signed with the right time at once


def test_refused_credentials_hold_up_all_files_and_blame_none(tmp_path: Path, credentials: Path) -> None:
    agent, clock = started(tmp_path, credentials, "a.jpg")
    s3 = S3()
    s3.secret = "another"
    send(agent, clock, s3, credentials)
    assert agent.senders.state == "refused"
    assert SECRET not in json.dumps(agent.status())
    (item,) = agent.queue.in_states([State.WAITING])
    assert item.tries == 0
    s3.secret = SECRET
    send(agent, clock, s3, credentials)
    assert len(s3.objects) == 1


def test_credentials_of_a_program_are_renewed_before_they_expire(tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = (
        "import json, pathlib, sys; log = pathlib.Path(sys.argv[1]); n = len(log.read_text()) if log.exists() else 0;"
        "log.write_text('x' * (n + 1));"
        "print(json.dumps({'Version': 1, 'AccessKeyId': f'AK{n}', 'SecretAccessKey': 's',"
        " 'Expiration': '2027-03-01T13:00:00Z'}))"
    )
    now = [NOW.timestamp()]
    source = CredentialSource(
        Direct(bucket="b", region="r", device="d", credential_process=[sys.executable, "-c", program, str(log)]),
        Clock(wall=lambda: now[0], monotonic=lambda: 0.0, kernel_state=lambda: True),
    )
    assert (source.current().access_key, source.current().access_key) == ("AK0", "AK0")
    now[0] += 56 * 60
    assert source.current().access_key == "AK1"


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"AccessKeyId": 1}', '{"AccessKeyId": "a", "SecretAccessKey"'])
def test_credentials_in_another_form_are_refused_without_repeating_them(tmp_path: Path, text: str) -> None:
    path = tmp_path / "credentials.json"
    path.write_text(text)
    direct = Direct(bucket="b", region="r", device="d", credential_file=path)
    with pytest.raises(HeldUpError, match="are not the JSON of `credential_process`"):
        CredentialSource(direct, Clock()).current()
    path.unlink()
    with pytest.raises(HeldUpError, match="cannot be read"):
        CredentialSource(direct, Clock()).current()


def test_failure_of_the_line_takes_no_try_of_a_file(tmp_path: Path, credentials: Path) -> None:
    agent, clock = started(tmp_path, credentials, "a.jpg")

    class Down(S3):
        def send(self, *_: Any) -> None:
            raise SendError("S3 could not be reached", "NetworkError")

    send(agent, clock, Down(), credentials)
    (item,) = agent.queue.in_states([State.WAITING])
    assert (item.tries, item.reason) == (0, "S3 could not be reached")
