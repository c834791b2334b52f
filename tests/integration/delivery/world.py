"""A bucket, a catalog and the functions of delivery, called as the gateway calls them."""

import io
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PIL import Image
from pymongo.database import Database

from foveal.api.gateway import Api
from foveal.database.client import Document
from foveal.encoding.ids import new_id
from foveal.objects.keys import media_key
from tests.gateway import NO_BODY, claims, gateway_event

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass
class Answer:
    """The event that the gateway would send."""

    status: int
    headers: Mapping[str, str]
    body: Any
    cookies: list[str]


@dataclass
class World:
    """`roles` is what the caller's token says."""

    s3: "S3Client"
    bucket: str
    database: Database[Document]
    apis: Mapping[str, Api]
    roles: str = "zoo:admin"
    invocations: list[Any] = field(default_factory=list)

    def call(self, route: str, body: Any = None, query: Mapping[str, str] | None = None, **options: Any) -> Answer:
        """Call a concrete route, `GET /v1/assets/0190…/content`; `headers` and `roles` are options."""
        method, _, path = route.partition(" ")
        key, parameters, api = self._match(method, path)
        event = gateway_event(
            key,
            parameters,
            NO_BODY if body is None else body,
            query=query,
            headers=options.get("headers"),
            authorized=claims(options.get("roles", self.roles)),
        )
        payload = api(event, None)
        text = payload.get("body")
        return Answer(
            payload["statusCode"], payload["headers"], json.loads(text) if text else None, payload.get("cookies", [])
        )

    def add(self, data: bytes, *, project: str = "zoo", **facts: Any) -> str:
        """Put an object and its ready document, as ingest would; return the asset's id."""
        asset_id = new_id()
        key = media_key(project, asset_id, facts.get("file_name", "a.jpg"))
        mime_type = facts.get("mime_type", "image/jpeg")
        put = self.s3.put_object(Bucket=self.bucket, Key=key, Body=data, ContentType=mime_type)
        now = datetime.now(UTC)
        self.database.assets.insert_one(
            {
                "_id": asset_id,
                "project": project,
                "status": "ready",
                "media_type": "image",
                "mime_type": mime_type,
                "file_name": "a.jpg",
                "size_bytes": len(data),
                "s3": {
                    "bucket": self.bucket,
                    "key": key,
                    "version_id": put["VersionId"],
                    "etag": put["ETag"].strip('"'),
                },
                "annotation_revision": 0,
                "created_at": now,
                "updated_at": now,
                "schema_version": 1,
                **facts,
            }
        )
        return asset_id

    def annotate(self, asset_id: str, **facts: Any) -> str:
        """Add an annotation and do to the asset what the catalog does."""
        annotation_id, now = new_id(), datetime.now(UTC)
        asset = self.database.assets.find_one({"_id": asset_id})
        assert asset is not None
        annotation = {
            "_id": annotation_id,
            "project": asset["project"],
            "asset_id": asset_id,
            "field": "ground_truth",
            "type": "detection",
            "revision": 1,
            "created_at": now,
            "updated_at": now,
            "schema_version": 1,
            **facts,
        }
        self.database.annotations.insert_one(annotation)
        summary = {
            "field": annotation["field"],
            "label": annotation.get("label"),
            "type": annotation["type"],
            "count": 1,
        }
        self.database.assets.update_one(
            {"_id": asset_id}, {"$inc": {"annotation_revision": 1}, "$push": {"label_summary": summary}}
        )
        return annotation_id

    def document(self, asset_id: str) -> Document:
        found = self.database.assets.find_one({"_id": asset_id})
        assert found is not None
        return found

    def _match(self, method: str, path: str) -> tuple[str, dict[str, str], Api]:
        parts = path.split("/")
        for api in self.apis.values():
            for key in api.routes:
                wanted_method, _, pattern = key.partition(" ")
                wanted = pattern.split("/")
                if wanted_method != method or len(wanted) != len(parts):
                    continue
                pairs = list(zip(wanted, parts, strict=True))
                if all(one == other or one.startswith("{") for one, other in pairs):
                    return key, {one[1:-1]: other for one, other in pairs if one.startswith("{")}, api
        raise AssertionError(f"no route for {method} {path}")


def jpeg(width: int = 400, height: int = 300, colour: str = "#3366cc", **options: Any) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(output, "JPEG", quality=95, **options)
    return output.getvalue()


def fresh_name() -> str:
    return uuid.uuid4().hex[:12]
