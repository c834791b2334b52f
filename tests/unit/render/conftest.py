"""Garbage collections of drawings, kept apart from the objects of all tests before."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def collections_are_short() -> Iterator[None]:
    """Leave everything that exists out of collections, as the process that draws does (foveal/render/isolation).

    A key frame is drawn after a collection, which takes seconds in a process that has run thousands of tests.
    """
    gc.freeze()
    yield
    gc.unfreeze()
