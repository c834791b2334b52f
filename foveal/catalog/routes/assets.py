"""One asset, and the document that describes the API."""

from foveal.api import Api, Request, Response
from foveal.catalog import assets
from foveal.catalog.routes import Services
from foveal.openapi import DOCUMENT, operation


def add(api: Api, services: Services) -> None:
    """Serve the routes of assets."""

    @api.route("GET /v1/assets/{asset_id}")
    @operation(headers={"If-None-Match": "The entity tag of what the caller has"})
    def get_asset(request: Request) -> Response:
        """Return one asset."""
        asset = assets.find(services.database(), request.caller, request.path["asset_id"])
        tag = assets.etag(asset)
        if assets.matches(request.headers.get("if-none-match"), tag):
            return Response(status=304, headers={"etag": tag})
        return Response(asset, headers={"etag": tag})

    @api.route("GET /v1/openapi.json")
    def get_openapi(request: Request) -> Response:
        """Return this document."""
        assert request.caller
        return Response(DOCUMENT.read_text(), headers={"content-type": "application/json"})
