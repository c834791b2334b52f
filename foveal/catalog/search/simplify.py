"""Contradictions between labels in a filter, by which the compiler leaves out the parts that cannot hold.

`(car or boat) and not car` asks for boats alone. MongoDB does not see that: it reads every car to refuse each.
"""

from collections.abc import Iterable, Iterator, Set
from typing import Any

from foveal.catalog.search.annotation_filters import AnnotationFilter, Annotations
from foveal.catalog.search.filters import And, Not


def excluded_labels(conditions: Iterable[Any]) -> Iterator[str]:
    """Yield the labels that conditions rule out together, whatever the annotation's layer, type or confidence."""
    for condition in conditions:
        match condition:
            case Not(not_=Annotations() as negated) if negated.annotations.any is not None:
                yield from _only_labels(negated.annotations.any)
            case Annotations() if condition.annotations.none is not None:
                yield from _only_labels(condition.annotations.none)
            case And(and_=children):
                yield from excluded_labels(children)


def needs(condition: Annotations, excluded: Set[str]) -> bool:
    """Tell whether a condition needs an annotation with a label that is excluded."""
    filter_ = condition.annotations.any
    labels = filter_.names.get("label") if filter_ is not None else None
    return labels is not None and set(labels) <= excluded


def _only_labels(filter_: AnnotationFilter) -> list[str]:
    return filter_.names["label"] if filter_.names.keys() == filter_.model_fields_set == {"label"} else []
