"""filterLogic is a small grammar: what it takes, what it means, and that all else is refused in words."""

import pytest

from registry.redcap_api.filter_logic import DEEPEST, LONGEST, read_filter
from registry.redcap_api.refusals import Refusal

FIELDS, EVENTS = ("pain", "sex", "levels", "day"), ("chart_arm_1",)
VALUES = {("", "pain", ""): "7", ("", "sex", ""): "F", ("", "levels", "s1"): "1", ("", "levels", "s2"): "0",
          ("", "day", ""): "", ("chart_arm_1", "pain", ""): "not_done"}  # fmt: skip


def holds(text: str) -> bool:
    """Whether the condition holds of the values."""
    return read_filter(text, fields=FIELDS, events=EVENTS)(lambda *place: VALUES[place])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[pain] = 7", True),
        ("[pain] = '7.0'", True),
        ('[sex] = "F"', True),
        ("[sex]='M'", False),
        ("[pain] > 10", False),
        ("[pain] < 10", True),
        ("[pain] >= 7 and [pain] <= 7", True),
        ("[pain] <> 7", False),
        ("[pain] != 8", True),
        ("not [pain] = 8", True),
        ("NOT not [pain] = 8", False),
        ("[pain] = 8 OR [sex] = 'F'", True),
        ("[pain] = 8 or [sex] = 'F' and [pain] = 9", False),
        ("([pain] = 7 or [sex] = 'F') and [pain] = 9", False),
        ("[levels(s1)] = '1' and [levels(s2)] = '0'", True),
        ("[chart_arm_1][pain] = 'not_done'", True),
        ("[day] = ''", True),
        ("[day] < 5", False),
        ("[day] > 5", False),
        ("-1 < [pain]", True),
    ],
)
def test_a_condition_means_what_it_says(text, expected):
    assert holds(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "[pain]", "[pain] =", "= 7", "[pain] = 7 and", "([pain] = 7", "[pain] = 7)", "[pain] == 7",
        "[pain] = 7 [sex] = 1", "[nothing] = 1", "[nowhere_arm_1][pain] = 1", "[chart_arm_1][chart_arm_1][pain] = 1",
        "datediff([pain], 7) = 1",
        "[pain] = 7; DROP TABLE", "__import__('os')", "[pain] = 'x", "[] = 1", "[pain(s1) = 1", "[user-name] = 'x'",
        "(" * (DEEPEST + 2) + "[pain] = 7" + ")" * (DEEPEST + 2), "[pain] = 7 or " * LONGEST, "[pain] = 1e999999999",
    ],
)  # fmt: skip
def test_what_is_no_condition_is_refused_in_words(text):
    with pytest.raises(Refusal, match="filterLogic"):
        holds(text)


def test_no_number_is_what_only_looks_like_one_to_a_program():
    assert not holds("[pain] = 'NaN'")
    assert not holds("[pain] > 'Infinity'")
