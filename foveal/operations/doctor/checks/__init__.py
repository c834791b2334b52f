"""Checks of a deployed stage, in the order in which they are shown. None changes anything."""

from typing import Final

from foveal.operations.doctor.checks import (
    alarms,
    api,
    bucket,
    caller,
    database,
    delivery,
    events,
    functions,
    keys,
    permissions,
    queues,
    stack,
)
from foveal.operations.doctor.examination import Check

CHECKS: Final = (
    Check("caller", "Credentials and clock", caller.look),
    Check("stack", "Stack and versions", stack.look),
    Check("bucket", "Media bucket", bucket.look),
    Check("events", "Rules, archive, schedules", events.look),
    Check("queues", "Queues and dead letters", queues.look),
    Check("functions", "Functions", functions.look),
    Check("permissions", "Permissions of functions", permissions.look),
    Check("keys", "Keys and secrets", keys.look),
    Check("api", "API and sign-in", api.look),
    Check("delivery", "CDN and console", delivery.look),
    Check("database", "MongoDB", database.look),
    Check("alarms", "Alarms", alarms.look),
)
