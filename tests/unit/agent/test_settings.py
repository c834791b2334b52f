"""Settings of the agent: every wrong one is named with what is expected, and no secret is repeated."""

from pathlib import Path
from typing import Any

import pytest

from foveal.agent.settings import read_settings
from foveal.client.errors import ConfigurationError

GOOD = """
api_url = "https://api.example.com"
project = "zoo"
serial = "cam7"
state_folder = "/var/lib/foveal-agent"

[sign_in]
token_url = "https://acme.auth.eu-central-1.amazoncognito.com/oauth2/token"
client_id = "abc"
client_secret_file = "/etc/foveal/secret"

[[folders]]
path = "/srv/camera"
"""
DIRECT = """
project = "zoo"
serial = "cam7"
[direct]
bucket = "media"
region = "eu-central-1"
device = "cam7"
credential_process = ["aws_signing_helper", "credential-process"]
[[folders]]
path = "/srv/camera"
"""


def read(folder: Path, text: str) -> Any:
    path = folder / "agent.toml"
    path.write_text(text)
    return read_settings(path)


def test_settings_are_read_with_sizes_as_people_write_them(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD + '[spool]\nmax_size = "20GB"\n[sending]\nlimit = "500KB"\npart_size = "16MB"\n')
    assert (found.spool.max_size, found.sending.limit, found.sending.part_size) == (20_000_000_000, 500_000, 16_000_000)
    assert found.folders[0].path == Path("/srv/camera")
    assert found.spool.when_full == "reject"
    assert read(tmp_path, DIRECT).direct.credential_process[0] == "aws_signing_helper"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('project = "zoo"', ""), "project is missing"),
        (('project = "zoo"', 'project = "Zoo"'), 'project: must match "^[a-z0-9]'),
        (('"https://api.example.com"', '"api.example.com"'), "api_url: an address that begins with https://"),
        (('path = "/srv/camera"', 'path = "camera"'), "folders.1.path: an absolute path is expected"),
        (('path = "/srv/camera"', 'path = "/srv/camera"\nwacth = "poll"'), "folders.1.wacth is no setting"),
        (
            ('path = "/srv/camera"', 'path = "/srv/camera"\nwatch = "push"'),
            "folders.1.watch: one of 'inotify' or 'poll'",
        ),
        (('path = "/srv/camera"', 'path = "/srv/camera"\nattributes = {path = "x"}'), "the agent sets path"),
        (('path = "/srv/camera"', 'path = "/srv"\n[[folders]]\npath = "/srv/a"'), "/srv/a lies within /srv"),
        (('path = "/srv/camera"', 'path = "/var/lib"'), "state_folder lies within /var/lib"),
        (
            ('path = "/srv/camera"', 'path = "/srv/camera"\n[spool]\nmax_size = "much"'),
            "spool.max_size: a number of bytes",
        ),
        (
            ('path = "/srv/camera"', 'path = "/srv/c"\n[sending]\npart_size = "1MB"'),
            "sending.part_size: Input should be",
        ),
        (
            ("[[folders]]", '[direct]\nbucket="b"\nregion="r"\ndevice="d"\ncredential_process=["x"]\n[[folders]]'),
            "either",
        ),
        (('api_url = "https://api.example.com"', ""), "api_url is missing: [sign_in] needs it"),
        (('project = "zoo"', "project = "), "is no TOML"),
    ],
)
def test_wrong_setting_is_named_with_what_is_expected(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert change[0] in GOOD
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, GOOD.replace(*change))
    assert said in str(caught.value)
    assert "agent.toml" in str(caught.value)
    assert "amazoncognito" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('credential_process = ["aws_signing_helper", "credential-process"]', ""), "either credential_file or"),
        (('path = "/srv/camera"', 'path = "/srv/camera"\ntags = ["a"]'), "tags and attributes need [sign_in]"),
    ],
)
def test_wrong_direct_setting_is_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=r"agent\.toml") as caught:
        read(tmp_path, DIRECT.replace(*change))
    assert said in str(caught.value)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.toml: No such file.*--config"):
        read_settings(tmp_path / "absent.toml")


def test_hidden_state_folder_may_lie_in_a_watched_folder(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD.replace("/var/lib/foveal-agent", "/srv/camera/.foveal"))
    assert found.state_folder == Path("/srv/camera/.foveal")


def test_folders_of_systemd_are_used_unless_the_file_names_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/private/foveal-agent")
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/run/foveal-agent")
    found = read(tmp_path, GOOD.replace('state_folder = "/var/lib/foveal-agent"', ""))
    assert found.state_folder == Path("/var/lib/private/foveal-agent")
    assert found.socket == Path("/run/foveal-agent/status.sock")
    assert read(tmp_path, GOOD).state_folder == Path("/var/lib/foveal-agent")


def test_secret_comes_from_its_file_or_from_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "client_secret"
    named = read(tmp_path, GOOD.replace("/etc/foveal/secret", str(secret)))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        named.profile()
    secret.write_text("\n")
    with pytest.raises(ConfigurationError, match="empty"):
        named.profile()
    secret.write_text("hush\n")
    assert named.profile().machine.client_secret == "hush"
    assert "hush" not in repr(named.profile())
    unnamed = read(tmp_path, GOOD.replace('client_secret_file = "/etc/foveal/secret"', ""))
    with pytest.raises(ConfigurationError, match="LoadCredential"):
        unnamed.profile()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert unnamed.profile().machine.client_secret == "hush"
    assert read(tmp_path, GOOD).profile().machine.client_secret == "hush"  # though the file that it names is not there
    assert named.profile().api_url == "https://api.example.com"
