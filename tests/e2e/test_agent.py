"""`foveal agent` against the deployed stack: killed again and again, with the line up and down; direct uploads."""

import contextlib
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image

from foveal.agent.status import read_status
from foveal.client import Foveal
from foveal.client.errors import NetworkError
from local.instance import REGION
from tests.e2e.faulty_line import line
from tests.e2e.stack import PHOTO, Caller, Stack, eventually
from tests.e2e.test_devices import role_arn, session
from tests.unit.probe.pictures import saved

__all__ = ["role_arn"]

PROGRAM = "from foveal.cli import main; main()"
PICTURES = int(os.environ.get("FOVEAL_AGENT_PICTURES", "40"))
KILLS = int(os.environ.get("FOVEAL_AGENT_KILLS", "6"))
"""`FOVEAL_AGENT_PICTURES=2000 FOVEAL_AGENT_KILLS=300` is the long run: a kill each 2 s for ten minutes."""
FILM_BYTES = 12 * 1024 * 1024
COMMON = """
project = "demo"
serial = "{serial}"
state_folder = "{root}/state"
socket = "{root}/status.sock"
[spool]
watermark = 0.99
[[folders]]
path = "{root}/inbox"
settle_seconds = 0.2
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "secret").write_text("secret")
    return tmp_path


@contextlib.contextmanager
def running(root: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the agent; it is killed without a warning at the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "agent", "run", "--config", str(root / "agent.toml")],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        stderr=(root / "log").open("ab"),
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def counts(root: Path) -> dict[str, int]:
    try:
        found = read_status(root / "status.sock")["files"]
    except NetworkError:
        return {}
    return {state: count["files"] for state, count in found.items()}


def all_done(root: Path) -> bool | None:
    """Return True when every file has gone from the inbox, and then from the spool, where only sent ones leave it."""
    if list((root / "inbox").rglob("*.*")) or list((root / "state/spool").glob("*.media")):
        return None
    found = counts(root)
    return True if found and not found["failed"] and not found["dropped"] and not found["lost"] else None


def test_every_picture_is_one_asset_although_the_agent_was_killed_and_the_line_cut(
    root: Path, stack: Stack, editor: Caller
) -> None:
    chance, serial = random.Random(4), f"cam-{secrets.token_hex(4)}"
    with line(stack.values["api_url"], str(editor.token)) as (state, address):
        sign_in = f'[sign_in]\ntoken_url = "{address}/token"\nclient_id = "cam"\nclient_secret_file = "{root}/secret"\n'
        sending = '[sending]\npart_size = "5242880"\n'
        text = f'api_url = "{address}"\n' + COMMON.format(root=root, serial=serial) + sign_in + sending
        (root / "agent.toml").write_text(text)
        names: list[str] = []
        for number in range(KILLS):
            state.is_up = number % 3 != 1
            with running(root):
                for _ in range(PICTURES // KILLS):
                    names.append(f"{serial}-{len(names):04}.png")
                    produce(root / "inbox" / names[-1], chance)
                if number == 0:
                    names.append(f"{serial}-film.png")
                    film = picture(chance) + bytes(FILM_BYTES)
                    (root / "inbox" / names[-1]).write_bytes(film)
                time.sleep(chance.uniform(0.5, 2.5))
        state.is_up = True
        with running(root):
            eventually(lambda: all_done(root), 120)
            assert read_status(root / "status.sock")["network"]["state"] == "online"
    assert state.tokens <= KILLS + 1  # one for each start: they are used again until they expire

    def found() -> list[dict[str, Any]] | None:
        with Foveal(stack.values["api_url"], editor.token) as foveal:
            condition: Any = {"field": "attributes.device", "eq": serial}
            items: list[Any] = list(foveal.project("demo").assets.search(condition))
        return items if len(items) >= len(names) and all(item["status"] == "ready" for item in items) else None

    items = eventually(found, 120)
    assert sorted(item["file_name"] for item in items) == sorted(names)  # none is missing, none is there twice
    assert {item["attributes"]["device"] for item in items} == {serial}
    assert list((root / "state/spool").glob("*.media")) == []


def picture(chance: random.Random) -> bytes:
    return saved(Image.effect_noise((30 + chance.randrange(20), 30), chance.randrange(20, 90)), "PNG")


def produce(path: Path, chance: random.Random) -> None:
    """Write a picture as cameras do: in the folder, or beside it under another name."""
    if chance.random() < 0.5:
        path.write_bytes(picture(chance))
    else:
        path.with_suffix(".tmp").write_bytes(picture(chance))
        path.with_suffix(".tmp").rename(path)


def test_device_with_credentials_of_its_own_uploads_without_the_api(
    root: Path, stack: Stack, editor: Caller, role_arn: str
) -> None:
    issued = session(stack, role_arn, project="demo", device="cam7")
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    credentials = {"Version": 1, **{name: issued[name] for name in names}}
    (root / "credentials.json").write_text(json.dumps(credentials))
    section = {
        "bucket": stack.values["bucket"],
        "region": REGION,
        "device": "cam7",
        "credential_file": str(root / "credentials.json"),
    }
    direct = "[direct]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in section.items())
    (root / "agent.toml").write_text(COMMON.format(root=root, serial="cam7") + direct)
    name = f"Löwe {secrets.token_hex(4)}.jpg"
    (root / "inbox" / name).write_bytes(PHOTO)
    with running(root, AWS_ENDPOINT_URL_S3=stack.instance.aws_url):
        eventually(lambda: all_done(root), 120)

    def adopted() -> dict[str, Any] | None:
        items = editor.call("GET", f"/v1/projects/demo/assets?file_name={quote(name)}").json()["items"]
        return next(iter(items), None)

    asset = eventually(adopted)
    assert (asset["status"], asset["size_bytes"]) == ("ready", len(PHOTO))
    assert asset["checksums"]["verified"] is True
