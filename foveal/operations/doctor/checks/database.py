"""MongoDB: reachable, of a version that is supported, a replica set, and of the schema of this version."""

from collections.abc import Iterator
from typing import Any, Final

from foveal.operations.doctor.deployment import Deployment
from foveal.operations.doctor.findings import Finding, failed, skipped, verdict

MIN_VERSION: Final = (6, 0)
MAX_STEPS_SHOWN: Final = 3
PATIENCE_MS: Final = 3_000


def look(deployment: Deployment) -> Iterator[Finding]:
    """Yield version, replica set and schema of the database; without its URI they cannot be seen from here."""
    if deployment.mongodb is None:
        yield skipped(
            "set FOVEAL_MONGODB_URI to have the database looked at too; a proof shows that functions reach it"
        )
        return
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

    from foveal.database.migration import plan

    uri, name = deployment.mongodb
    try:
        client: MongoClient[dict[str, Any]] = MongoClient(uri, serverSelectionTimeoutMS=PATIENCE_MS)
        hello = client.admin.command("hello")
    except PyMongoError as error:
        yield failed(f"it does not answer: {type(error).__name__}", "check its URI, its access list, and that it runs")
        return
    version = tuple(client.server_info()["versionArray"][:3])
    text = ".".join(map(str, version))
    yield verdict(
        version[:2] >= MIN_VERSION, f"version {text}", f"version {text} is too old", "upgrade it to 6.0 or later"
    )
    yield verdict(
        "setName" in hello or hello.get("msg") == "isdbgrid",
        "transactions work",
        "it is no replica set: edits of several documents fail",
        "start mongod with --replSet and run rs.initiate()",
    )
    steps = [step.description for step in plan(client[name])]
    shown = "; ".join(steps[:MAX_STEPS_SHOWN]) + (" …" if len(steps) > MAX_STEPS_SHOWN else "")
    yield verdict(
        not steps, "its schema is that of this version", f"{len(steps)} steps are left: {shown}", "foveal migrate"
    )
