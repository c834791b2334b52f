"""What is known about assets."""

import functools

from aws_lambda_powertools import Logger

from foveal import mongo
from foveal.api import Api, Request, Response
from foveal.catalog import assets
from foveal.settings import CatalogSettings, Environment


@functools.cache
def settings() -> CatalogSettings:
    return CatalogSettings.from_environment(Environment())


api = Api(Logger(), lambda: settings().access)


@api.route("GET /v1/assets/{asset_id}")
def get_asset(request: Request) -> Response:
    """Return one asset."""
    asset = assets.find(mongo.database(settings().mongo), request.caller, request.path["asset_id"])
    tag = assets.etag(asset)
    if assets.matches(request.headers.get("if-none-match"), tag):
        return Response(status=304, headers={"etag": tag})
    return Response(asset, headers={"etag": tag})


handler = api
