"""Pain, MSTS, ODI and the four-level scale; the papers' printed numbers are the expected ones."""

import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from registry.derived.msts import ITEMS, msts_change_points, msts_change_pp, msts_percent, msts_total
from registry.derived.pain import pain_0_10, pain_change, pain_change_pct, pain_is_inferred, pain_mcid_met
from registry.derived.response import is_responder

PUBLISHED = json.loads(
    (Path(__file__).parents[3] / "outcomes" / "reproduction" / "published.json").read_text("utf-8"), parse_float=Decimal
)
COX_ITEMS = ("pain", "emotional_acceptance", "supports", "walking", "gait", "function")


def cox(variable: str, subgroup: str, timepoint: str) -> Decimal:
    """A mean that Cox prints in a table or in the abstract."""
    return next(
        Decimal(row["values"]["mean"])
        for row in PUBLISHED["records"]
        if (row["paper"], row["variable"], row["subgroup"], row["timepoint"])
        == ("cox2025", variable, subgroup, timepoint)
        and ("Table" in row["location"] or variable == "msts_change_percent_points")
    )


def sum_of_items(subgroup: str, timepoint: str) -> Decimal:
    return sum(cox(f"msts_item.{item}", subgroup, timepoint) for item in COX_ITEMS)


@pytest.mark.parametrize("subgroup", ["pathological, PSFS", "pathological, sacroplasty", "impending, PSFS"])
def test_coxs_percentages_are_percentage_points_of_the_summed_item_means(subgroup):
    points = msts_change_pp(sum_of_items(subgroup, "preop"), sum_of_items(subgroup, "final"))
    printed = cox("msts_change_percent_points", subgroup, "final - preop")
    assert points.quantize(Decimal(1), ROUND_HALF_UP) == printed


@pytest.mark.parametrize(
    ("subgroup", "printed"),
    [
        ("pathological, PSFS", 51), ("pathological, sacroplasty", 25), ("impending, PSFS", 38),
        ("impending, sacroplasty", 32),
    ],
)  # fmt: skip
def test_coxs_percentages_are_percentage_points_of_the_printed_totals(subgroup, printed):
    before, final = (cox("msts_total", subgroup, timepoint) for timepoint in ("preop", "final"))
    assert msts_change_pp(before, final).quantize(Decimal(1), ROUND_HALF_UP) == printed


def test_coxs_impending_sacroplasty_contradicts_itself():
    """Its items sum to 28.6 and its total is printed as 28.0: the items give 34, not 32."""
    items = msts_change_pp(*(sum_of_items("impending, sacroplasty", when) for when in ("preop", "final")))
    assert items.quantize(Decimal(1), ROUND_HALF_UP) == 34


def test_a_total_needs_all_six_items():
    items = dict(zip(ITEMS, (5, 4, 3, 2, 1, 0), strict=True))
    assert msts_total(items) == 15
    assert msts_total(items | {"msts_gait": None}) is None
    assert msts_total(dict.fromkeys(ITEMS[:5], 3)) is None
    assert msts_total(dict.fromkeys(ITEMS, 0)) == 0


@pytest.mark.parametrize("wrong", [6, -1, 2.5])
def test_an_item_outside_of_0_to_5_is_a_mistake(wrong):
    with pytest.raises(ValueError, match="msts_gait"):
        msts_total(dict.fromkeys(ITEMS, 3) | {"msts_gait": wrong})


def test_the_percent_of_a_total_is_of_30():
    assert [msts_percent(total) for total in (0, 15, 20, 30)] == [0, 50, Decimal("66.7"), 100]
    assert msts_percent(None) is None
    with pytest.raises(ValueError, match="between 0 and 30"):
        msts_percent(31)


def test_points_and_percentage_points_of_a_change_are_two_things():
    assert (msts_change_points(10, 25), msts_change_pp(10, 25)) == (15, 50)
    assert (msts_change_points(None, 25), msts_change_pp(10, None)) == (None, None)


@pytest.mark.parametrize(
    ("raw", "raw_max", "high", "pain"),
    [
        (7, 10, None, "7"), (60, 100, None, "6"), (65, 100, None, "6.5"), (7, 10, 8, "7.5"), (0, 10, None, "0"),
        (63, 100, 68, "6.6"),  # 6.55, half up
    ],
)  # fmt: skip
def test_pain_is_on_one_scale_whatever_the_chart_uses(raw, raw_max, high, pain):
    high = None if high is None else Decimal(high)
    assert pain_0_10(Decimal(raw), raw_max, high) == Decimal(pain)


@pytest.mark.parametrize(
    ("raw", "raw_max", "high"), [(60, 10, None), (-1, 10, None), (7, 5, None), (8, 10, 7), (7, 10, 11)]
)
def test_pain_outside_of_its_scale_is_refused(raw, raw_max, high):
    with pytest.raises(ValueError, match="pain"):
        pain_0_10(Decimal(raw), raw_max, None if high is None else Decimal(high))


def test_pain_on_a_scale_that_is_not_known_is_not_known():
    assert pain_0_10(Decimal(7), None) is None
    assert pain_0_10(None, 10) is None


def test_the_mean_of_a_range_is_inferred():
    assert pain_is_inferred(Decimal(7), Decimal(8))
    assert not pain_is_inferred(Decimal(7), None)


def test_a_change_in_percent_needs_pain_before():
    assert (pain_change(Decimal(8), Decimal(6)), pain_change_pct(Decimal(8), Decimal(6))) == (-2, -25)
    assert (pain_change(Decimal(0), Decimal(2)), pain_change_pct(Decimal(0), Decimal(2))) == (2, None)
    assert (pain_change(None, Decimal(2)), pain_change_pct(Decimal(3), None)) == (None, None)


@pytest.mark.parametrize(
    ("before", "after", "abs2", "pct30", "either", "both"),
    [
        (8, 6, True, False, True, False),
        (5, "3.4", False, True, True, False),
        (10, 7, True, True, True, True),
        (8, 7, False, False, False, False),
        (0, 0, False, None, None, False),
        (None, 3, None, None, None, None),
    ],
)
def test_an_important_difference_is_of_the_rule_that_is_named(before, after, abs2, pct30, either, both):
    values = (None if before is None else Decimal(before), Decimal(after))
    met = [pain_mcid_met(*values, rule=rule) for rule in ("abs2", "pct30", "either", "both")]
    assert met == [abs2, pct30, either, both]
    with pytest.raises(ValueError, match="is not one of"):
        pain_mcid_met(*values, rule="abs3")


def test_a_responder_has_no_pain_or_less():
    assert [is_responder(level) for level in (1, 2, 3, 4, None)] == [True, True, False, False, None]
    with pytest.raises(ValueError, match="1 to 4"):
        is_responder(0)
