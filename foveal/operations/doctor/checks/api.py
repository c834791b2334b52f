"""Answers of the API to strangers and browsers, its name in DNS, and the discovery document of the issuer."""

import socket
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from foveal.operations.doctor.deployment import Deployment
from foveal.operations.doctor.findings import Finding, failed, ok, verdict

MAX_ORIGINS: Final = 5


def look(deployment: Deployment) -> Iterator[Finding]:
    """Yield whether the API is found, refuses strangers, lets browsers in, and whether people can sign in."""
    if missing := absence(str(urlsplit(deployment.api_url).hostname)):
        yield missing
        return
    status = deployment.http.get(f"{deployment.api_url}/v1/projects/demo/assets").status_code
    yield verdict(
        status == 401,
        "refuses callers without a token",
        f"a call without a token answers {status}, not 401",
        "look at the authorizer of the API, deploy the stage again",
    )
    yield from _preflights(deployment)
    yield from _issuer(deployment)


def absence(host: str) -> Finding | None:
    """Return the failure to find a host in DNS, None where it is found."""
    try:
        socket.getaddrinfo(host, 443)
    except OSError as error:
        return failed(f"{host} is not in DNS ({error})", "create its record, or wait until it is known everywhere")
    return None


def _preflights(deployment: Deployment) -> Iterator[Finding]:
    (api,) = deployment.ids("AWS::ApiGatewayV2::Api")
    configured: dict[str, Any] = deployment.client("apigatewayv2").get_api(ApiId=api).get("CorsConfiguration", {})
    origins = configured.get("AllowOrigins", [])
    refused = []
    for origin in origins[:MAX_ORIGINS]:
        answer = deployment.http.options(
            f"{deployment.api_url}/v1/projects/demo/uploads",
            headers={
                "origin": origin,
                "access-control-request-method": "POST",
                "access-control-request-headers": "authorization,content-type",
            },
        )
        if answer.headers.get("access-control-allow-origin") not in (origin, "*"):
            refused.append(origin)
    yield verdict(
        not refused,
        f"browsers of {len(origins)} origins may call it",
        f"browsers of {', '.join(refused)} are refused",
        "set allowed_origins of the stage, and deploy",
    )


def _issuer(deployment: Deployment) -> Iterator[Finding]:
    sign_in = deployment.http.get(f"{deployment.api_url}/v1/client-config").json().get("sign_in") or {}
    url = sign_in.get("discovery_url") or f"{sign_in.get('issuer', '')}/.well-known/openid-configuration"
    answer = deployment.http.get(url)
    if answer.status_code != 200:
        yield failed(f"the issuer answers {answer.status_code} at {url}", "check auth.issuer of the stage, and its DNS")
        return
    keys = deployment.http.get(answer.json()["jwks_uri"])
    yield verdict(
        keys.status_code == 200 and bool(keys.json().get("keys")),
        "the issuer and its keys answer",
        f"the issuer's keys answer {keys.status_code}: no token can be verified",
        "look at the issuer's status; API Gateway caches its keys for two hours",
    )
    if answer.json().get("issuer") not in (sign_in.get("issuer"), None):
        yield failed(
            f"the discovery document names {answer.json()['issuer']}, the stage {sign_in.get('issuer')}",
            "set auth.issuer to the text in the document, to the slash at its end",
        )
    else:
        yield ok("it names itself as the stage does")
