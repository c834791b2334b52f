"""Loss report: each field that a target format cannot hold, with how often and where, under a stable code."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as member
from typing import Any, Final, Self

MAX_EXAMPLES: Final = 5


@dataclass(slots=True)
class Loss:
    """A loss: `field` in the words of the annotation model, `why` a sentence, up to five pointers or ids."""

    code: str
    field: str
    why: str
    count: int = 0
    examples: list[str] = member(default_factory=list)

    def document(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "field": self.field,
            "count": self.count,
            "examples": self.examples,
            "why": self.why,
        }


class LossReport:
    """The losses of one export, and how many annotations it wrote and left out."""

    def __init__(self) -> None:
        self._losses: dict[tuple[str, str], Loss] = {}
        self.written = 0
        self.left_out = 0

    @classmethod
    def of(cls, documents: Iterable[Mapping[str, Any]]) -> Self:
        """Return a report of losses in the form of `Loss.document`."""
        report = cls()
        for each in documents:
            report._losses[each["code"], each["field"]] = Loss(**each)
        return report

    def tell(self, code: str, field: str, why: str, example: str) -> None:
        """Count a loss of a field that is written otherwise, or not at all."""
        loss = self._losses.get((code, field))
        if loss is None:
            loss = self._losses[code, field] = Loss(code, field, why)
        loss.count += 1
        if len(loss.examples) < MAX_EXAMPLES:
            loss.examples.append(example)

    def join(self, other: "LossReport") -> None:
        """Add the counts of another report."""
        for key, loss in other._losses.items():
            joined = self._losses.setdefault(key, Loss(*key, loss.why))
            joined.count += loss.count
            joined.examples = [*joined.examples, *loss.examples][:MAX_EXAMPLES]
        self.written += other.written
        self.left_out += other.left_out

    def losses(self) -> list[Loss]:
        """Return the losses by code and field."""
        return [self._losses[key] for key in sorted(self._losses)]
