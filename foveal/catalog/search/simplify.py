"""Leaves out the parts of a filter that cannot hold.

`(car or boat) and not car` asks for boats alone. MongoDB does not see that: it reads every car to refuse each.
"""

from collections.abc import Iterable
from typing import Any

from foveal.catalog.search.filters import And, AnnotationFilter, Annotations, Not, Or


def without_contradictions(node: Any, excluded: frozenset[str] = frozenset()) -> Any:
    """Return a filter that finds the same, None for one that finds nothing.

    `excluded` are labels that no annotation of what is found has.
    """
    match node:
        case And(and_=children):
            excluded |= frozenset(_excluded(children))
            kept = [without_contradictions(child, excluded) for child in children]
            return None if None in kept else And.model_construct(and_=kept)
        case Or(or_=children):
            found = (without_contradictions(child, excluded) for child in children)
            kept = [child for child in found if child is not None]
            return Or.model_construct(or_=kept) if kept else None
        case Annotations() if node.annotations.any is not None:
            labels = node.annotations.any.names.get("label")
            return None if labels and excluded.issuperset(labels) else node
    return node


def _excluded(conditions: Iterable[Any]) -> Iterable[str]:
    """Yield the labels that are ruled out altogether, whatever the annotation's layer, type or confidence."""
    for condition in conditions:
        match condition:
            case Not(not_=Annotations() as negated) if negated.annotations.any is not None:
                yield from _only_labels(negated.annotations.any)
            case Annotations() if condition.annotations.none is not None:
                yield from _only_labels(condition.annotations.none)
            case And(and_=children):
                yield from _excluded(children)


def _only_labels(wanted: AnnotationFilter) -> list[str]:
    return wanted.names["label"] if wanted.names.keys() == wanted.model_fields_set == {"label"} else []
