"""Upload of a folder: walk, read, begin, send and note, each in threads of its own, one bounded number of open files.

    walk -> [found] -> read (CRC) -> [read] -> begin (windows of tickets) -> [tasks] -> send -> journal

A file is open from its walk to its outcome. Outcomes are handed to `on_outcome`, from any thread, one at a time.
"""

import functools
import queue
import stat
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from foveal.client._sync.operations import Operations
from foveal.client.errors import APIError, FovealError
from foveal.client.files import UNKNOWN_TYPE, is_media_name, media_type
from foveal.client.folders.content import Content, FileChangedError, UnreadableFileError, read_content
from foveal.client.folders.journal import Journal
from foveal.client.folders.ledger import Ledger
from foveal.client.folders.multipart import Multipart
from foveal.client.folders.pacing import Gate, Throttle
from foveal.client.folders.report import (
    CHANGED,
    EMPTY,
    NO_MEDIA,
    STOPPED,
    UNREADABLE,
    UPLOADED_BEFORE,
    Outcome,
    State,
    Summary,
)
from foveal.client.folders.sending import MAX_FRESH_TICKETS, Sender, SendError, TicketExpiredError
from foveal.client.folders.settings import UploadSettings
from foveal.client.folders.walk import FoundFile, LeftOut, walk

READERS: Final = 3
FIRST_WINDOW, MAX_WINDOW = 50, 1_000
WINDOW_SECONDS: Final = 300.0  # a third of a ticket's life
GATHER_SECONDS: Final = 0.05
MAX_CHANGES, CHANGE_PAUSE_SECONDS = 2, 1.0
FATAL_STATUSES: Final = frozenset({401, 403, 404})
OTHER_OPTIONS: Final = "begun before with other tags, attributes or part size: give the same options"
NOT_REACHED: Final = "not reached before the run ended"
Task = Callable[[Sender], None]


def upload_folder(
    api: Operations,
    project: str,
    root: Path,
    journal: Journal,
    settings: UploadSettings,
    on_outcome: Callable[[Outcome], None] = lambda _: None,
    stop: threading.Event | None = None,
) -> Summary:
    """Upload the media of a folder and return the sum; files that an earlier run finished are skipped.

    `stop` ends the walk; what is open is finished. Raises OSError if the folder cannot be read, APIError if the API
    refuses the caller or the project, NetworkError if it cannot be reached; what was sent until then is done.
    """
    check_role(api, project)
    return _Upload(api, project, root, journal, settings, on_outcome, stop or threading.Event()).run()


def check_role(api: Operations, project: str) -> None:
    """Raise APIError (`NoSuchProject`, `AccessDenied`) unless the caller may upload to a project."""
    answer: Any = api.get_me()
    roles = {each["name"]: each["role"] for each in answer["projects"]}
    if project not in roles:
        known = ", ".join(sorted(roles)) or "none"
        raise APIError("NoSuchProject", 404, f"Your token opens no project {project}; it opens: {known}.", {})
    if roles[project] == "viewer":
        raise APIError("AccessDenied", 403, f"This needs the role editor in {project}; yours is viewer.", {})


class _Upload:
    def __init__(
        self,
        api: Operations,
        project: str,
        root: Path,
        journal: Journal,
        settings: UploadSettings,
        on_outcome: Callable[[Outcome], None],
        stop: threading.Event,
    ) -> None:
        self._api, self._project, self._root, self._journal = api, project, root, journal
        self._settings, self._stop, self._ledger = settings, stop, Ledger(on_outcome)
        self._root_name = root.resolve().name
        self._gate = Gate(settings.max_connections)
        self._throttle = Throttle(settings.max_bytes_per_second)
        self._found: queue.SimpleQueue[FoundFile | None] = queue.SimpleQueue()
        self._read: queue.SimpleQueue[Content | None] = queue.SimpleQueue()
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._fatal: BaseException | None = None
        self._started = time.monotonic()

    def run(self) -> Summary:
        readers = [self._thread(self._read_files, "read") for _ in range(READERS)]
        beginner = self._thread(self._begin_files, "begin")
        senders = [self._thread(self._send_tasks, "send") for _ in range(self._settings.max_connections)]
        try:
            self._walk()
            self._ledger.wait()
        except BaseException as error:
            self._fail(error)
            self._ledger.wait()  # a second interrupt ends the run here
        for waiting, count in ((self._found, len(readers)), (self._read, 1), (self._tasks, len(senders))):
            for _ in range(count):
                waiting.put(None)
        for thread in (*readers, beginner, *senders):
            thread.join()
        if self._fatal is not None and not isinstance(self._fatal, KeyboardInterrupt):
            raise self._fatal
        self._ledger.summary.is_interrupted = self._stop.is_set()
        return self._ledger.summary

    def _walk(self) -> None:
        for file in walk(self._root, self._settings):
            if self._stop.is_set():
                return
            if isinstance(file, LeftOut):
                self._left_out(file)
                continue
            self._ledger.open()
            reason = self._needs_nothing(file)
            if reason is None:
                self._found.put(file)
            else:
                self._ledger.end(Outcome(file.relative, State.SKIPPED, file.size_bytes, reason=reason))

    def _left_out(self, file: LeftOut) -> None:
        if file.reason is None:
            self._ledger.summary.excluded += 1
        else:
            self._ledger.pass_over(Outcome(file.relative, State.SKIPPED, reason=file.reason))

    def _needs_nothing(self, file: FoundFile) -> str | None:
        if not file.size_bytes:
            return EMPTY
        if not is_media_name(file.relative):
            return NO_MEDIA
        if not self._settings.ignore_journal and self._journal.done(file) is not None:
            return UPLOADED_BEFORE
        return None

    def _read_files(self) -> None:
        while (file := self._found.get()) is not None:
            if self._fatal is not None:
                self._failed(file, NOT_REACHED, STOPPED)
                continue
            kept = self._ledger.keep(file.size_bytes)
            try:
                content = read_content(file, kept)
            except FileChangedError:
                self._ledger.release(kept)
                self._changed(file)
            except UnreadableFileError as error:
                self._ledger.release(kept)
                self._failed(file, UNREADABLE, str(error))
            else:
                self._read.put(content)

    def _begin_files(self) -> None:
        window, is_open = FIRST_WINDOW, True
        while is_open:
            batch, is_open = self._gather(window)
            if batch:
                self._begin(batch)
            done = self._ledger.summary.done + self._ledger.summary.skipped
            speed = done / (time.monotonic() - self._started)
            window = int(min(MAX_WINDOW, max(FIRST_WINDOW, speed * WINDOW_SECONDS)))
            while self._tasks.qsize() > window // 2 and self._fatal is None:
                time.sleep(0.01)

    def _gather(self, window: int) -> tuple[list[Content], bool]:
        """Return up to a window of files, and whether more may follow; wait for the first alone."""
        batch: list[Content] = []
        end: float | None = None
        while len(batch) < window:
            try:
                content = self._read.get(timeout=None if end is None else max(0.0, end - time.monotonic()))
            except queue.Empty:
                break
            if content is None:
                return batch, False
            batch.append(content)
            end = end or time.monotonic() + GATHER_SECONDS
        return batch, True

    def _begin(self, batch: list[Content]) -> None:
        if self._fatal is not None:
            for content in batch:
                self._failed_content(content, NOT_REACHED, STOPPED)
            return
        try:
            answer: Any = self._api.begin_uploads(self._project, uploads=[self._item(content) for content in batch])
        except FovealError as error:
            if not isinstance(error, APIError) or error.status in FATAL_STATUSES:
                self._fail(error)
            for content in batch:
                self._failed_content(content, str(error), _code_of(error))
            return
        for content, ticket in zip(batch, answer["uploads"], strict=True):
            self._plan(content, ticket)

    def _item(self, content: Content) -> dict[str, Any]:
        file = content.file
        shown = file.relative.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        own: Mapping[str, Any] = self._settings.sidecar.get(file.relative, {})
        item: dict[str, Any] = {
            "file_name": shown.rpartition("/")[2],
            "content_type": media_type(file.relative) or UNKNOWN_TYPE,
            "size_bytes": file.size_bytes,
            "checksum": {"algorithm": "crc64nvme", "value": content.checksum},
            "idempotency_key": content.key(self._root_name),
            "attributes": {"path": shown, **own.get("attributes", {})}
            if len(shown) <= 1_024
            else own.get("attributes"),
        }
        if tags := [*dict.fromkeys((*self._settings.tags, *own.get("tags", ())))]:
            item["tags"] = tags
        if self._settings.part_bytes and file.size_bytes > self._settings.part_bytes:
            item |= {"method": "multipart", "part_size_bytes": self._settings.part_bytes}
        return item

    def _plan(self, content: Content, ticket: dict[str, Any]) -> None:
        """Turn a ticket into tasks for the senders."""
        problem = ticket.get("problem")
        if problem:
            is_conflict = problem["code"] == "IdempotencyConflict"
            self._failed_content(content, OTHER_OPTIONS if is_conflict else problem["detail"], problem["code"])
        elif ticket["status"] in ("ready", "deleted"):
            self._done(content, ticket["asset_id"], State.SKIPPED)
        elif ticket["status"] != "pending":
            self._failed_content(content, f"its asset {ticket['asset_id']} is {ticket['status']}", "AssetFailed")
        elif ticket["method"] == "multipart":
            try:
                multipart = Multipart(self._api, content, ticket)
            except FovealError as error:
                self._failed_content(content, str(error), _code_of(error))
                return
            self._plan_parts(multipart, multipart.missing)
        else:
            self._tasks.put(lambda sender: self._send_whole(sender, content, ticket))

    def _plan_parts(self, multipart: Multipart, numbers: list[int]) -> None:
        for number in numbers:
            self._tasks.put(functools.partial(self._send_part, multipart=multipart, number=number))
        if not numbers:
            self._tasks.put(lambda _: self._complete(multipart))

    def _send_tasks(self) -> None:
        sender = Sender(self._gate, self._throttle)
        while (task := self._tasks.get()) is not None:
            with self._gate.entered():
                task(sender)
        sender.close()

    def _send_whole(self, sender: Sender, content: Content, ticket: dict[str, Any]) -> None:
        try:
            sender.send(content, 0, content.file.size_bytes, ticket["url"], ticket["headers"])
        except TicketExpiredError as error:
            if self._ledger.may_again(content.file, "ticket", MAX_FRESH_TICKETS):
                self._read.put(content)
            else:
                self._failed_content(content, f"S3 refused a fresh ticket ({error})", "TicketRefused")
        except SendError as error:
            self._not_sent(content, error)
        else:
            self._done(content, ticket["asset_id"], State.DONE)

    def _send_part(self, sender: Sender, multipart: Multipart, number: int) -> None:
        if multipart.has_ended:
            return
        try:
            start, size_bytes = multipart.range(number)
            for fresh in range(MAX_FRESH_TICKETS + 1):
                try:
                    sender.send(multipart.content, start, size_bytes, multipart.url(number), {})
                    break
                except TicketExpiredError as error:
                    if fresh == MAX_FRESH_TICKETS:
                        raise SendError(f"S3 refused a fresh ticket ({error})", "TicketRefused") from error
            if multipart.arrived(number):
                self._complete(multipart)
        except (SendError, FovealError) as error:
            self._multipart_failed(multipart, error)

    def _complete(self, multipart: Multipart) -> None:
        try:
            missing = multipart.complete()
            if not missing:
                if multipart.end():
                    self._done(multipart.content, multipart.asset_id, State.DONE)
            elif self._ledger.may_again(multipart.content.file, "parts", MAX_FRESH_TICKETS):
                self._plan_parts(multipart, missing)
            else:
                raise SendError(f"S3 lost parts {missing[:5]}", "IncompleteUpload")
        except (SendError, FovealError) as error:
            self._multipart_failed(multipart, error)

    def _multipart_failed(self, multipart: Multipart, error: SendError | FovealError) -> None:
        if not multipart.end():
            return
        if isinstance(error, APIError) and error.code == "ChecksumMismatch":
            error = SendError(CHANGED, "FileChanged")
        if isinstance(error, SendError):
            self._not_sent(multipart.content, error)
        else:
            self._failed_content(multipart.content, str(error), _code_of(error))

    def _not_sent(self, content: Content, error: SendError) -> None:
        if error.code == "FileChanged":
            self._ledger.release(_kept(content))
            self._changed(content.file)
        else:
            self._failed_content(content, error.reason, error.code)

    def _changed(self, file: FoundFile) -> None:
        """Read a file anew that was written to meanwhile, a few times, with a pause for its writer."""
        if not self._ledger.may_again(file, "change", MAX_CHANGES):
            self._failed(file, CHANGED, "FileChanged")
            return
        time.sleep(CHANGE_PAUSE_SECONDS)
        try:
            status = Path(file.path).stat(follow_symlinks=self._settings.follow)
        except OSError as error:
            self._failed(file, UNREADABLE, error.strerror or str(error))
            return
        if status.st_size and stat.S_ISREG(status.st_mode):  # a link may have taken its place
            self._found.put(FoundFile(file.relative, file.path, status.st_size, status.st_mtime_ns, status.st_ino))
        else:  # between two writes, or for good: an empty file is never sent
            self._failed(file, CHANGED, "FileChanged")

    def _done(self, content: Content, asset_id: str, state: State) -> None:
        self._journal.add(content.file, asset_id)
        self._ledger.release(_kept(content))
        reason = UPLOADED_BEFORE if state is State.SKIPPED else None
        self._ledger.end(Outcome(content.file.relative, state, content.file.size_bytes, asset_id, reason))

    def _failed_content(self, content: Content, reason: str, code: str | None) -> None:
        self._ledger.release(_kept(content))
        self._failed(content.file, reason, code)

    def _failed(self, file: FoundFile, reason: str, code: str | None) -> None:
        self._ledger.end(Outcome(file.relative, State.FAILED, file.size_bytes, None, reason, code))

    def _fail(self, error: BaseException) -> None:
        """End the run: nothing new is begun, what is being sent is finished."""
        self._fatal = self._fatal or error
        self._stop.set()

    def _thread(self, work: Callable[[], None], name: str) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as error:
                self._fail(error)
                self._ledger.give_up()

        thread = threading.Thread(target=run, name=f"foveal-{name}", daemon=True)
        thread.start()
        return thread


def _kept(content: Content) -> int:
    return content.file.size_bytes if content.data is not None else 0


def _code_of(error: FovealError) -> str:
    return error.code if isinstance(error, APIError) else type(error).__name__
