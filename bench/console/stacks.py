"""The local stack that the console is measured against."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from local.instance import Instance
from local.lifecycle import down, up
from tests.e2e.conftest import own_instance
from tests.e2e.stack import Stack


@contextmanager
def running_stack() -> Iterator[Stack]:
    """A stack of its own, stopped at the end; with FOVEAL_TEST_STACK=running, the one that runs already."""
    if os.environ.get("FOVEAL_TEST_STACK") == "running":
        yield Stack(Instance.from_environment())
        return
    with tempfile.TemporaryDirectory(prefix="bench-console-") as state:
        instance = own_instance(Path(state))
        try:
            up(instance, Console(quiet=True), with_samples=False)
            yield Stack(instance)
        finally:
            down(instance)
