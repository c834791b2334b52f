"""Device codes (RFC 8628) for the user pool: a code is shown on one device, and entered with a sign-in on another."""

import json
import secrets
import time
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from local.ministack_patches.sign_in.refresh import JSON, answer_of

Answer = tuple[int, dict[str, Any], bytes]
GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
PAGE: Final = "/device"
LIFETIME_SECONDS: Final = 600
INTERVAL_SECONDS: Final = 1
LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so that no word appears (RFC 8628, 6.1)."""
HTML: Final = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}


@dataclass(slots=True)
class Device:
    """A code that was handed out; `username` is set when a person has entered it."""

    client_id: str
    scope: str
    user_code: str
    expires_at: float
    asked_at: float = 0.0
    username: str | None = None


_devices: dict[str, Device] = {}


def begin(form: dict[str, str], origin: str) -> Answer:
    """Hand out a device code and a code for the person."""
    from ministack.services import cognito

    client_id = form.get("client_id", "")
    _, pool, _ = cognito._find_pool_by_client_id(client_id)
    if pool is None:
        error: Answer = cognito._oauth2_error("invalid_client", "There is no such client.", 401)
        return error
    device_code, letters = secrets.token_urlsafe(32), "".join(secrets.choice(LETTERS) for _ in range(8))
    user_code = f"{letters[:4]}-{letters[4:]}"
    _devices[device_code] = Device(client_id, form.get("scope", ""), user_code, time.time() + LIFETIME_SECONDS)
    answer = {
        "device_code": device_code,
        "user_code": user_code,
        "verification_uri": f"{origin}{PAGE}",
        "verification_uri_complete": f"{origin}{PAGE}?user_code={user_code}",
        "expires_in": LIFETIME_SECONDS,
        "interval": INTERVAL_SECONDS,
    }
    return 200, dict(JSON), json.dumps(answer).encode()


def page(query: dict[str, Any], error: str = "") -> Answer:
    """Return the page where a person enters the code and signs in."""
    from ministack.services import cognito

    given = query.get("user_code", "")
    code = given[0] if isinstance(given, list) else given
    text = f"""{f'<div class="error">{escape(error)}</div>' if error else ""}
<form method="POST" action="{PAGE}">
<label for="user_code">Code</label><input type="text" id="user_code" name="user_code" value="{escape(code)}" required>
<label for="username">Username</label><input type="text" id="username" name="username" required>
<label for="password">Password</label><input type="password" id="password" name="password" required>
<button type="submit">Sign in</button></form>"""
    return 200, dict(HTML), cognito._page_shell("Sign in on a device", "Sign in on a device", text).encode()


def approve(form: dict[str, str]) -> Answer:
    """Let the device in whose code was entered, after checking the person's password."""
    from ministack.services import cognito

    code = form.get("user_code", "").strip().upper()
    device = next((each for each in _devices.values() if each.user_code == code), None)
    if device is None or device.expires_at < time.time():
        return page(form, "There is no such code, or it has expired.")
    _, pool, _ = cognito._find_pool_by_client_id(device.client_id)
    user, refused = cognito._authenticate_hosted_ui_user(pool, form.get("username", ""), form.get("password", ""))
    if refused:
        return page(form, refused)
    device.username = user["Username"]
    text = "<p>Return to the device.</p>"
    return 200, dict(HTML), cognito._page_shell("Signed in", "The device is signed in", text).encode()


def token(form: dict[str, str]) -> Answer:
    """Return the tokens of a device, or the reason why there are none yet (RFC 8628, 3.5)."""
    from ministack.services import cognito

    device_code, now = form.get("device_code", ""), time.time()
    device = _devices.get(device_code)
    if device is None or device.client_id != form.get("client_id"):
        return _refusal("invalid_grant")
    if device.expires_at < now:
        return _refusal("expired_token")
    asked_at, device.asked_at = device.asked_at, now
    if now - asked_at < INTERVAL_SECONDS:
        return _refusal("slow_down")
    if device.username is None:
        return _refusal("authorization_pending")
    del _devices[device_code]
    pool_id, pool, client = cognito._find_pool_by_client_id(device.client_id)
    scope = cognito._granted_scopes(client, device.scope)
    found = cognito._build_auth_result(pool_id, device.client_id, pool["_users"][device.username], scope=scope)
    return 200, dict(JSON), json.dumps(answer_of(found)).encode()


def _refusal(error: str) -> Answer:
    return 400, dict(JSON), json.dumps({"error": error}).encode()
