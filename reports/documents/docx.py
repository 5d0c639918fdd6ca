"""A document -> a Word file: real styles, captions as Word numbers them, tables that can be edited, turned pages."""

import io
from collections.abc import Iterator, Mapping

from docx import Document
from docx.document import Document as Word
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.shared import Mm

from reports.documents import widths, word_tables
from reports.documents.archives import with_one_clock
from reports.documents.contents import Contents, Facts, Heading, Part, Points, Words, unit_words
from reports.documents.word_styles import prepare
from reports.documents.word_xml import field, paragraph, place, run
from reports.layout import Figure, Flow, Table

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHORT, LONG, MARGIN = Mm(210), Mm(297), Mm(20)
TONES = {"": "BodyText", "quiet": "Quiet", "warning": "Warning"}
NOTE = "TableNote"
Pictures = Mapping[str, bytes]


def docx(document: Contents, pictures: Pictures) -> bytes:
    """The document's bytes. pictures: PNG by the id of its figure; a figure without one is told in words."""
    word = Document()
    prepare(word, document)
    place(word, *title_page(document))
    for number, run_of in enumerate(widths.runs(document)):
        if number:
            turn(word, run_of.turned)
        for part in run_of.parts:
            put(word, part, pictures, (LONG if run_of.turned else SHORT) - 2 * MARGIN)
    content = io.BytesIO()
    word.save(content)
    return with_one_clock(content.getvalue())


def put(word: Word, part: Part, pictures: Pictures, width: int) -> None:
    if isinstance(part, Figure):
        figure(word, part, pictures)
    else:
        place(word, *drawn(part, width))


def title_page(document: Contents) -> Iterator[str]:
    yield paragraph(run(document.title), "Title")
    if document.subtitle:
        yield paragraph(run(document.subtitle), "Subtitle")
    if document.banner:
        yield paragraph(run(document.banner), "Synthetic")
    yield from drawn(document.facts, SHORT)


def turn(word: Word, turned: bool) -> None:
    """A new section on a turned page, or on an upright one again."""
    section = word.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE if turned else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (LONG, SHORT) if turned else (SHORT, LONG)


def drawn(part: Part, width: int) -> Iterator[str]:
    """The text of a part that is no picture."""
    match part:
        case Heading():
            yield paragraph(run(part.text), f"Heading{part.level}")
        case Words():
            yield paragraph(run(part.text), TONES[part.kind], kept=part.kind == "quiet")
        case Points():
            yield from (paragraph(run(item), "ListBullet") for item in part.items)
        case Facts():
            yield word_tables.facts(part.pairs)
            yield paragraph("", NOTE)
        case Flow():
            yield word_tables.flow(part)
            yield paragraph(run(unit_words(part)), "Quiet")
        case Table():
            yield from table(part, width)


def table(part: Table, width: int) -> Iterator[str]:
    """Caption above, three rules, notes below."""
    yield caption("Table", part.label, part.number, part.title, kept=True)
    yield word_tables.journal(part, width)
    for note in part.notes:
        yield paragraph(run(note.mark, raised=True) + run(f" {note.text}" if note.mark else note.text), NOTE)
    yield paragraph("", NOTE)


def figure(word: Word, part: Figure, pictures: Pictures) -> None:
    """The picture with the same in words behind it, and a caption below."""
    if part.id in pictures:
        about = word.add_paragraph(style="Figure")
        picture = about.add_run().add_picture(io.BytesIO(pictures[part.id]))
        wide = SHORT - 2 * MARGIN
        if picture.width > wide:
            picture.height, picture.width = picture.height * wide // picture.width, wide
        picture._inline.docPr.set("name", part.called)
        picture._inline.docPr.set("descr", part.alt)
    else:
        place(word, paragraph(run(part.alt), "Quiet"))
    place(word, caption("Figure", part.label, part.number, f"{part.title}. {part.caption}"))


def caption(kind: str, label: str, number: int | str, words: str, *, kept: bool = False) -> str:
    """'Table 3.' with a number that Word counts, or what the paper calls it; then the words."""
    if label or not isinstance(number, int):
        called = run(f"{label or f'{kind} {number}'}. ", bold=True)
    else:
        counted = field(f"SEQ {kind} \\* ARABIC", str(number), bold=True)
        called = run(f"{kind} ", bold=True) + counted + run(". ", bold=True)
    return paragraph(called + run(words), "Caption", kept=kept)
