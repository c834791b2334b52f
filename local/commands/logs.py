"""Logs of the functions (in CloudWatch Logs) and of the processes of the stack (in files)."""

import time
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from local.instance import Instance, LocalStackError
from local.processes import emulator_process

FILES = ("mongod", "emulator", "cdk")


def show(
    instance: Instance, name: str | None, lines: int, write: Callable[[str], Any], *, follow: bool = False
) -> None:
    """Write the last lines of one source, or of all functions in order of time; go on with `follow`.

    Raises LocalStackError.
    """
    if name in FILES:
        _show_file(instance, str(name), lines, write, follow=follow)
    else:
        _show_functions(instance, name, lines, write, follow=follow)


def _show_file(instance: Instance, name: str, lines: int, write: Callable[[str], Any], *, follow: bool) -> None:
    path = instance.logs / f"{name}.log"
    if not path.is_file():
        raise LocalStackError(f"{path} does not exist: {name} has not run here.")
    with path.open(errors="replace") as file:
        for line in file.readlines()[-lines:]:
            write(line.rstrip("\n"))
        while follow:
            line = file.readline()
            if line:
                write(line.rstrip("\n"))
            else:
                time.sleep(0.2)


def _show_functions(
    instance: Instance, name: str | None, lines: int, write: Callable[[str], Any], *, follow: bool
) -> None:
    if not emulator_process.is_healthy(instance):
        raise LocalStackError(
            "The local stack does not run: `make up` starts it, `make logs NAME=emulator` shows its own log."
        )
    chosen = selected(_groups(instance), name)
    client, seen_until = emulator_process.client(instance, "logs"), 0
    while True:
        found = in_order({name: _events(client, group, seen_until + 1) for name, group in chosen.items()})
        for _, function, message in found[-lines:] if not seen_until else found:
            write(f"{function}: {message}")
        seen_until = max([seen_until, *(at for at, *_ in found)])
        if not follow:
            return
        time.sleep(0.5)


def in_order(events: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[tuple[int, str, str]]:
    """Return (time, function, message) of all events by time; those of one millisecond stay as they were written."""
    found = [
        (each["timestamp"], function, each["message"].rstrip()) for function, own in events.items() for each in own
    ]
    return sorted(found, key=itemgetter(0))


def selected(groups: dict[str, str], name: str | None) -> dict[str, str]:
    """Return the log groups of the function with this name, or else of those whose names contain it; all for None.

    Raises LocalStackError, with the names, when there is none.
    """
    if name is None or name in groups:
        return {key: group for key, group in groups.items() if name in (None, key)}
    found = {key: group for key, group in groups.items() if name.lower() in key.lower()}
    if not found:
        raise LocalStackError(f"There is no function {name}: choose one of {', '.join((*sorted(groups), *FILES))}.")
    return found


def _groups(instance: Instance) -> dict[str, str]:
    """Return the log group of each function: ours by their service's name, those of other stacks by their own."""
    pages = emulator_process.client(instance, "lambda").get_paginator("list_functions").paginate()
    groups = {}
    for function in (each for page in pages for each in page["Functions"]):
        variables, name = function.get("Environment", {}).get("Variables", {}), function["FunctionName"]
        group = function.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{name}"
        groups[variables.get("POWERTOOLS_SERVICE_NAME", name)] = group
    return groups


def _events(client: Any, group: str, since_ms: int) -> list[dict[str, Any]]:
    pages = client.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since_ms)
    return [event for page in pages for event in page["events"]]
