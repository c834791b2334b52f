"""The ids of annotations: ours are unique by themselves, a caller's own are unique within the project.

An annotation that a caller has named is stored under `{id}@{project}`. So the same name in another project is another
annotation, and nobody learns by naming one what other projects have.
"""

from collections.abc import Iterable
from typing import Final

_SEPARATOR: Final = "@"
"""Sorts after "/" and "0", between which the history of an id lies (`foveal.catalog.annotations.history`)."""


def named(annotation_id: str, project: str) -> str:
    """Return the stored `_id` of an annotation under an id of a caller's own."""
    return f"{annotation_id}{_SEPARATOR}{project}"


def candidates(annotation_id: str, projects: Iterable[str]) -> list[str]:
    """Return every `_id` under which an annotation may be stored that is called so in one of the projects."""
    return [annotation_id, *(named(annotation_id, project) for project in sorted(projects))]


def public(stored_id: str) -> str:
    """Return what callers call an annotation with this `_id`."""
    return stored_id.partition(_SEPARATOR)[0]
