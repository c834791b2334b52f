"""A run of a folder's upload: what its stages share, and how a file comes to its outcome."""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from foveal.client._sync.operations import Operations
from foveal.client.errors import APIError, FovealError
from foveal.client.folders.content import Content
from foveal.client.folders.pacing import Gate, Throttle
from foveal.client.folders.pipeline.ledger import Ledger
from foveal.client.folders.report import CHANGED, UNREADABLE, UPLOADED_BEFORE, Outcome, State
from foveal.client.folders.sending import Sender
from foveal.client.folders.settings import UploadSettings
from foveal.client.folders.walk import FoundFile, found_again

MAX_CHANGES, CHANGE_PAUSE_SECONDS = 2, 1.0
MAX_FRESH_TICKETS: Final = 1
Task = Callable[[Sender], None]


@dataclass
class Run:
    """State that the threads of one run share: the queues between its stages, its accounts, its pace and its end."""

    api: Operations
    project: str
    root: Path
    settings: UploadSettings
    ledger: Ledger
    stop: threading.Event
    gate: Gate
    throttle: Throttle
    found: "queue.SimpleQueue[FoundFile | None]" = field(default_factory=queue.SimpleQueue)
    read: "queue.SimpleQueue[Content | None]" = field(default_factory=queue.SimpleQueue)
    tasks: "queue.SimpleQueue[Task | None]" = field(default_factory=queue.SimpleQueue)
    fatal: BaseException | None = None
    started_at: float = field(default_factory=time.monotonic)

    def fail(self, error: BaseException) -> None:
        """End the run: nothing new is begun, what is being sent is finished."""
        self.fatal = self.fatal or error
        self.stop.set()

    def done(self, content: Content, asset_id: str, state: State) -> None:
        """Give a file its good end, and its row in the journal."""
        self.release(content)
        reason = UPLOADED_BEFORE if state is State.SKIPPED else None
        file = content.file
        self.ledger.end(Outcome(file.relative, state, file.size_bytes, asset_id, reason), file)

    def failed(self, of: Content | FoundFile, reason: str, code: str | None) -> None:
        """Give a file its bad end."""
        if isinstance(of, Content):
            self.release(of)
            of = of.file
        self.ledger.end(Outcome(of.relative, State.FAILED, of.size_bytes, None, reason, code))

    def failed_by(self, content: Content, error: FovealError) -> None:
        """Give a file its bad end by an error of the API or the line."""
        self.failed(content, str(error), error.code if isinstance(error, APIError) else type(error).__name__)

    def changed(self, of: Content | FoundFile) -> None:
        """Read a file anew that was written to meanwhile, a few times, with a pause for its writer."""
        if isinstance(of, Content):
            self.release(of)
            of = of.file
        if not self.ledger.may_again(of, "change", MAX_CHANGES):
            self.failed(of, CHANGED, "FileChanged")
            return
        time.sleep(CHANGE_PAUSE_SECONDS)
        try:
            again = found_again(self.root, of)
        except OSError as error:
            self.failed(of, UNREADABLE, error.strerror or str(error))
            return
        if again.size_bytes:
            self.found.put(again)
        else:  # between two writes, or for good: an empty file is never sent
            self.failed(of, CHANGED, "FileChanged")

    def release(self, content: Content) -> None:
        """Give the memory of a small file back."""
        if content.data is not None:
            self.ledger.release(content.file.size_bytes)
