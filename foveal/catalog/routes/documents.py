"""The OpenAPI document and the reference page that is made from it, both public."""

import functools
import json
from importlib import resources
from typing import Final

import foveal
from foveal.api.documentation import documented
from foveal.api.gateway import Api, Request, Response
from foveal.catalog.routes.answers import OpenApiDocument

_CACHE: Final = {"cache-control": "public, max-age=300"}
_PAGE_HEADERS: Final = {
    **_CACHE,
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
}


def add(api: Api) -> None:
    """Serve the documents that describe the API."""

    @api.route("GET /v1/openapi.json")
    @documented(answer=OpenApiDocument)
    def get_openapi(_request: Request) -> Response:
        """Return this document."""
        return Response(_document(), headers={**_CACHE, "content-type": "application/json"})

    @api.route("GET /v1/reference")
    @documented(
        content_type="text/html",
        response_headers={"content-security-policy": "Forbids everything but the styles of the page"},
    )
    def get_reference(_request: Request) -> Response:
        """Return the reference of the API as a page."""
        return Response(_page(), headers=_PAGE_HEADERS)


@functools.cache
def _page() -> str:
    from foveal.api.reference import page

    return page(json.loads(_document()))


@functools.cache
def _document() -> str:
    return resources.files(foveal).joinpath("api/openapi.json").read_text()
