"""The reference of the commands in the documentation is that of the commands."""

from tools.cli_reference import PAGE, page


def test_reference_in_the_documentation_is_the_one_of_the_commands() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text), "run python -m tools.cli_reference"
