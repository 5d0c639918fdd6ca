"""A report -> the one ordered list of parts that every file draws, with what the title page says. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime

from reports import wording
from reports.documents.inert import printable
from reports.layout import Asked, Beside, Column, Figure, Flow, Header, Note, Report, Section, Table, row, rows

SYNTHETIC = "Synthetic demonstration data - no patients"
FREEZE_KEEPS = (
    "All numbers come from one freeze of the cohort. Later edits of the record do not change them; the same freeze, "
    "plan and program give the same files, byte for byte. The clock in every file is that of the freeze."
)


@dataclass(frozen=True)
class Heading:
    """A heading; 1 is a chapter."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Words:
    """A paragraph; kind is empty, 'quiet' or 'warning'."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Points:
    """A list of sentences."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """Names and what they are."""

    pairs: tuple[tuple[str, str], ...]


Part = Heading | Words | Points | Facts | Flow | Figure | Table


@dataclass(frozen=True, kw_only=True)
class Contents:
    """A document before any format: its title page, its parts in order, every number behind it."""

    title: str
    subtitle: str
    banner: str
    facts: Facts
    footer: str
    clock: datetime
    parts: tuple[Part, ...]
    numbers: tuple[tuple[str, str, int | float], ...]

    @property
    def tables(self) -> list[Table]:
        return [part for part in self.parts if isinstance(part, Table)]

    @property
    def figures(self) -> list[Figure]:
        return [part for part in self.parts if isinstance(part, Figure)]


def contents_of(report: Report, results: Sequence[Mapping], clock: datetime, drawn_by: str) -> Contents:
    """What a document says. clock: the freeze's moment, the only one that a file knows; drawn_by: a program version."""
    header = report.header
    document = Contents(
        title=report.title or header.cohort,
        subtitle="" if header.cohort in (report.title or header.cohort) else header.cohort,
        banner=SYNTHETIC if header.is_synthetic else "",
        facts=Facts(tuple(facts_of(header, clock, drawn_by))),
        footer=f"Promontory {header.program_version}, freeze {header.short_digest}",
        clock=clock,
        parts=tuple(parts_of(report, clock)),
        numbers=tuple(numbers_of(results)),
    )
    return inert(document)


def inert(thing):
    """The same with every text printable: what a person typed cannot be a control code anywhere."""
    if isinstance(thing, str):
        return printable(thing)
    if isinstance(thing, tuple):
        return tuple(map(inert, thing))
    if is_dataclass(thing):
        return replace(thing, **{each.name: inert(getattr(thing, each.name)) for each in fields(thing)})
    return thing


def facts_of(header: Header, clock: datetime, drawn_by: str) -> Iterator[tuple[str, str]]:
    """Whose numbers these are, and how they can be made again."""
    yield "Cohort", header.cohort
    if header.studies and header.studies != (header.cohort,):
        yield "Studies" if len(header.studies) > 1 else "Study", wording.listed(header.studies)
    yield "Sites" if len(header.sites) > 1 else "Site", wording.listed(header.sites)
    yield "Data as of", wording.moment(clock)
    yield "Plan", header.plan or wording.ABSENT
    yield "Preset", f"{header.preset}: {header.preset_words}" if header.preset_words else header.preset
    yield "Computed by", f"Promontory {header.program_version}"
    yield "Files drawn by", f"Promontory {drawn_by}"
    yield "Freeze (SHA-256)", header.digest


def parts_of(report: Report, clock: datetime) -> Iterator[Part]:
    """Methods, results, tables and figures, limits, the questions asked, what stands beside, the data."""
    if report.methods:
        yield Heading("Methods")
        yield from map(Words, report.methods)
    yield Heading("Results")
    yield Heading("Who is in", 2)
    yield report.flow
    if report.results:
        yield Heading("In words", 2)
        yield from map(Words, report.results)
    if report.paper:
        yield Heading("Tables and figures of the plan", 2)
    for section in report.paper:  # its title is that of its table
        yield from (*section.figures, *section.tables)
    if report.patients:
        yield from section_parts(report.patients)
    if report.missing:
        yield Heading("Missing values", 2)
        yield report.missing
    for section in report.sections:
        yield from section_parts(section)
    if report.listing:
        yield Heading("Patients one by one", 2)
        yield report.listing
    yield from closing_parts(report)


def section_parts(section: Section) -> Iterator[Part]:
    """An instrument's heading, scale, figures and tables; or those of what is about no instrument."""
    yield Heading(section.title, 2)
    if about := section.instrument:
        said = [about.scale, section.direction]
        said += [f"version {about.version}"] if about.version else []
        said += [f"part of {about.part_of}"] if about.part_of else []
        said += ["draft"] if about.status == "draft" else []
        yield Words(f"{wording.heading('; '.join(filter(None, said)))}.", "quiet")
    if section.warning:
        yield Words(section.warning, "warning")
    yield from section.figures
    yield from section.tables


def closing_parts(report: Report) -> Iterator[Part]:
    if report.limits:
        yield Heading("Limits")
        yield Points(report.limits)
    if report.left_out_of_plan:
        yield Heading("Not in this cohort")
        yield Words("The plan asks for more than this cohort holds; these analyses were left out.")
        yield Facts(report.left_out_of_plan)
    yield Heading("Questions asked")
    yield Words(report.asked_words)
    if report.asked:
        yield asked_table(report.asked)
    about_patients = [report.patients] if report.patients else []
    sections = [*report.paper, *about_patients, *report.sections]
    yield from beside_parts([table for section in sections for table in section.tables])
    yield Heading("Data and program")
    yield Words(FREEZE_KEEPS)


def asked_table(asked: Sequence[Asked]) -> Table:
    """Every p-value with its test and its size."""
    is_adjusted = any(each.adjusted is not None for each in asked)
    heads = ("Question", "Test", "n", "p", *(("p, adjusted",) if is_adjusted else ()))
    lines = [(each.question, each.test, each.n, each.p_words, *((each.adjusted_words,) if is_adjusted else ()))
             for each in asked]  # fmt: skip
    return Table(
        title="Every p-value of this report, with its test and its size",
        label="List of p-values",
        columns=tuple(Column(head, numeric=head not in ("Question", "Test")) for head in heads),
        groups=rows(*(row(*line) for line in lines)),
        notes=(Note("Two-sided, unadjusted unless a column says otherwise."),),
    )


def beside_parts(tables: Sequence[Table]) -> Iterator[Part]:
    """What a reviewer would ask, as a supplement: the tables stand in the text without it."""
    asked = [(table, beside) for table in tables for beside in table.beside]
    if asked:
        yield Heading("Supplement: what a reviewer would ask")
    for table, beside in asked:
        yield Heading(f"Beside {table.called}: {beside.question}", 2)
        yield from beside_words(beside)
        yield from (*beside.figures, *beside.tables)


def beside_words(beside: Beside) -> Iterator[Part]:
    if beside.words:
        yield Words(beside.words)
    for what, why in beside.unasked:
        yield Words(f"{what}: not asked, {why}.", "quiet")


def numbers_of(results: Sequence[Mapping]) -> Iterator[tuple[str, str, int | float]]:
    """(analysis, path, value) of every number that was computed, unrounded."""
    for result in results:
        for path, value in numbers_in(result["payload"]):
            yield result["analysis_id"], path, value


def numbers_in(value, path: str = "") -> Iterator[tuple[str, int | float]]:
    """The numbers of a JSON value with their paths: by_arm.simple.q1, dunn[0].p."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from numbers_in(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from numbers_in(inner, f"{path}[{index}]")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


def unit_words(flow: Flow) -> str:
    """What is counted as one, and that nobody is left out for want of an outcome."""
    return f"Unit of analysis: {flow.unit}. A {flow.unit} without any outcome is still counted, as missing."
