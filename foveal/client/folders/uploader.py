"""Upload of a folder: walk, read, begin, send and note, each in threads of its own, one bounded number of open files.

    walk -> [found] -> read (CRC) -> [read] -> begin (windows of tickets) -> [tasks] -> send -> note (journal)

A file is open from its walk to its outcome. Outcomes are handed to `on_outcome` by one thread, in batches.
"""

import threading
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from foveal.client._sync.operations import Operations
from foveal.client.answers import member
from foveal.client.errors import APIError
from foveal.client.files import is_media_name
from foveal.client.folders.content import FileChangedError, UnreadableFileError, read_content
from foveal.client.folders.journal import Journal
from foveal.client.folders.pacing import Gate, Throttle
from foveal.client.folders.pipeline.beginning import NOT_REACHED, Beginning
from foveal.client.folders.pipeline.ledger import Ledger
from foveal.client.folders.pipeline.run import Run
from foveal.client.folders.pipeline.transfers import Transfers
from foveal.client.folders.report import (
    EMPTY,
    NO_MEDIA,
    STOPPED,
    UNREADABLE,
    UPLOADED_BEFORE,
    Outcome,
    Progress,
    State,
    Summary,
)
from foveal.client.folders.settings import UploadSettings
from foveal.client.folders.walk import FoundFile, walk

READERS: Final = 3


def upload_folder(
    api: Operations,
    project: str,
    root: Path,
    journal: Journal,
    settings: UploadSettings,
    on_outcome: Callable[[Outcome], None] = lambda _: None,
    stop: threading.Event | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Summary:
    """Upload the media of a folder and return the sum; files that an earlier run finished are skipped.

    `stop` ends the walk; what is open is finished. `on_progress` is called ten times a second. Raises OSError if the
    folder cannot be read, APIError if the API refuses the caller or the project, NetworkError if it cannot be reached,
    UploadError for answers of another form; what was sent until then is done.
    """
    check_role(api, project)
    gate, throttle = Gate(settings.max_connections), Throttle(settings.rate)
    ledger = Ledger(journal, on_outcome, on_progress)
    run = Run(api, project, root, settings, ledger, stop or threading.Event(), gate, throttle)
    return _Upload(run, journal).carried_out()


def check_role(api: Operations, project: str) -> None:
    """Raise APIError (`NoSuchProject`, `AccessDenied`) unless the caller may upload to a project."""
    answer: Any = api.get_me()
    roles = {each["name"]: each["role"] for each in member(answer, "projects", list)}
    if project not in roles:
        known = ", ".join(sorted(roles)) or "none"
        raise APIError("NoSuchProject", 404, f"Your token opens no project {project}; it opens: {known}.", {})
    if roles[project] == "viewer":
        raise APIError("AccessDenied", 403, f"This needs the role editor in {project}; yours is viewer.", {})


class _Upload:
    def __init__(self, run: Run, journal: Journal) -> None:
        self._run, self._journal = run, journal
        self._transfers = Transfers(run)
        self._beginning = Beginning(run, self._transfers)

    def carried_out(self) -> Summary:
        run = self._run
        noter = self._thread(run.ledger.note_outcomes, "note")
        readers = [self._thread(self._read_files, "read") for _ in range(READERS)]
        beginner = self._thread(self._beginning.work, "begin")
        senders = [self._sender(number) for number in range(run.settings.max_connections)]
        try:
            self._walk()
            run.ledger.wait()
        except BaseException as error:
            run.fail(error)
            run.ledger.wait()  # a second interrupt ends the run here
        run.gate.open()
        for waiting, count in ((run.found, len(readers)), (run.read, 1), (run.tasks, len(senders))):
            for _ in range(count):
                waiting.put(None)
        for thread in (*readers, beginner, *senders):
            thread.join()
        run.ledger.close()
        noter.join()
        if run.fatal is not None and not isinstance(run.fatal, KeyboardInterrupt):
            raise run.fatal
        run.ledger.summary.is_interrupted = run.stop.is_set()
        return run.ledger.summary

    def _walk(self) -> None:
        unused = set(self._run.settings.sidecar)
        for file in walk(self._run.root, self._run.settings):
            if self._run.stop.is_set():
                return
            if isinstance(file, FoundFile):
                self._run.ledger.open(file.size_bytes)
                if unused:
                    unused.discard(unicodedata.normalize("NFC", file.relative))
                reason = self._needs_nothing(file)
                if reason is None:
                    self._run.found.put(file)
                else:
                    self._run.ledger.end(Outcome(file.relative, State.SKIPPED, file.size_bytes, reason=reason))
            elif file.reason is None:
                self._run.ledger.summary.excluded += 1
            else:
                self._run.ledger.open()
                self._run.ledger.end(Outcome(file.relative, State.SKIPPED, reason=file.reason))
        self._run.ledger.summary.unused_rows = len(unused)
        self._run.ledger.is_walked = True

    def _needs_nothing(self, file: FoundFile) -> str | None:
        if not file.size_bytes:
            return EMPTY
        if not is_media_name(file.relative):
            return NO_MEDIA
        if not self._run.settings.ignore_journal and self._journal.done(file) is not None:
            return UPLOADED_BEFORE
        return None

    def _read_files(self) -> None:
        run = self._run
        while (file := run.found.get()) is not None:
            if run.fatal is not None:
                run.failed(file, NOT_REACHED, STOPPED)
                continue
            kept = run.ledger.keep(file.size_bytes)
            try:
                content = read_content(file, kept)
            except FileChangedError:
                run.ledger.release(kept)
                run.changed(file)
            except UnreadableFileError as error:
                run.ledger.release(kept)
                run.failed(file, UNREADABLE, str(error))
            else:
                run.read.put(content)

    def _sender(self, number: int) -> threading.Thread:
        return self._thread(lambda: self._transfers.send_tasks(number), "send")

    def _thread(self, work: Callable[[], None], name: str) -> threading.Thread:
        def carry_out() -> None:
            try:
                work()
            except BaseException as error:
                self._run.fail(error)
                self._run.ledger.give_up()

        thread = threading.Thread(target=carry_out, name=f"foveal-{name}", daemon=True)
        thread.start()
        return thread
