"""Proofs of checksums: two completions at once make one object, and S3 knows the checksum of bytes in every way in."""

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from awscrt import checksums

from foveal.operations.doctor.findings import Finding, verdict
from foveal.operations.doctor.proofs.journey import Journey, eventually, picture


def prove(journey: Journey) -> Iterator[Finding]:
    """Yield whether a multipart upload completes once, and whether `checksums.verified` is true."""
    content = picture()
    ticket = journey.begin(content, "foveal-doctor-parts.png", method="multipart")
    _put_parts(journey, ticket, content)
    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(_outcome, journey, ticket["upload_id"]) for _ in range(2)]
        outcomes = sorted(answer.result() for answer in answers)
    yield verdict(
        "completed" in outcomes and all(each in ("completed", "409") for each in outcomes),
        f"two completions at once: {' and '.join(outcomes)}",
        f"two completions at once: {' and '.join(outcomes)}",
        "look at the log of uploads",
    )

    found = _checksums(journey, ticket)
    yield verdict(
        bool(found.get("crc64nvme")),
        "S3 knows the checksum of the whole",
        f"S3 told no crc64nvme of the whole, but {found or 'nothing'}",
        "S3 should add it by itself: report it with the answer of HeadObject",
    )


def prove_declared(journey: Journey) -> Iterator[Finding]:
    """Yield whether a checksum that is declared at completion is compared, and bytes without one have S3's own."""
    content = picture()
    ticket = journey.begin(content, "foveal-doctor-declared.png", method="multipart")
    _put_parts(journey, ticket, content)
    value = base64.b64encode(checksums.crc64nvme(content).to_bytes(8, "big")).decode()
    journey.project.api.complete_upload(ticket["upload_id"], checksum={"algorithm": "crc64nvme", "value": value})
    found = _checksums(journey, ticket)
    yield verdict(
        found.get("verification") == "matched",
        "compared at completion",
        f"a checksum that was declared at completion is {found.get('verification')}",
        "look at the log of uploads for the checksums in S3's answer",
    )
    content = picture()
    ticket = journey.begin(content, "foveal-doctor-undeclared.png", method="put")
    journey.deployment.http.put(ticket["url"], content=content, headers=ticket["headers"]).raise_for_status()
    found = _checksums(journey, ticket)
    yield verdict(
        found.get("crc64nvme") == base64.b64encode(checksums.crc64nvme(content).to_bytes(8, "big")).decode(),
        "known of bytes that were declared without one",
        f"of bytes without a declared checksum S3 told {found or 'nothing'}",
        "look whether ingest may read with x-amz-checksum-mode: ENABLED",
    )


def _put_parts(journey: Journey, ticket: dict[str, Any], content: bytes) -> None:
    for part in ticket["parts"]:
        headers = part.get("headers") or {}
        journey.deployment.http.put(part["url"], content=content, headers=headers).raise_for_status()


def _checksums(journey: Journey, ticket: dict[str, Any]) -> dict[str, Any]:
    """Return the checksums of an asset when it has been read, empty when that takes too long."""

    def ready() -> dict[str, Any] | None:
        asset: Any = journey.project.api.get_asset(ticket["asset_id"])
        return asset if asset["status"] != "pending" else None

    return (eventually(ready) or {}).get("checksums") or {}


def _outcome(journey: Journey, upload_id: str) -> str:
    from foveal.client.errors import APIError

    try:
        return str(journey.project.api.complete_upload(upload_id)["state"])
    except APIError as error:
        return str(error.status)
