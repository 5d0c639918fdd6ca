"""The pieces a report is made of, before any page, document or spreadsheet draws them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby

from reports import wording
from reports.charts import on_page
from reports.charts.model import Chart
from reports.flow_parts import Flow
from reports.manifest import Instrument

MOST_UNFOLDED = 40  # rows that a page shows without being asked to


@dataclass(frozen=True)
class Source:
    """The result a number came from: its plan entry's id, its page and its JSON."""

    label: str
    page_url: str = ""
    api_url: str = ""


@dataclass(frozen=True)
class Column:
    """A column: heading, whether it holds numbers, a heading over several columns, a footnote mark."""

    label: str
    numeric: bool = True
    over: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Cell:
    """What stands in a cell, a quieter second line, and the result that the cell's number came from."""

    text: str
    detail: str = ""
    source: Source | None = None


@dataclass(frozen=True)
class Row:
    """A row: its heading and its cells; `indented` under the row above."""

    head: str
    cells: tuple[Cell, ...]
    indented: bool = False


@dataclass(frozen=True)
class Group:
    """Rows under one label (empty: no label)."""

    label: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Note:
    """A footnote, with the mark that its column carries, or none."""

    text: str
    mark: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table as a journal prints it. `columns[0]` heads the rows."""

    title: str
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    notes: tuple[Note, ...] = ()
    sources: tuple[Source, ...] = ()
    number: int | str = 0
    label: str = ""
    beside: tuple["Beside", ...] = ()

    @property
    def called(self) -> str:
        """'Table 3', or what a paper calls it."""
        return self.label or f"Table {self.number}"

    @property
    def is_long(self) -> bool:
        """Whether a page folds it."""
        return sum(len(group.rows) for group in self.groups) > MOST_UNFOLDED

    @property
    def spans(self) -> list[tuple[str, int]]:
        """(heading, how many columns it stands over) of the upper header row; empty where there is none."""
        if not any(column.over for column in self.columns):
            return []
        return [(over, len([*columns])) for over, columns in groupby(self.columns, key=lambda column: column.over)]


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What a reviewer would ask beside one published question: the answers in words, in figures and in tables, and what
    is not asked of this cohort, with the reason."""

    question: str
    words: str = ""
    tables: tuple[Table, ...] = ()
    unasked: tuple[tuple[str, str], ...] = ()
    figures: tuple["Figure", ...] = ()


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure: what is drawn, a caption, and the same in words."""

    id: str
    title: str
    caption: str
    alt: str
    chart: Chart
    sources: tuple[Source, ...] = ()
    number: int | str = 0
    label: str = ""

    @property
    def called(self) -> str:
        """'Figure 3', or what a paper calls it."""
        return self.label or f"Figure {self.number}"

    @property
    def plot(self) -> dict:
        """What Plotly draws on the page."""
        return on_page.plot(self.chart)

    @property
    def data_id(self) -> str:
        """The id of the script element that holds the plot."""
        return f"{self.id}-data"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question put to the data: the test, its size, its p-value, and the adjusted one where pairs were many."""

    question: str
    test: str
    n: str
    p: float | None
    adjusted: float | None = None
    adjustment: str = ""
    source: Source = field(default_factory=lambda: Source(""))

    @property
    def p_words(self) -> str:
        return wording.p_number(self.p)

    @property
    def adjusted_words(self) -> str:
        return wording.p_number(self.adjusted)


@dataclass(frozen=True, kw_only=True)
class Header:
    """Whose numbers these are, of which data, how computed, when."""

    cohort: str
    studies: tuple[str, ...]
    sites: tuple[str, ...]
    digest: str
    short_digest: str
    computed: str
    preset: str
    preset_words: str
    program_version: str
    plan: str
    is_synthetic: bool


@dataclass(frozen=True, kw_only=True)
class Section:
    """One instrument, or what belongs to none: its figures and tables."""

    id: str
    title: str
    instrument: Instrument | None = None
    direction: str = ""
    warning: str = ""
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything a cohort's report shows, in order.

    `methods`: paragraphs. `results`: sentences, a paragraph a section. `limits`: sentences that follow from the data.
    `listing`: one row a patient, where the reader may see rows. `title`: what a document is headed with.
    """

    header: Header
    flow: Flow
    patients: Section | None
    missing: Table | None
    sections: tuple[Section, ...]
    asked: tuple[Asked, ...]
    asked_words: str
    paper: tuple[Section, ...] = ()
    left_out_of_plan: tuple[tuple[str, str], ...] = ()
    title: str = ""
    methods: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    listing: Table | None = None

    @property
    def figures(self) -> list[Figure]:
        return [figure for section in (*self.paper, *self.sections) for figure in section.figures]

    @property
    def has_beside(self) -> bool:
        """Whether anything stands folded under a table."""
        sections = [*([self.patients] if self.patients else []), *self.paper, *self.sections]
        return any(table.beside for section in sections for table in section.tables)

    @property
    def contents(self) -> list[tuple[str, str]]:
        """(anchor, words) of every part that is there."""
        told = [("in-words", "Results in words")] if self.results else []
        listed = [("listing", "Patients one by one")] if self.listing else []
        ends = [("limits", "Limits")] if self.limits else []
        ends += [("methods", "Methods")] if self.methods else []
        paper = [(section.id, section.title) for section in self.paper]
        patients = [(self.patients.id, self.patients.title)] if self.patients else []
        missing = [("missing", "Missing values")] if self.missing else []
        instruments = [(section.id, section.title) for section in self.sections]
        first = [("who", "Who is in"), *told, *paper, *patients, *listed]
        return [*first, *missing, *instruments, *ends, ("questions", "Questions asked")]


@dataclass(frozen=True, kw_only=True)
class ResultPage:
    """One result: the same figure and tables, every number of its payload, and where it came from."""

    title: str
    kind: str
    header: Header
    section: Section
    asked: tuple[Asked, ...]
    numbers: tuple[tuple[str, str], ...]
    entry: tuple[tuple[str, str], ...]
    source: Source = field(default_factory=lambda: Source(""))
    words: str = ""


def source(result: Mapping) -> Source:
    """The source of a result as a view hands it over: with `page_url` and `api_url` where there are such pages."""
    return Source(result["analysis_id"], result.get("page_url", ""), result.get("api_url", ""))


def row(head: str, *cells: str | Cell, indented: bool = False) -> Row:
    """A row from plain texts."""
    return Row(head, tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in cells), indented)


def traced(result: Mapping, *members: Row) -> tuple[Row, ...]:
    """The rows, each of their cells leading to the result where it leads nowhere yet and says something."""
    origin = source(result)
    return tuple(replace(each, cells=tuple(cell_from(origin, cell) for cell in each.cells)) for each in members)


def cell_from(origin: Source, cell: Cell) -> Cell:
    return replace(cell, source=origin) if cell.text and cell.source is None else cell


def leading(table: Table) -> Table:
    """A table of one result: every cell leads to it. Tables of several say so row by row."""
    if len(table.sources) != 1:
        return table
    only = table.sources[0]

    def led(member: Row) -> Row:
        return replace(member, cells=tuple(cell_from(only, cell) for cell in member.cells))

    return replace(table, groups=tuple(replace(group, rows=tuple(map(led, group.rows))) for group in table.groups))


def rows(*members: Row) -> tuple[Group, ...]:
    """Rows without a group label."""
    return (Group("", members),)
