"""The agent: opens its queue, watches folders, sends, tells its status, and goes on when the disk or the line fails."""

import json
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any, Final

from foveal.agent.clock import Clock
from foveal.agent.disk import Disk
from foveal.agent.inbox import Arrival, Inbox
from foveal.agent.intake import Intake
from foveal.agent.queue import Queue, open_queue
from foveal.agent.settings import AgentSettings
from foveal.agent.space import RESERVE_NAME, Space
from foveal.agent.spool import Spool
from foveal.agent.status import StatusSocket
from foveal.agent.systemd import notify
from foveal.agent.uplink.delivery import Route
from foveal.agent.uplink.network import NetworkManager, watch_links
from foveal.agent.uplink.senders import Senders

TICK_SECONDS: Final = 0.5
NOTIFY_SECONDS: Final = 15.0
HOUSEKEEPING_SECONDS: Final = 60.0
WRITE_RETRY_SECONDS: Final = 10.0
STATUS_EVENTS: Final = 20
STOP_SECONDS: Final = 30.0


class Agent:
    """One device. `run` returns when `stop` is set, and nothing that was acknowledged is lost by any other end."""

    def __init__(
        self,
        settings: AgentSettings,
        make_route: Callable[[], Route],
        *,
        disk: Disk | None = None,
        clock: Clock | None = None,
        network: NetworkManager | None = None,
    ) -> None:
        """Open the queue and make it agree with the spool folder. Raises OSError and sqlite3.Error."""
        self._settings, self._disk = settings, disk or Disk()
        self.clock = clock or Clock()
        self._stop = threading.Event()
        self._started_at = self.clock.now()
        self._write_error: str | None = None
        self._write_failed_at = float("-inf")
        self._notified_at = float("-inf")
        self._threads: list[threading.Thread] = []
        self._adders: list[Callable[[str], None]] = []
        try:
            self.queue, self.spool, broken = self._open()
        except (OSError, sqlite3.OperationalError):  # on a full disk the reserve makes the room that this needs
            self._disk.unlink(settings.state_folder / RESERVE_NAME)
            self.queue, self.spool, broken = self._open()
        self.space = Space(settings.spool, self.spool, self.queue, self._disk, self._note)
        self.senders = Senders(
            settings.sending,
            self.queue,
            self.spool,
            make_route,
            network or NetworkManager(),
            self._note,
            keeps_uploaded=settings.spool.keep_uploaded_seconds > 0,
            on_write_error=self._failed_to_write,
        )
        self._intake = Intake(settings, self.spool, self.space, self.clock, self._note)
        self.inboxes = [Inbox(folder, time.monotonic) for folder in settings.folders]
        self._tell_start(broken)

    def run(self) -> None:
        """Work until `stop` is called."""
        status = StatusSocket(self._settings.socket, self.status)
        works: list[Callable[[threading.Event], None]] = [
            *[self.senders.run] * self._settings.sending.connections,
            status.run,
        ]
        threads = [threading.Thread(target=work, args=(self._stop,), daemon=True) for work in works]
        links = threading.Thread(target=watch_links, args=(self.senders.link_changed, self._stop), daemon=True)
        self._adders = self._watch()
        for thread in (*threads, links):
            thread.start()
        notify("READY=1")
        self._threads = threads
        housekept_at = float("-inf")
        while not self._stop.wait(TICK_SECONDS):
            now = time.monotonic()
            if now - housekept_at >= HOUSEKEEPING_SECONDS:
                housekept_at = now
                self._guarded(self._keep_house)
            for inbox, add in zip(self.inboxes, self._adders, strict=True):
                self._guarded(partial(self.take, inbox, add))
            self._tell_alive()
        notify("STOPPING=1")
        for thread in threads:
            thread.join(STOP_SECONDS)

    def stop(self) -> None:
        """End `run`: what is being sent is finished, within half a minute."""
        self._stop.set()
        self.senders.wake()
        self.senders.backoff.reset()

    def take(self, inbox: Inbox, add: Callable[[str], None] | None = None) -> int:
        """Take over the complete files of a folder; return how many. Raises OSError and sqlite3.Error."""
        was_missing = inbox.is_missing
        count = self._intake.take_all(inbox, self._paced(inbox.arrivals(add or _add_nothing)), self.senders.busy)
        if inbox.is_missing != was_missing:
            self._note("folder missing" if inbox.is_missing else "folder is back", str(inbox.folder.path))
        if count:
            self.senders.wake()
        return count

    def status(self) -> dict[str, Any]:
        """Return the state of the agent as JSON values."""
        offset = self.clock.offset_seconds
        return {
            "serial": self._settings.serial,
            "started_at": self._started_at.isoformat(timespec="seconds"),
            "network": {"state": self.senders.state, "reason": self.senders.backoff.reason},
            "files": self.queue.counts(),
            "sending": len(self.senders.busy),
            "folders": [{"path": str(each.folder.path), "is_missing": each.is_missing} for each in self.inboxes],
            "space": {**self.space.document(), "write_error": self._write_error},
            "clock": {"is_synchronised": self.clock.is_synchronised, "offset_seconds": offset and round(offset, 1)},
            "events": self.queue.events(STATUS_EVENTS),
        }

    def _open(self) -> tuple[Queue, Spool, str | None]:
        folder = self._settings.state_folder
        self._disk.make_folder(folder)
        queue, broken = open_queue(folder, self._disk)
        return queue, Spool(folder, queue, self._disk, self._settings.serial, self._settings.project), broken

    def _watch(self) -> list[Callable[[str], None]]:
        """Return for each inbox the function that adds a folder to those that the kernel reports on."""
        if all(inbox.folder.watch == "poll" for inbox in self.inboxes):
            return [_add_nothing] * len(self.inboxes)
        from foveal.agent.watcher import Watcher, open_kernel

        kernel = open_kernel()
        return [
            Watcher(inbox, kernel, self._note).add if inbox.folder.watch == "inotify" else _add_nothing
            for inbox in self.inboxes
        ]

    def _paced(self, arrivals: Iterable[Arrival]) -> Iterator[Arrival]:
        """Yield arrivals; tell systemd meanwhile that the agent lives, and end when it stops."""
        for arrival in arrivals:
            if self._stop.is_set():
                return
            self._tell_alive()
            yield arrival

    def _tell_alive(self) -> None:
        """Tell systemd every few seconds that the agent lives, if all its threads do."""
        now = time.monotonic()
        if now - self._notified_at >= NOTIFY_SECONDS and all(thread.is_alive() for thread in self._threads):
            self._notified_at = now
            notify("WATCHDOG=1")

    def _guarded(self, work: Callable[[], object]) -> None:
        """Do something that writes; after a failure give up the reserve, and leave the disk alone for a while."""
        if time.monotonic() - self._write_failed_at < WRITE_RETRY_SECONDS:
            return
        try:
            has_written = work()
        except (OSError, sqlite3.Error) as error:
            self._failed_to_write(error)
        else:
            if has_written:
                self._write_error = None

    def _failed_to_write(self, error: Exception) -> None:
        self._write_failed_at = time.monotonic()
        if self._write_error != str(error):
            self._write_error = str(error)
            _log("write error", str(error))
        try:
            if self.space.give_up_reserve():
                _log("reserve", "given up for the queue")
        except OSError as failure:
            _log("write error", str(failure))

    def _keep_house(self) -> bool:
        self.space.keep_reserve()
        kept = self._settings.spool.keep_uploaded_seconds
        if kept:
            before = self.clock.now() - timedelta(seconds=kept)
            self.space.drop_expired(before.isoformat(timespec="seconds"))
        self.spool.prune()
        return True

    def _tell_start(self, broken: str | None) -> None:
        if broken is not None:
            self._note("queue rebuilt", f"{broken}; {self.spool.recovery.adopted} files from the spool folder")
        elif self.spool.recovery.adopted:
            self._note("recovered", f"{self.spool.recovery.adopted} files had no row")
        for name in self.spool.recovery.lost:
            self._note("lost", name)
        if not self.clock.is_synchronised:
            self._note("clock", f"it shows {self.clock.now().isoformat(timespec='seconds')} and is not synchronised")

    def _note(self, kind: str, detail: str) -> None:
        """Write an event to the journal of the system and to the queue; the log has it when the disk fails."""
        _log(kind, detail)
        try:
            self.queue.note(kind, detail)
        except sqlite3.Error as error:
            _log("write error", str(error))


def _log(kind: str, detail: str) -> None:
    sys.stderr.write(json.dumps({"event": kind, "detail": detail}) + "\n")
    sys.stderr.flush()


def _add_nothing(_: str) -> None:
    """Stand for a watcher where folders are polled."""
