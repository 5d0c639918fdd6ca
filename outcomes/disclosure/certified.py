"""What can be said of a sum in which cells are hidden: intervals that hold the truth, or that nothing is determined.

exact only where no hidden cell entered. Where the hidden cells can be filled in few ways, each is tried: tests are not
monotone in the cells, so their ends alone would miss. Where there are too many, means, quantiles and shares have true
bounds, and tests are not determined.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import add

from outcomes.analyses.conditions import NO_YES
from outcomes.disclosure.assembling import STRANGE, Frame, Hidden, assembled, frame_of, holds
from outcomes.disclosure.bounds import Box, counted, mean, quantile, written
from outcomes.disclosure.coarsen import coarsen
from outcomes.disclosure.leaves import OTHER
from outcomes.disclosure.reading import RANKS_STAY, Given, Sent, sent_rows, tables_from
from outcomes.picking import SEPARATOR
from outcomes.plans.check import specified
from outcomes.stats.tables import Margins, Tables
from outcomes.tabulate import UNGROUPED

MOST_WAYS = 400
NOT_DETERMINED = "not_determined"
NO_VALUES = "nobody may have a value"
NOBODY = Hidden("no site has counted it")
TOTALS_STAY = Hidden("how many patients its groups have is hidden")
TOO_MANY = Hidden("the hidden cells can be filled in too many ways to try each, and it is not monotone in them")
RUNGS_DIFFER = Hidden("the sites' tables do not count the same thing")


@dataclass(frozen=True)
class Certified:
    """payload: the kernel's, with {low, high} in place of what is not one number; or {not_determined: why}."""

    payload: dict
    exact: bool


def certified(entry: Mapping, spec, sites: Sequence[Given]) -> Certified:
    """One analysis over what several sites sent, some of them with hidden cells."""
    try:
        whole, rows, frame, bands = sorted_out(entry, spec, sites)
    except Undetermined as why:
        return Certified({NOT_DETERMINED: why.reason}, False)
    analysis = specified(entry)
    if not rows:
        payload = analysis.compute(reduce(add, whole))
        return Certified(labelled(payload, bands), True)
    payloads = payloads_of(frame, analysis, whole, rows)
    payload = reduce(spanned, payloads) if payloads else bounded(frame, whole, rows)
    if frame.kind == "kruskal_dunn" and NOT_DETERMINED not in payload:
        payload = payload | {"friedman_complete_cases": {NOT_DETERMINED: RANKS_STAY.reason}}
    return Certified(labelled(payload, bands), False)


class Undetermined(Exception):
    def __init__(self, why: Hidden):
        super().__init__(why.reason)
        self.reason = why.reason


def sorted_out(entry: Mapping, spec, sites: Sequence[Given]) -> tuple:
    """The tables that are whole, the rows of the others, the analysis's frame over leaves, and the bands if coarser."""
    leaves = [each for each in sites if each.tables is None and each.leaves]
    whole = [each.tables for each in sites if each.tables is not None]
    if not leaves and not whole:
        raise Undetermined(NOBODY)
    frames = [frame_of(entry, spec, {leaf["id"]: leaf for leaf in each.leaves}) for each in leaves]
    hidden = next((frame for frame in frames if isinstance(frame, Hidden)), None)
    if hidden or len({(frame.rung, tuple(frame.leaves.items())) for frame in frames}) > 1:
        raise Undetermined(hidden or RUNGS_DIFFER)
    bands = (
        spec.document["coarsening"][entry["instrument"]] if frames and frames[0].rung and "instrument" in entry else ()
    )
    whole = [coarsen(tables, bands) for tables in whole] if bands else whole
    rows = []
    for each, frame in zip(leaves, frames, strict=True):
        read = tables_from(entry, spec, each.leaves)
        if isinstance(read, Tables):
            whole.append(read)
            continue
        found = sent_rows(frame, spec, each)
        if found is None:
            raise Undetermined(TOTALS_STAY)
        rows.append(found)
    return whole, rows, frames[0] if frames else None, bands


def labelled(payload: dict, bands: Sequence[Mapping]) -> dict:
    """On a coarser rung a payload says of which bands it is."""
    return payload | {"rung": 1, "bands": [band["label"] for band in bands]} if bands else payload


def payloads_of(frame: Frame, analysis, whole: Sequence[Tables], rows: Sequence[Mapping]) -> list[dict]:
    """The analysis for each way in which the hidden cells can be filled; none where these are too many."""
    ways = {tuple((0,) * len(frame.leaves[leaf]) for leaf, _ in frame.needs)}
    for site in rows:
        for place, need in enumerate(frame.needs):
            fillings = filled(site[need], MOST_WAYS)
            if fillings is None or len(ways) * len(fillings) > 20 * MOST_WAYS:
                return []
            ways = {
                (*way[:place], tuple(map(add, way[place], cells)), *way[place + 1 :])
                for way in ways
                for cells in fillings
            }
            if len(ways) > MOST_WAYS:
                return []
    found = []
    for way in sorted(ways):
        tables = assembled(frame, dict(zip(frame.needs, way, strict=True)))
        if isinstance(tables, Hidden):
            return [{NOT_DETERMINED: tables.reason}]
        found.append(analysis.compute(reduce(add, [*whole, tables])))
    return found


def filled(row: Sent, most: int) -> list[tuple[int, ...]] | None:
    """Each way in which a row's cells can hold its sum; None where there are more than `most`."""
    partial = [((), row.total)]
    for at, (low, high) in enumerate(zip(row.lowest, row.highest, strict=True)):
        fewest, room = sum(row.lowest[at + 1 :]), sum(row.highest[at + 1 :])
        partial = [
            ((*cells, count), left - count)
            for cells, left in partial
            for count in range(max(low, left - room), min(high, left - fewest) + 1)
        ]
        if len(partial) > most:
            return None
    return [cells for cells, left in partial if left == 0]


def spanned(one, other):
    """What two payloads say together: a number that differs is the range over both; anything else is undetermined."""
    ends = [_ends(each) for each in (one, other)]
    if one is GONE or one == other:
        return one
    if None not in ends:
        return Span(low=min(end[0] for end in ends), high=max(end[1] for end in ends))
    if isinstance(one, dict) and isinstance(other, dict) and not isinstance(one, Span):
        keys = [*one, *(key for key in other if key not in one)]
        return {key: spanned(one[key], other[key]) if key in one and key in other else GONE for key in keys}
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [spanned(*each) for each in zip(one, other, strict=True)]
    return GONE


class Span(dict):
    """A range of numbers in a payload."""


GONE = {NOT_DETERMINED: "it differs, or is not there, over the ways in which the hidden cells can be filled"}


def _ends(value) -> tuple | None:
    if isinstance(value, Span):
        return value["low"], value["high"]
    return (value, value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def bounded(frame: Frame, whole: Sequence[Tables], rows: Sequence[Mapping]) -> dict:
    """Means, quantiles and shares as intervals; {not_determined: why} of any other analysis."""
    if frame.arms and any(row.total for site in rows for (_, at), row in site.items() if at == len(frame.arms) - 2):
        return {NOT_DETERMINED: STRANGE.reason}
    groups = {arm: [at] for at, arm in enumerate(frame.arms[:-2])} if frame.arms else {UNGROUPED: range(frame.places)}
    if frame.kind in ("proportion", "share_patient_var"):
        return shares(frame, groups, whole, rows)
    if frame.kind != "describe_by_timepoint":
        return {NOT_DETERMINED: TOO_MANY.reason}
    codes = {leaf.split(SEPARATOR)[2]: leaf for leaf in frame.leaves}
    cells = {
        code: {group: described(frame, boxes_of(frame, leaf, group, places, code, whole, rows))
               for group, places in groups.items()}
        for code, leaf in codes.items()
    }  # fmt: skip
    payload = {code: by_group if frame.arms else by_group[UNGROUPED] for code, by_group in cells.items()}
    return payload | {"timepoints": list(codes)} | ({"groups": list(groups)} if frame.arms else {})


def shares(frame: Frame, groups: Mapping, whole: Sequence[Tables], rows: Sequence[Mapping]) -> dict:
    """x of n, and x / n, for each level or for the condition: of everybody, and by arm."""
    (leaf,) = frame.leaves
    if frame.kind == "proportion":
        names, without = [NO_YES[answer] for answer in holds(frame)], 3
    else:
        names, without = list(frame.leaves[leaf][:-2]), 1
        if any(row.highest[-2] for site in rows for row in site.values()):
            return {NOT_DETERMINED: STRANGE.reason}
        names.append(OTHER)
    everybody = {"all": (UNGROUPED, range(frame.places))}
    asked = everybody | ({arm: (arm, places) for arm, places in groups.items()} if frame.arms else {})
    found = {}
    for name, (group, places) in asked.items():
        sizes = [(row.lowest, row.highest, row.total) for site in rows for at in places for row in [site[leaf, at]]]
        told = [tables.parts["all" if name == "all" else "by"].counts.get(group, {}) for tables in whole]
        wanted = [NO_YES[1]] if frame.kind == "proportion" else names[:-1]
        levels = {level: share_of(level, names, without, sizes, told) for level in wanted}
        found[name] = levels[NO_YES[1]] if frame.kind == "proportion" else {"levels": levels}
    return {"all": found.pop("all")} | ({"groups": list(groups), "by": found} if frame.arms else {})


def share_of(level: str, names: Sequence[str], without: int, sizes: Sequence[tuple], told: Sequence[Mapping]) -> dict:
    values = [*(int(name == level) for name in names), *[None] * without]
    boxes = [Box(values, low, high, total) for low, high, total in sizes]
    for counts in told:
        cells = tuple(counts.values())
        boxes.append(Box([int(name == level) for name in counts], cells, cells, sum(cells)))
    x, n = counted(boxes, lambda value: value == 1), counted(boxes, lambda value: value is not None)
    part = mean(boxes)
    said = {"x": written(x), "n": written(n)}
    return said | ({NOT_DETERMINED: {"share": NO_VALUES}} if part is None else {"share": written(part)})


def boxes_of(frame: Frame, leaf: str, group: str, places, code: str, whole, rows) -> list[Box]:
    """A group's rows of all sites; a whole table's is a box without room."""
    values = [*frame.values(leaf), None, None, None]
    found = [
        Box(values, site[leaf, at].lowest, site[leaf, at].highest, site[leaf, at].total)
        for site in rows
        for at in places
    ]
    for tables in whole:
        part: Margins = tables.parts["scores"]
        margin = part.at(code)
        counts = {value * 10 ** (frame.decimals - part.decimals): n for value, n in margin.counts_of(group).items()}
        missing = margin.missing(group)
        sizes = (*counts.values(), missing)
        found.append(Box([*counts, None], sizes, sizes, sum(sizes)))
    return found


def described(frame: Frame, boxes: Sequence[Box]) -> dict:
    """One cell of a description, as far as it is determined."""
    n = counted(boxes, lambda value: value is not None)
    missing = counted(boxes, lambda value: value is None)
    found = {"n": written(n), "missing": written(missing), "mean": written(mean(boxes), frame.decimals)}
    for name, p in (("median", Fraction(1, 2)), ("q1", Fraction(1, 4)), ("q3", Fraction(3, 4))):
        found[name] = written(quantile(boxes, p), frame.decimals)
    absent = {name: NO_VALUES for name, each in found.items() if each is None}
    told = {name: each for name, each in found.items() if each is not None}
    return told | {NOT_DETERMINED: absent | {"sd": "it is not monotone in the hidden cells"}}
