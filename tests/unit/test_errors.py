"""The tree of problems, as it is drawn and as it is."""

import importlib
import inspect
import pkgutil
import re

import foveal
from foveal import errors
from foveal.errors import Problem


def drawn_tree() -> dict[str, tuple[str, int | None]]:
    """Return the parent and the status of each problem in the drawing."""
    drawing = (inspect.getdoc(errors) or "").partition("\n\n")[2].partition("\n\n")[0]
    branches = re.sub(r"\n\s*│\s+", " ", drawing).splitlines()
    root = branches[0].strip()
    found: dict[str, tuple[str, int | None]] = {root: ("Exception", None)}
    for branch in branches[1:]:
        name, status, below = re.findall(r"[├└]── (\w+)(?: (\d+))?(?: ─ (.*))?", branch)[0]
        found[name] = (root, int(status) if status else None)
        for child, grandchildren in re.findall(r"(\w+)(?: \(([^)]*)\))?", below):
            found[child] = (name, int(status))
            found |= {each: (child, int(status)) for each in re.findall(r"\w+", grandchildren)}
    return found


def actual_tree(problem: type[Problem]) -> dict[str, tuple[str, int | None]]:
    found = {problem.__name__: (problem.__mro__[1].__name__, getattr(problem, "status", None))}
    for each in problem.__subclasses__():
        found |= actual_tree(each)
    return found


def test_drawn_tree_is_the_class_hierarchy_of_all_modules() -> None:
    for module in pkgutil.walk_packages(foveal.__path__, "foveal."):
        importlib.import_module(module.name)
    assert drawn_tree() == actual_tree(Problem)


def test_problems_are_all_defined_in_one_module() -> None:
    for module in pkgutil.walk_packages(foveal.__path__, "foveal."):
        importlib.import_module(module.name)
    assert {name for name in actual_tree(Problem) if not hasattr(errors, name)} == set()
