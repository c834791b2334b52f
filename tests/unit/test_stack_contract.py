"""The contract between stack and functions agrees with the parts of the domain that keep lists of their own."""

import ast
from pathlib import Path

from foveal import stack_contract
from foveal.delivery import cookies, edge_copies
from foveal.events.schemas import DETAIL_TYPES
from foveal.objects.keys import derived_key, export_key, mask_key, media_key

ROOT = Path(__file__).resolve().parents[2]
PREFIXES = {
    stack_contract.MEDIA_PREFIX,
    stack_contract.MASKS_PREFIX,
    stack_contract.DERIVED_PREFIX,
    stack_contract.EXPORTS_PREFIX,
}


def test_event_names_of_the_contract_are_published_detail_types() -> None:
    assert {*stack_contract.RENDERED_EVENTS, *stack_contract.FAILURE_EVENTS} <= set(DETAIL_TYPES)


def test_keys_lie_below_the_prefixes_of_the_contract() -> None:
    keys = media_key("zoo", "a", "a.jpg"), derived_key("zoo", "a", "v", "n"), mask_key("zoo", "a", "n")
    assert {key.partition("/")[0] + "/" for key in (*keys, export_key("zoo", "j", "n"))} == PREFIXES


def test_prefixes_that_are_delivered_or_purged_are_prefixes_of_the_contract() -> None:
    assert {*cookies.PREFIXES, *edge_copies.PURGED_PREFIXES} <= PREFIXES


def test_values_of_the_contract_are_written_nowhere_else() -> None:
    """Literals that equal a value of the contract, in the stack and in the modules that once repeated them."""
    values = {*PREFIXES, stack_contract.STATUS_TAG, *stack_contract.ARCHIVE_CLASSES, stack_contract.PROJECT_PATTERN}
    modules = [*(ROOT / "infra").rglob("*.py"), *(ROOT / "foveal").rglob("*.py")]
    repeated = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.value}"
        for path in modules
        if path != ROOT / "foveal/stack_contract.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in values
    ]
    assert repeated == []
