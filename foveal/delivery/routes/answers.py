"""Answers of delivery's routes as types, for the OpenAPI document and the checks of the tests."""

from datetime import datetime
from typing import Annotated, Literal, NotRequired, Required

from pydantic import Field
from typing_extensions import TypedDict

from foveal.api.documentation import ProblemDocument, Uuid, closed
from foveal.catalog.routes.answers import FoundAsset
from foveal.stack_contract import ARCHIVE_CLASSES

VersionId = Annotated[str, Field(description="S3's id of a version", examples=["3HL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY"])]


@closed
class Download(TypedDict):
    """A signed URL of one asset."""

    asset_id: str
    url: Annotated[str, Field(json_schema_extra={"format": "uri"})]
    expires_at: datetime


@closed
class RefusedDownload(TypedDict):
    """The reason why an asset has no URL, in the place of its URL."""

    asset_id: str
    problem: ProblemDocument


@closed
class SignedDownloads(TypedDict):
    """A URL or a problem for each id, in the order of the request."""

    downloads: list[Download | RefusedDownload]


@closed
class SignedUrl(TypedDict):
    """A signed URL."""

    url: Annotated[str, Field(json_schema_extra={"format": "uri"})]
    expires_at: datetime


@closed
class RefusedUrl(TypedDict):
    """The reason why there is no URL."""

    problem: ProblemDocument


@closed
class FoundAssetWithDownloads(FoundAsset, total=False):
    """An asset as a search returns it, with a URL or a problem for each variant that was asked for."""

    downloads: Required[Annotated[dict[str, SignedUrl | RefusedUrl], Field(description="By variant")]]


@closed
class LevelSize(TypedDict):
    """The size of a level of tiles, in its pixels."""

    width: int
    height: int


@closed
class TileSource(TypedDict):
    """The tiles of a picture: `levels` from the smallest, which is one tile, to the full size."""

    width: Annotated[int, Field(description="In pixels, as displayed")]
    height: int
    tile_size: Annotated[int, Field(description="Side of a tile; those at the right and at the bottom are smaller")]
    overlap: int
    format: str
    levels: list[LevelSize]


@closed
class Cookies(TypedDict):
    """The cookies that were set: the paths that they open, and their end."""

    prefixes: Annotated[list[str], Field(examples=[["derived/zoo/", "media/zoo/", "masks/zoo/"]])]
    expires_at: datetime


@closed
class Version(TypedDict):
    """A version of an asset's bytes, or a delete marker, which has no bytes."""

    version_id: VersionId
    is_latest: bool
    is_delete_marker: bool
    created_at: datetime
    size_bytes: NotRequired[Annotated[int, Field(ge=0)]]
    etag: NotRequired[str]
    storage_class: NotRequired[Annotated[str, Field(examples=["STANDARD"])]]


@closed
class ChangedVersion(TypedDict):
    """The version that an operation made, removed or made current; null where the bucket keeps no versions."""

    asset_id: Uuid
    version_id: VersionId | None


@closed
class DeletedForGood(TypedDict):
    """The number of objects that were deleted: versions, delete markers and derivatives."""

    asset_id: Uuid
    objects_deleted: Annotated[int, Field(ge=0)]


@closed
class RestoreState(TypedDict):
    """The state of archived bytes; `expires_at` is the end of a readable copy."""

    state: Literal["archived", "restoring", "restored"]
    storage_class: Annotated[str, Field(examples=[ARCHIVE_CLASSES[-1]])]
    expires_at: NotRequired[datetime]


@closed
class Retrieval(TypedDict):
    """The state of a retrieval from the archive."""

    asset_id: Uuid
    restore: RestoreState
