"""Proofs: pictures sent through a stage as users send them, for all that only a real account can show.

Each proof stands in a line of `docs/unproven-on-aws.md`. All that they upload is deleted for good at the end.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from foveal.operations.doctor.deployment import Deployment
from foveal.operations.doctor.examination import Check, findings_of
from foveal.operations.doctor.findings import Finding
from foveal.operations.doctor.proofs import (
    arrival,
    browsers,
    completion,
    console,
    edge,
    logs,
    options,
    removal,
    versions,
)
from foveal.operations.doctor.proofs.journey import Journey

if TYPE_CHECKING:
    from foveal.client._sync.project import Project

Proof = tuple[str, str, Callable[[Journey], Iterable[Finding]]]

PROOFS: Final[Sequence[Proof]] = (
    ("arrival", "A picture becomes an asset", arrival.prove),
    ("refusal", "A text is no picture", arrival.prove_refusal),
    ("signatures", "Old signatures are refused", arrival.prove_signatures),
    ("completion", "Multipart uploads are verified", completion.prove),
    ("checksums", "Checksums of every way in", completion.prove_declared),
    ("acceleration", "Uploads by Transfer Acceleration", options.prove_acceleration),
    ("browsers", "Browsers upload to the bucket", browsers.prove_uploads),
    ("sign-in", "People sign in to the console", browsers.prove_sign_in),
    ("origin-key", "The API is closed beside the CDN", options.prove_origin_key),
    ("scanning", "Pictures are scanned for malware", options.prove_scanning),
    ("delivery", "A signed URL opens it", edge.prove),
    ("cache", "Caches and protocols of the edge", edge.prove_cache),
    ("rendition", "Thumbnails are drawn, in isolation", logs.prove_rendition),
    ("audit", "Signing leaves an audit record", logs.prove_audit),
    ("query", "The query of audit records is saved", options.prove_query),
    ("quarantine", "Quarantined versions stay closed", versions.prove_quarantine),
    ("reversion", "An old version comes back", versions.prove_reversion),
    ("console", "The console and its pages", console.prove),
    ("tags", "Resources have the tags of the stage", console.prove_tags),
    ("removal", "Deleted for good, it is gone from the edge", removal.prove),
)


def prove_all(
    deployment: Deployment, project: "Project", only: Iterable[str] | None
) -> Iterator[tuple[Check, list[Finding]]]:
    """Yield each proof with its findings; `removal` always comes last, so that nothing stays behind."""
    chosen = {*only, "removal"} if only is not None else None
    journey = Journey(deployment, project)
    for name, title, prove in PROOFS:
        if chosen is None or name in chosen:
            check = Check(name, title, partial(_looked, prove, journey))
            yield check, findings_of(check, deployment)


def _looked(prove: Callable[[Journey], Iterable[Finding]], journey: Journey, _: Deployment) -> Iterable[Finding]:
    """Make a proof in the place of a check: it knows the deployment by its journey."""
    return prove(journey)
