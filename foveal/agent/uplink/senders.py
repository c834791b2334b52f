"""Senders: threads that take files from the queue in their order, deliver them, and write down what became of them."""

import sqlite3
import threading
import time
import traceback
from collections.abc import Callable
from typing import Final

from foveal.agent.queue import Item, Queue, State
from foveal.agent.settings import Sending
from foveal.agent.spool import Spool
from foveal.agent.uplink.backoff import Backoff, jitter
from foveal.agent.uplink.delivery import HeldUpError, Route, Verdict, again
from foveal.agent.uplink.network import NetworkManager

MAX_BATCH_FILES: Final = 20
MAX_BATCH_BYTES: Final = 8 * 1024 * 1024
IDLE_SECONDS: Final = 1.0
PRUNE_EVERY: Final = 500
"""Files after whose end old rows are removed."""


class Senders:
    """All senders of the agent; `busy` are the numbers of the files that they hold."""

    def __init__(
        self,
        settings: Sending,
        queue: Queue,
        spool: Spool,
        make_route: Callable[[], Route],
        network: NetworkManager,
        note: Callable[[str, str], None],
        *,
        keeps_uploaded: bool,
        on_write_error: Callable[[Exception], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._queue, self._spool = settings, queue, spool
        self._make_route, self._network, self._note, self._clock = make_route, network, note, clock
        self._uploaded_state = State.UPLOADED if keeps_uploaded else State.DONE
        self._on_write_error = on_write_error
        self._lock = threading.Lock()
        self._work = threading.Event()
        self._ended = 0
        self.busy: set[int] = set()
        self.backoff = Backoff(clock)
        self.state = "starting"

    def wake(self) -> None:
        """Look at the queue now: something was added to it."""
        self._work.set()

    def link_changed(self) -> None:
        """Try everything again at once: the network is another one."""
        self._network.forget()
        try:
            self._queue.forget_delays()
        except sqlite3.Error as error:
            self._on_write_error(error)
        self.backoff.reset()
        self.wake()

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set; for one thread each."""
        route = self._make_route()
        try:
            while not stop.is_set():
                if self.backoff.wait(IDLE_SECONDS) and not self.send_batch(route):
                    self._work.wait(IDLE_SECONDS)
                    self._work.clear()
        finally:
            route.close()

    def send_batch(self, route: Route) -> bool:
        """Send the next files; return whether there were any."""
        batch = self._claim()
        if not batch:
            return False
        untold = {item.sequence: item for item in batch}

        def tell(item: Item, verdict: Verdict) -> None:
            self._write_down(item, verdict)
            untold.pop(item.sequence, None)
            with self._lock:
                self.busy.discard(item.sequence)

        try:
            route.deliver([(item, self._spool.media(item)) for item in batch], tell)
        except HeldUpError as error:
            self._set_state(error.kind, error.reason)
            self.backoff.failed(error.reason)
        except sqlite3.Error as error:
            self._on_write_error(error)
            self.backoff.failed(f"the queue cannot be written: {error}")
        except Exception:  # an error of this program: it costs these files a try, and no other waits for them
            traceback.print_exc()
            for item in [*untold.values()]:
                tell(item, again("an error of the agent, which its log shows"))
        else:
            self._set_state("online", None)
            self.backoff.succeeded()
        finally:
            with self._lock:
                self.busy -= untold.keys()
        return True

    def _claim(self) -> list[Item]:
        """Return the next files of one project, marked as busy."""
        most = self._largest_allowed()
        if most == 0:
            self.state = "waiting for a link that is not metered"
            return []
        with self._lock:
            due = self._queue.due(self._clock(), MAX_BATCH_FILES, self.busy, most)
            batch: list[Item] = []
            for item in due:
                is_over = sum(each.size_bytes for each in batch) + item.size_bytes > MAX_BATCH_BYTES
                if batch and (is_over or item.project != batch[0].project):
                    break
                batch.append(item)
            self.busy |= {item.sequence for item in batch}
        return batch

    def _largest_allowed(self) -> int | None:
        """Return the size of the largest file that may be sent now, None for any, 0 for no file."""
        if self._settings.metered == "all" or not self._network.is_metered:
            return None
        return self._settings.metered_max_size if self._settings.metered == "small" else 0

    def _write_down(self, item: Item, verdict: Verdict) -> None:
        name, reason = str(item.document["file_name"]), verdict.reason or ""
        if verdict.is_done:
            self._queue.end(item, self._uploaded_state, asset_id=verdict.asset_id)
            if self._uploaded_state is State.DONE:
                self._spool.remove(item)
                self._prune()
        elif verdict.is_final or (verdict.counts and item.tries + 1 >= self._settings.max_tries):
            self._queue.end(item, State.FAILED, reason=reason)
            self._note("failed", f"{name} ({item.key}): {reason}")
        else:
            wait = jitter(item.tries + 1 if verdict.counts else self._settings.max_tries)
            self._queue.put_off(item, self._clock() + wait, reason, counts=verdict.counts)

    def _prune(self) -> None:
        with self._lock:
            self._ended += 1
            is_time = self._ended % PRUNE_EVERY == 0
        if is_time:
            self._spool.prune()

    def _set_state(self, state: str, reason: str | None) -> None:
        if state == "offline" and self._network.is_behind_portal:
            reason = "a login page stands in the way (NetworkManager)"
        has_changed, self.state = state != self.state, state
        if has_changed:
            self._note(state, reason or "")
