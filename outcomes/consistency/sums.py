"""Counts that must add up: the members of a family, and the parts of a group; and changes that are differences."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from outcomes.consistency.findings import DISAGREES, IMPOSSIBLE, NOTE, Confirmed, Finding, about, confirms, where
from outcomes.consistency.links import EXCLUSIVE, Links, grouped
from outcomes.consistency.printed import Printed, decimal_text
from outcomes.consistency.reader import Figure

CHANGE = "_change_percent_points"


def check(links: Links) -> Iterator[Finding | Confirmed]:
    """Families, groups and changes in turn."""
    for members in links.families.values():
        if members[0].family in EXCLUSIVE:
            yield from _family(members)
    yield from _groups(links)
    for figures in links.repeats.values():
        if figures[0].variable.endswith(CHANGE):
            printed = {str(figure.numbers["mean"]): figure for figure in reversed(figures) if "mean" in figure.numbers}
            for figure in printed.values():
                yield from _change(figure, links)


def _family(members: list[Figure]) -> Iterator[Finding | Confirmed]:
    """Members that exclude each other are together no more than everybody."""
    counted = [figure for figure in members if "n" in figure.counts]
    of = {figure.counts["denominator"] for figure in counted if "denominator" in figure.counts}
    if len(counted) == len(members) > 1 and len(of) == 1:
        yield _against_everybody(members, sum(figure.counts["n"] for figure in counted), of.pop())
        return
    percents = [figure.numbers["percent"] for figure in members if "percent" in figure.numbers]
    least = sum(max(percent.low, Fraction(0)) for percent in percents)
    if least > 100:
        together = decimal_text(sum(percent.value for percent in percents), max(p.places for p in percents))
        says = f"{_family_name(members[0])}: the percents add up to {together}, more than everybody."
        yield about("family_sum", DISAGREES, members, printed=f"{together} %", possible="100 % or less", says=says)


def _against_everybody(members: list[Figure], together: int, of: int) -> Finding | Confirmed:
    name, terms = _family_name(members[0]), " + ".join(str(figure.counts["n"]) for figure in members)
    if together == of:
        return confirms("family_sum", members, f"{name}: {terms} = {of}.")
    severity, rest = (IMPOSSIBLE, f"{together - of} too many") if together > of else (NOTE, f"{of - together} in none")
    says = f"{name}: {terms} = {together} of {of}, {rest}."
    return about("family_sum", severity, members, printed=str(together), possible=str(of), says=says)


def _groups(links: Links) -> Iterator[Finding]:
    """What two groups have, that both together have: counts of one location, where the sizes add up."""
    counted = [figure for figure in links.figures if "n" in figure.counts and "percent" in figure.numbers]
    for figures in grouped(counted, lambda figure: (figure.location, figure.variable, figure.timepoint)).values():
        sizes = {figure.subgroup: links.size(figure.subgroup) for figure in figures}
        for whole, first, second in links.wholes(figures, sizes):
            together = first.counts["n"] + second.counts["n"]
            if together != whole.counts["n"]:
                parts = f"{first.counts['n']} ({first.subgroup}) + {second.counts['n']} ({second.subgroup})"
                says = f"{where(whole)}: {parts} = {together}, and {whole.counts['n']} is printed."
                printed, shown = str(whole.counts["n"]), [whole, first, second]
                yield about("group_sum", DISAGREES, shown, printed=printed, possible=str(together), says=says)


def _change(figure: Figure, links: Links) -> Iterator[Finding | Confirmed]:
    """A change in percent points of the scale's maximum, against the printed means before and after."""
    later, minus, earlier = figure.timepoint.partition(" - ")
    name = figure.variable.removesuffix(CHANGE)
    for total in (f"{name}_total", name):
        after, before = (_means(links, figure, total, at) for at in (later, earlier))
        scale = links.scale(after[0]) if after else None
        if minus and after and before and scale and scale.high:
            yield _against_difference(figure, after, before, scale.high - scale.low)
            return


def _means(links: Links, figure: Figure, variable: str, timepoint: str) -> list[Figure]:
    same = links.repeats.get((figure.paper, variable, figure.subgroup, timepoint), [])
    return [other for other in same if "mean" in other.numbers]


def _against_difference(
    figure: Figure, after: list[Figure], before: list[Figure], width: Fraction
) -> Finding | Confirmed:
    """Any of the printed pairs may be the one that the change was made from."""
    printed = figure.numbers["mean"]
    pairs = list(product(_different(after), _different(before)))
    late, early = next((pair for pair in pairs if _gives(printed, *pair, width)), max(pairs, key=_digits))
    points = decimal_text(late.value - early.value, max(late.places, early.places))
    percent = decimal_text(100 * (late.value - early.value) / width, printed.places)
    sum_of = f"({late} - {early}) / {width} = {points} / {width} = {percent} %"
    if _gives(printed, late, early, width):
        return confirms("change_points", [figure, *after, *before], f"{where(figure)}: {sum_of}, printed {printed}.")
    says = f"{where(figure)}: {sum_of}, and {printed} is printed."
    shown = [figure, *after, *before]
    return about("change_points", DISAGREES, shown, printed=str(printed), possible=percent, says=says)


def _different(figures: list[Figure]) -> list[Printed]:
    return list({str(figure.numbers["mean"]): figure.numbers["mean"] for figure in figures}.values())


def _gives(printed: Printed, late: Printed, early: Printed, width: Fraction) -> bool:
    return printed.holds(100 * (late.low - early.high) / width, 100 * (late.high - early.low) / width)


def _digits(pair: tuple[Printed, Printed]) -> int:
    return pair[0].places + pair[1].places


def _family_name(figure: Figure) -> str:
    words = [figure.family.replace("_", " "), figure.subgroup, figure.timepoint, figure.location]
    return ", ".join(word for word in words if word and word != "n/a")
