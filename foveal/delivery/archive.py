"""Archived objects: whether they can be read now, and their retrieval."""

import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal

from foveal.aws import errors as aws
from foveal.aws.s3 import S3
from foveal.errors import AssetNotReady, InvalidObjectState, NoSuchVersion, Problem, ServiceUnavailable, Unprocessable
from foveal.objects.buckets import Buckets, is_external
from foveal.stack_contract import ARCHIVE_CLASSES, QUARANTINED

Tier = Literal["Standard", "Bulk", "Expedited"]
MAX_CONCURRENT_READS: Final = 16
_IN_PROGRESS: Final = "RestoreAlreadyInProgress"
_NOT_ARCHIVED: Final = frozenset({"InvalidObjectState", "ObjectAlreadyInActiveTierError"})
_NO_EXPEDITED: Final = "GlacierExpeditedRetrievalNotAvailable"
_GONE: Final = (aws.NoSuchKey, aws.NoSuchVersion, aws.MethodNotAllowed, aws.InvalidArgument)


def require_readable(bucket: S3, key: str, version_id: str | None) -> str:
    """Return the ETag of an object version that can be read now, found out by reading one byte.

    Raises InvalidObjectState with `restore`, the state of its retrieval; NoSuchVersion for one that is gone;
    AssetNotReady for a quarantined one, which the bucket policy keeps from the function.
    """
    try:
        return bucket.get_range(key, 0, 1, version_id).etag
    except aws.InvalidObjectState:
        state = restore_state(bucket, key, version_id)
        raise InvalidObjectState("The bytes are archived; retrieve them first.", restore=state) from None
    except aws.AccessDenied:
        raise AssetNotReady("The version is quarantined; it is not handed out.", state=QUARANTINED) from None
    except _GONE:
        raise NoSuchVersion("There is no such version.") from None


def require_original(buckets: Buckets, asset: Mapping[str, Any], version_id: str | None) -> str:
    """Return the ETag of a version of an asset's original, as `require_readable`.

    Raises Unprocessable for an object of another bucket that S3 or the stage does not let the function read.
    """
    bucket, key = buckets.of(asset), asset["s3"]["key"]
    if not is_external(asset):
        return require_readable(bucket, key, version_id)
    try:
        return require_readable(bucket, key, version_id)
    except (AssetNotReady, aws.AwsError):
        raise Unprocessable(
            f"S3 does not let this stage read the bucket {bucket.bucket}: its owner looks at its policy, the role and "
            "the key (`foveal bucket policy` prints what they need)."
        ) from None


def unreadable(buckets: Buckets, assets: Iterable[Mapping[str, Any]]) -> dict[str, Problem]:
    """Return the problems of originals that cannot be read now, by the ids of their assets, as `require_readable`.

    S3 is asked only about those that the catalog knows to have been archived once: a copy may be readable again.
    """

    def problem(asset: Mapping[str, Any]) -> tuple[str, Problem] | None:
        try:
            require_original(buckets, asset, asset["s3"].get("version_id"))
        except Problem as found:
            return asset["_id"], found
        return None

    archived = [asset for asset in assets if _was_archived(asset["s3"])]
    if not archived:
        return {}
    with ThreadPoolExecutor(MAX_CONCURRENT_READS) as threads:
        return dict(filter(None, threads.map(problem, archived)))


def _was_archived(stored: Mapping[str, Any]) -> bool:
    return "archive_status" in stored or stored.get("storage_class") in ARCHIVE_CLASSES


def restore_state(bucket: S3, key: str, version_id: str | None) -> dict[str, Any]:
    """Return `{"state": "archived" | "restoring" | "restored", "storage_class", "expires_at"?}`.

    Read from `x-amz-restore` (S3 API reference, HeadObject).
    """
    head = bucket.head(key, version_id)
    found: dict[str, Any] = {"state": "archived", "storage_class": head.storage_class}
    if head.restore:
        found["state"] = "restoring" if 'ongoing-request="true"' in head.restore else "restored"
        expiry = re.search(r'expiry-date="([^"]+)"', head.restore)
        if expiry:
            found["expires_at"] = parsedate_to_datetime(expiry[1])
    return found


def retrieve(bucket: S3, key: str, version_id: str | None, *, days: int, tier: Tier) -> dict[str, Any]:
    """Ask S3 for a readable copy for some days and return the state; asking twice is asking once.

    What Intelligent-Tiering has archived moves back for good, so `days` means nothing for it. Raises
    InvalidObjectState for an object that is not archived, NoSuchVersion for one that is gone, Unprocessable for a tier
    that its class does not have, ServiceUnavailable for an Expedited retrieval that S3 cannot take now.
    """
    moves_back = _storage_class_if_archived(bucket, key, version_id) == "INTELLIGENT_TIERING"
    try:
        bucket.restore(key, None if moves_back else days, tier, version_id)
    except aws.InvalidArgument:
        raise Unprocessable(f"The storage class of these bytes has no {tier} retrieval.") from None
    except aws.AwsError as error:
        if error.code in _NOT_ARCHIVED:
            raise InvalidObjectState("The bytes are not archived; they can be read now.") from None
        if error.code == _NO_EXPEDITED:
            raise ServiceUnavailable("S3 has no room for Expedited retrievals now; take Standard.") from None
        if error.code != _IN_PROGRESS:
            raise
    return restore_state(bucket, key, version_id)


def _storage_class_if_archived(bucket: S3, key: str, version_id: str | None) -> str | None:
    try:
        require_readable(bucket, key, version_id)
    except InvalidObjectState as archived:
        return str(archived.extensions["restore"]["storage_class"])
    return None
