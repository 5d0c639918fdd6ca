"""Percents: do they come from their counts, and of how many people must they be?"""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor

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
from outcomes.consistency.links import Links, grouped
from outcomes.consistency.printed import Printed, decimal_text
from outcomes.consistency.reader import Figure

ANY = "any"
SHOWN = 4
LARGEST = 5000  # denominators that are tried one by one


def possible_counts(percent: Printed, of: int) -> range:
    """The whole counts of so many people that print as the percent."""
    low, high = max(percent.low, 0), min(percent.high, 100)
    return range(ceil(low * of / 100), floor(high * of / 100) + 1)


def denominators(figure: Figure, most: int) -> list[int]:
    """Of how many people, up to `most`, the percent can be: with its count where that is printed."""
    percent, n = figure.numbers["percent"], figure.counts.get("n")
    if n is None:
        return [d for d in range(1, min(most, LARGEST) + 1) if possible_counts(percent, d)]
    if not n:
        return list(range(1, min(most, LARGEST) + 1)) if percent.low <= 0 else []
    if not percent.value:
        return [d for d in range(n, min(most, LARGEST) + 1) if percent.holds(Fraction(100 * n, d))]
    least, greatest = ceil(100 * n / percent.high), floor(100 * n / percent.low) if percent.low > 0 else most
    return list(range(max(n, least), min(most, greatest) + 1))


def _fits(figure: Figure, of: int) -> bool:
    """Is the percent, with its count where that is printed, one of so many people?"""
    percent, n = figure.numbers["percent"], figure.counts.get("n")
    return bool(possible_counts(percent, of)) if n is None else percent.holds(Fraction(100 * n, of))


def known_denominator(figure: Figure, links: Links) -> int | None:
    """The printed denominator, else the only one that the printed percent allows; None where several do."""
    if "denominator" in figure.counts:
        return figure.counts["denominator"]
    base = links.base(figure)
    if base is None or "percent" not in figure.numbers:
        return None
    if _fits(figure, base):
        return base
    found = denominators(figure, base)
    return found[0] if len(found) == 1 else None


def check(links: Links) -> Iterator[Finding | Confirmed]:
    """Percents against their printed denominators, and where none is printed against the size of their group."""
    moving = []
    for figure in links.figures:
        if "percent" not in figure.numbers:
            continue
        if "denominator" in figure.counts:
            yield from _against_printed(figure, figure.counts["denominator"])
        elif base := links.base(figure):
            if figure.counts.get("n", 0) > base:
                continue  # counted in another unit than patients
            if _fits(figure, base):
                continue
            found = denominators(figure, base)
            if found:
                moving.append((figure, found, base))
            else:
                yield _no_denominator(figure, base)
    for family in grouped(moving, lambda move: move[0].family).values():
        yield from _moving(family, links)


def _against_printed(figure: Figure, of: int) -> Iterator[Finding]:
    n = figure.counts.get("n")
    if of == 0 or (n is not None and n > of):
        says = f"{where(figure)}: {n if n is not None else 'a share'} of {of} is not a share."
        yield about(
            "percent", IMPOSSIBLE, [figure], printed=f"{n}/{of}", possible="a count within its group", says=says
        )
    elif not _fits(figure, of):
        yield _not_of(figure, of) if n is None else _not_the_share(figure, n, of)


def _not_the_share(figure: Figure, n: int, of: int) -> Finding:
    percent, exact = figure.numbers["percent"], Fraction(100 * n, of)
    prints = decimal_text(exact, percent.places)
    says = f"{where(figure)}: {n} of {of} is {decimal_text(exact, percent.places + 2)} %, which prints as {prints}, "
    if percent.is_cut(exact):
        way = "up" if percent.value > exact else "down"
        says += f"not {percent}; {percent} is rounded {way}."
        return about("percent_rounding", NOTE, [figure], printed=f"{percent} %", possible=f"{prints} %", says=says)
    says += f"not {percent}."
    return about("percent", DISAGREES, [figure], printed=f"{percent} % of {n}/{of}", possible=f"{prints} %", says=says)


def _no_denominator(figure: Figure, base: int) -> Finding:
    """No whole count makes the percent, unless it was always rounded up or down."""
    percent, n = figure.numbers["percent"], figure.counts.get("n")
    nearest = floor(percent.value * base / 100)
    shares = [Fraction(100 * k, base) for k in ([n] if n is not None else (nearest, nearest + 1))]
    cut = next((share for share in shares if percent.is_cut(share)), None)
    if cut is None:
        return _not_of(figure, base)
    count, prints = cut * base / 100, decimal_text(cut, percent.places)
    way = "up" if percent.value > cut else "down"
    says = (
        f"{where(figure)}: {percent} % is {count} of {base} ({decimal_text(cut, percent.places + 2)} %) rounded {way}"
    )
    says += f"; it prints as {prints}."
    return about("percent_rounding", NOTE, [figure], printed=f"{percent} %", possible=f"{prints} %", says=says)


def _not_of(figure: Figure, most: int) -> Finding:
    percent, n = figure.numbers["percent"], figure.counts.get("n")
    near = sorted({floor(percent.value * most / 100), ceil(percent.value * most / 100)})
    beside = [f"{k}/{most} = {decimal_text(Fraction(100 * k, most), percent.places)} %" for k in near]
    what = f"{percent} %" if n is None else f"{n} ({percent} %)"
    bound = f"of {most} people" if "denominator" in figure.counts else f"of at most {most} people"
    says = f"{where(figure)}: {what} is no share {bound}; the nearest are {in_words(beside, 'and')}."
    return about("percent", IMPOSSIBLE, [figure], printed=what, possible=in_words(beside), says=says)


def _moving(family: list[tuple[Figure, list[int], int]], links: Links) -> Iterator[Finding | Confirmed]:
    nested = [move for move in family if _whole_of(move, links)]
    if nested and len(nested) == len(family):
        figures, whole = [figure for figure, _, _ in nested], _whole_of(nested[0], links)
        says = (
            f"{_name(figures[0])}: these percents are of the {whole.counts['n']} of {whole.variable}, as one expects."
        )
        yield confirms("nested_denominators", [*figures, whole], says)
        return
    told = [_needs(*move) for move in family]
    says = f"{_name(family[0][0])}: the denominators move and are not printed. {'; '.join(dict.fromkeys(told))}."
    figures = [figure for figure, _, _ in family]
    printed = ", ".join(dict.fromkeys(_share(figure) for figure in figures))
    possible = "; ".join(dict.fromkeys(f"{_share(figure)} of {_few(found)}" for figure, found, _ in family))
    yield about("moving_denominators", DISAGREES, figures, printed=printed, possible=possible, says=says)


def _whole_of(move: tuple[Figure, list[int], int], links: Links) -> Figure | None:
    """The family's `any` whose count is the denominator: 7 (88 %) of the 8 that had radiation at all."""
    figure, found, _ = move
    named = (figure.paper, f"{figure.family}.{ANY}", figure.subgroup)
    wholes = [other for key, others in links.repeats.items() if key[:3] == named for other in others]
    others = [other for other in wholes if other is not figure and other.counts.get("n") in found]
    return others[0] if others else None


def _needs(figure: Figure, found: list[int], base: int) -> str:
    at = f" at {figure.timepoint}" if figure.timepoint not in ("", "n/a") else ""
    what = figure.member.replace("_", " ")
    share = f"{what}: {_share(figure)}" if what else _share(figure)
    return f"{share}{at} needs {_few(found)} where {figure.subgroup} has {base}"


def _share(figure: Figure) -> str:
    percent, n = figure.numbers["percent"], figure.counts.get("n")
    return f"{percent} %" if n is None else f"{n} ({percent} %)"


def _few(found: list[int]) -> str:
    return in_words(found) if len(found) <= SHOWN else f"{in_words(found[:SHOWN], 'or')} or more"


def _name(figure: Figure) -> str:
    return figure.family.replace("_", " ")
