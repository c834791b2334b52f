"""Proofs by logs: a thumbnail was drawn in a process without network, and signing left an audit record."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import httpx2

from foveal.operations.doctor.findings import Finding, failed, ok, verdict
from foveal.operations.doctor.proofs.journey import Journey, eventually

SINCE: Final = timedelta(minutes=10)
NOT_ISOLATED: Final = ('"this system takes no seccomp filters"', '"NotLoaded"')


def prove_rendition(journey: Journey) -> Iterator[Finding]:
    """Yield whether a thumbnail opens, and whether the log of render tells of a decoder that is not isolated."""
    answer = eventually(lambda: _thumbnail(journey))
    if answer is None:
        yield failed("no thumbnail comes", "look at the log of render")
        return
    yield ok(f"{answer.headers.get('content-type')}, {len(answer.content)} bytes")
    lines = [line for pattern in NOT_ISOLATED for line in _lines(journey, "Render", pattern)]
    yield verdict(
        not lines,
        "drawn without network and files",
        f"the log of render says: {lines[0][:160] if lines else ''}",
        "report it with the runtime's version: a decoder that is taken over keeps the network of its function",
    )


def _thumbnail(journey: Journey) -> httpx2.Response | None:
    (signed,) = journey.project.urls([journey.picture()["asset_id"]], variant="thumbnail")
    answer = journey.deployment.http.get(str(signed["url"])) if "url" in signed else None
    return answer if answer is not None and answer.status_code == 200 else None


def prove_audit(journey: Journey) -> Iterator[Finding]:
    """Yield whether the signing of a URL is in the log, with the asset and who asked."""
    asset_id = journey.picture()["asset_id"]
    journey.url()
    found = eventually(lambda: _lines(journey, "Downloads", f'"audit" "{asset_id}"') or None)
    yield verdict(
        bool(found),
        "the record names the asset",
        "no record of a signed URL came",
        "look at the log level and the retention of the function downloads",
    )


def _lines(journey: Journey, function: str, pattern: str) -> list[str]:
    deployment = journey.deployment
    name = next(each for each in deployment.ids("AWS::Lambda::Function") if f"-Functions{function}" in each)
    configuration: dict[str, Any] = deployment.client("lambda").get_function_configuration(FunctionName=name)
    return deployment.log_lines(name, configuration, pattern, SINCE)
