"""The S3 operations of the product."""

from foveal.aws.s3.client import S3
from foveal.aws.s3.listings import Completed, ListedObject, ListedVersion, ObjectPage, Part, VersionPage
from foveal.aws.s3.objects import ObjectHead, Opened, RangeResponse

__all__ = [
    "S3",
    "Completed",
    "ListedObject",
    "ListedVersion",
    "ObjectHead",
    "ObjectPage",
    "Opened",
    "Part",
    "RangeResponse",
    "VersionPage",
]
