"""Routes of viewers: the times of a video's frames, the tiles of a large picture."""

from foveal.access.caller import Role
from foveal.api.documentation import documented
from foveal.api.gateway import Api, Request, Response
from foveal.delivery import content
from foveal.delivery.access import asset_for, deliverable
from foveal.delivery.links import shared_expiry
from foveal.delivery.routes.answers import TileSource
from foveal.delivery.routes.downloads import CONTENT_HEADERS
from foveal.delivery.routes.services import DownloadServices
from foveal.derivatives.tiles import TILE_SIDE, Tiles
from foveal.errors import (
    AssetNotReady,
    InvalidObjectState,
    NoSuchAsset,
    RenditionNotReady,
    ScanPending,
    Unprocessable,
    Unrenderable,
)


def add(api: Api, services: DownloadServices) -> None:
    """Serve the routes of viewers."""

    @api.route("GET /v1/assets/{asset_id}/frames")
    @documented(
        status=302,
        response_headers={"location": CONTENT_HEADERS["location"]},
        problems=(
            NoSuchAsset,
            AssetNotReady,
            ScanPending,
            RenditionNotReady,
            InvalidObjectState,
            Unprocessable,
            Unrenderable,
        ),
    )
    def redirect_to_frames(request: Request) -> Response:
        """Redirect to the table of a video's frames as JSON: when each is presented, as the server counts them.

        `{"time_base": {"num", "den"}, "frame_count", "first", "runs", "last_duration"}`: frame 0 is presented at
        `first`; `runs` are pairs of a number of frames and the time that each of them comes after the one before.
        """
        asset_id = request.path["asset_id"]
        query = {"variant": "frames"}
        found = content.find(
            services.database(), services.buckets(), services.derivatives(), request.caller, asset_id, query
        )
        facts = {"variant": found.variant, "version_id": found.version_id}
        services.record("read", request, found.asset["project"], [asset_id], **facts)
        expires_at = shared_expiry(*services.url_seconds())
        return Response(status=302, headers={"location": services.url_of(found.address, expires_at)})

    @api.route("GET /v1/assets/{asset_id}/tiles")
    @documented(answer=TileSource, problems=(NoSuchAsset, AssetNotReady, ScanPending, Unprocessable))
    def get_tiles(request: Request) -> Response:
        """Return the levels of a picture's tiles, which `GET …/content?variant=tile&z=&x=&y=` gives one by one."""
        asset_id = request.path["asset_id"]
        tiles = Tiles.of(deliverable(asset_for(services.database(), request.caller, asset_id, Role.VIEWER)))
        described = TileSource(
            width=tiles.width,
            height=tiles.height,
            tile_size=TILE_SIDE,
            overlap=0,
            format="webp",
            levels=[{"width": width, "height": height} for width, height in map(tiles.size, range(tiles.levels))],
        )
        return Response(described)
