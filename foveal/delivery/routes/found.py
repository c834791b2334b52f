"""Route of galleries: assets that a filter finds, each with signed URLs, in one call."""

from foveal.access.caller import Role
from foveal.api.documentation import Page, documented
from foveal.api.gateway import Api, Request, Response
from foveal.catalog.routes.page_size import fitting_page
from foveal.database.client import Document
from foveal.delivery import downloads, found_downloads
from foveal.delivery.found_downloads import FoundDownloadsRequest
from foveal.delivery.routes.answers import FoundAssetWithDownloads
from foveal.delivery.routes.downloads import ITEM_PROBLEMS, record_downloads
from foveal.delivery.routes.services import DownloadServices
from foveal.encoding.json_text import plain_dumps
from foveal.errors import NoSuchProject, NotFound, QueryTooExpensive, Unprocessable


def add(api: Api, services: DownloadServices) -> None:
    """Serve the route of galleries."""

    @api.route("POST /v1/projects/{project}/downloads/search")
    @documented(
        body=FoundDownloadsRequest,
        answer=Page[FoundAssetWithDownloads],
        problems=(NoSuchProject, NotFound, QueryTooExpensive, Unprocessable),
        item_problems=ITEM_PROBLEMS,
    )
    def search_downloads(request: Request) -> Response:
        """Find assets by a filter, page by page, each with signed URLs of the variants that `include` names.

        The assets, their order and the tokens of pages are those of `POST …/assets/search`; URLs and problems are those
        of `POST …/downloads`. A page is shorter than `limit` where an answer holds no more.
        """
        project = request.path["project"]
        request.caller.require(project, Role.VIEWER)
        database, body = services.database(), found_downloads.parse(request.json())
        search = found_downloads.narrowed(database, project, body)

        def read(limit: int) -> Document:
            return found_downloads.find_page(database, services.token_key(), project, search, limit)

        reserved = downloads.MAX_ITEM_BYTES * len(body.include)
        page, _ = fitting_page(read, body.limit, bytes_beside_item=reserved)
        for variant in body.include if page["items"] else ():
            wanted = found_downloads.wanted(page, body, variant)
            signed = downloads.sign(*services.signing(), project, wanted, *services.url_seconds())
            record_downloads(services, request, project, variant, signed)
            found_downloads.attach(page, variant, signed)
        return Response(plain_dumps(page), headers={"content-type": "application/json"})
