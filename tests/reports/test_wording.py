"""Numbers to words."""

from fractions import Fraction

import pytest

from reports import wording


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (0.0, "p < 0.001"),
        (0.00099999, "p < 0.001"),
        (0.001, "p = 0.001"),
        (0.0344, "p = 0.034"),
        (0.0345, "p = 0.035"),
        (0.0996, "p = 0.10"),
        (0.1949, "p = 0.19"),
        (0.99, "p = 0.99"),
        (0.9901, "p > 0.99"),
        (1.0, "p > 0.99"),
        (None, "\N{EN DASH}"),
    ],
)
def test_a_p_value_is_never_zero_never_one_and_has_two_digits_that_matter(p, words):
    assert wording.p_value(p) == words


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (2.5, 0, "3"),
        (0.125, 2, "0.13"),
        (1.005, 2, "1.01"),
        (-2.5, 0, "\N{MINUS SIGN}3"),
        (-0.04, 1, "0.0"),
        (Fraction(1, 3), 3, "0.333"),
        (Fraction(-5, 2), 0, "\N{MINUS SIGN}3"),
        (12, 1, "12.0"),
    ],
)
def test_halves_are_rounded_up_as_they_are_written_and_zero_has_no_sign(value, places, text):
    assert wording.fixed(value, places) == text


def test_five_of_eight_is_63_percent_as_published():
    """Clunk prints 5/8 as 63 %; rounding halves to even would print 62."""
    assert wording.share(5, 8) == "5/8 (63 %)"


def test_a_share_of_nobody_has_no_percent():
    assert wording.share(0, 0) == "0/0"


def test_medians_have_no_idle_zeros():
    assert wording.median_iqr(7.0, 5.0, 8.25) == "7 (5 to 8.3)"
    assert wording.median_iqr(None, None, None) == "\N{EN DASH}"


def test_an_interval_shows_estimate_and_limits_with_true_minus_signs():
    sure = {"estimate": -4.5868, "low": -7.05, "high": -2.1234, "level": 0.95, "method": "t interval"}
    assert wording.interval(sure, 1) == "\N{MINUS SIGN}4.6 (\N{MINUS SIGN}7.1 to \N{MINUS SIGN}2.1)"
    assert wording.interval(sure | {"low": None, "high": None}, 1).endswith("(interval not estimable)")


def test_a_refusal_is_shown_with_its_reason():
    assert wording.interval({"not_estimable": "needs 2 groups"}, 1) == "not estimable: needs 2 groups"


def test_a_lone_value_has_a_mean_and_no_deviation():
    assert wording.mean_sd(4.0, None) == "4.0 ± \N{EN DASH}"


def test_missing_reasons_come_most_frequent_first_and_none_is_forgotten():
    found = wording.missing_by_reason({"no_record": 2, "lost": 5, "refused": 0})
    assert found == "lost to follow-up\N{NO-BREAK SPACE}5, no record\N{NO-BREAK SPACE}2"
    assert wording.missing_by_reason({"deceased": 3}) == "died before"
    assert wording.missing_by_reason({}) == ""


def test_an_unknown_direction_is_said_and_not_guessed():
    assert wording.direction("higher_better") == "higher is better"
    assert wording.direction("unspecified") == wording.direction(None) == "direction unspecified"


def test_a_moment_is_written_in_universal_time():
    assert wording.moment("2026-03-04T07:06:07+02:00") == "4 March 2026, 05:06 UTC"
