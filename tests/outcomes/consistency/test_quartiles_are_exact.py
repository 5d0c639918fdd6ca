"""Which quantile types are possible, against every data set there is: small groups on a scale of 0 to 3."""

import random
from collections import Counter
from fractions import Fraction
from itertools import combinations_with_replacement

import pytest

from outcomes.consistency.joint import TooLong, is_possible_together
from outcomes.consistency.printed import Printed
from outcomes.consistency.quartiles import SHARES, TYPES, bounds, is_possible, possible_types
from outcomes.consistency.scales import Scale
from outcomes.stats.describe import quantile
from tests.outcomes.consistency.printed_figures import published

SCALE = Scale(low=Fraction(0), high=Fraction(3), step=Fraction(1))
DIGITS = ["0", "0.3", "0.5", "0.8", "1.0", "1", "1.3", "1.5", "1.8", "2", "2.3", "2.5", "2.8", "3"]


def quartiles(data: tuple[int, ...], kind: int) -> tuple[Fraction, ...]:
    return tuple(quantile(Counter(data), share, kind) for share in SHARES.values())


def all_of(n: int) -> list[tuple[int, ...]]:
    return list(combinations_with_replacement(range(4), n))


def prints(printed: tuple[Printed, ...], exact: tuple[Fraction, ...]) -> bool:
    return all(one.holds(value) for one, value in zip(printed, exact, strict=True))


@pytest.mark.parametrize("n", range(1, 7))
def test_one_group_is_possible_exactly_when_some_data_print_its_quartiles(n):
    draw, seen = random.Random(n), set()
    for kind in TYPES:
        real = {quartiles(data, kind) for data in all_of(n)}
        for _ in range(40):
            printed = tuple(sorted((Printed.of(draw.choice(DIGITS)) for _ in SHARES), key=lambda one: one.value))
            truth = any(prints(printed, exact) for exact in real)
            assert is_possible(n, dict(zip(SHARES, printed, strict=True)), SCALE, kind) == truth
            seen.add(truth)
    assert seen == {True, False}


@pytest.mark.parametrize(("first", "second"), [(2, 3), (3, 3), (4, 3), (1, 4)])
def test_two_groups_and_their_whole_are_possible_exactly_when_some_data_print_all_nine(first, second):
    draw, seen = random.Random(first), Counter()
    for kind in TYPES:
        real = {
            (quartiles(a, kind), quartiles(b, kind), quartiles(a + b, kind))
            for a in all_of(first) for b in all_of(second)
        }  # fmt: skip
        for exact in draw.choices(sorted(real), k=25):
            printed = [tuple(near(value, draw) for value in values) for values in exact]
            truth = any(all(map(prints, printed, others)) for others in real)
            sizes = (first, second, first + second)
            named = [dict(zip(SHARES, one, strict=True)) for one in printed]
            demands = [bounds(n, one, SCALE, kind) for n, one in zip(sizes, named, strict=True)]
            assert is_possible_together((first, demands[0]), (second, demands[1]), demands[2], low=0, high=3) == truth
            seen[truth] += 1
    assert min(seen[True], seen[False]) > 20


def near(value: Fraction, draw: random.Random) -> Printed:
    """The value to one decimal or to none; now and then another number."""
    if draw.random() < 0.15:
        return Printed.of(draw.choice(DIGITS))
    return Printed.of(f"{float(value):.{draw.choice([0, 1, 1])}f}")


def test_a_question_that_is_too_wide_is_not_answered_rather_than_waited_for():
    wide = Scale(low=Fraction(0), high=Fraction(100_000), step=Fraction(1))
    demands = bounds(40, {"median": Printed.of("50000")}, wide, 7)
    with pytest.raises(TooLong):
        is_possible_together((40, demands), (40, demands), demands, low=0, high=100_000)


def test_the_rows_of_a_published_table_leave_the_types_that_an_enumeration_of_all_data_left():
    """FMS after the procedure, all 27: 1.0 (0.25, 2.8) is printed by type 5 alone; VAS steps of 0.1 leave all."""
    row = next(record["values"] for record in published() if record["id"] == "GUPTA-0074")
    printed = {name: Printed.of(row[name]) for name in SHARES}
    grade = Scale(low=Fraction(0), high=Fraction(5), step=Fraction(1))
    assert possible_types(27, printed, grade) == {5}
    assert possible_types(27, printed, Scale(low=Fraction(0), high=Fraction(10), step=Fraction(1, 100))) == set(TYPES)
