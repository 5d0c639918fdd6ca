"""Printed p-values: does a test of the printed counts give them, and can so few people reach them?"""

from collections.abc import Iterator
from fractions import Fraction
from math import comb, sqrt

from scipy.special import ndtr

from outcomes.consistency.denominators import denominators, known_denominator
from outcomes.consistency.findings import (
    DISAGREES,
    IMPOSSIBLE,
    NOTE,
    Confirmed,
    Finding,
    about,
    confirms,
    in_words,
    where,
)
from outcomes.consistency.fourfold import p_variants
from outcomes.consistency.links import Links
from outcomes.consistency.reader import Figure, PrintedP

PAIRED, UNPAIRED = ("signed rank", "signed-rank", "paired"), ("mann-whitney", "rank-sum", "rank sum", "kruskal")
NOT_RANKS = ("ancova", "t test", "t-test", "anova", "model", "chi", "fisher", "mcnemar")
LARGEST = 200  # people, above whom every p is within reach
NOISE = Fraction(1, 10**9)  # p-values are floating point


def span(p: PrintedP) -> tuple[Fraction, Fraction]:
    """The p-values that can have been printed so."""
    low = {"=": p.number.low, "<": Fraction(0), ">": p.number.value}[p.op]
    high = {"=": p.number.high, "<": p.number.value, ">": Fraction(1)}[p.op]
    return max(low, Fraction(0)) - NOISE, min(high, Fraction(1)) + NOISE


def smallest_paired(n: int) -> float:
    """The smallest two-sided p of a signed-rank test of n pairs: exact 2 / 2**n, or normal with all differences tied.

    Of all ties the variance n(n+1)(2n+1)/24 - (n**3-n)/48 is smallest when all are one, and z is then sqrt(n).
    """
    return min(1.0, 2 * 0.5**n, 2 * float(ndtr(-sqrt(n))))


def smallest_unpaired(n1: int, n2: int) -> float:
    """The smallest two-sided p of a rank-sum test: exact 2 / C(n, n1), or normal with two values, z = sqrt(n - 1)."""
    if n1 + n2 > LARGEST:
        return 0.0
    return min(1.0, 2 / comb(n1 + n2, n1), 2 * float(ndtr(-sqrt(n1 + n2 - 1))))


def pairs_needed(p: PrintedP) -> int:
    """How many pairs a signed-rank test needs at least to reach this p."""
    high = span(p)[1]
    return next(n for n in range(1, 1100) if smallest_paired(n) <= high)


def check(links: Links) -> Iterator[Finding | Confirmed]:
    """Each printed p by what stands beside it: counts, or the medians or means of ranked scores."""
    for figure in links.figures:
        if not figure.p or not figure.comparator or span(figure.p)[1] <= 0:
            continue
        pair = links.compared(figure)
        if pair and all("n" in one.counts and "percent" in one.numbers for one in pair):
            yield from _of_counts(figure, pair, links)
        elif "median" in figure.numbers:
            yield from _of_ranks(figure, links)


def _of_counts(figure: Figure, pair: tuple[Figure, Figure], links: Links) -> Iterator[Finding | Confirmed]:
    table = [(one.counts["n"], known_denominator(one, links)) for one in pair]
    if any(not n or x > n for x, n in table):
        return
    low, high = span(figure.p)
    variants = p_variants(*table[0], *table[1])
    fitting = [name for name, p in variants.items() if low <= Fraction(p) <= high]
    counts = " v ".join(f"{x}/{n}" for x, n in table)
    shown = [figure, *pair]
    told = ", ".join(f"{name} {p:.3f}" for name, p in variants.items())
    if fitting:
        yield confirms(
            "p_of_counts", shown, f"{where(figure)}: {figure.p} is that of {in_words(fitting)} for {counts}."
        )
    elif variants:
        printed = all("denominator" in one.counts for one in pair)
        says = f"{where(figure)}: {figure.p} is that of no two-sided test of {counts} ({told})."
        if not printed:
            says += " The denominators are not printed but follow from the percents."
        severity = DISAGREES if printed else NOTE
        yield about("p_of_counts", severity, shown, printed=str(figure.p), possible=told, says=says)


def _of_ranks(figure: Figure, links: Links) -> Iterator[Finding]:
    words = figure.comparator.lower()
    if any(name in words for name in NOT_RANKS):
        return
    timed = _other_time(figure, links)
    if any(name in words for name in PAIRED):
        n = min((n for n in (links.people(one) for one in (figure, *timed)) if n), default=None)
        if n and smallest_paired(n) > span(figure.p)[1]:
            yield _too_small(figure, f"a signed-rank test of {n} pairs", smallest_paired(n), IMPOSSIBLE)
    elif timed:
        yield from _if_paired(figure, links)
    elif groups := links.groups(figure):
        sizes = [links.size(name) for name in groups]
        if all(sizes) and smallest_unpaired(*sizes) > span(figure.p)[1]:
            named = any(name in words for name in UNPAIRED)
            test = f"a rank-sum test of {sizes[0]} and {sizes[1]}"
            yield _too_small(figure, test, smallest_unpaired(*sizes), IMPOSSIBLE if named else DISAGREES)


def _other_time(figure: Figure, links: Links) -> list[Figure]:
    """The same variable at the timepoint that the comparator names."""
    groups = links.groups(figure)
    return links.repeats.get((figure.paper, figure.variable, figure.subgroup, groups[1]), []) if groups else []


def _too_small(figure: Figure, test: str, smallest: float, severity: str) -> Finding:
    says = f"{where(figure)}: {figure.p} is beyond reach: {test} cannot go below {smallest:.2g}."
    return about(
        "reachable_p", severity, [figure], printed=str(figure.p), possible=f"{smallest:.2g} or more", says=says
    )


def _if_paired(figure: Figure, links: Links) -> Iterator[Finding]:
    """A p between two timepoints without a named test: what the shares of the same visit say of how many came."""
    most = links.people(figure) or _came(figure, links)
    if most and most < (needed := pairs_needed(figure.p)):
        needs = f"{where(figure)}: {figure.p} against {figure.comparator} needs {needed} pairs in a signed-rank test"
        says = (
            f"{needs}, and what is printed of the visit points to {most} patients: as a paired test it is impossible."
        )
        possible = f"{smallest_paired(most):.2g} or more with {most} pairs"
        yield about("reachable_p", NOTE, [figure], printed=str(figure.p), possible=possible, says=says)


def _came(figure: Figure, links: Links) -> int | None:
    """How many were seen at a visit, where the counted shares of that visit all point to one number."""
    size = links.size(figure.subgroup)
    at = (figure.subgroup, figure.timepoint)
    counted = [one for one in links.figures if (one.subgroup, one.timepoint) == at and "percent" in one.numbers]
    counted = [one for one in counted if one.counts.get("n") and "denominator" not in one.counts]
    found = {tuple(denominators(one, size)) for one in counted} if size else set()
    only = found.pop() if len(found) == 1 else ()
    return only[0] if len(only) == 1 else None
