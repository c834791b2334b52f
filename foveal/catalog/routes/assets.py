"""One asset, and the document that describes the API."""

from importlib import resources

import foveal
from foveal.api.documentation import documented
from foveal.api.gateway import Api, Request, Response
from foveal.auth import Role
from foveal.catalog import asset_edits, assets, saved_views
from foveal.catalog.asset_edits import AssetPatch, BulkEdit
from foveal.catalog.routes import Services, author
from foveal.catalog.search import search
from foveal.errors import PreconditionRequired


def add(api: Api, services: Services) -> None:
    """Serve the routes of assets."""

    @api.route("GET /v1/assets/{asset_id}")
    @documented(headers={"If-None-Match": "The entity tag of what the caller has"})
    def get_asset(request: Request) -> Response:
        """Return one asset."""
        asset = assets.find(services.database(), request.caller, request.path["asset_id"])
        tag = assets.etag(asset)
        if assets.matches(request.headers.get("if-none-match"), tag):
            return Response(status=304, headers={"etag": tag})
        return Response(asset, headers={"etag": tag})

    @api.route("PATCH /v1/assets/{asset_id}")
    @documented(body=AssetPatch, headers={"If-Match": "The entity tag of what the caller has"})
    def update_asset(request: Request) -> Response:
        """Change the tags, attributes or file name of an asset; 412 with the present state if it moved on."""
        asset = assets.find(services.database(), request.caller, request.path["asset_id"], Role.EDITOR)
        known = request.headers.get("if-match")
        if known is None:
            raise PreconditionRequired("Send If-Match with the entity tag that you know.")
        changed = asset_edits.patch(services.database(), asset, known, request.parse(AssetPatch), author(request).at)
        return Response(changed, headers={"etag": assets.etag(changed)})

    @api.route("POST /v1/projects/{project}/assets/edit")
    @documented(body=BulkEdit)
    def edit_assets(request: Request) -> Response:
        """Add and remove tags, set and unset attributes of all that a filter finds, 5,000 in a call."""
        project = request.path["project"]
        request.caller.require(project, Role.EDITOR)
        raw = request.json()
        search.bounded(raw)
        wanted = request.parse(BulkEdit)
        both = saved_views.narrowed(services.database(), project, wanted.view, wanted.filter)
        search.check_conditions(both)
        narrowed = wanted.model_copy(update={"filter": both, "view": None})
        done = asset_edits.edit(services.database(), services.token_key(), project, narrowed, author(request).at)
        return Response(done)

    @api.route("GET /v1/openapi.json")
    def get_openapi(request: Request) -> Response:
        """Return this document."""
        assert request.caller
        return Response(
            resources.files(foveal).joinpath("api/openapi.json").read_text(),
            headers={"content-type": "application/json"},
        )
