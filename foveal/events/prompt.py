"""Prompt publishing after a commit, which neither fails the write nor delays it by more than half a second.

A thread of its own publishes; the request waits for it for a moment and then goes on, whatever has become of it. What
is not published by then, or not taken, stays in the outbox: the thread or `sweep` publishes it, under the same ids.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from aws_lambda_powertools import Logger
from pymongo.collection import Collection

from foveal.events.outbox import Publisher

MAX_DOCUMENTS: Final = 100
"""Of so many documents at most: a bulk write of thousands leaves the others to `sweep`."""
SECONDS: Final = 0.5


class PromptPublisher:
    """Publishes the events of documents that have just been written, one request's at a time."""

    def __init__(
        self,
        publisher: Publisher,
        documents: Callable[[], Collection[dict[str, Any]]],
        logger: Logger,
        seconds: float = SECONDS,
    ) -> None:
        self._publisher, self._documents, self._logger, self._seconds = publisher, documents, logger, seconds
        self._is_busy = threading.Lock()

    def publish(self, ids: Iterable[str]) -> None:
        """Publish what these documents hold in `pending_events`; return after half a second at most. Raises nothing."""
        document_ids = sorted(set(ids))[:MAX_DOCUMENTS]
        if document_ids and self._is_busy.acquire(blocking=False):
            worker = threading.Thread(target=self._work, args=(document_ids,), daemon=True)
            worker.start()
            worker.join(self._seconds)

    def _work(self, ids: Sequence[str]) -> None:
        try:
            self._publisher.publish(self._documents(), {"_id": {"$in": ids}})
        except Exception as error:
            self._logger.warning("events left to sweep", extra={"error_type": type(error).__name__})
        finally:
            self._is_busy.release()
