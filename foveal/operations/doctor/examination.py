"""Examination: runs checks side by side, and turns each failure to look into a finding with what to do."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from foveal.operations.doctor.deployment import Deployment
from foveal.operations.doctor.findings import Finding, skipped, unknown

THREADS: Final = 8
DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Forbidden", "403"})
NOT_EMULATED: Final = frozenset(
    {"InvalidAction", "UnknownOperationException", "NotImplemented", "UnknownService", "501"}
)


@dataclass(frozen=True, slots=True)
class Check:
    """A question to a deployment: `look` yields at least one finding, and changes nothing."""

    name: str
    title: str
    look: Callable[[Deployment], Iterable[Finding]]


def examine(deployment: Deployment, checks: Sequence[Check]) -> Iterator[tuple[Check, list[Finding]]]:
    """Yield each check with its findings, in the order of the checks; several are made at a time."""
    with ThreadPoolExecutor(THREADS, "doctor") as pool:
        pending = [(check, pool.submit(findings_of, check, deployment)) for check in checks]
        for check, future in pending:
            yield check, future.result()


def findings_of(check: Check, deployment: Deployment) -> list[Finding]:
    """Return what a check finds; an error in its way is a finding too, behind those that came before it."""
    found: list[Finding] = []
    try:
        for each in check.look(deployment):
            found.append(each)
    except Exception as error:  # whatever keeps one check from looking, the others go on and this one is told
        found.append(_in_the_way(error, deployment))
    return found


def _in_the_way(error: Exception, deployment: Deployment) -> Finding:
    answer: dict[str, Any] = getattr(error, "response", None) or {}
    code = str(answer.get("Error", {}).get("Code", "")) if isinstance(answer, dict) else ""
    operation = getattr(error, "operation_name", "")
    if code in DENIED:
        return unknown(
            f"nobody may look: {operation} is denied to these credentials",
            f"allow {operation} (the managed policy ReadOnlyAccess has it), or run this with other credentials",
        )
    if deployment.is_local and code in NOT_EMULATED:
        return skipped(f"the emulator has no {operation}")
    return unknown(f"could not be looked at: {type(error).__name__}: {error}", "repeat it; if it stays, look there")
