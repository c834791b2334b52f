"""Client configuration: how to sign in and the limits of uploads, public, so that a client needs only the API's URL."""

from collections.abc import Callable
from typing import Annotated, Final, Literal

from pydantic import Field
from typing_extensions import TypedDict

import foveal
from foveal.access.issuer import discovery_url
from foveal.api.documentation import closed, documented
from foveal.api.gateway import Api, Request, Response
from foveal.stack_contract import SIGN_IN_REDIRECT_URIS
from foveal.uploads.limits import (
    DEFAULT_PART_BYTES,
    MAX_PART_BYTES,
    MAX_PARTS,
    MAX_TTL_SECONDS,
    MIN_PART_BYTES,
    UploadLimits,
)
from foveal.uploads.requests import MAX_ITEMS, MAX_PARTS_PER_CALL
from foveal.validation.models import Model

Count = Annotated[int, Field(ge=1)]
Url = Annotated[str, Field(json_schema_extra={"format": "uri"})]
CACHE: Final = {"cache-control": "public, max-age=300"}


class SignInClient(Model):
    """The issuer and its client for native apps, as the stack writes them into SIGN_IN."""

    issuer: str
    client_id: str
    scopes: tuple[str, ...]


@closed
class SignIn(TypedDict):
    """A public client of the issuer: authorization code with PKCE (RFC 7636), or device code if discovery names it."""

    issuer: Annotated[Url, Field(description="The `iss` of the tokens")]
    discovery_url: Annotated[Url, Field(description="OpenID Connect Discovery document; names the endpoints")]
    client_id: str
    scopes: Annotated[list[str], Field(description="Scopes to ask for")]
    redirect_uris: Annotated[list[Url], Field(description="Loopback addresses that the issuer should accept")]


@closed
class UploadRules(TypedDict):
    """Limits of uploads; sizes in bytes."""

    max_uploads_per_call: Count
    max_object_bytes: Count
    multipart_threshold_bytes: Annotated[Count, Field(description="Larger files are multipart unless asked otherwise")]
    min_part_bytes: Annotated[Count, Field(description="Of every part but the last")]
    default_part_bytes: Count
    max_part_bytes: Count
    max_parts: Count
    max_parts_per_call: Count
    url_ttl_seconds: Annotated[Count, Field(description="Validity of tickets when none is asked for")]
    max_url_ttl_seconds: Count
    allowed_types: Annotated[list[str], Field(description="Media types, such as `image/jpeg` or `image/*`")]
    can_accelerate: Annotated[bool, Field(description="Whether S3 Transfer Acceleration is on")]


@closed
class ClientConfig(TypedDict):
    """Everything that a client has to know of a deployment before it signs in."""

    api_version: Literal["v1"]
    server_version: str
    sign_in: Annotated[SignIn | None, Field(description="Null if the deployment names no client for native apps")]
    uploads: UploadRules


def add(
    api: Api,
    limits: Callable[[], UploadLimits],
    sign_in: Callable[[], SignInClient | None],
    issuer_origin: str | None = None,
) -> None:
    """Serve the client configuration. `issuer_origin` is where the issuer is reached in place of its own origin."""

    @api.route("GET /v1/client-config")
    @documented(answer=ClientConfig)
    def get_client_config(_request: Request) -> Response:
        """Return how to sign in, and the limits of uploads."""
        client = sign_in()
        body = ClientConfig(
            api_version="v1",
            server_version=foveal.__version__,
            sign_in=None if client is None else _sign_in(client, issuer_origin),
            uploads=_upload_rules(limits()),
        )
        return Response(body, headers=CACHE)


def _sign_in(client: SignInClient, issuer_origin: str | None) -> SignIn:
    return SignIn(
        issuer=client.issuer,
        discovery_url=discovery_url(client.issuer, issuer_origin),
        client_id=client.client_id,
        scopes=list(client.scopes),
        redirect_uris=list(SIGN_IN_REDIRECT_URIS),
    )


def _upload_rules(limits: UploadLimits) -> UploadRules:
    return UploadRules(
        max_uploads_per_call=MAX_ITEMS,
        max_object_bytes=limits.max_object_bytes,
        multipart_threshold_bytes=limits.multipart_threshold_bytes,
        min_part_bytes=MIN_PART_BYTES,
        default_part_bytes=DEFAULT_PART_BYTES,
        max_part_bytes=MAX_PART_BYTES,
        max_parts=MAX_PARTS,
        max_parts_per_call=MAX_PARTS_PER_CALL,
        url_ttl_seconds=limits.url_ttl_seconds,
        max_url_ttl_seconds=MAX_TTL_SECONDS,
        allowed_types=list(limits.allowed_types),
        can_accelerate=limits.transfer_acceleration,
    )
