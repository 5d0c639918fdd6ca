"""Nothing in print is cut off or lies over other words, whatever the names are; and it is large enough to be read."""

from itertools import combinations

import pytest

from reports.charts import in_print
from reports.charts.model import NARROW, WIDE
from reports.charts.sheet import CAPITAL, POINT, Sheet, width_of
from tests.reports.charts.figures import every

FIGURES = every()
LEAST = 8  # points


def words_of(sheet: Sheet) -> list[tuple[str, float, float, float, float]]:
    """(words, left, bottom, right, top) of all that is written."""
    return [
        (words, x, y, x + width_of(words, size, bold), y + CAPITAL * size * POINT)
        for kind, x, y, words, size, _, bold in (stroke for stroke in sheet.strokes if stroke[0] == "text")
    ]


@pytest.fixture(params=FIGURES, scope="module")
def sheet(request) -> Sheet:
    return in_print.sheet_of(FIGURES[request.param].chart)


def test_a_figure_is_one_or_two_columns_wide(sheet):
    assert sheet.width in (NARROW, WIDE) == (85, 170)
    assert sheet.height < 220


def test_no_words_leave_the_sheet(sheet):
    for words, left, bottom, right, top in words_of(sheet):
        assert left >= 0 and right <= sheet.width, words
        assert bottom >= 0.5 and top <= sheet.height, words


def test_no_words_lie_over_other_words(sheet):
    for (one, left, bottom, right, top), (other, *box) in combinations(words_of(sheet), 2):
        apart = right <= box[0] or box[2] <= left or top <= box[1] or box[3] <= bottom
        assert apart, (one, other)


def test_all_words_are_large_enough(sheet):
    assert {stroke[4] for stroke in sheet.strokes if stroke[0] == "text"} == {LEAST}


def test_the_check_of_overlaps_finds_one():
    crossed = Sheet(85, 20)
    crossed.text(5, 5, "Preoperative")
    crossed.text(10, 6, "6 weeks")
    with pytest.raises(AssertionError, match="6 weeks"):
        test_no_words_lie_over_other_words(crossed)


def test_the_size_that_is_told_is_the_one_that_is_drawn():
    figure = FIGURES["survival by arm"]
    width, height = in_print.size(figure)
    svg = in_print.draw(figure).decode()
    assert f'width="{width / 25.4 * 72:.3f}'[:11] in svg and f'height="{height / 25.4 * 72:.3f}'[:12] in svg
