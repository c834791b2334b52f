"""Proofs of the way in: upload, events, ingest, catalog; and what is refused on it."""

import time
from collections.abc import Iterator
from typing import Any, Final

from foveal.operations.doctor.findings import Finding, failed, ok, skipped, verdict
from foveal.operations.doctor.proofs.journey import Journey, eventually

REFUSED: Final = ("failed", "quarantined")


def prove(journey: Journey) -> Iterator[Finding]:
    """Yield whether an uploaded picture gets its facts: S3, EventBridge, SQS, Lambda, KMS and MongoDB work together."""
    began = time.monotonic()
    asset = journey.picture()
    yield ok(f"ready in {time.monotonic() - began:.1f} s")
    yield verdict(
        (asset.get("width"), asset.get("height")) == (96, 96),
        "its pixels are known",
        f"its facts are wrong: {asset.get('width')} × {asset.get('height')} pixels",
        "look at the log of ingest",
    )
    yield verdict(
        (asset.get("checksums") or {}).get("verified") is True,
        "its checksum is verified",
        "S3 told ingest no checksum, although one was declared",
        "look whether ingest may read with x-amz-checksum-mode: ENABLED",
    )


def prove_refusal(journey: Journey) -> Iterator[Finding]:
    """Yield whether a text that claims to be a picture is refused, with a reason, and never signed."""
    content = b"This is no picture.\n" * 8
    ticket = journey.begin(content, "foveal-doctor-text.png")
    journey.deployment.http.put(ticket["url"], content=content, headers=ticket["headers"]).raise_for_status()

    def refused() -> dict[str, Any] | None:
        asset: Any = journey.project.api.get_asset(ticket["asset_id"])
        return asset if asset["status"] in REFUSED else None

    asset = eventually(refused)
    if asset is None:
        yield failed("a text named .png is not refused", "look at the log of ingest")
        return
    yield ok(f"{asset['status']}: {asset.get('reason')}")
    (signed,) = journey.project.urls([ticket["asset_id"]])
    yield verdict("url" not in signed, "its URL is not signed", "its URL is signed", "look at the function downloads")


def prove_signatures(journey: Journey) -> Iterator[Finding]:
    """Yield whether S3 refuses a URL of Signature Version 2, which signs neither length nor headers."""
    deployment = journey.deployment
    if deployment.is_local:
        yield skipped("the emulator's policy engine does not know s3:signatureversion")
        return
    import boto3
    from botocore.config import Config

    key = journey.picture()["s3"]["key"]
    old = boto3.client("s3", config=Config(signature_version="s3"))
    url = old.generate_presigned_url("get_object", Params={"Bucket": deployment.bucket, "Key": key})
    status = deployment.http.get(url).status_code
    yield verdict(
        status in (400, 403),
        f"a URL of version 2 answers {status}",
        f"a URL of version 2 answers {status}",
        "the bucket policy lacks OnlySignatureVersion4: deploy the stage again",
    )
