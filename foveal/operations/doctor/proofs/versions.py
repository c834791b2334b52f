"""Proofs of versions: a quarantined one stays closed, and an old one becomes the current one again."""

from collections.abc import Iterator
from typing import Any, Final

from foveal.objects.metadata import FILE_NAME
from foveal.operations.doctor.findings import Finding, failed, verdict
from foveal.operations.doctor.proofs.journey import Journey, eventually, picture
from foveal.stack_contract import QUARANTINED, STATUS_TAG

LANGUAGE: Final = "de"
EXPIRES: Final = "Sat, 01 Jan 2000 00:00:00 GMT"
NAME: Final = "foreign.png"


def prove_quarantine(journey: Journey) -> Iterator[Finding]:
    """Yield whether nobody but ingest may set the tag of quarantined objects; where it can be set, whether it closes.

    The emulator's policy engine lets the root of the account pass, so that there a URL that was signed before is tried.
    """
    asset = journey.upload(picture(), "foveal-doctor-quarantine.png")
    url = journey.url(asset)
    tags = {"TagSet": [{"Key": STATUS_TAG, "Value": QUARANTINED}]}
    s3, version = journey.deployment.client("s3"), {"VersionId": asset["s3"]["version_id"]}
    try:
        s3.put_object_tagging(**_place(journey, asset), **version, Tagging=tags)
    except s3.exceptions.ClientError as error:
        yield verdict(
            error.response["Error"]["Code"] == "AccessDenied",
            "your credentials may not set its tag",
            f"setting the tag by hand answers {error.response['Error']['Code']}, not AccessDenied",
            "look at the bucket policy",
        )
        return
    if not journey.deployment.is_local:
        yield failed(
            "your credentials may set its tag", "the bucket policy lacks OnlyIngestTags: deploy the stage again"
        )
    closed = eventually(lambda: journey.deployment.http.get(url).status_code == 403 or None)
    yield verdict(
        bool(closed),
        "closed by its tag, also for a URL that was signed before",
        "a URL of an object with the tag of quarantined ones opens",
        "the bucket policy lacks QuarantinedIsNotDelivered or QuarantinedIsNotSigned: deploy the stage again",
    )


def prove_reversion(journey: Journey) -> Iterator[Finding]:
    """Yield whether headers that somebody else gave an object stay hidden, and its first version is brought back.

    The second version is a copy of the first by the credentials of the caller, with headers that tell of the object.
    """
    content = picture()
    asset = journey.upload(content, "foveal-doctor-version.png")
    where, asset_id = _place(journey, asset), asset["asset_id"]
    journey.deployment.client("s3").copy_object(
        **where,
        CopySource={**where, "VersionId": asset["s3"]["version_id"]},
        MetadataDirective="REPLACE",
        ContentType="image/png",
        ContentLanguage=LANGUAGE,
        Expires=EXPIRES,
        Metadata={FILE_NAME: NAME},
    )
    second = eventually(lambda: _other_version(journey, asset))
    if second is None:
        yield failed("a new version of an object does not become current", "look at the log of ingest")
        return
    answer = journey.deployment.http.get(journey.url(second))
    given = {"content-language": LANGUAGE, "expires": EXPIRES, f"x-amz-meta-{FILE_NAME}": NAME}
    telling = [name for name, value in given.items() if answer.headers.get(name) == value]
    yield verdict(
        answer.content == content and not telling,
        "headers of a foreign hand are hidden",
        f"its URL answers {answer.status_code} and tells {', '.join(telling) or 'no header'}",
        "the response headers policy does not remove them: deploy the stage again",
    )
    journey.project.api.revert(asset_id, version_id=asset["s3"]["version_id"])
    third = eventually(lambda: _other_version(journey, second))
    yield verdict(
        third is not None and third.get("checksums") == asset.get("checksums"),
        "its first version becomes the current one again",
        "its first version does not become the current one again",
        "look at the log of versions, then of ingest",
    )


def _place(journey: Journey, asset: dict[str, Any]) -> dict[str, str]:
    return {"Bucket": journey.deployment.bucket, "Key": asset["s3"]["key"]}


def _other_version(journey: Journey, before: dict[str, Any]) -> dict[str, Any] | None:
    """Return the asset once it is ready with another version than before."""
    asset: Any = journey.project.api.get_asset(before["asset_id"])
    is_other = asset["s3"]["version_id"] != before["s3"]["version_id"]
    return asset if is_other and asset["status"] == "ready" else None
