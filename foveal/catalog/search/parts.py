"""Compiled parts of a filter: MongoDB conditions, joined by and, or, not, and the facts by which an index is chosen.

A filter that labels narrow is kept as disjuncts as well, one condition for each label, so that the label index returns
its pages in order: `(car or boat) and width >= 1920`, newest first, is `(car and width >= 1920) or (boat and width >=
1920)`, two ranges of one index, each in order, to be merged. MongoDB finds that by itself, but only after a race of all
plans, which takes ten times as long as the page, for every new shape of a filter and again whenever the winner does
badly with other labels.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from foveal.catalog.search.indexes import BY_ORDER, INDEXED
from foveal.database.client import Document
from foveal.database.schema import LABEL

MAX_LABELS: Final = 50
"""The number of ranges that MongoDB merges in order; more of them it would sort in memory."""
EVERYTHING: Final[Document] = {}
NOTHING: Final[Document] = {"_id": {"$in": []}}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a filter: `necessary` is decided by the asset alone, `exact` once the `lookups` have run."""

    necessary: Document
    exact: Document
    lookups: tuple[Document, ...] = ()
    path: str | None = None
    """The path of the field that a single comparison, not negated, is about."""
    bounds: frozenset[str] = frozenset()
    """Indexed paths that it bounds; of an `or` those that any branch bounds."""
    disjuncts: tuple[Document, ...] = ()
    """Conditions on one label each that together find what `necessary` finds; none unless labels narrow it."""
    is_or: bool = False
    inner: tuple["Part", ...] = ()

    @property
    def conjuncts(self) -> tuple["Part", ...]:
        """The parts that must all hold; the part itself unless it is an `and`."""
        return self.inner or (self,)

    @property
    def is_bounded_elsewhere(self) -> bool:
        """Tell whether it bounds the key of an index that sorts no page: a tag, a place, a checksum, an id."""
        return not self.is_or and bool(self.bounds - BY_ORDER.keys() - {LABEL})

    @property
    def leaves_choice(self) -> bool:
        """Tell whether the best index for the part depends on the data, unless its labels narrow it."""
        return bool(self.bounds if self.is_or else self.bounds - BY_ORDER.keys())


ALL_ASSETS: Final = Part(EVERYTHING, EVERYTHING)


def of_comparison(clauses: Sequence[Document], path: str, *, is_bound: bool, negated: bool) -> Part:
    """Return the part of comparisons with one path that must all hold; negated, no index helps with it."""
    clause = and_of(clauses)
    if negated:
        return Part(nor_of(clause), nor_of(clause))
    bounds = frozenset({path} & INDEXED if is_bound else ())
    return Part(clause, clause, path=path, bounds=bounds)


def of_labels(necessary: Document, exact: Document, lookups: Iterable[Document], disjuncts: Sequence[Document]) -> Part:
    """Return the part of a condition that needs annotations with certain labels."""
    return Part(necessary, exact, tuple(lookups), bounds=frozenset({LABEL}), disjuncts=_mergeable(disjuncts))


def all_of(parts: Sequence[Part | None]) -> Part | None:
    """Return the conjunction; None, which stands for a part that cannot hold, if there is such a part."""
    possible = [part for part in parts if part is not None]
    return conjunction(possible) if len(possible) == len(parts) else None


def conjunction(parts: Sequence[Part]) -> Part:
    """Return the conjunction of parts that can hold."""
    conjuncts = [each for part in parts for each in part.conjuncts]
    if len(conjuncts) <= 1:
        return conjuncts[0] if conjuncts else ALL_ASSETS
    return Part(
        and_of([each.necessary for each in conjuncts]),
        and_of([each.exact for each in conjuncts]),
        lookups=tuple(lookup for each in conjuncts for lookup in each.lookups),
        bounds=frozenset(path for each in conjuncts for path in each.bounds),
        disjuncts=_distributed(conjuncts),
        inner=tuple(conjuncts),
    )


def any_of(parts: Sequence[Part | None]) -> Part | None:
    """Return the disjunction of the parts that can hold; None without any."""
    branches = [part for part in parts if part is not None]
    if len(branches) <= 1:
        return branches[0] if branches else None
    is_narrowed = all(each.disjuncts for each in branches)
    return Part(
        or_of([each.necessary for each in branches]),
        or_of([each.exact for each in branches]),
        lookups=tuple(lookup for each in branches for lookup in each.lookups),
        bounds=frozenset(path for each in branches for path in each.bounds),
        disjuncts=_mergeable([one for each in branches for one in each.disjuncts] if is_narrowed else []),
        is_or=True,
    )


def _distributed(conjuncts: Sequence[Part]) -> tuple[Document, ...]:
    """Return the disjuncts of an `and`: those of the conjunct with the fewest, each with all other conjuncts.

    There are none where the key of another index may narrow it further.
    """
    narrowed = [each for each in conjuncts if each.disjuncts]
    if not narrowed or any(each.is_bounded_elsewhere for each in conjuncts):
        return ()
    fewest = min(narrowed, key=lambda each: len(each.disjuncts))
    others = [each.necessary for each in conjuncts if each is not fewest]
    return tuple(and_of([each, *others]) for each in fewest.disjuncts)


def _mergeable(disjuncts: Sequence[Document]) -> tuple[Document, ...]:
    return tuple(disjuncts) if len(disjuncts) <= MAX_LABELS else ()


def and_of(clauses: Sequence[Document]) -> Document:
    """Return the conjunction of MongoDB conditions, those within them made part of it."""
    flat = [part for clause in clauses for part in (clause.get("$and", [clause]) if clause else [])]
    return {"$and": flat} if len(flat) > 1 else flat[0] if flat else EVERYTHING


def or_of(clauses: Sequence[Document]) -> Document:
    """Return the disjunction of MongoDB conditions."""
    if not all(clauses):
        return EVERYTHING
    return {"$or": list(clauses)} if len(clauses) > 1 else clauses[0] if clauses else NOTHING


def nor_of(clause: Document) -> Document:
    """Return the negation of a MongoDB condition."""
    return {"$nor": [clause]} if clause else NOTHING
