"""The versions of an asset: list, revert, delete and restore, retrieve from the archive, delete for good."""

import functools

from aws_lambda_powertools import Logger
from pymongo.database import Database

from foveal.api.documentation import documented
from foveal.api.gateway import Api, Request, Response
from foveal.auth import Role
from foveal.aws.s3 import S3
from foveal.database import client
from foveal.database.client import Document
from foveal.delivery import archive, audit, versions
from foveal.delivery.access import asset_for
from foveal.settings import Environment, VersionsSettings

logger = Logger()


@functools.cache
def settings() -> VersionsSettings:
    return VersionsSettings.from_environment(Environment())


api = Api(logger, lambda: settings().access)


@api.route("GET /v1/assets/{asset_id}/versions")
def list_versions(request: Request) -> Response:
    """Return all versions and delete markers, newest first."""
    asset = asset_for(_database(), request.caller, request.path["asset_id"], Role.VIEWER)
    found = versions.versions_of(_bucket(), asset)
    _record("list_versions", request.caller.subject, asset["project"], [asset["_id"]])
    return Response({"items": [versions.described(each) for each in found], "next_token": None})


@api.route("POST /v1/assets/{asset_id}/revert")
@documented(body=versions.RevertRequest, status=202)
def revert(request: Request) -> Response:
    """Make an earlier version the current one."""
    asset = asset_for(_database(), request.caller, request.path["asset_id"], Role.EDITOR)
    wanted = request.parse(versions.RevertRequest)
    version_id = versions.revert(_bucket(), asset, wanted.version_id)
    _record("revert", request.caller.subject, asset["project"], [asset["_id"]], version_id=wanted.version_id)
    return Response({"asset_id": asset["_id"], "version_id": version_id}, 202)


@api.route("DELETE /v1/assets/{asset_id}")
@documented(status=202, query={"permanent": "true deletes every version for good"})
def delete(request: Request) -> Response:
    """Delete an asset so that it can be restored; with `?permanent=true`, and by an admin only, for good."""
    if request.query.get("permanent") == "true":
        asset = asset_for(_database(), request.caller, request.path["asset_id"], Role.ADMIN)
        count = versions.delete_permanently(_bucket(), _database(), asset)
        _record("delete_permanently", request.caller.subject, asset["project"], [asset["_id"]], count=count)
        return Response({"asset_id": asset["_id"], "objects_deleted": count}, 202)
    asset = asset_for(_database(), request.caller, request.path["asset_id"], Role.EDITOR)
    marker = versions.delete(_bucket(), asset)
    _record("delete", request.caller.subject, asset["project"], [asset["_id"]], version_id=marker)
    return Response({"asset_id": asset["_id"], "version_id": marker}, 202)


@api.route("DELETE /v1/assets/{asset_id}/versions/{version_id}")
@documented(status=202)
def delete_version(request: Request) -> Response:
    """Delete one version for good; by an admin only."""
    asset = asset_for(_database(), request.caller, request.path["asset_id"], Role.ADMIN)
    version_id = request.path["version_id"]
    versions.delete_version(_bucket(), asset, version_id)
    _record("delete_permanently", request.caller.subject, asset["project"], [asset["_id"]], version_id=version_id)
    return Response({"asset_id": asset["_id"], "version_id": version_id}, 202)


@api.route("POST /v1/assets/{asset_id}/restore")
@documented(status=202)
def restore(request: Request) -> Response:
    """Undo a delete."""
    asset = asset_for(_database(), request.caller, request.path["asset_id"], Role.EDITOR)
    version_id = versions.undelete(_bucket(), asset)
    _record("restore", request.caller.subject, asset["project"], [asset["_id"]], version_id=version_id)
    return Response({"asset_id": asset["_id"], "version_id": version_id}, 202)


@api.route("POST /v1/assets/{asset_id}/retrieve")
@documented(body=versions.RetrieveRequest, status=202)
def retrieve(request: Request) -> Response:
    """Ask for a readable copy of archived bytes."""
    asset = asset_for(_database(), request.caller, request.path["asset_id"], Role.EDITOR)
    wanted = request.parse(versions.RetrieveRequest)
    state = archive.retrieve(_bucket(), asset["s3"]["key"], wanted.version_id, days=wanted.days, tier=wanted.tier)
    _record("retrieve", request.caller.subject, asset["project"], [asset["_id"]], version_id=wanted.version_id)
    return Response({"asset_id": asset["_id"], "restore": state}, 202)


@functools.cache
def _bucket() -> S3:
    return S3(settings().bucket)


def _database() -> Database[Document]:
    return client.database(settings().mongo)


_record = functools.partial(audit.record_of, logger)

handler = api
