"""Sign-in of native apps: rotation and revocation of refresh tokens, device codes, endpoints in discovery.

MiniStack has the user pool's sign-in page, the authorization code with PKCE and the token endpoint. A refreshed access
token of its own has no groups, so no roles. Device codes are not of Cognito: they stand for issuers that have them.
"""

import json
from typing import Any, Final
from urllib.parse import parse_qs

from local.ministack_patches.sign_in import device_codes, refresh

Answer = tuple[int, dict[str, Any], bytes]

USES: Final = {
    "ministack.app": ("_handle_cognito_get_request", "_handle_cognito_body_request", "_with_data_plane_headers"),
    "ministack.services.cognito": (
        *("_oauth2_token", "_oauth2_error", "well_known_openid_configuration", "_revoke_token", "_token_claims"),
        *("_find_pool_by_client_id", "_refresh_auth_user", "_build_auth_result", "_refresh_tokens", "_revoked_tokens"),
        *("_authenticate_hosted_ui_user", "_page_shell", "_granted_scopes"),
    ),
}


def install() -> None:
    from ministack import app
    from ministack.services import cognito

    token, discovery = cognito._oauth2_token, cognito.well_known_openid_configuration
    get, post = app._handle_cognito_get_request, app._handle_cognito_body_request

    def oauth2_token(data: Any, query: Any, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        form = form_of(body)
        if form.get("grant_type") == device_codes.GRANT:
            return device_codes.token(form)
        if form.get("grant_type") == "refresh_token" and refresh.is_rotated(form.get("client_id", "")):
            return refresh.token(form)
        answer: Answer = token(data, query, body, headers)
        return answer

    def configuration(pool_id: str, region: str | None, host: str | None, _scheme: str) -> Answer:
        # local/emulator/edge.py says of every request that it came by TLS
        status, headers, body = discovery(pool_id, region, host, "http")
        document = json.loads(body)
        base = document["token_endpoint"].removesuffix("/token")
        document |= {
            "revocation_endpoint": f"{base}/revoke",
            "device_authorization_endpoint": f"{base}/device_authorization",
            "code_challenge_methods_supported": ["S256"],
        }
        return status, headers, json.dumps(document).encode()

    async def handle_get(method: str, path: str, headers: dict[str, str], query: dict[str, Any]) -> Any:
        if (method, path) == ("GET", device_codes.PAGE):
            return device_codes.page(query)
        return await get(method, path, headers, query)

    async def handle_post(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Any:
        if (method, path) == ("POST", "/oauth2/revoke"):
            return refresh.revoke(form_of(body))
        if (method, path) == ("POST", "/oauth2/device_authorization"):
            return device_codes.begin(form_of(body), f"http://{headers.get('host', '')}")
        if (method, path) == ("POST", device_codes.PAGE):
            return device_codes.approve(form_of(body))
        return await post(method, path, headers, body, query)

    cognito._oauth2_token, cognito.well_known_openid_configuration = oauth2_token, configuration
    app._handle_cognito_get_request, app._handle_cognito_body_request = handle_get, handle_post


def form_of(body: bytes) -> dict[str, str]:
    """Return the first value of each field of a form."""
    return {
        name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True).items()
    }
