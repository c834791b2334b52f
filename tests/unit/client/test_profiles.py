"""Profiles on disk, and the order in which arguments, environment, profile and local stack count."""

import json
import os
import stat
from pathlib import Path

import pytest

from foveal.client import ConfigurationError
from foveal.client.profile import find_profile
from foveal.client.sign_in.profiles import (
    SavedProfile,
    config_file,
    read_profiles,
    remove_profile,
    save_profile,
    use_profile,
)

WORK, HOME = "https://work.example", "https://home.example"


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [each for each in os.environ if each.startswith("FOVEAL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FOVEAL_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "config"


def saved(name: str, api_url: str, **members: str) -> SavedProfile:
    profile = SavedProfile(
        name=name,
        api_url=api_url,
        project=members.get("project"),
        issuer="https://login.example",
        client_id="cli",
        token_url="https://login.example/token",
    )
    save_profile(profile)
    return profile


def local_stack(folder: Path) -> None:
    (folder / ".foveal").mkdir()
    outputs = {"api_url": "http://127.0.0.1:4567", "project": "demo"}
    (folder / ".foveal/outputs.json").write_text(json.dumps(outputs))


def test_profiles_are_kept_with_the_last_one_current() -> None:
    work, home = saved("work", WORK, project="zoo"), saved("home.2", HOME)
    assert read_profiles().by_name == {"work": work, "home.2": home}
    assert read_profiles().find(None) == home
    use_profile("work")
    assert read_profiles().find(None) == work
    remove_profile("work")
    assert read_profiles().find(None) is None


def test_config_is_readable_by_its_owner_only(config: Path) -> None:
    config.mkdir(mode=0o755)
    saved("work", WORK)
    assert stat.S_IMODE(config_file().stat().st_mode) == 0o600
    assert stat.S_IMODE(config.stat().st_mode) == 0o700


@pytest.mark.parametrize("project", ['a"b', "new\nline", "\\", "\x7f", "zoö", "[x]"])
def test_text_of_any_kind_survives_the_file(project: str) -> None:
    assert saved("work", WORK, project=project).project == project
    assert read_profiles().by_name["work"].project == project


@pytest.mark.parametrize("name", ["", "../x", "a b", ".hidden", "a/b", "x" * 65])
def test_profile_is_refused_when_its_name_cannot_be_a_file(name: str) -> None:
    with pytest.raises(ConfigurationError, match="name of a profile"):
        saved(name, WORK)


def test_broken_config_is_named(config: Path) -> None:
    config.mkdir()
    for text in ("current = ", "profiles = 1", "[profiles.a]\napi_url = 'x'"):
        config_file().write_text(text)
        with pytest.raises(ConfigurationError, match=r"config\.toml cannot be read"):
            read_profiles()


def test_members_of_a_later_version_are_ignored(config: Path) -> None:
    work = saved("work", WORK)
    config_file().write_text(config_file().read_text() + 'colour = "blue"\n')
    assert read_profiles().find("work") == work


def test_current_profile_is_used_when_nothing_else_is_given() -> None:
    saved("work", WORK, project="zoo")
    found = find_profile()
    assert (found.api_url, found.project) == (WORK, "zoo")
    assert found.session is not None
    assert found.session.profile == "work"


def test_current_profile_counts_before_the_local_stack(tmp_path: Path) -> None:
    local_stack(tmp_path)
    saved("work", WORK)
    assert find_profile().api_url == WORK
    assert find_profile(token="t").api_url == "http://127.0.0.1:4567"


def test_named_argument_counts_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    saved("work", WORK)
    saved("home", HOME)
    for name, value in {"API_URL": "https://other.example", "TOKEN": "t", "PROFILE": "home", "PROJECT": "lab"}.items():
        monkeypatch.setenv(f"FOVEAL_{name}", value)
    found = find_profile(profile="work")
    assert (found.api_url, found.token, found.project) == (WORK, None, None)
    assert found.session is not None


def test_environment_counts_before_the_current_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    saved("work", WORK, project="zoo")
    saved("home", HOME)
    monkeypatch.setenv("FOVEAL_PROFILE", "work")
    assert find_profile().api_url == WORK
    monkeypatch.setenv("FOVEAL_PROJECT", "lab")
    assert find_profile().project == "lab"
    monkeypatch.setenv("FOVEAL_TOKEN", "t")
    assert (find_profile().token, find_profile().session) == ("t", None)


def test_profile_tokens_go_to_no_other_api(monkeypatch: pytest.MonkeyPatch) -> None:
    saved("work", WORK)
    assert find_profile(f"{WORK}/").session is not None
    with pytest.raises(ConfigurationError, match="With which token"):
        find_profile(HOME)
    with pytest.raises(ConfigurationError, match=r"of https://work\.example, and not of https://home\.example"):
        find_profile(HOME, profile="work")
    monkeypatch.setenv("FOVEAL_API_URL", HOME)
    with pytest.raises(ConfigurationError, match="With which token"):
        find_profile()


def test_token_of_the_environment_does_not_go_to_the_api_of_the_current_profile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    saved("work", WORK)
    monkeypatch.setenv("FOVEAL_TOKEN", "of another API")
    with pytest.raises(ConfigurationError, match="Which API"):
        find_profile()


def test_unknown_profile_is_named_with_those_that_exist() -> None:
    saved("work", WORK)
    with pytest.raises(ConfigurationError, match=r"no profile 'wrok' \(known: work\)"):
        find_profile(profile="wrok")
