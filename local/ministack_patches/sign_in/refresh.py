"""Refresh tokens that are good for one use, and their revocation (Cognito developer guide, "Refresh tokens")."""

import json
import time
from typing import Any, Final

Answer = tuple[int, dict[str, Any], bytes]
JSON: Final = {"Content-Type": "application/json"}
GRACE_SECONDS: Final = 30.0
"""As in infra/access/issuer.py; MiniStack keeps no RefreshTokenRotation of a client."""


def is_rotated(client_id: str) -> bool:
    """Tell whether a client rotates: Cognito allows it only without REFRESH_TOKEN_AUTH, and the stack then wants it."""
    from ministack.services import cognito

    _, _, client = cognito._find_pool_by_client_id(client_id)
    return (
        client is not None
        and "code" in client.get("AllowedOAuthFlows", [])
        and "ALLOW_REFRESH_TOKEN_AUTH" not in client.get("ExplicitAuthFlows", [])
    )


def token(form: dict[str, str]) -> Answer:
    """Return new tokens for a refresh token; it may be repeated for half a minute, in case the answer was lost."""
    from ministack.services import cognito

    client_id, spent = form.get("client_id", ""), form.get("refresh_token", "")
    pool_id, pool, _ = cognito._find_pool_by_client_id(client_id)
    user, refused = cognito._refresh_auth_user(pool, pool_id, client_id, spent)
    kept = cognito._refresh_tokens.setdefault(spent, {}) if refused is None else {}
    rotated_at = kept.setdefault("rotated_at", time.time())  # MiniStack saves this dictionary
    if refused is not None or time.time() - rotated_at > GRACE_SECONDS:
        error: Answer = cognito._oauth2_error("invalid_grant", "Invalid Refresh Token")
        return error
    claims = cognito._token_claims(spent)
    found = cognito._build_auth_result(
        pool_id,
        client_id,
        user,
        trigger_source="TokenGeneration_RefreshTokens",
        origin_jti=claims.get("origin_jti", ""),
        scope=claims.get("scope"),
    )
    return 200, dict(JSON), json.dumps(answer_of(found)).encode()


def answer_of(found: dict[str, Any]) -> dict[str, Any]:
    """Return what the token endpoint answers for MiniStack's result of an authentication."""
    return {
        "access_token": found["AccessToken"],
        "id_token": found["IdToken"],
        "refresh_token": found["RefreshToken"],
        "token_type": "Bearer",
        "expires_in": found["ExpiresIn"],
    }


def revoke(form: dict[str, str]) -> Answer:
    """Revoke a refresh token with all that were issued for the same sign-in (Cognito, "Revoke endpoint")."""
    from ministack.services import cognito

    given, claims = form.get("token", ""), cognito._token_claims(form.get("token", ""))
    answer: Answer = 200, {}, b""
    if claims.get("client_id") != form.get("client_id"):
        answer = cognito._oauth2_error("unauthorized_client", "The token was issued to another client.")
    elif claims.get("token_use") != "refresh":
        answer = cognito._oauth2_error("unsupported_token_type", "Only refresh tokens can be revoked.")
    else:
        cognito._revoke_token({"Token": given})
    return answer
