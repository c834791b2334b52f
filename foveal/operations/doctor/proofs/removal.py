"""Proof of removal: deleted for good, a picture is gone from S3, the catalog and every edge."""

from collections.abc import Iterator
from typing import Final

from foveal.operations.doctor.findings import Finding, failed, ok, verdict
from foveal.operations.doctor.proofs.journey import Journey, eventually

INVALIDATION_SECONDS: Final = 180


def prove(journey: Journey) -> Iterator[Finding]:
    """Yield whether all that was uploaded could be removed, and whether an old URL is closed within three minutes."""
    from foveal.client.errors import APIError

    url = journey.url() if journey.made else None
    if url:
        journey.deployment.http.get(url)
    left = []
    for asset_id in journey.made:
        try:
            journey.project.api.delete(asset_id, permanent=True)
        except APIError as error:
            left.append(f"{asset_id} ({error.code})")
    if left:
        yield failed(f"could not be removed: {', '.join(left)}", "an admin of the project can: foveal rm --permanent")
        return
    yield ok(f"{len(journey.made)} assets removed")
    if url:
        closed = eventually(lambda: journey.deployment.http.get(url).status_code >= 400 or None, INVALIDATION_SECONDS)
        yield verdict(
            bool(closed), "its old URL is closed", "its old URL still opens", "look at the invalidations of the CDN"
        )
