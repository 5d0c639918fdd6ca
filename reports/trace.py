"""The integer tables behind a result, as tables to read: what was counted before anything was computed. Pure."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from outcomes.columns import ordered_levels
from outcomes.stats.ancova import Moments
from outcomes.stats.pairs import Pairs
from outcomes.stats.repeated_rows import Rows
from outcomes.stats.strata import Strata
from outcomes.stats.tables import Crosstab, Differences, Margin, Margins, Ranks
from outcomes.stats.tables import Tables as Counted
from outcomes.stats.times import ENDINGS, Times
from reports import questions, wording
from reports.layout import Column, Group, Note, Row, Table, row, rows
from reports.manifest import Manifest, capital

MOST_ROWS = 400  # a longer table is cut, and says so
NAMES = {
    "all": "Everyone",
    "changes": "Changes",
    "counts": "Counts",
    "level": "Sums and products",
    "moments": "Sums and products",
    "pairs": "Values that occur together",
    "ranks": "Rank sums",
    "scores": "Scores",
    "table": "Counts",
    "values": "Values",
}

NO_YES = {"0": "No", "1": "Yes"}


def counts(counted: Counted, entry: Mapping, manifest: Manifest) -> list[Table]:
    """A table for each part of what the result was computed from, numbered c1, c2, ..."""
    found = [table for name, part in counted.parts.items() for table in shown(name, part, entry, manifest)]
    left_out = questions.left_out({"left_out": counted.left_out}, manifest)
    tables = [cut(table) for table in found]
    if tables and left_out:
        tables[-1] = with_note(tables[-1], left_out)
    return [numbered(table, place) for place, table in enumerate(tables, start=1)]


def shown(name: str, part, entry: Mapping, manifest: Manifest) -> Iterator[Table]:
    yield from SHOWN[type(part)](NAMES.get(name, wording.heading(name)), part, entry, manifest)


def scaled(value: int, decimals: int) -> str:
    return wording.short(Decimal(value).scaleb(-decimals), decimals)


def group_head(level: str, entry: Mapping, manifest: Manifest) -> str:
    if level.startswith("[["):
        return course(level, manifest)
    return manifest.level_heading(entry.get("by") or entry.get("group"), level) if level else "All"


def course(pattern: str, manifest: Manifest) -> str:
    """'Seen preoperative, 6 weeks; died later' of who was seen when and whether they died."""
    codes, died = json.loads(pattern)
    seen = ", ".join(wording.within_text(manifest.timepoint(code)) for code in codes) or "never"
    return f"Seen: {seen}{'; died' if died is not None else ''}"


def margin(title: str, part: Margin, entry: Mapping, manifest: Manifest) -> Iterator[Table]:
    """value | how many in each group; those without a value last."""
    groups = ordered_levels(part.rows)
    values = sorted({value for group in groups for value in part.counts_of(group)})
    body = [row(scaled(value, part.decimals), *(str(part.counts_of(each).get(value, 0)) for each in groups))
            for value in values]  # fmt: skip
    body.append(row("Without a value", *(str(part.missing(each)) for each in groups)))
    yield Table(title=title, columns=heads("Value", groups, entry, manifest), groups=rows(*body))


def heads(first: str, groups: Sequence[str], entry: Mapping, manifest: Manifest) -> tuple[Column, ...]:
    named = (group_head(each, entry, manifest) for each in groups)
    return (Column(first, numeric=False), *map(Column, named or ["All"]))


def margins(title: str, part: Margins, entry: Mapping, manifest: Manifest) -> Iterator[Table]:
    """The same for each timepoint."""
    for code in part.in_order():
        yield from margin(f"{title}, {wording.within_text(manifest.timepoint(code))}", part.at(code), entry, manifest)


def differences(title: str, part: Differences, entry: Mapping, manifest: Manifest) -> Iterator[Table]:
    body = [row(scaled(value, part.decimals), str(n)) for value, n in sorted(part.counts.items())]
    yield Table(
        title=f"{title}: later minus earlier value",
        columns=(Column("Change", numeric=False), Column("Patients")),
        groups=rows(*body),
    )


def crosstab(title: str, part: Crosstab, entry: Mapping, manifest: Manifest) -> Iterator[Table]:
    """Each pair of levels; one row where there are no groups."""
    down, across = entry.get("row") or entry.get("by"), entry.get("col") or entry.get("var")
    is_asked = isinstance(across, Mapping)
    columns = ordered_levels({*part.cols, *(column for cells in part.counts.values() for column in cells)})
    levels = ordered_levels({*part.rows, *part.counts})
    heads_of = [NO_YES.get(each, each) if is_asked else manifest.level_heading(across, each) for each in columns]
    body = [row(manifest.level_heading(down, level) if level else "All",
                *(str(part.counts.get(level, {}).get(each, 0)) for each in columns)) for level in levels]  # fmt: skip
    first = manifest.variable_heading(down) if isinstance(down, str) else ""
    yield Table(title=title, columns=(Column(first, numeric=False), *map(Column, heads_of)), groups=rows(*body))


def ranks(title: str, part: Ranks, entry: Mapping, manifest: Manifest) -> Iterator[Table]:
    sums = part.sums
    body = [row(manifest.timepoint(code), wording.short(Decimal(doubled) / 2, 1))
            for code, doubled in zip(sums.labels, sums.doubled_rank_sums, strict=True)]  # fmt: skip
    yield Table(
        title=f"{title} within patients",
        columns=(Column("Timepoint", numeric=False), Column("Sum of ranks")),
        groups=rows(*body),
        notes=(Note(f"{wording.counted(sums.n, 'patient')} with a value at every timepoint."),),
    )


def moments(title: str, part: Moments, entry: Mapping, manifest: Manifest) -> Iterator[Table]:
    """name | its sum | its products with each name; all as whole numbers, each scaled by its decimals."""
    body = [row(capital(manifest.variable(name)), str(total), *map(str, products))
            for name, total, products in zip(part.names, part.sums, part.products, strict=True)]  # fmt: skip
    columns = (
        Column("", numeric=False),
        Column("Sum"),
        *(Column(f"times {manifest.variable(name)}") for name in part.names),
    )
    places = ", ".join(
        f"{manifest.variable(name)} {each}" for name, each in zip(part.names, part.decimals, strict=True)
    )
    notes = (f"n = {part.n}. Whole numbers; decimals they stand for: {places}.",)
    yield Table(title=title, columns=columns, groups=rows(*body), notes=tuple(map(Note, notes)))


def pairs(title: str, part: Pairs, entry: Mapping, manifest: Manifest) -> Iterator[Table]:
    body = [row(", ".join(scaled(*each) for each in zip(values, part.decimals, strict=True)), str(n))
            for *values, n in part.patterns]  # fmt: skip
    together = ", ".join(map(manifest.variable, part.names))
    yield Table(title=title, columns=(Column(capital(together), numeric=False), Column("Patients")), groups=rows(*body))


def times(title: str, part: Times, entry: Mapping, manifest: Manifest) -> Iterator[Table]:
    """time | how it ended, a group of rows for each group of patients."""
    unit = f", {part.unit}" if part.unit else ""
    groups = tuple(
        Group(
            group_head(level, entry, manifest) if level else "",
            tuple(ended(time, how, part.decimals) for time, how in sorted(part.of(level).items())),
        )
        for level in ordered_levels(part.groups)
    )
    columns = (Column(f"Time{unit}", numeric=False), *(Column(wording.heading(each)) for each in ENDINGS))
    yield Table(title=f"{title}: how follow-up ended", columns=columns, groups=groups)


def ended(time: int, how: Mapping[str, int], decimals: int) -> Row:
    return row(scaled(time, decimals), *(str(how.get(each, 0)) for each in ENDINGS))


def strata(title: str, part: Strata, entry: Mapping, manifest: Manifest) -> Iterator[Table]:
    for stratum, inner in part.in_order():
        yield from SHOWN[type(inner)](f"{title}, {wording.plain(stratum)}", inner, entry, manifest)


def courses(title: str, part: Rows, entry: Mapping, manifest: Manifest) -> Iterator[Table]:
    """A model reads whole courses, which no table of counts holds; how many values it read at each timepoint."""
    seen = (part.scores == part.scores).sum(axis=0).tolist()
    body = [row(manifest.timepoint(code), str(n)) for code, n in zip(part.timepoints, seen, strict=True)]
    yield Table(
        title="Values that the model read",
        columns=(Column("Timepoint", numeric=False), Column("Values")),
        groups=rows(*body),
        notes=(Note("A model of whole courses reads the freeze's rows; there is no table of counts behind it."),),
    )


SHOWN: dict[type, Callable[..., Iterator[Table]]] = {
    Margin: margin,
    Margins: margins,
    Differences: differences,
    Crosstab: crosstab,
    Ranks: ranks,
    Moments: moments,
    Pairs: pairs,
    Times: times,
    Strata: strata,
    Rows: courses,
}


def size(table: Table) -> int:
    return sum(len(group.rows) for group in table.groups)


def cut(table: Table) -> Table:
    """The first rows of a table that is too long for a page, with how many more there are."""
    if size(table) <= MOST_ROWS:
        return table
    left, groups = MOST_ROWS, []
    for group in table.groups:
        groups.append(Group(group.label, group.rows[:left]))
        left -= len(groups[-1].rows)
    rest = wording.counted(size(table) - MOST_ROWS, "more row is", "more rows are")
    return with_note(replace(table, groups=tuple(groups)), f"{rest} not shown.")


def with_note(table: Table, text: str) -> Table:
    return replace(table, notes=(*table.notes, Note(text)))


def numbered(table: Table, place: int) -> Table:
    return replace(table, number=f"c{place}", label=f"Count {place}")
