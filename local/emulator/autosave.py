"""Keep the emulator's state through a crash: MiniStack saves on a clean shutdown only (app.py:3619).

Saving copies the state of every service and stalls requests while it does, so it waits for a pause; under load that
never pauses it still happens once a minute. `up` asks for it at once, before it takes a step of a deployment for done.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, Final

PAUSE_SECONDS: Final = 1.0
AT_MOST_SECONDS: Final = 60.0
MAX_ATTEMPTS: Final = 20
CLOCK_STEP_NS: Final = 20_000_000  # file systems stamp with the kernel's coarse clock
METRICS, LOGS = "cloudwatch", "cloudwatch_logs"  # large: saved only when alarms or log groups come or go

USES: Final = {
    "ministack.app": ("_build_persistence_save_dict",),
    "ministack.core.persistence": ("save_all", "STATE_DIR"),
    "ministack.services.cloudwatch": ("_alarms",),
    "ministack.services.cloudwatch_logs": ("_log_groups",),
}

logger = logging.getLogger(__name__)


class Autosave:
    """Saves the state of the emulator when requests pause, and when asked to."""

    def __init__(self, ministack: ModuleType) -> None:
        self._ministack, self._lock = ministack, asyncio.Lock()
        self._noted, self._saved = 0, 0
        self._names: dict[str, frozenset[Any]] = {}
        self._noted_at = self._saved_at = time.monotonic()

    def note(self) -> None:
        self._noted += 1
        self._noted_at = time.monotonic()

    async def run(self) -> None:
        """Save again and again, until cancelled."""
        while True:
            await asyncio.sleep(0.25)
            now = time.monotonic()
            is_pause = now - self._noted_at >= PAUSE_SECONDS or now - self._saved_at >= AT_MOST_SECONDS
            if self._saved == self._noted or not is_pause:
                continue
            if failed := await self._try_to_save():
                logger.warning("the state of %s was not saved; it will be at the next pause", ", ".join(failed))

    async def save(self) -> list[str]:
        """Save at once, again while requests come in between; return the services whose state could not be saved."""
        for _ in range(MAX_ATTEMPTS):
            if not (failed := await self._try_to_save()):
                break
            await asyncio.sleep(0.1)
        return failed

    async def _try_to_save(self) -> list[str]:
        """Save, and return the services that were not.

        Usually a request came in between: "dictionary changed size during iteration".
        """
        async with self._lock:
            noted, failed = self._noted, await asyncio.to_thread(self._save)
            if not failed:
                self._saved, self._saved_at = noted, time.monotonic()
            return failed

    def _save(self) -> list[str]:
        """Save, and return the services that were not: MiniStack logs its failures and goes on (persistence.py:168)."""
        from ministack.core import persistence
        from ministack.services import cloudwatch, cloudwatch_logs

        names = {METRICS: frozenset(cloudwatch._alarms), LOGS: frozenset(cloudwatch_logs._log_groups)}
        left_to_shutdown = {name for name, present in names.items() if present == self._names.get(name)}
        started_at = time.time_ns()
        states: dict[str, Callable[[], Any]] = self._ministack._build_persistence_save_dict()
        wanted = {name: state for name, state in states.items() if name not in left_to_shutdown}
        persistence.save_all(wanted)
        self._names = names
        files = ((name, Path(persistence.STATE_DIR) / f"{name}.json") for name in wanted)
        return [name for name, file in files if file.exists() and file.stat().st_mtime_ns < started_at - CLOCK_STEP_NS]
