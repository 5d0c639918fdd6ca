"""The files of a pooled report: tables and figures, never a row. The same sum and program give the same bytes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.conf import settings

from reports import wording
from reports.documents import docx, html, pdf, xlsx
from reports.documents.contents import Contents, Facts, Heading, Part, Words, contents_of
from reports.documents.pictures import pictures_of
from reports.layout import Header
from reports.pooling_report import PooledReport, Undetermined

SUM_KEEPS = (
    "All numbers come from tables of counts that the sites made of their own rows and signed; no row was sent. The "
    "same tables, spec and program give the same files, byte for byte. The clock in every file is that of the newest "
    "data."
)
MAKERS: dict[str, tuple[str, Callable[[Contents], bytes]]] = {
    "report.pdf": (pdf.MEDIA_TYPE, lambda document: pdf.pdf(document, pictures_of(document, "svg"))),
    "report.docx": (docx.MEDIA_TYPE, lambda document: docx.docx(document, pictures_of(document, "png"))),
    "report.xlsx": (xlsx.MEDIA_TYPE, xlsx.xlsx),
    "report.html": (html.MEDIA_TYPE, lambda document: html.html(document, pictures_of(document, "svg"))),
}


def pooled_contents(page: PooledReport, results: Sequence[Mapping], clock: datetime) -> Contents:
    """What the files of a sum say. clock: when the newest of its data were frozen."""
    header = page.report.header
    document = contents_of(page.report, results, clock, settings.PROGRAM_VERSION)
    return replace(
        document,
        facts=Facts(tuple(facts_of(page, header, clock))),
        footer=f"Promontory {header.program_version}, sum {header.short_digest}",
        parts=(*parts_of(page), *without_the_freeze(document.parts)),
    )


def facts_of(page: PooledReport, header: Header, clock: datetime) -> Iterator[tuple[str, str]]:
    yield "Study", header.cohort
    yield "Sites", wording.listed(header.sites)
    yield "Newest data as of", wording.moment(clock)
    yield "Tables", page.level_words
    yield "Exact", page.exact_words
    yield "Spec", header.plan
    yield "Preset", f"{header.preset}: {header.preset_words}" if header.preset_words else header.preset
    yield "Computed by", f"Promontory {header.program_version}"
    yield "Files drawn by", f"Promontory {settings.PROGRAM_VERSION}"
    yield "Inputs (SHA-256)", header.digest


def parts_of(page: PooledReport) -> Iterator[Part]:
    """What a reader must know before the report: what to beware of, and what the tables leave open."""
    if page.cautions:
        yield Heading("Before you read this")
        yield from (Words(words, "warning") for words in page.cautions)
    if page.undetermined:
        yield Heading("Not determined")
        yield Words("The tables that were sent leave these questions open.")
        yield Facts(tuple(map(open_question, page.undetermined)))
    if page.certain:
        yield Heading("What is certain where cells are hidden")
        yield from page.certain
    if page.absent:
        yield Heading("Sites that are not in every result")
        yield Facts(tuple((f"{analysis}, {site}", why) for analysis, site, why in page.absent))


def open_question(each: Undetermined) -> tuple[str, str]:
    return each.question, f"Not determined: {each.why}."


def without_the_freeze(parts: Sequence[Part]) -> Iterator[Part]:
    """The report's parts; what it says last is of one freeze, and there are several."""
    *most, _ = parts
    yield from most
    yield Words(SUM_KEEPS)
