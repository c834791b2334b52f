"""Fluid queue: first in, first out, in steps of a second; amounts are numbers, and waits are whole seconds."""

from collections import deque


class FluidQueue:
    """Queue of an amount, which knows how long each part of it has waited."""

    def __init__(self) -> None:
        self._parcels = deque[list[float]]()  # [second of arrival, amount]
        self._waits = dict[int, float]()
        self.length = self.longest = 0.0

    def put(self, second: int, amount: float) -> None:
        """Add an amount that arrives in a second."""
        if amount > 0:
            self._parcels.append([second, amount])
            self.length += amount
            self.longest = max(self.longest, self.length)

    def take(self, second: int, limit: float) -> float:
        """Take at most `limit`, the oldest first, and return the amount."""
        taken = 0.0
        while self._parcels and taken < limit:
            arrived, amount = self._parcels[0]
            part = min(amount, limit - taken)
            wait = second - int(arrived)
            self._waits[wait] = self._waits.get(wait, 0.0) + part
            taken += part
            if part < amount:
                self._parcels[0][1] = amount - part
            else:
                self._parcels.popleft()
        self.length = self.length - taken if self._parcels else 0.0
        return taken

    def close(self, second: int) -> None:
        """Count what is still there with the time that it has waited until now."""
        for arrived, amount in self._parcels:
            wait = second - int(arrived)
            self._waits[wait] = self._waits.get(wait, 0.0) + amount

    def wait(self, share: float) -> int:
        """Return the seconds that this share of the amount has waited at most; 0 when there was nothing."""
        total, seen = sum(self._waits.values()), 0.0
        for seconds in sorted(self._waits):
            seen += self._waits[seconds]
            if seen >= share * total * (1 - 1e-12):
                return seconds
        return 0

    @property
    def longest_wait(self) -> int:
        return max(self._waits, default=0)
