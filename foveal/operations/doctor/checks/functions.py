"""State of the Lambda functions, their concurrency, and failures to start."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from foveal.operations.doctor.deployment import Deployment
from foveal.operations.doctor.findings import Finding, failed, ok, warning

LOOK_BACK: Final = timedelta(hours=3)
CANNOT_START: Final = '"Runtime."'
"""Of `Runtime.ImportModuleError`, `Runtime.HandlerNotFound` and the like (Lambda guide, "Troubleshooting")."""
MIN_FREE_CONCURRENCY: Final = 100
"""Lambda keeps as many for functions without a reservation (Lambda guide, "Reserved concurrency")."""


def look(deployment: Deployment) -> Iterator[Finding]:
    """Yield functions that cannot be called or do not start, and the concurrency that is left in the account."""
    functions, bad = deployment.client("lambda"), 0
    names = deployment.ids("AWS::Lambda::Function")
    for name in names:
        for finding in _of_one(deployment, functions, name):
            bad += 1
            yield finding
    if not bad:
        yield ok(f"{len(names)} functions are active")
    free = functions.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    if free < MIN_FREE_CONCURRENCY:
        yield warning(
            f"{free} concurrent executions are left in the account",
            "ask AWS (Service Quotas, Lambda) for more: uploads are throttled at a burst",
        )


def _of_one(deployment: Deployment, functions: Any, name: str) -> Iterator[Finding]:
    title = deployment.title(name)
    try:
        found = functions.get_function_configuration(FunctionName=name)
    except functions.exceptions.ResourceNotFoundException:
        yield failed(f"{title} is gone", "deploy the stage again")
        return
    if found.get("State", "Active") not in ("Active", "Inactive"):
        yield failed(f"{title} is {found['State']}", str(found.get("StateReason") or "deploy the stage again"))
    if found.get("LastUpdateStatus", "Successful") == "Failed":
        yield failed(f"the last update of {title} failed", str(found.get("LastUpdateStatusReason") or "deploy again"))
    if functions.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions") == 0:
        yield failed(
            f"{title} is switched off: its reserved concurrency is 0",
            f"aws lambda delete-function-concurrency --function-name {name}",
        )
    lines = deployment.log_lines(name, found, CANNOT_START, LOOK_BACK)
    if lines:
        yield failed(
            f"{title} did not start: {lines[0][:160]}",
            "the bundle lacks a module or has one of another platform: build it again (docs/deploy.md), deploy",
        )
