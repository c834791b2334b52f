"""Questions about the rows of a YOLO data set, each asked once."""

from collections.abc import Iterator, Sequence
from typing import Final

from foveal.formats.base.model.context import Context, ask
from foveal.formats.base.model.items import FileWarning, FormatError, Question
from foveal.formats.yolo.description import TASKS, Description, parse_kpt_shape
from foveal.formats.yolo.rows import BOX_COLUMNS, OBB_COLUMNS, Meaning

OPTION_TASK: Final = "task"
OPTION_KPT_SHAPE: Final = "kpt_shape"
OPTION_SIXTH: Final = "sixth_column"
SIXTH_CHOICES: Final = ("confidence", "track_id")


def meaning_of(description: Description, context: Context) -> Meaning:
    """Return what rows mean by the options, then by the description. Raises FormatError for a wrong option."""
    answer = context.option(OPTION_TASK, TASKS)
    shape = description.kpt_shape
    if stated := context.option(OPTION_KPT_SHAPE):
        shape = parse_kpt_shape(stated.strip("[] ").split(","), "--option kpt_shape")
    if answer not in (None, "pose"):
        shape = None
    return Meaning(answer or description.task, shape, context.option(OPTION_SIXTH, SIXTH_CHOICES))


class Questions:
    """The questions that were asked so far."""

    def __init__(self) -> None:
        self._asked: set[str] = set()

    def about(self, option: str, counts: Sequence[int], where: str, sixth: float = 0.0) -> Iterator[Question]:
        """Yield the question behind an option, unless it was asked.

        `counts` are the columns of the file's rows, `sixth` is the number behind the others.
        """
        if option in self._asked:
            return
        self._asked.add(option)
        match option:
            case "task":
                outlines = {count for count in counts if count > BOX_COLUMNS + 1}
                yield ask(
                    OPTION_TASK,
                    "Rows of nine values are turned boxes, outlines of four points, or boxes with two keypoints "
                    "(then say kpt_shape=2,2 too).",
                    ("obb", "segment", "pose"),
                    "obb" if outlines <= {OBB_COLUMNS, OBB_COLUMNS + 1} else "segment",
                    where,
                )
            case "kpt_shape":
                longest = max(counts) - BOX_COLUMNS
                proposal = f"{longest // 3},3" if longest % 3 == 0 else f"{longest // 2},2"
                yield ask(OPTION_KPT_SHAPE, "data.yaml has no kpt_shape.", (proposal,), proposal, where)
            case "sixth_column":
                yield ask(
                    OPTION_SIXTH,
                    "Rows have a number behind the others: it is kept in extra.sixth_column, the boxes are placed.",
                    SIXTH_CHOICES,
                    "confidence" if 0 <= sixth <= 1 else "track_id",
                    where,
                )
            case _:
                raise FormatError("wrong_option", f"{option} is no option of YOLO.")

    def about_sixth(
        self, number: float, meaning: Meaning, counts: Sequence[int], where: str
    ) -> Iterator[Question | FileWarning]:
        """Yield what is to be said of a number behind the others that no option explains."""
        if meaning.sixth_column is not None:
            yield FileWarning(
                "not_a_confidence", f"{number:g} is no confidence from 0 to 1: kept in extra.sixth_column.", where
            )
        elif OPTION_SIXTH not in self._asked:
            yield FileWarning("sixth_column", "A number behind the others has no meaning that is known.", where)
            yield from self.about(OPTION_SIXTH, counts, where, number)
