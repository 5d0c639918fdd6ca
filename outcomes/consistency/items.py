"""Do the items add up to the total? Printed means of items, against the printed mean of their total."""

from collections.abc import Iterator
from fractions import Fraction

from outcomes.consistency.findings import DISAGREES, Confirmed, Finding, about, confirms
from outcomes.consistency.grim import sums
from outcomes.consistency.links import Links, grouped
from outcomes.consistency.printed import Printed, decimal_text, multiples
from outcomes.consistency.reader import Figure

ITEM, TOTAL = "_item", "_total"


def check(links: Links) -> Iterator[Finding | Confirmed]:
    """Items x_item.* of one location, against every x_total of the same subgroup and timepoint."""
    items = [figure for figure in links.figures if figure.family.endswith(ITEM) and "mean" in figure.numbers]
    for family in grouped(items, lambda item: (item.location, item.family, item.subgroup, item.timepoint)).values():
        yield from _against_totals(family, links)


def _against_totals(items: list[Figure], links: Links) -> Iterator[Finding | Confirmed]:
    first = items[0]
    name = first.family.removesuffix(ITEM)
    possible = _item_sums(items, links)
    totals = links.repeats.get((first.paper, f"{name}{TOTAL}", first.subgroup, first.timepoint), [])
    totals = [total for total in totals if "mean" in total.numbers]
    if not possible or not totals:
        return
    low, high, n = possible
    reachable = [Fraction(k, n) for k in range(low, high + 1)]
    possible_alone = [total for total in totals if _whole_sums(total.numbers["mean"], n)]
    apart = [total for total in possible_alone if not any(map(total.numbers["mean"].holds, reachable))]
    if apart:
        yield _disagree(items, apart, low, high, n)
    elif total_here := [total for total in totals if total.location == first.location]:
        says = f"{_whose(first)}: the {len(items)} items add up to the total {total_here[0].numbers['mean']}."
        yield confirms("item_sum", [*items, *total_here], says)


def _item_sums(items: list[Figure], links: Links) -> tuple[int, int, int] | None:
    """The smallest and the largest sum that items with these means can have, and of how many people; whole points."""
    people = {links.people(item) or links.size(item.subgroup) for item in items}
    scales = [links.scale(item) for item in items]
    if len(people) != 1 or None in people or not all(scale and scale.step == 1 for scale in scales):
        return None
    n = people.pop()
    each = [sums(item.numbers["mean"], n, scale) for item, scale in zip(items, scales, strict=True)]
    if not all(each):
        return None  # an item that is impossible by itself is a finding of its own
    return sum(found[0] for found in each), sum(found[-1] for found in each), n


def _disagree(items: list[Figure], apart: list[Figure], low: int, high: int, n: int) -> Finding:
    total = max((figure.numbers["mean"] for figure in apart), key=lambda mean: mean.places)
    fits = _one(low, n) if low == high else f"{_one(low, n)} to {_one(high, n)}"
    needed = _whole_sums(total, n)
    needs = f"{needed[0]}/{n}" if len(needed) == 1 else f"{needed[0]}/{n} to {needed[-1]}/{n}"
    says = f"{_whose(items[0])}: the printed items add up to {fits}, and the printed total {total} needs {needs}."
    return about("item_sum", DISAGREES, [*items, *apart], printed=str(total), possible=fits, says=says)


def _whole_sums(mean: Printed, n: int) -> range:
    """The whole sums of n people that print as this mean."""
    return multiples(mean.low * n, mean.high * n, Fraction(1))


def _one(total: int, n: int) -> str:
    return f"{decimal_text(Fraction(total, n), 2)} ({total}/{n})"


def _whose(item: Figure) -> str:
    return f"{item.family.removesuffix(ITEM).upper()} items of {item.subgroup}, {item.timepoint}"
