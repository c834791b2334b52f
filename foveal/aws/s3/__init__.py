"""The S3 operations of the product."""

from foveal.aws.s3.client import S3
from foveal.aws.s3.listings import Completed, ListedVersion, Part, VersionPage
from foveal.aws.s3.objects import ObjectHead, Opened, RangeResponse

__all__ = [
    "S3",
    "Completed",
    "ListedVersion",
    "ObjectHead",
    "Opened",
    "Part",
    "RangeResponse",
    "VersionPage",
]
