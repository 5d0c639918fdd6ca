"""Each check on a small paper: what it finds, and the neighbour that is right and must be left alone."""

import random
from fractions import Fraction
from itertools import product
from statistics import variance

import pytest

from outcomes.consistency.fourfold import p_variants
from outcomes.consistency.printed import Printed, decimal_text
from outcomes.consistency.reachable_p import smallest_paired, smallest_unpaired
from outcomes.consistency.spread import Band, smallest_variance
from tests.outcomes.consistency.printed_figures import found, paper


def row(variable: str, **values) -> dict:
    return {"variable": variable, **values}


ALL_12 = row("n_patients", n=12)
CASES = {
    "a mean that whole points do not have": (
        [row("msts_total", mean="18.14", n=12)],
        [row("msts_total", mean="18.08", n=12)],
        ("impossible", "grim", ("R1",)),
    ),
    "a mean of the subgroup, of which fewer may have been asked": (
        [row("msts_total", mean="18.14"), ALL_12],
        [row("msts_total", mean="18.17"), ALL_12],
        ("disagrees", "grim", ("R1",)),
    ),
    "a mean outside its scale": (
        [row("fms", mean="5.6", n=10)],
        [row("fms", mean="5.0", n=10)],
        ("impossible", "outside_scale", ("R1",)),
    ),
    "items that do not add up": (
        [row("msts_item.pain", mean="1.3", n_group=3), row("msts_total", mean="1.7", n_group=3)],
        [row("msts_item.pain", mean="1.3", n_group=3), row("msts_total", mean="1.33", n_group=3)],
        ("disagrees", "item_sum", ("R1", "R2")),
    ),
    "a percent that is not its count": (
        [row("vte", n=5, denominator=12, percent=45)],
        [row("vte", n=5, denominator=12, percent=42)],
        ("disagrees", "percent", ("R1",)),
    ),
    "a percent rounded up": (
        [row("vte", n=5, denominator=11, percent=46)],
        [row("vte", n=5, denominator=8, percent=63)],
        ("note", "percent_rounding", ("R1",)),
    ),
    "a percent that no count gives": (
        [row("vte", denominator=12, percent=45)],
        [row("vte", denominator=11, percent=45)],
        ("impossible", "percent", ("R1",)),
    ),
    "more than everybody": (
        [row("vte", n=13, denominator=12, percent=100)],
        [row("vte", n=12, denominator=12, percent=100)],
        ("impossible", "percent", ("R1",)),
    ),
    "a denominator that moves": (
        [row("ecog.0", n=2, percent="15.4"), {**ALL_12, "n": 14}],
        [row("ecog.0", n=2, percent="14.3"), {**ALL_12, "n": 14}],
        ("disagrees", "moving_denominators", ("R1",)),
    ),
    "a family of more than everybody": (
        [row("sex.female", n=8, denominator=12), row("sex.male", n=5, denominator=12)],
        [row("sex.female", n=8, denominator=12), row("sex.male", n=4, denominator=12)],
        ("impossible", "family_sum", ("R1", "R2")),
    ),
    "percents of a family beyond everybody": (
        [row("sex.female", percent=60), row("sex.male", percent=45)],
        [row("sex.female", percent=62), row("sex.male", percent=38)],
        ("disagrees", "family_sum", ("R1", "R2")),
    ),
    "groups that are not the whole": (
        [row("n_patients", n=n, subgroup=s) for s, n in (("all", 12), ("a", 5), ("b", 7))]
        + [
            row("vte", n=n, denominator=d, percent=p, subgroup=s)
            for s, n, d, p in (("all", 4, 12, 33), ("a", 2, 5, 40), ("b", 1, 7, 14))
        ],
        [row("n_patients", n=n, subgroup=s) for s, n in (("all", 12), ("a", 5), ("b", 7))]
        + [
            row("vte", n=n, denominator=d, percent=p, subgroup=s)
            for s, n, d, p in (("all", 3, 12, 25), ("a", 2, 5, 40), ("b", 1, 7, 14))
        ],
        ("disagrees", "group_sum", ("R4", "R5", "R6")),
    ),
    "a change that is no difference": (
        [row("msts_total", mean=m, n=9, timepoint=t) for m, t in (("7.3", "pre"), ("22.6", "end"))]
        + [row("msts_change_percent_points", mean=55, timepoint="end - pre")],
        [row("msts_total", mean=m, n=9, timepoint=t) for m, t in (("7.3", "pre"), ("22.6", "end"))]
        + [row("msts_change_percent_points", mean=51, timepoint="end - pre")],
        ("disagrees", "change_points", ("R1", "R2", "R3")),
    ),
    "quartiles out of order": (
        [row("blood", median=50, q1=60, q3=70)],
        [row("blood", median=60, q1=60, q3=70)],
        ("impossible", "quartile_order", ("R1",)),
    ),
    "quartiles of no type": (
        [row("fms", median="2.4", q1=1, q3=3, n=10)],
        [row("fms", median="2.5", q1=1, q3=3, n=10)],
        ("impossible", "quartile_type", ("R1",)),
    ),
    "a spread that the bands forbid": (
        [row("age", mean=65, sd=2), row("age_band.under_60", n=10), row("age_band.70_plus", n=10)],
        [row("age", mean=65, sd=6), row("age_band.under_60", n=10), row("age_band.70_plus", n=10)],
        ("impossible", "spread_of_bands", ("R1", "R2", "R3")),
    ),
    "an SD that a scale forbids": (
        [row("fms", mean="4.0", sd="2.4", n=10)],
        [row("fms", mean="4.0", sd="2.0", n=10)],
        ("impossible", "sd_limits", ("R1",)),
    ),
    "an SD too small for whole values": (
        [row("fms", mean="2.5", sd="0.2", n=10)],
        [row("fms", mean="2.5", sd="0.5", n=10)],
        ("impossible", "sd_limits", ("R1",)),
    ),
    "a mean beyond its range": (
        [row("stay", mean=20, min=1, max=20, n=10)],
        [row("stay", mean=18, min=1, max=20, n=10)],
        ("impossible", "mean_of_range", ("R1",)),
    ),
    "a p that five pairs do not reach": (
        [row("pain", median=4, n=5, p={"op": "=", "value": "0.002"}, comparator="preop (Wilcoxon signed rank)")],
        [row("pain", median=4, n=12, p={"op": "=", "value": "0.002"}, comparator="preop (Wilcoxon signed rank)")],
        ("impossible", "reachable_p", ("R1",)),
    ),
    "a p of no test": (
        [
            row("vte", n=1, denominator=7, percent=14, subgroup="a", p={"op": "=", "value": "0.02"}, comparator="b"),
            row("vte", n=0, denominator=7, percent=0, subgroup="b"),
        ],
        [
            row(
                "vte",
                n=1,
                denominator=7,
                percent=14,
                subgroup="a",
                p={"op": "=", "value": "0.3", "text": "0.30"},
                comparator="b",
            ),
            row("vte", n=0, denominator=7, percent=0, subgroup="b"),
        ],
        ("disagrees", "p_of_counts", ("R1", "R2")),
    ),
    "two values of one thing": (
        [row("aacci", median="9.5"), row("aacci", median=9, location="Text")],
        [row("aacci", median="9.5"), row("aacci", median=10, location="Text")],
        ("disagrees", "repeat", ("R1", "R2")),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_found_and_its_right_neighbour_is_not(name):
    wrong, right, finding = CASES[name]
    assert found(paper(*wrong)) == [finding]
    assert found(paper(*right)) == []


def test_the_files_own_scales_are_known():
    halves = {"kps": {"minimum": 0, "maximum": 100, "step": 10}}
    row = {"variable": "kps", "mean": "73.2", "n": 12}
    assert found(paper(row)) == []
    assert found(paper(row, scales=halves)) == [("impossible", "grim", ("R1",))]


def test_ages_and_times_are_not_taken_for_whole_numbers():
    assert (
        found(paper({"variable": "age", "mean": "76.41", "n": 12}, {"variable": "stay", "mean": "2.37", "n": 7})) == []
    )


def test_the_p_values_of_a_fourfold_table_are_those_of_r():
    """1 of 7 v 0 of 7. R: chisq.test(correct=F/T), fisher.test; G by 2*sum(O*log(O/E)), N-1 by (N-1)/N*X2."""
    variants = p_variants(1, 7, 0, 7)
    assert variants["Pearson"] == pytest.approx(0.2993869, abs=1e-7)
    assert variants["Yates"] == variants["Fisher"] == pytest.approx(1.0)
    assert variants["G"] == pytest.approx(0.2264068, abs=1e-7)
    assert variants["N-1"] == pytest.approx(0.3173105, abs=1e-7)
    assert p_variants(0, 7, 0, 7) == {}


def test_the_smallest_p_values_are_those_of_complete_order():
    """The smaller of exact and normal, all tied, without correction.

    R: wilcox.test(1:5, exact=T) 0.0625, wilcox.test(rep(1, 5), exact=F, correct=F) 0.02534732;
    wilcox.test(1:2, 3:9, exact=T) 0.05555556, wilcox.test(rep(1, 2), rep(2, 7), exact=F, correct=F) 0.004677735.
    """
    assert smallest_paired(5) == pytest.approx(0.02534732, abs=1e-8)
    assert smallest_unpaired(2, 7) == pytest.approx(0.004677735, abs=1e-9)
    assert all(smallest_paired(n) <= 2 / 2**n for n in range(1, 30))


def test_the_smallest_variance_of_bands_is_never_above_that_of_any_data():
    draw = random.Random(1)
    for _ in range(60):
        bands, low = [], 0
        for _ in range(draw.randint(1, 3)):
            high = low + draw.randint(0, 3)
            bands.append(Band(low=Fraction(low), high=Fraction(high), n=draw.randint(0, 2)))
            low = high + draw.randint(1, 2)
        halves = [
            [Fraction(k, 2) for k in range(2 * int(band.low), 2 * int(band.high) + 1)]
            for band in bands for _ in range(band.n)
        ]  # fmt: skip
        if len(halves) < 2:
            continue
        mean = Fraction(draw.randint(0, 8))
        within = [variance(data) for data in product(*halves) if mean <= sum(data) / len(data) <= mean + 1]
        least = smallest_variance(bands, mean, mean + 1)
        assert not within or least <= min(within)


@pytest.mark.parametrize(("text", "value", "places"), [("28.0", 28, 1), ("28", 28, 0), ("-0.5", Fraction(-1, 2), 1)])
def test_a_printed_number_keeps_its_digits(text, value, places):
    assert Printed.of(text) == Printed(Fraction(value), places)
    assert str(Printed.of(text)) == text


def test_halves_are_rounded_up_and_either_way_is_allowed():
    assert decimal_text(Fraction(9, 4), 1) == "2.3"
    assert Printed.of("2.2").holds(Fraction(9, 4)) and Printed.of("2.3").holds(Fraction(9, 4))
    assert not Printed.of("2.1").holds(Fraction(9, 4))
