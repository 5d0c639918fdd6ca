"""Printed medians and quartiles: in order, on their scale, and possible under a quantile type."""

from collections.abc import Iterator, Mapping
from itertools import combinations, islice

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
from outcomes.consistency.joint import TooLong, highest_needed, is_possible_together
from outcomes.consistency.links import Links, grouped
from outcomes.consistency.printed import Printed
from outcomes.consistency.quartiles import NAMED, PROGRAMS, TYPES, bounds, ends, possible_types
from outcomes.consistency.reader import Figure
from outcomes.consistency.scales import WHOLE_NUMBERS, WHOLE_UNITS, Scale

ORDER = ("min", "q1", "median", "q3", "max")
QUARTILES = ("q1", "median", "q3")
MOST_ROWS, MOST_GROUPS, MOST_VARIABLES = 200, 6, 20  # of a paper; of a variable at a timepoint; tried together
LARGEST = 2000  # people of a group, and values of a printed quartile in steps: beyond, any type fits in practice


class Row:
    """One printed set of quartiles: its figure, how many people, the grid of its values, and the possible types.

    is_sure: the grid is that of a known scale. Otherwise whole units are supposed, and nothing is alarmed by them.
    is_asked: n is printed of this very row, not only of its group. places: decimals that every number is taken to have;
    a column with 2.5 and 7 leaves idle zeros away, and 7 is 7.0.
    """

    def __init__(self, figure: Figure, n: int, scale: Scale, *, is_sure: bool, is_asked: bool, places: int = 0):
        self.figure, self.n, self.scale, self.is_sure, self.is_asked = figure, n, scale, is_sure, is_asked
        printed = quartiles_of(figure)
        self.printed = {name: Printed(one.value, max(one.places, places)) for name, one in printed.items()}
        self.types = possible_types(n, self.printed, scale)


def check(links: Links) -> Iterator[Finding | Confirmed]:
    """Order and scale of every row; then types of each row, of groups together, and of the paper as a whole."""
    for figures in links.repeats.values():
        yield from _in_order(figures)
    for figure in links.figures:
        yield from _on_scale(figure, links)
    rows = list(islice(_rows(links), MOST_ROWS))
    possible = []
    for row in rows:
        if row.types:
            possible.append((row, row.types))
        elif row.is_sure:
            yield _no_type(row)
    yield from _together(possible, links)


def quartiles_of(figure: Figure) -> Mapping[str, Printed]:
    return {name: figure.numbers[name] for name in QUARTILES if name in figure.numbers}


def _in_order(figures: list[Figure]) -> Iterator[Finding]:
    """Smallest, quartiles and largest rise, wherever in the paper they stand."""
    ends = [(name, figure) for name in ORDER for figure in _ends(name, figures)]
    for (lower, one), (upper, other) in combinations(ends, 2):
        a, b = one.numbers[lower], other.numbers[upper]
        if lower != upper and a.low > b.high:
            says = f"{where(one)}: {lower} {a} lies above {upper} {b}."
            possible = f"{lower} at most {upper}"
            shown = f"{lower} {a}, {upper} {b}"
            yield about("quartile_order", IMPOSSIBLE, [one, other], printed=shown, possible=possible, says=says)


def _ends(name: str, figures: list[Figure]) -> list[Figure]:
    """The places where the smallest and the largest value of a field are printed."""
    having = [figure for figure in figures if name in figure.numbers]
    value = {figure.id: figure.numbers[name].value for figure in having}
    ends = (min(having, key=lambda one: value[one.id]), max(having, key=lambda one: value[one.id])) if having else ()
    return list({figure.id: figure for figure in ends}.values())


def _on_scale(figure: Figure, links: Links) -> Iterator[Finding]:
    scale = links.scale(figure)
    for name in ORDER:
        if scale and name in figure.numbers:
            printed = figure.numbers[name]
            if printed.high < scale.low or (scale.high is not None and printed.low > scale.high):
                limits = f"{scale.low} to {scale.high}"
                says = f"{where(figure)}: {name} {printed} lies outside the scale, {limits}."
                yield about("outside_scale", IMPOSSIBLE, [figure], printed=str(printed), possible=limits, says=says)


def _rows(links: Links) -> Iterator[Row]:
    """Each different set of quartiles once, where the number of people is known."""
    for figures in links.repeats.values():
        full = [figure for figure in figures if "q1" in figure.numbers and "q3" in figure.numbers]
        for same in grouped(full, lambda figure: tuple(map(str, quartiles_of(figure).values()))).values():
            figure, asked = same[0], links.people(same[0])
            n, scale = asked or links.size(figure.subgroup), links.scale(figure)
            is_sure = scale is not None
            if scale is None and figure.unit.lower() in WHOLE_UNITS:
                scale = WHOLE_NUMBERS
            values = [printed.value for printed in quartiles_of(figure).values()]
            in_order = values == sorted(values)
            if n and scale and in_order and max(n, max(values) / scale.step) <= LARGEST:
                places = 0 if is_sure else _places(figure, links)
                yield Row(figure, n, scale, is_sure=is_sure, is_asked=bool(asked), places=places)


def _places(figure: Figure, links: Links) -> int:
    """The decimals of a column where some quartiles have none and others one."""
    here = [other for other in links.figures if (other.variable, other.location) == (figure.variable, figure.location)]
    places = max(one.places for other in here for one in quartiles_of(other).values())
    return places if places == 1 else 0


def _no_type(row: Row) -> Finding:
    printed = ", ".join(f"{name} {value}" for name, value in row.printed.items())
    says = (
        f"{where(row.figure)}: no {row.n} values in steps of {row.scale.step} have {printed} under any quantile type."
    )
    severity = IMPOSSIBLE if row.is_asked else DISAGREES
    possible = "no type of 1 to 9"
    return about("quartile_type", severity, [row.figure], printed=printed, possible=possible, says=says)


def _together(possible: list[tuple[Row, frozenset[int]]], links: Links) -> Iterator[Finding | Confirmed]:
    rows = [row for row, _ in possible]
    types = dict(possible)
    of_variables = grouped(rows, lambda row: (row.figure.variable, row.figure.timepoint)).values()
    for same in islice((rows for rows in of_variables if len(rows) > 2), MOST_VARIABLES):
        yield from _groups(same, types, links)
    for sure in (True, False):
        of_kind = [row for row in rows if row.is_sure is sure]
        if of_kind:
            yield from _of_paper(of_kind, types, links)


def _groups(rows: list[Row], types: dict[Row, frozenset[int]], links: Links) -> Iterator[Finding]:
    """Two groups and the whole that they make up; what all three allow replaces the types of each."""
    by_figure = {row.figure.id: row for row in rows}
    sizes = {row.figure.subgroup: row.n for row in rows}
    for triple in islice(links.wholes([row.figure for row in rows], sizes), MOST_GROUPS):
        whole, first, second = (by_figure[figure.id] for figure in triple)
        kinds = types[whole] & types[first] & types[second]
        found = _joint_types(whole, first, second, kinds)
        if found is None:
            continue
        if not found and kinds and whole.is_sure:
            names = f"{first.figure.subgroup} and {second.figure.subgroup}"
            says = f"{where(whole.figure)}: under no quantile type can {names} make up these quartiles together."
            shown = [row.figure for row in (whole, first, second)]
            yield about("quartile_groups", DISAGREES, shown, printed=_shown(whole), possible="no type", says=says)
        elif found:
            types[whole] = types[first] = types[second] = found


def _joint_types(whole: Row, first: Row, second: Row, kinds: frozenset[int]) -> frozenset[int] | None:
    """The types under which all three are possible at once; None where that takes too long to try."""
    try:
        return frozenset(kind for kind in sorted(kinds) if _joint(whole, first, second, kind))
    except TooLong:
        return None


def _joint(whole: Row, first: Row, second: Row, kind: int) -> bool:
    demands = [bounds(row.n, row.printed, row.scale, kind) for row in (first, second, whole)]
    low, top = ends(whole.scale)
    needed = max(highest_needed(each, low) for each in demands)
    high = needed if top is None else min(needed, top)
    return is_possible_together((first.n, demands[0]), (second.n, demands[1]), demands[2], low=low, high=high)


def _of_paper(rows: list[Row], types: dict[Row, frozenset[int]], links: Links) -> Iterator[Finding | Confirmed]:
    """One paper, one program: the types that all its rows leave."""
    telling = [row for row in rows if len(types[row]) < len(TYPES)]
    left = frozenset(TYPES).intersection(*(types[row] for row in telling))
    if not telling:
        return
    figures = [row.figure for row in telling]
    supposed = "" if rows[0].is_sure else ", if all values are whole units,"
    names = in_words(sorted({figure.variable.replace("_", " ") for figure in figures}), "and")
    if left:
        says = f"The quartiles of {names}{supposed} are possible under type {_kinds(left)} only."
        yield confirms("quartile_types", figures, says)
        yield from _program(figures, left, links, is_sure=rows[0].is_sure)
    elif rows[0].is_sure:
        one, other = _first_clash(telling, types)
        says = (
            f"No one quantile type gives all printed quartiles: {where(one.figure)} needs type {_kinds(types[one])}, "
        )
        says += f"{where(other.figure)} type {_kinds(types[other])}."
        shown = [one.figure, other.figure]
        yield about("quartile_types", DISAGREES, shown, printed=_shown(one), possible="one type for all", says=says)


def _first_clash(rows: list[Row], types: dict[Row, frozenset[int]]) -> tuple[Row, Row]:
    pairs = [(one, other) for one, other in combinations(rows, 2) if not types[one] & types[other]]
    return pairs[0] if pairs else (rows[0], rows[-1])


def _program(figures: list[Figure], left: frozenset[int], links: Links, *, is_sure: bool) -> Iterator[Finding]:
    """The program that the paper names, against the types that its quartiles leave."""
    said = links.software.get(figures[0].paper, "")
    kinds = {kind for name, kinds in NAMED.items() if name in said.lower() for kind in kinds}
    if kinds and not kinds & left:
        usual = f"type {in_words(sorted(kinds))}"
        says = f"{said} prints quartiles of {usual} by default, and the printed ones are of type {_kinds(left)}."
        severity = DISAGREES if is_sure else NOTE
        yield about("quartile_program", severity, figures, printed=said, possible=_kinds(left), says=says)


def _kinds(kinds: frozenset[int]) -> str:
    named = [f"{kind} ({', '.join(PROGRAMS[kind])})" if kind in PROGRAMS else str(kind) for kind in sorted(kinds)]
    return in_words(named)


def _shown(row: Row) -> str:
    return ", ".join(f"{name} {value}" for name, value in row.printed.items())
