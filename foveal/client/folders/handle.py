"""Handle of a folder's upload that runs in the background: its outcomes as they come, its sum, its limit, its end."""

import asyncio
import dataclasses
import queue
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from pathlib import Path

from foveal.client._sync.operations import Operations
from foveal.client._sync.transport import Transport
from foveal.client.folders.journal import Journal, journal_path
from foveal.client.folders.pacing import Rate
from foveal.client.folders.report import Outcome, Progress, Summary
from foveal.client.folders.settings import UploadSettings
from foveal.client.folders.uploader import upload_folder
from foveal.client.profile import Profile
from foveal.client.retries import RetryPolicy


class FolderUpload:
    """An upload that runs. Iterate over it, with `for` or `async for`, for the outcome of each file as it comes; wait
    for the sum with `result()` or `await`. `progress` is renewed ten times a second. Outcomes that nobody takes are
    kept."""

    def __init__(self, work: "Callable[[FolderUpload], Summary]", limit: int | Rate | None = None) -> None:
        """Start the work, which reports to `add` and ends early when `stopping` is set."""
        self.stopping = threading.Event()
        self._limit = limit
        self._outcomes: queue.SimpleQueue[Outcome | None] = queue.SimpleQueue()
        self._summary: Summary | None = None
        self.progress = Progress(0, 0, 0, 0, 0, 0, is_walked=False)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(work,), name="foveal-upload", daemon=True)
        self._thread.start()

    def add(self, outcome: Outcome) -> None:
        """Hand an outcome to the iteration."""
        self._outcomes.put(outcome)

    def advance(self, progress: Progress) -> None:
        """Renew the progress."""
        self.progress = progress

    def rate(self) -> int | None:
        """Return the limit of the line in bytes a second, as it is now."""
        return self._limit() if callable(self._limit) else self._limit

    def limit(self, bytes_per_second: int | None) -> None:
        """Set the limit of the line while files are sent; None for none."""
        self._limit = bytes_per_second

    def stop(self) -> None:
        """Begin nothing new; what is being sent is finished, and the same call later goes on."""
        self.stopping.set()

    @property
    def is_running(self) -> bool:
        """Tell whether files are still open."""
        return self._thread.is_alive()

    def result(self) -> Summary:
        """Wait for the end, and return the sum. Raises what `upload_folder` raises."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        assert self._summary is not None
        return self._summary

    def __iter__(self) -> Iterator[Outcome]:
        while (outcome := self._outcomes.get()) is not None:
            yield outcome
        self._outcomes.put(None)  # so that iterating again ends too
        self.result()

    async def __aiter__(self) -> AsyncIterator[Outcome]:
        while (outcome := await asyncio.to_thread(self._outcomes.get)) is not None:
            yield outcome
        self._outcomes.put(None)
        await self

    def __await__(self) -> Generator[object, None, Summary]:
        return asyncio.to_thread(self.result).__await__()

    def _run(self, work: "Callable[[FolderUpload], Summary]") -> None:
        try:
            self._summary = work(self)
        except BaseException as error:
            self._error = error
        finally:
            self._outcomes.put(None)


def start_upload(
    profile: Profile, retries: RetryPolicy, project: str, root: Path, settings: UploadSettings
) -> FolderUpload:
    """Start the upload of a folder in threads, with a connection to the API of its own; see `upload_folder`."""

    def work(handle: FolderUpload) -> Summary:
        journal = Journal(journal_path(profile.api_url, project, root))
        transport = Transport(profile, retries)
        chosen = dataclasses.replace(settings, max_bytes_per_second=handle.rate)
        try:
            operations = Operations(transport)
            return upload_folder(
                operations, project, root, journal, chosen, handle.add, handle.stopping, handle.advance
            )  # fmt: skip
        finally:
            transport.close()
            journal.close()

    return FolderUpload(work, settings.max_bytes_per_second)
