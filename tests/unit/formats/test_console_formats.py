"""The console offers the formats and options that there are."""

from tools import console_formats


def test_formats_of_the_console_are_those_of_the_registry() -> None:
    assert console_formats.FILE.read_text(encoding="utf-8") == console_formats.text(), "python -m tools.console_formats"
