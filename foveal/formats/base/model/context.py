"""Context of a reader: the answers to its questions, and the facts of the assets that its files name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from foveal.formats.base.model.items import FormatError, Question
from foveal.formats.base.model.matching import AssetNames

OPTION_LAYER: Final = "field"
"""Every reader: the layer of all annotations, instead of the one that the reader proposes."""


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """Facts of an asset: sides in pixels as displayed, the EXIF orientation (1 to 8), frames of a video."""

    width: int
    height: int
    orientation: int = 1
    frame_count: int | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """Answers by option, and facts by asset. `probe` finds the facts of a file that the source itself holds."""

    options: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, AssetFacts] = field(default_factory=dict)
    probe: Callable[[str], AssetFacts | None] | None = None
    names: AssetNames = field(default_factory=AssetNames)

    def option(self, name: str, choices: Sequence[str] | None = None) -> str | None:
        """Return the answer that was given, or None. Raises FormatError when it is not one of the choices."""
        value = self.options.get(name)
        if value is not None and choices is not None and value not in choices:
            raise FormatError("wrong_option", f"--option {name}={value}: must be one of {', '.join(choices)}.")
        return value

    def facts_of(self, file_name: str) -> AssetFacts | None:
        """Return the facts of the asset that a name of the file stands for, or None where they are not known."""
        match = self.names.find(file_name)
        found = self.facts.get(match.name) if match is not None else None
        return found or (self.probe(file_name) if self.probe else None)


def ask(option: str, message: str, choices: Sequence[str], proposal: str, where: str) -> Question:
    """Return a question in the words of the command line."""
    return Question(option, f"{message} Answer with --option {option}={'|'.join(choices)}.", choices, proposal, where)
