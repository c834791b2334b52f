"""Compiles a filter for MongoDB in one pass over its tree, in which it is also simplified and analysed.

A filter becomes a `$match` that is answered from the asset alone: its label summary tells which annotations it has. A
few conditions cannot be decided from the summary; for these the `$match` is only necessary, and look-ups decide. The
pass drives negations down to the comparisons (De Morgan), since "necessary" does not survive a `not`; it leaves out
what cannot hold; and it gathers the facts by which an index is chosen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from foveal.catalog.search import annotation_conditions, comparisons, fields, parts, simplify
from foveal.catalog.search.annotation_filters import Annotations
from foveal.catalog.search.filters import And, Condition, Not, Or
from foveal.catalog.search.index_selection import MAX_TRIED, AccessPath, access_path
from foveal.catalog.search.indexes import INDEXED
from foveal.catalog.search.parts import Part
from foveal.database.client import Document


@dataclass(slots=True)
class Compiled:
    """A filter for MongoDB: `match`, then `stages` for the rest; `unindexed` names the fields that no index helps.

    For a page, `index` is the one that reads it (`match` is then perhaps one `$or` of its ranges), and `first` a
    cheaper query tried before this one: its results are the start of the page.
    """

    match: Document
    stages: list[Document] = field(default_factory=list)
    unindexed: tuple[str, ...] = ()
    index: str | None = None
    first: "Compiled | None" = None

    def within(self, range_: Document) -> Document:
        """Return `match` for the documents in a range, which goes into each disjunct: the `$or` stays outermost."""
        disjuncts = self.match["$or"] if self.match.keys() == {"$or"} else [self.match]
        return parts.or_of([parts.and_of([each, range_]) for each in disjuncts])


def compile_filter(project: str, node: Any, sort_path: str = "") -> Compiled:
    """Return the filter within one project, of ready assets if it does not mention `status`.

    With the path of a sort, its pages are read in that order, see `foveal.catalog.search.index_selection`.
    """
    compiler = _Compiler()
    part = parts.ALL_ASSETS if node is None else compiler.part(node)
    within: list[Document] = [{"project": project}]
    if "status" not in compiler.named:
        within.append({"status": "ready"})
    unindexed = sorted(name for name, path in compiler.named.items() if path not in INDEXED and path != "status")
    compiled = Compiled(parts.and_of([*within, part.necessary if part else parts.NOTHING]))
    compiled.unindexed = tuple(unindexed)
    if part is None:
        return compiled
    compiled.stages = [*part.lookups, {"$match": part.exact}] if part.lookups else []
    chosen = access_path(part, sort_path) if "status" not in compiler.named else None
    return compiled if chosen is None else _read_by(chosen, within, compiled)


def _read_by(chosen: AccessPath, within: Sequence[Document], compiled: Compiled) -> Compiled:
    """Return a filter as its ranges of an index, after the cheaper path that is tried first."""
    first = None
    if chosen.first is not None:
        checked: list[Document] = [{"$limit": MAX_TRIED}, {"$match": compiled.match}, *compiled.stages]
        first = _read_by(chosen.first, within, replace(compiled, stages=checked))
    match = parts.or_of([parts.and_of([*within, range_]) for range_ in chosen.ranges])
    return replace(compiled, match=match, index=chosen.index, first=first)


class _Compiler:
    """The pass over one filter; `named` has the paths of all fields that it names, by name."""

    def __init__(self) -> None:
        self.named: dict[str, str] = {}
        self._numbers = count()

    def part(self, node: Any, *, negated: bool = False, excluded: frozenset[str] = frozenset()) -> Part | None:
        """Return the part of a node; None if it cannot hold, as it needs one of the `excluded` labels."""
        match node:
            case Not(not_=child):
                return self.part(child, negated=not negated, excluded=excluded)
            case And(and_=children) | Or(or_=children):
                if isinstance(node, And) and not negated:
                    excluded |= frozenset(simplify.excluded_labels(children))
                join = parts.all_of if isinstance(node, And) is not negated else parts.any_of
                return join([self.part(child, negated=negated, excluded=excluded) for child in children])
            case Annotations():
                if not negated and simplify.needs(node, excluded):
                    return None
                return annotation_conditions.of_annotations(node, negated=negated, numbers=self._numbers)
            case Condition():
                where = fields.lookup(node.field)
                self.named[where.name] = where.path
                return comparisons.of_field(node, where, negated=negated)
        return comparisons.of_place(node, negated=negated)
