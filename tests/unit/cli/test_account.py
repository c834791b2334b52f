"""`foveal profiles`, and names of new profiles."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from foveal.cli import account
from foveal.cli.failures import exit_code
from foveal.client.errors import ConfigurationError, SignInError
from foveal.client.sign_in.profiles import SavedProfile, read_profiles, save_profile
from foveal.client.sign_in.tokens import StoredTokens, TokenStore


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("API_URL", "TOKEN", "PROFILE"):
        monkeypatch.delenv(f"FOVEAL_{name}", raising=False)
    monkeypatch.setenv("FOVEAL_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("FOVEAL_STATE", str(tmp_path / "none"))
    return tmp_path


def save(name: str, api_url: str, project: str | None = None) -> None:
    save_profile(
        SavedProfile(name=name, api_url=api_url, project=project, issuer="i", client_id="c", token_url="https://i/t")
    )


def run(*arguments: str) -> str:
    done = CliRunner().invoke(account.app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_profiles_are_listed_with_a_star_at_the_current_one() -> None:
    save("work", "https://work.example", "zoo")
    save("home", "https://home.example")
    assert run("profiles") == "* home  https://home.example\n  work  https://work.example  (zoo)\n"
    run("profiles", "use", "work")
    assert [each["name"] for each in json.loads(run("profiles", "--json")) if each["is_current"]] == ["work"]


def test_removed_profile_leaves_no_tokens(config: Path) -> None:
    save("work", "https://work.example")
    TokenStore("work").save(StoredTokens("a", 0, "r"))
    run("profiles", "remove", "work")
    assert read_profiles().by_name == {}
    assert not list(config.rglob("*.json"))


def test_first_profile_is_default_and_the_next_is_named_by_its_host() -> None:
    assert account._chosen("https://work.example/", None) == ("default", "https://work.example", None)
    save("default", "https://work.example", "zoo")
    assert account._chosen("https://work.example", None) == ("default", "https://work.example", "zoo")
    assert account._chosen("http://127.0.0.1:4567", None) == ("127.0.0.1-4567", "http://127.0.0.1:4567", None)
    assert account._chosen(None, None) == ("default", "https://work.example", "zoo")
    assert account._chosen("https://home.example", "mine") == ("mine", "https://home.example", None)


def test_login_needs_an_address_when_there_is_no_profile() -> None:
    with pytest.raises(ConfigurationError, match="--api URL"):
        account._chosen(None, None)


def test_missing_sign_in_has_the_exit_code_of_access() -> None:
    assert exit_code(SignInError("no")) == 3


@pytest.mark.parametrize("token", [None, "", "opaque", "a.b.c", "a.e30.c"])
def test_expiry_of_a_token_that_tells_none_is_unknown(token: str | None) -> None:
    assert account._expiry(token) is None


def test_expiry_of_a_jwt_is_its_exp() -> None:
    assert account._expiry("e30.eyJleHAiOjE4MDAwMDAwMDB9.x") == 1_800_000_000
