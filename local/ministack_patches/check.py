"""Check of the installed MiniStack: each private name that the patches use must be there after an upgrade."""

import importlib
from collections.abc import Iterable
from typing import Any

from local.instance import LocalStackError


def missing(modules: Iterable[Any]) -> list[str]:
    """Return the names that are declared in `USES` and not there, `module.name`, in order; a missing module as such."""
    wanted = {(module, name) for ours in modules for module, names in ours.USES.items() for name in names}
    absent: set[str] = set()
    for module, name in wanted:
        try:
            if not hasattr(importlib.import_module(module), name):
                absent.add(f"{module}.{name}")
        except ModuleNotFoundError:
            absent.add(module)
    return sorted(absent)


def check() -> None:
    """Raise LocalStackError when the installed MiniStack lacks a name that a patch uses."""
    from local import ministack_patches
    from local.emulator import autosave

    absent = missing([autosave, *ministack_patches.MODULES])
    if absent:
        raise LocalStackError(
            f"The installed MiniStack lacks {', '.join(absent)}: install the release that requirements.in pins, "
            "or adapt local/ministack_patches to the new one."
        )
