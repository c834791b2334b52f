"""One asset, and edits of one or many."""

from foveal.access.caller import Role
from foveal.api.documentation import Parameter, documented
from foveal.api.gateway import Api, Request, Response
from foveal.catalog import asset_edits, assets, saved_views
from foveal.catalog.asset_edits import AssetPatch, BulkEdit
from foveal.catalog.author import Author
from foveal.catalog.routes.answers import ENTITY_TAG, Asset, EditedAssets
from foveal.catalog.routes.conditions import IF_NONE_MATCH, not_modified, project_of
from foveal.catalog.routes.services import Services
from foveal.catalog.search import search
from foveal.errors import (
    AccessDenied,
    NoSuchAsset,
    NoSuchProject,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    QueryTooExpensive,
)


def add(api: Api, services: Services) -> None:
    """Serve the routes of assets."""

    @api.route("GET /v1/assets/{asset_id}")
    @documented(
        answer=Asset,
        answers={304: None},
        headers=IF_NONE_MATCH,
        response_headers=ENTITY_TAG,
        problems=(NoSuchAsset,),
    )
    def get_asset(request: Request) -> Response:
        """Return one asset."""
        asset = assets.find(services.database(), request.caller, request.path["asset_id"])
        tag = assets.etag(asset)
        return not_modified(request, tag) or Response(asset, headers={"etag": tag})

    @api.route("PATCH /v1/assets/{asset_id}")
    @documented(
        body=AssetPatch,
        answer=Asset,
        headers={"If-Match": Parameter("The entity tag that the caller knows", is_required=True)},
        response_headers=ENTITY_TAG,
        problems=(NoSuchAsset, AccessDenied, PreconditionFailed, PreconditionRequired),
    )
    def update_asset(request: Request) -> Response:
        """Change the tags, attributes or file name of an asset; 412 with the present state if it moved on."""
        asset = assets.find(services.database(), request.caller, request.path["asset_id"], Role.EDITOR)
        known = request.headers.get("if-match")
        if known is None:
            raise PreconditionRequired("Send If-Match with the entity tag that you know.")
        now = Author.now(request.caller.subject).at
        changed = asset_edits.patch(services.database(), asset, known, request.parse(AssetPatch), now)
        return Response(changed, headers={"etag": assets.etag(changed)})

    @api.route("POST /v1/projects/{project}/assets/edit")
    @documented(body=BulkEdit, answer=EditedAssets, problems=(NoSuchProject, AccessDenied, NotFound, QueryTooExpensive))
    def edit_assets(request: Request) -> Response:
        """Add and remove tags, set and unset attributes of all assets that a filter finds, up to 5,000 in a call."""
        project = project_of(request, Role.EDITOR)
        raw = request.json()
        search.bounded(raw)
        edit = request.parse(BulkEdit)
        both = saved_views.narrowed(services.database(), project, edit.view, edit.filter)
        search.check_conditions(both)
        narrowed = edit.model_copy(update={"filter": both, "view": None})
        now = Author.now(request.caller.subject).at
        return Response(asset_edits.edit(services.database(), services.token_key(), project, narrowed, now))
