"""The same thing printed twice: in the abstract and in a table, in the results and in the discussion."""

from collections.abc import Iterator
from itertools import combinations

from outcomes.consistency.findings import DISAGREES, NOTE, Finding, about, where
from outcomes.consistency.links import Links, grouped
from outcomes.consistency.printed import Printed, decimal_text, round_half_even
from outcomes.consistency.reachable_p import span
from outcomes.consistency.reader import COUNTS, NUMBERS, Figure, PrintedP

# A median of whole values is a whole or a half: two of them do not differ by what came after the printed digits.
ORDERED = frozenset({"median", "q1", "q3", "min", "max"})


MOST = 12  # different values of one thing that are held against each other


def check(links: Links) -> Iterator[Finding]:
    """Different values of one field for the same variable, subgroup and timepoint."""
    for figures in links.repeats.values():
        for name in NUMBERS:
            yield from _numbers(name, [figure for figure in figures if name in figure.numbers])
        for name in COUNTS:
            yield from _counts(name, [figure for figure in figures if name in figure.counts])
        yield from _p_values([figure for figure in figures if figure.p])


def _numbers(name: str, figures: list[Figure]) -> Iterator[Finding]:
    by_text = grouped(figures, lambda figure: str(figure.numbers[name]))
    for one, other in combinations(list(by_text.values())[:MOST], 2):
        a, b = one[0].numbers[name], other[0].numbers[name]
        if not rounds_to(a, b):
            overlap = name not in ORDERED and max(a.low, b.low) < min(a.high, b.high)
            yield _conflict(name, [*one, *other], (str(a), str(b)), NOTE if overlap else DISAGREES)


def rounds_to(a: Printed, b: Printed) -> bool:
    """Is the one with fewer decimals what the other is when rounded, half up or half to even?"""
    fine, coarse = (a, b) if a.places >= b.places else (b, a)
    shown = {
        decimal_text(fine.value, coarse.places),
        decimal_text(round_half_even(fine.value, coarse.places), coarse.places),
    }
    return str(coarse) in shown


def _counts(name: str, figures: list[Figure]) -> Iterator[Finding]:
    by_count = grouped(figures, lambda figure: figure.counts[name])
    for (a, one), (b, other) in combinations(list(by_count.items())[:MOST], 2):
        yield _conflict(name, [*one, *other], (str(a), str(b)), DISAGREES)


def _p_values(figures: list[Figure]) -> Iterator[Finding]:
    """Of one comparison; p < 0.05 here and p = 0.002 there agree."""
    for same in grouped(figures, lambda figure: figure.comparator).values():
        by_text = grouped(same, lambda figure: str(figure.p))
        for one, other in combinations(list(by_text.values())[:MOST], 2):
            if _apart(one[0].p, other[0].p):
                yield _conflict("p", [*one, *other], (str(one[0].p), str(other[0].p)), DISAGREES)


def _apart(a: PrintedP, b: PrintedP) -> bool:
    (a_low, a_high), (b_low, b_high) = span(a), span(b)
    return max(a_low, b_low) > min(a_high, b_high)


def _conflict(name: str, figures: list[Figure], values: tuple[str, str], severity: str) -> Finding:
    a, b = values
    places = " and ".join(dict.fromkeys(figure.location for figure in figures if figure.location))
    says = f"{where(figures[0])}: {name} is printed as {a} and as {b} ({places})."
    if severity == NOTE:
        says += " Both could be roundings of one number."
    return about("repeat", severity, figures, printed=f"{a} and {b}", possible="one of them", says=says)
