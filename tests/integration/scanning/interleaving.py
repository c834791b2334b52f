"""Interleaving of actors at each operation on the bucket and the catalog, in an order that a test draws."""

import random
import threading
from collections.abc import Callable, Sequence
from typing import Any

_OPERATIONS = frozenset(
    {
        *("find", "find_one", "update_one", "update_many", "bulk_write"),
        *("first_block", "head", "read", "status_tag", "set_status_tag"),
    }
)
MAX_SECONDS = 30.0


class Turns:
    """Lets one actor at a time do one operation; `order` draws which."""

    def __init__(self, order: random.Random, after_each: Callable[[], None]) -> None:
        self._order, self._after_each = order, after_each
        self._condition = threading.Condition()
        self._waiting: set[int] = set()
        self._running: set[int] = set()
        self._next: int | None = None

    def run(self, actors: Sequence[Callable[["Turns", int], None]]) -> None:
        self._running = set(range(len(actors)))
        threads = [
            threading.Thread(target=self._act, args=(actor, index), daemon=True) for index, actor in enumerate(actors)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(MAX_SECONDS)
            assert not thread.is_alive()

    def operate(self, actor: int, operation: Callable[[], Any]) -> Any:
        with self._condition:
            self._waiting.add(actor)
            self._choose()
            assert self._condition.wait_for(lambda: self._next == actor, MAX_SECONDS)
            self._waiting.discard(actor)
            try:
                return operation()
            finally:
                self._after_each()
                self._next = None
                self._choose()

    def _act(self, actor: Callable[["Turns", int], None], index: int) -> None:
        try:
            actor(self, index)
        finally:
            with self._condition:
                self._running.discard(index)
                self._choose()

    def _choose(self) -> None:
        if self._next is None and self._waiting and self._waiting == self._running:
            self._next = self._order.choice(sorted(self._waiting))
            self._condition.notify_all()


class InTurn:
    """A bucket or a collection whose operations wait for the turn of one actor."""

    def __init__(self, target: Any, turns: Turns, actor: int) -> None:
        self._target, self._turns, self._actor = target, turns, actor

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if name not in _OPERATIONS:
            return found
        return lambda *args, **options: self._turns.operate(self._actor, lambda: found(*args, **options))
