"""State of the CloudFormation stack, and the version that serves against that of this command."""

from collections.abc import Iterator

import foveal
from foveal.operations.doctor.deployment import Deployment
from foveal.operations.doctor.findings import Finding, failed, ok, verdict, warning


def look(deployment: Deployment) -> Iterator[Finding]:
    """Yield the status of the stack, its protection, and the version of the API."""
    yield _status(deployment)
    if not deployment.is_local and not deployment.is_protected:
        yield warning(
            "no termination protection",
            'set removal_policy = "retain" for a stage whose data matters, and deploy',
        )
    version = deployment.http.get(f"{deployment.api_url}/v1/client-config").raise_for_status().json()["server_version"]
    yield verdict(
        version == foveal.__version__,
        f"version {version}",
        f"the stage runs {version}, this command is {foveal.__version__}",
        f"deploy again from this version, or install foveal=={version}",
    )


def _status(deployment: Deployment) -> Finding:
    status = deployment.status
    if status.endswith("_IN_PROGRESS"):
        return warning(f"{status}: a deployment is under way", "repeat this when it has ended")
    if status in ("ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"):
        return warning(f"{status}: the last deployment was taken back", "look at the stack's events, deploy again")
    if status.endswith("_FAILED"):
        return failed(f"{status}: resources may be missing", "look at the stack's events; cdk deploy, or cdk rollback")
    return ok(status)
