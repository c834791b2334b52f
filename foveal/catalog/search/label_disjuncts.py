"""A filter that labels narrow, as alternatives that the index of labels answers in the order of the page.

`(car or boat) and width >= 1920`, newest first, is `(car and width >= 1920) or (boat and width >= 1920)`: two ranges of
one index, each in order, to be merged. MongoDB gets there by itself, but only after it has raced all the plans that it
can think of, which takes ten times as long as the page, for every new shape of a filter and again whenever the winner
does badly with other labels.
"""

from typing import Any, Final

from foveal.catalog.search import fields
from foveal.catalog.search.filters import And, AnnotationFilter, Annotations, Condition, Near, Or, Quantified, Within
from foveal.catalog.search.indexes import BY_ORDER, INDEXED

MAX_LABELS: Final = 50
"""So many ranges are merged in order; what more of them find, MongoDB would sort in memory."""
MAX_CHARACTERS: Final = 1_000_000
"""So long may the alternatives be altogether, as JSON: each repeats the filter, and a command has 16 MB at most."""
_BOUNDING: Final = frozenset({"eq", "in", "gt", "gte", "lt", "lte", "prefix"})
_OF_NO_ORDER: Final = {*INDEXED, "status"} - BY_ORDER.keys()


def by_label(node: Any) -> list[Any]:
    """Return filters that together find what `node` finds, each narrowed by one label.

    None of them: labels do not narrow it, too many do, or an index that is not sorted by may narrow it further.
    """
    found = _alternatives(node)
    if not found or len(found) > MAX_LABELS:
        return []
    return found if len(found) * len(node.model_dump_json(exclude_unset=True)) <= MAX_CHARACTERS else []


def has_labels(node: Any) -> bool:
    """Tell whether a comparison is one that needs an annotation with some label."""
    if not isinstance(node, Annotations):
        return False
    some, counted = node.annotations.any, node.annotations.count
    wanted = counted.of if counted is not None and counted.at_least else some
    return wanted is not None and bool(wanted.names.get("label"))


def _alternatives(node: Any) -> list[Any] | None:
    match node:
        case Annotations() if node.annotations.any is not None:
            labels = dict.fromkeys(node.annotations.any.names.get("label", ()))
            return [_only(label, node.annotations.any) for label in labels] or None
        case Annotations() if node.annotations.count is not None:
            counted = node.annotations.count
            return [node] if counted.at_least and len(counted.of.names.get("label", ())) == 1 else None
        case Or(or_=children):
            parts = [_alternatives(child) for child in children]
            return None if None in parts else [each for part in parts for each in part or ()]
        case And(and_=children) if not any(is_narrowed_elsewhere(child) for child in children):
            narrowing = [(found, child) for child in children if (found := _alternatives(child))]
            if not narrowing:
                return None
            fewest, narrowed = min(narrowing, key=lambda each: len(each[0]))
            rest = [child for child in children if child is not narrowed]
            return [And.model_construct(and_=[each, *rest]) for each in fewest]
    return None


def _only(label: str, wanted: AnnotationFilter) -> Annotations:
    return Annotations(annotations=Quantified(any=wanted.model_copy(update={"label": label})))


def bounded_path(node: Any) -> str | None:
    """Return the path of the field that a condition bounds, as an index needs it; None for anything else."""
    is_bound = isinstance(node, Condition) and node.operators.keys() & _BOUNDING
    return fields.lookup(node.field).path if is_bound else None


def is_narrowed_elsewhere(node: Any) -> bool:
    """Tell whether what must hold may be found by an index that pages are not sorted by, nor has labels."""
    match node:
        case And(and_=children):
            return any(is_narrowed_elsewhere(child) for child in children)
        case Condition():
            return bounded_path(node) in _OF_NO_ORDER
    return isinstance(node, Near | Within)
