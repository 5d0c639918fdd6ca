"""Tables of the Word file: journal tables, names with what they are, the flow of patients. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from docx.shared import Mm

from reports.documents import widths
from reports.documents.word_xml import DETAIL, THICK, THIN, borders, cell, paragraph, row, run, whole
from reports.flow_parts import FlowStep
from reports.layout import Cell, Column, Flow, Group, Row, Table

NAME = "Quiet"
CHARACTER, ROOM = Mm(1.62), Mm(3)
BOX = dict.fromkeys(("top", "left", "bottom", "right"), THIN)
NAMES = (Mm(38), Mm(132))
BOXES = (Mm(70), Mm(100))


def journal(table: Table, width: int) -> str:
    """Three rules, a head that every page repeats, rows that stay whole."""
    sizes = column_sizes(table, width)
    rows = [*head_rows(table, sizes)]
    body = [each for group in table.groups for each in group_rows(group, table.columns, sizes)]
    return whole(sizes, [*rows, *with_a_last_rule(body)])


def column_sizes(table: Table, width: int) -> list[int]:
    """As wide as the text asks for, and no wider than the page."""
    asked = [CHARACTER * each + ROOM for each in widths.widths(table)]
    return [min(each, each * width // max(sum(asked), 1)) for each in asked]


def head_rows(table: Table, sizes: Sequence[int]) -> Iterator[str]:
    """The headings over several columns, where there are any, and those of the columns."""
    top = {"top": THICK}
    if table.spans:
        cells, at = [], 0
        for label, span in table.spans:
            rules = top | ({"bottom": THIN} if label else {})
            inside = paragraph(run(label, bold=True), centred=True)
            cells.append(cell(inside, sum(sizes[at : at + span]), span=span, rules=rules))
            at += span
        yield row(cells, head=True)
        top = {}
    rules = top | {"bottom": THIN}
    yield row(
        (cell(column_head(column, centred=column.numeric and at > 0), size, rules=rules, low=True)
         for at, (column, size) in enumerate(zip(table.columns, sizes, strict=True))),
        head=True,
    )  # fmt: skip


def column_head(column: Column, *, centred: bool) -> str:
    return paragraph(run(column.label, bold=True) + run(column.mark, raised=True), centred=centred)


def group_rows(group: Group, columns: Sequence[Column], sizes: Sequence[int]) -> Iterator[str]:
    if group.label:
        yield row([cell(paragraph(run(group.label, bold=True), kept=True), sum(sizes), span=len(sizes))])
    for each in group.rows:
        yield row(row_cells(each, columns, sizes, indented=each.indented or bool(group.label)))


def row_cells(each: Row, columns: Sequence[Column], sizes: Sequence[int], *, indented: bool) -> Iterator[str]:
    yield cell(paragraph(run(each.head), indented=indented), sizes[0])
    for at in range(1, len(columns)):
        said = each.cells[at - 1] if at <= len(each.cells) else Cell("")
        yield cell(number(said, centred=columns[at].numeric), sizes[at])


def number(said: Cell, *, centred: bool) -> str:
    """What stands in a cell, and its quieter second line."""
    below = paragraph(run(said.detail), DETAIL, centred=centred) if said.detail else ""
    return paragraph(run(said.text), centred=centred) + below


def with_a_last_rule(rows: list[str]) -> list[str]:
    """The rows, with a rule below the last one."""
    if rows:
        rows[-1] = rows[-1].replace("<w:tcBorders/>", borders({"bottom": THICK}))
    return rows


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and what they are, in two columns without rules."""
    rows = (
        row([cell(paragraph(run(name), NAME), NAMES[0]), cell(paragraph(run(what)), NAMES[1])]) for name, what in pairs
    )
    return whole(NAMES, rows)


def flow(part: Flow) -> str:
    """A box a stage; beside it who left on the way to the next."""
    return whole(BOXES, flow_rows(part))


def flow_rows(part: Flow) -> Iterator[str]:
    for at, stage in enumerate(part.stages, start=1):
        below = paragraph(run(stage.detail), DETAIL, centred=True) if stage.detail else ""
        words = paragraph(run(f"{stage.n} {stage.words}", bold=True), centred=True) + below
        yield row([cell(words, BOXES[0], rules=BOX), cell(paragraph(""), BOXES[1])])
        if at < len(part.stages):
            down = paragraph(run("\N{DOWNWARDS ARROW}"), centred=True)
            yield row([cell(down, BOXES[0]), cell(left_out(stage.left), BOXES[1])])


def left_out(left: Sequence[FlowStep]) -> str:
    said = [paragraph(run("Left out" if left else "Nobody left out"), DETAIL)]
    said += [paragraph(run(f"{n} {why}")) for step in left for n, why in step.lines]
    return "".join(said)
