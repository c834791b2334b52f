"""Noncurrent versions: judged from their bytes when they are asked for.

The catalog keeps the verdict on the current version only, and a version that is overwritten within seconds never has
one. The header readers need a few kilobytes, so that a verdict is made anew instead of being remembered.
"""

from foveal.aws.s3 import S3
from foveal.errors import AssetNotReady, NoSuchVersion
from foveal.ingest.bucket import MediaBucket
from foveal.ingest.observation import NotThere, observe_version
from foveal.ingest.verdict import judge
from foveal.objects.metadata import declared_bytes


def mime_type_of(bucket: S3, key: str, version_id: str) -> str | None:
    """Return the MIME type that was found in the bytes of a readable version.

    Raises NoSuchVersion for one that is gone, AssetNotReady for one of another status than ready.
    """
    try:
        present = observe_version(MediaBucket(bucket), key, version_id)
    except NotThere:
        raise NoSuchVersion("There is no such version.") from None
    verdict = judge(present, declared_bytes(present.head.metadata))
    if verdict.status != "ready":
        raise AssetNotReady(f"The version is {verdict.status}; only ready ones are delivered.", state=verdict.status)
    mime_type: str | None = verdict.fields.get("mime_type")
    return mime_type
