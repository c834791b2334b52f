"""Commands of the own account: `foveal login`, `logout`, `whoami`, `profiles`."""

import base64
import dataclasses
import json
import os
import sys
import webbrowser
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from foveal.cli.text import printable
from foveal.client.errors import ConfigurationError, FovealError
from foveal.client.profile import find_profile, local_outputs
from foveal.client.sign_in import profiles as saved_profiles
from foveal.client.sign_in.profiles import Profiles, SavedProfile
from foveal.client.sign_in.tokens import TokenStore, has_keyring

app = typer.Typer()
profiles_app = typer.Typer(help="List the profiles, or choose the current one.", invoke_without_command=True)
app.add_typer(profiles_app, name="profiles")

Api = Annotated[str | None, typer.Option(help="Address of the API; that of the profile when not given.")]
Named = Annotated[str | None, typer.Option("--profile", help="Name of the profile; the current one when not given.")]
Project = Annotated[str | None, typer.Option(help="Project of the profile; the only one when not given.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Device = Annotated[bool, typer.Option("--device", help="Sign in on another device, with a code.")]
Browser = Annotated[bool, typer.Option(help="Open the browser, or only print the address.")]
Keyring = Annotated[
    bool | None, typer.Option(help="Keep the tokens in the keyring or in a private file; by default as there is one.")
]
ProfileName = Annotated[str, typer.Argument(help="Name of the profile.")]


@app.command()
def login(
    api: Api = None,
    profile: Named = None,
    project: Project = None,
    device: Device = False,
    browser: Browser = True,
    keyring: Keyring = None,
    as_json: AsJson = False,
) -> None:
    """Sign in, and keep the sign-in as a profile, which is then the current one."""
    import httpx2

    from foveal.client.sign_in.flows import sign_in_with_browser, sign_in_with_code
    from foveal.client.sign_in.issuer import find_issuer

    name, api_url, before = _chosen(api, profile)
    with httpx2.Client() as http:
        issuer = find_issuer(http, api_url)
        if device:
            tokens = sign_in_with_code(http, issuer, _show_code)
        else:
            tokens = sign_in_with_browser(http, issuer, lambda url: _show_page(url, is_opened=browser))
    saved = SavedProfile(
        name=name,
        api_url=api_url,
        project=project or before,
        issuer=issuer.issuer,
        client_id=issuer.client_id,
        token_url=issuer.token_url,
        revocation_url=issuer.revocation_url,
        uses_keyring=has_keyring() if keyring is None else keyring,
    )
    TokenStore(name, uses_keyring=saved.uses_keyring).save(tokens)
    saved_profiles.save_profile(saved)
    account = _account(None, name)
    projects = account["projects"]
    if saved.project is None and len(projects) == 1:
        account["project"] = projects[0]["name"]
        saved_profiles.save_profile(dataclasses.replace(saved, project=account["project"]))
    _print_account(account, as_json=as_json)


@app.command()
def logout(profile: Named = None, as_json: AsJson = False) -> None:
    """Revoke the sign-in of a profile and delete its tokens; the profile itself stays."""
    import httpx2

    from foveal.client.sign_in.flows import revoke

    saved = _saved(profile)
    store, problem = TokenStore(saved.name, uses_keyring=saved.uses_keyring), None
    refresh_token = store.load().refresh_token
    store.delete()
    if refresh_token and saved.revocation_url:
        try:
            with httpx2.Client() as http:
                revoke(http, saved.revocation_url, saved.client_id, refresh_token)
        except FovealError as error:
            problem = str(error)
    elif refresh_token:
        problem = "The issuer names no address to revoke it; it ends by itself."
    if as_json:
        typer.echo(json.dumps({"profile": saved.name, "is_revoked": problem is None, "problem": problem}))
    else:
        typer.echo(f"{saved.name}: signed out." + (f" The sign-in is not revoked: {problem}" if problem else ""))
    raise typer.Exit(1 if problem and saved.revocation_url else 0)


@app.command()
def whoami(profile: Named = None, api: Api = None, as_json: AsJson = False) -> None:
    """Show who you are to the API, your role in each project, and when the access token expires."""
    _print_account(_account(api, profile), as_json=as_json)


@profiles_app.callback()
def list_profiles(context: typer.Context, as_json: AsJson = False) -> None:
    """List the profiles; the current one has a star."""
    if context.invoked_subcommand is not None:
        return
    known = saved_profiles.read_profiles()
    found = [known.by_name[name] for name in sorted(known.by_name)]
    if as_json:
        members = [
            {
                "name": each.name,
                "api_url": each.api_url,
                "project": each.project,
                "is_current": each.name == known.current,
            }
            for each in found
        ]
        typer.echo(json.dumps(members, indent=2))
        return
    for each in found:
        mark, project = "*" if each.name == known.current else " ", f"  ({each.project})" if each.project else ""
        typer.echo(f"{mark} {each.name}  {printable(each.api_url + project)}")
    if not found:
        typer.echo("There are no profiles: run `foveal login --api URL`.", err=True)


@profiles_app.command()
def use(name: ProfileName) -> None:
    """Make a profile the current one."""
    saved_profiles.use_profile(name)


@profiles_app.command()
def remove(name: ProfileName) -> None:
    """Delete a profile and its tokens, without revoking them: `foveal logout` does that."""
    saved = _saved(name)
    TokenStore(saved.name, uses_keyring=saved.uses_keyring).delete()
    saved_profiles.remove_profile(saved.name)


def _chosen(api: str | None, profile: str | None) -> tuple[str, str, str | None]:
    """Return the name of the profile to sign in, the address of its API, and its project so far."""
    known = saved_profiles.read_profiles()
    name, given = profile or os.environ.get("FOVEAL_PROFILE"), api or os.environ.get("FOVEAL_API_URL")
    before = known.by_name.get(name) if name else None if given else known.find(None)
    api_url = given or (before.api_url if before else None) or local_outputs().get("api_url")
    if not api_url:
        raise ConfigurationError("Which API? Give --api URL.")
    api_url = str(api_url).rstrip("/")
    name = name or (before.name if before else _free_name(known, api_url))
    saved_profiles.check_name(name)
    kept = known.by_name.get(name)
    return name, api_url, kept.project if kept and kept.api_url == api_url else None


def _free_name(known: Profiles, api_url: str) -> str:
    """Return the name of the profile of the same API; without one `default`, or the API's host if that is taken."""
    same = next((each.name for each in known.by_name.values() if each.api_url == api_url), None)
    return same or ("default" if "default" not in known.by_name else urlsplit(api_url).netloc.replace(":", "-"))


def _saved(name: str | None) -> SavedProfile:
    saved = saved_profiles.read_profiles().find(name or os.environ.get("FOVEAL_PROFILE"))
    if saved is None:
        raise ConfigurationError("There is no current profile: give --profile, or run `foveal login --api URL`.")
    return saved


def _account(api: str | None, profile: str | None) -> dict[str, Any]:
    from foveal.client import Foveal

    with Foveal(api, profile=profile) as foveal:
        found = foveal.api.get_me()
    used = find_profile(api, profile=profile)
    expires_at = used.session.store.load().expires_at if used.session else _expiry(used.token)
    return {
        "profile": used.session.profile if used.session else None,
        "api_url": used.api_url,
        "project": used.project,
        "subject": found["subject"],
        "projects": found["projects"],
        "token_expires_at": None if expires_at is None else _instant(expires_at),
    }


def _print_account(account: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(account, indent=2))
        return
    roles = ", ".join(f"{each['name']} ({each['role']})" for each in account["projects"])
    for label, value in (
        ("Subject", account["subject"]),
        ("API", account["api_url"]),
        ("Profile", account["profile"]),
        ("Project", account["project"]),
        ("Roles", roles or "none: ask an administrator for a role in a project"),
        ("Token", account["token_expires_at"] and f"until {account['token_expires_at']}"),
    ):
        if value:
            typer.echo(f"{label:<9}{printable(value)}")


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _expiry(token: str | None) -> float | None:
    """Return the `exp` of an access token, which is not verified here; None for one that is no JWT."""
    try:
        payload = (token or "").split(".")[1]
        return float(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"])
    except (IndexError, ValueError, KeyError, TypeError):
        return None


def _show_page(url: str, *, is_opened: bool) -> None:
    is_opened = is_opened and _has_screen() and webbrowser.open(url)
    shown = "Your browser shows" if is_opened else "Open"
    typer.echo(f"{shown} this page, and sign in there:\n\n{printable(url)}\n", err=True)


def _has_screen() -> bool:
    """Tell whether a browser has a window to open in; one of text would take this terminal."""
    return sys.platform in ("darwin", "win32") or any(
        os.environ.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    )


def _show_code(url: str, code: str) -> None:
    typer.echo(f"Open {printable(url)} on any device, and enter the code {printable(code)}", err=True)
