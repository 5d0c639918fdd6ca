"""What the page and the file of two freezes say: the dictionary first, then counts, then rows for who may see them."""

import csv
from collections import Counter
from collections.abc import Iterator

from django.core.paginator import Paginator

from outcomes.freeze import load
from outcomes.freeze_about import said_first
from outcomes.freeze_diff import Cell, Difference, Row, difference
from outcomes.freeze_history import Reason, reasons
from outcomes.freezes import is_whole
from outcomes.models import Freeze
from registry.access import Permission
from registry.imports.inert import inert

PER_PAGE = 100
MOST_ROWS = 100
HEADER = ("change", "site", "study", "study_number", "number", "what", "old", "new", "when", "who", "route", "reason")


def difference_page(before: Freeze, after: Freeze, user, page: str | None) -> dict:
    """What the page shows: counts for whoever may read results, rows for who may see the patients of every site."""
    broken = [each for each in (before, after) if not is_whole(each)]
    if broken:
        return {"broken": broken}
    found = difference(load(before), load(after), hidden=being_read(user))
    context = {
        "said_first": said_first(before.manifest_in_order, after.manifest_in_order),
        "cells": len(found), "added": len(found.added), "gone": len(found.gone), "hidden": found.hidden,
        "rows_changed": len(set(found.places[0].tolist())),
        "by_column": sorted(((each.what.label, len(each.at)) for each in found.changed), key=lambda pair: -pair[1]),
        "may_see": may_see_rows(before, after, user),
    }  # fmt: skip
    return context | (rows_of(found, before, after, page) if context["may_see"] else {})


def may_see_rows(before: Freeze, after: Freeze, user) -> bool:
    sites = before.cohort.sites_for(user, Permission.VIEW_PATIENTS).values_list("pk", flat=True)
    return {*before.site_ids, *after.site_ids} <= set(sites)


def being_read(user) -> list[Row]:
    """The patients whose visits the reader reads a second time: until then they are not shown."""
    of = ("patient__site__code", "patient__study__slug", "patient__study_number")
    return [Row(*names) for names in user.readings.filter(submitted_at=None).values_list(*of)]


def rows_of(found: Difference, before: Freeze, after: Freeze, page: str | None) -> dict:
    """One page of cells, and the first rows that came and went, each with what the history says."""
    pages = Paginator(range(len(found)), PER_PAGE).get_page(page)
    cells = list(found.cells(pages.start_index() - 1 if len(found) else 0, pages.end_index()))
    rows = [*found.added[:MOST_ROWS], *found.gone[:MOST_ROWS]]
    of_cells, of_rows = reasons(cells, rows, before.made_at, after.made_at)
    told = list(zip(rows, of_rows, strict=True))
    came = len(found.added[:MOST_ROWS])
    return {
        "page": pages,
        "changed": list(zip(cells, of_cells, strict=True)),
        "came": told[:came],
        "went": told[came:],
        "most_rows": MOST_ROWS,
    }


def write_csv(before: Freeze, after: Freeze, out) -> Counter:
    """The whole difference, a line for each cell and row; how many of each there were."""
    found = difference(load(before), load(after))
    writer, counts = csv.writer(out), Counter()
    writer.writerow(HEADER)
    for line in lines_of(found, before, after):
        counts[line[0]] += 1
        writer.writerow([inert(cell) for cell in line])
    return counts


def lines_of(found: Difference, before: Freeze, after: Freeze) -> Iterator[tuple[str, ...]]:
    for words in said_first(before.manifest_in_order, after.manifest_in_order):
        yield ("dictionary", "", "", "", "", words, "", "", "", "", "", "")
    between = (before.made_at, after.made_at)
    for change, rows in (("added", found.added), ("gone", found.gone)):
        for start in range(0, len(rows), PER_PAGE):
            part = rows[start : start + PER_PAGE]
            _, why = reasons([], part, *between)
            yield from (line(change, row, "", "", "", said) for row, said in zip(part, why, strict=True))
    for start in range(0, len(found), PER_PAGE):
        cells = list(found.cells(start, start + PER_PAGE))
        why, _ = reasons(cells, [], *between)
        yield from (of_cell(cell, said) for cell, said in zip(cells, why, strict=True))


def of_cell(cell: Cell, why: list[Reason]) -> tuple[str, ...]:
    return line("changed", cell.row, cell.what.label, cell.old, cell.new, why)


def line(change: str, row: Row, what: str, old: str, new: str, why: list[Reason]) -> tuple[str, ...]:
    """One line; where several changes explain it, they stand behind each other in each column."""
    said = [(each.at.isoformat(timespec="seconds"), each.who, each.route, each.why) for each in why]
    columns = ["; ".join(texts) for texts in zip(*said, strict=True)] or ["", "", "", ""]
    return (change, row.site, row.study, row.study_number, row.number, what, old, new, *columns)
