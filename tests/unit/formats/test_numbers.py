"""Numbers of text formats: rows in one go are written as their numbers are one by one."""

from hypothesis import example, given
from hypothesis import strategies as st

from foveal.formats.base.files.numbers import row_of, text_of

FINITE = st.floats(allow_nan=False, allow_infinity=False)
COORDINATES = st.floats(-2, 2).map(lambda value: round(value, 6))


@given(st.lists(st.one_of(FINITE, COORDINATES, st.integers(-(10**18), 10**18)), min_size=1, max_size=9))
@example([0.0, -0.0, 1.0, 0.5])
@example([1e-5, 0.0001, 1e-7, 5e-324])
@example([999999999999999.0, 2.0**53, 1e16, 1e22])
@example([-0.0])
@example([-0.05, 10.0, 100.05])
def test_row_of_numbers_has_the_text_of_each(values: list[float]) -> None:
    assert row_of(values) == " ".join(map(text_of, values))
