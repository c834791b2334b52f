"""Proof of multipart uploads: two completions at once make one object, which S3's checksum verifies."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from foveal.operations.doctor.findings import Finding, verdict
from foveal.operations.doctor.proofs.journey import Journey, eventually, picture


def prove(journey: Journey) -> Iterator[Finding]:
    """Yield whether a multipart upload completes once, and whether `checksums.verified` is true."""
    content = picture()
    ticket = journey.begin(content, "foveal-doctor-parts.png", method="multipart")
    for part in ticket["parts"]:
        headers = part.get("headers") or {}
        journey.deployment.http.put(part["url"], content=content, headers=headers).raise_for_status()
    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(_outcome, journey, ticket["upload_id"]) for _ in range(2)]
        outcomes = sorted(answer.result() for answer in answers)
    yield verdict(
        "completed" in outcomes and all(each in ("completed", "409") for each in outcomes),
        f"two completions at once: {' and '.join(outcomes)}",
        f"two completions at once: {' and '.join(outcomes)}",
        "look at the log of uploads",
    )

    def ready() -> dict[str, Any] | None:
        asset: Any = journey.project.api.get_asset(ticket["asset_id"])
        return asset if asset["status"] != "pending" else None

    checksums = (eventually(ready) or {}).get("checksums") or {}
    yield verdict(
        bool(checksums.get("crc64nvme")),
        "S3 knows the checksum of the whole",
        f"S3 told no crc64nvme of the whole, but {checksums or 'nothing'}",
        "S3 should add it by itself: report it with the answer of HeadObject",
    )


def _outcome(journey: Journey, upload_id: str) -> str:
    from foveal.client.errors import APIError

    try:
        return str(journey.project.api.complete_upload(upload_id)["state"])
    except APIError as error:
        return str(error.status)
