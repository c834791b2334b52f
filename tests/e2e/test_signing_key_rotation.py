"""`foveal rotate-signing-key` by real deployments, while a client keeps reading by every URL and cookie that it has."""

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from typer.testing import CliRunner

from local.commands import rotation
from local.instance import ROOT, STACK_NAME, STAGE
from tests.e2e.stack import PHOTO, Caller, Stack

CHECKOUT = ("app.py", "cdk.json", "requirements.txt", "foveal", "functions", "infra", "stages")
DEPLOY = (
    f"{sys.executable} -m local.cdk deploy {STACK_NAME} -c local=true --require-approval never "
    "--method direct --progress events"
)

pytestmark = pytest.mark.skipif(
    os.environ.get("FOVEAL_TEST_STACK") == "running", reason="a rotation cannot be taken back"
)


@pytest.fixture
def checkout(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of the repository whose stage file may be changed, with the stack's addresses in the environment."""
    for name in CHECKOUT:
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    shutil.copytree(ROOT / "local", tmp_path / "local", ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    (tmp_path / "local/node_modules").symlink_to(ROOT / "local/node_modules")
    for name, value in stack.instance.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@dataclass
class Reader:
    """Asks for URLs again and again, and opens each one that it was ever given, and a thumbnail by cookie."""

    caller: Caller
    photo: dict[str, Any]
    urls: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    rounds: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        cdn, project = self.caller.stack.values["cdn_url"], self.photo["project"]
        answer = httpx2.post(
            f"{cdn}/v1/projects/{project}/cookies",
            json={},
            headers={"Authorization": f"Bearer {self.caller.token}"},
        )
        assert answer.status_code == 200, answer.text
        prefix = f"/derived/{project}/"
        lines = [each for each in answer.headers.get_list("set-cookie") if f"Path={prefix};" in each]
        self.cookie = "; ".join(line.partition(";")[0] for line in lines)
        signed = self.caller.call("GET", f"/v1/assets/{self.photo['asset_id']}/content?variant=thumbnail")
        self.address = cdn + urlsplit(signed.headers["location"]).path
        thumbnail = httpx2.get(signed.headers["location"])
        assert (thumbnail.status_code, thumbnail.headers["content-type"]) == (200, "image/webp")
        self.thumbnail = thumbnail.content

    def read_once(self) -> None:
        url = self.caller.signed_url(self.photo["asset_id"])
        self.urls[key_of(url)] = url
        for each in self.urls.values():
            self._open(each, {}, PHOTO)
        self._open(self.address, {"cookie": self.cookie}, self.thumbnail)
        self.rounds += 1

    def _open(self, url: str, headers: dict[str, str], expected: bytes) -> None:
        answer = httpx2.get(url, headers=headers)
        if answer.content != expected:
            self.refused.append(f"{answer.status_code} {answer.text[:120]}")

    @contextmanager
    def reading(self) -> Iterator[None]:
        def run() -> None:
            while not self.stopped.wait(0.2):
                self.read_once()

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            self.stopped.set()
            thread.join()


def key_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["Key-Pair-Id"][0]


def rotate(*options: str) -> None:
    result = CliRunner().invoke(rotation.app, ["--stage", STAGE, "--deploy", DEPLOY, "--pause", "0", *options])
    assert result.exit_code == 0, result.output


def test_key_rotation_breaks_no_url_or_cookie_and_ends_the_old_ones_when_it_is_finished(
    stack: Stack, checkout: Path, photo: dict[str, Any]
) -> None:
    reader = Reader(stack.caller("demo:viewer"), photo)
    reader.read_once()
    (old_key,) = reader.urls

    with reader.reading():
        rotate()
    reader.read_once()
    settings = httpx2.get(f"{stack.values['console_url']}config.json").json()
    assert settings["sign_in"]["discovery_url"].startswith(stack.values["aws_endpoint_url"])

    assert rotation.generations((checkout / f"stages/{STAGE}.toml").read_text()) == [2, 1]
    assert reader.refused == []
    assert reader.rounds > 10
    (new_key,) = set(reader.urls) - {old_key}
    assert key_of(reader.caller.signed_url(photo["asset_id"])) == new_key

    rotate("--finish")

    assert "<Code>InvalidKey</Code>" in httpx2.get(reader.urls[old_key]).text
    assert httpx2.get(reader.address, headers={"cookie": reader.cookie}).status_code == 403
    assert httpx2.get(reader.urls[new_key]).content == PHOTO
    assert key_of(reader.caller.signed_url(photo["asset_id"])) == new_key
