"""How wide a table is, in characters; which are set small or on a turned page, and which are cut in parts. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

from reports.documents.contents import Contents, Heading, Part
from reports.layout import Cell, Group, Row, Table

UPRIGHT, UPRIGHT_SMALL, TURNED = 110, 130, 190
WIDEST_HEAD, WIDEST_TEXT, WIDEST_DETAIL = 34, 36, 15
BETWEEN = 2


@dataclass
class Run:
    """Parts that follow each other on upright pages, or on turned ones."""

    turned: bool
    parts: list[Part]


def runs(document: Contents) -> list[Run]:
    """The parts in order. A heading goes with the table below it; a very wide table is in parts."""
    found, waiting = [Run(False, [])], []
    for part in document.parts:
        if isinstance(part, Heading):
            waiting.append(part)
            continue
        for piece in in_parts(part) if isinstance(part, Table) else [part]:
            turned = isinstance(piece, Table) and is_turned(piece)
            if turned != found[-1].turned:
                found.append(Run(turned, []))
            found[-1].parts += [*waiting, piece]
            waiting = []
    found[-1].parts += waiting
    return found


def widths(table: Table) -> list[int]:
    """The characters that each column asks for; long text is counted as if it were wrapped."""
    every = [row for group in table.groups for row in group.rows]
    inset = 3 if any(group.label or row.indented for group in table.groups for row in group.rows) else 0
    first = max([min(WIDEST_HEAD, len(row.head) + inset) for row in every], default=0)
    found = [max(first, longest_word(table.columns[0].label))]
    for place, column in enumerate(table.columns[1:]):
        cells = [row.cells[place] for row in every if place < len(row.cells)]
        found.append(max([longest_word(column.label), *(width(cell) for cell in cells)]) + BETWEEN)
    at = 0
    for label, span in table.spans:  # a heading over columns must not be broken within a word
        lacking = longest_word(label) + BETWEEN - sum(found[at : at + span])
        found[at] += max(0, lacking)
        at += span
    return found


def width(cell: Cell) -> int:
    return max(min(len(cell.text), WIDEST_TEXT), min(len(cell.detail), WIDEST_DETAIL))


def longest_word(text: str) -> int:
    return max(map(len, text.split()), default=0)


def is_small(table: Table) -> bool:
    """Whether the table fits an upright page only in small type."""
    return UPRIGHT < sum(widths(table)) <= UPRIGHT_SMALL


def is_turned(table: Table) -> bool:
    """Whether the table needs the long side of the page."""
    return sum(widths(table)) > UPRIGHT_SMALL


def in_parts(table: Table) -> list[Table]:
    """The table, cut between columns where even the long side is too short; each part repeats the first column."""
    wide = widths(table)
    if sum(wide) <= TURNED:
        return [table]
    cuts = [*cut(wide)]
    return [part(table, places, number, len(cuts)) for number, places in zip(count(1), cuts, strict=False)]


def cut(wide: Sequence[int]) -> Iterator[list[int]]:
    """Runs of columns that fit beside the first one."""
    run: list[int] = []
    for place in range(1, len(wide)):
        if run and wide[0] + sum(wide[each] for each in [*run, place]) > TURNED:
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def part(table: Table, places: Sequence[int], number: int, of: int) -> Table:
    """Some of the columns; the notes stand under the last part."""
    groups = tuple(Group(group.label, tuple(cells_at(row, places) for row in group.rows)) for group in table.groups)
    return replace(
        table,
        title=f"{table.title} (part {number} of {of})" if of > 1 else table.title,
        columns=(table.columns[0], *(table.columns[place] for place in places)),
        groups=groups,
        notes=table.notes if number == of else (),
        beside=(),
    )


def cells_at(row: Row, places: Sequence[int]) -> Row:
    return replace(row, cells=tuple(row.cells[place - 1] for place in places if place <= len(row.cells)))
