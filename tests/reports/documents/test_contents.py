"""Every file draws one list of parts; what a person typed is inert in each of them."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import openpyxl
import pytest
from docx import Document as Word
from docx.oxml.ns import qn

from reports.documents import docx, html, inert, pdf, widths, xlsx
from reports.documents.contents import Contents, Facts, contents_of
from reports.documents.contents import inert as without_steering
from reports.documents.digits import at_the_digit
from reports.documents.pictures import pictures_of
from reports.layout import Column, Table, row, rows
from reports.report import build
from tests.document_text import text_of_pdf
from tests.reports import examples

CLOCK = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
# Typst, HTML, XML, a formula, a link, a command of Word's, a right-to-left word, one that turns the rest, no letters.
HOSTILE = [
    '#panic("typst")', "$x$ *bold* _it_ @ref <label>", "<script>alert(1)</script>", "a & b < c", "=1+cmd|' /C calc'!A0",
    "+SUM(1)", "@import", "https://example.org/x", "\\* MERGEFORMAT", "שלום עולם", "right\u202eleft", "中文 😀 🦴",
    "nul\x00 bell\x07 \ufffe", "{{ 7|add:7 }} {% now 'Y' %}", "x" * 300,
]  # fmt: skip


def document() -> Contents:
    results = examples.everything()
    return contents_of(build(examples.manifest(), results), results, CLOCK, "0.2.0")


def hostile() -> Contents:
    """The example with every kind of text that somebody could have typed, at each place where such text stands."""
    table = Table(
        title=HOSTILE[0],
        label=HOSTILE[4],
        columns=(Column(HOSTILE[1], numeric=False), *(Column(text, over=text, mark=text[:9]) for text in HOSTILE)),
        groups=rows(row(HOSTILE[2], *HOSTILE), row("00123", *HOSTILE[::-1])),
    )
    whole = document()
    facts = Facts(tuple((text, text) for text in HOSTILE))
    return without_steering(replace(whole, title=" ".join(HOSTILE), facts=facts, parts=(facts, table, *whole.parts)))


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    whole = hostile()
    drawn = pictures_of(whole, "svg")
    return {
        "pdf": pdf.pdf(whole, drawn), "docx": docx.docx(whole, pictures_of(whole, "png")), "xlsx": xlsx.xlsx(whole),
        "html": html.html(whole, drawn),
    }  # fmt: skip


def test_the_title_block_says_which_program_computed_and_which_drew_the_files():
    facts = dict(document().facts.pairs)
    assert (facts["Computed by"], facts["Files drawn by"]) == ("Promontory 0.1.0", "Promontory 0.2.0")


def test_every_file_draws_every_table_and_figure_in_order():
    whole = document()
    page = html.html(whole, {}).decode()
    word = Word(io.BytesIO(docx.docx(whole, {})))
    words = ["".join(text.text for text in each._p.iter(qn("w:t"))) for each in word.paragraphs]
    sheets = openpyxl.load_workbook(io.BytesIO(xlsx.xlsx(whole))).sheetnames
    captions = [f"{part.called}. {part.title}" for part in (*whole.tables, *whole.figures)]
    assert [caption for caption in captions if not any(caption in paragraph for paragraph in words)] == []
    assert page.count("<caption") == len(whole.tables) and page.count("<figure ") == len(whole.figures)
    assert sheets == ["Contents", "Text", *xlsx.sheet_names(whole.tables), "Numbers"]


def test_nothing_typed_is_a_formula_or_a_link_in_the_workbook_and_an_id_keeps_its_zeros(files):
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert "00123" in [cell.value for cell in cells]
    assert HOSTILE[4] in [cell.value for cell in cells]
    links = [cell.hyperlink for cell in cells if cell.hyperlink]
    assert links and all(link.target is None for link in links)


class Tags(HTMLParser):
    """The tags and the attributes of a page."""

    def __init__(self, page: str):
        super().__init__()
        self.tags, self.names = [], set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.names |= {name for name, _ in attrs}


def test_the_page_runs_nothing_and_asks_nobody(files):
    page = files["html"].decode()
    found = Tags(page)
    assert {"script", "link", "iframe", "object", "img"} & {tag for tag, _ in found.tags} == set()
    assert [name for name in found.names if name.startswith("on")] == []
    assert re.findall(r'(?:href|src)="(?!#)[^"]*"', page) == []
    ids = [about["id"] for _, about in found.tags if "id" in about]
    assert len(ids) == len(set(ids))
    assert "{{ 7|add:7 }}" in page and "&lt;script&gt;alert(1)" in page


def test_the_word_file_opens_and_holds_the_text_as_it_was_typed(files):
    word = Word(io.BytesIO(files["docx"]))
    said = "\n".join(cell.text for table in word.tables[:2] for line in table.rows for cell in line.cells)
    for text in HOSTILE:
        assert inert.printable(text) in said
    instructions = re.findall(
        rb'w:instr="([^"]*)"', zipfile.ZipFile(io.BytesIO(files["docx"])).read("word/document.xml")
    )
    assert {re.sub(rb"\s+", b" ", each).split()[0] for each in instructions} <= {b"SEQ"}
    assert word.core_properties.created == word.core_properties.modified == CLOCK


def test_letters_that_no_font_has_stand_in_the_pdf_as_numbers_and_do_not_fail_it(files):
    text = text_of_pdf(files["pdf"])
    assert "[U+4E2D]" in text and '#panic("typst")' in text and "[U+0000]" in text


@pytest.mark.parametrize(
    ("text", "parts"),
    [("12/14 (86 %)", ("12", "/14 (86 %)")), ("7.5 (5 to 8)", ("7", ".5 (5 to 8)")), ("< 0.001", ("< 0", ".001")),
     ("\u22121.5", ("\u22121", ".5")), ("\N{EN DASH}", None), ("not done", None)],
)  # fmt: skip
def test_a_number_is_cut_after_its_whole_part(text, parts):
    assert at_the_digit(text) == parts


def wide_table(columns: int) -> Table:
    heads = (Column("Who", numeric=False), *(Column(f"column {number}") for number in range(columns)))
    return Table(title="Wide", columns=heads, groups=rows(row("N-001", *["12/14 (86 %)"] * columns)), number=1)


def test_a_wide_table_is_set_small_then_turned_then_cut_and_loses_no_column():
    assert [(widths.is_small(each), widths.is_turned(each)) for each in map(wide_table, (4, 8, 10))] == [
        (False, False), (True, False), (False, True)]  # fmt: skip
    parts = widths.in_parts(wide_table(40))
    assert len(parts) > 2 and all(part.columns[0].label == "Who" for part in parts)
    assert [column.label for part in parts for column in part.columns[1:]] == [f"column {n}" for n in range(40)]
    assert parts[-1].title.endswith(f"(part {len(parts)} of {len(parts)})")


def test_the_numbers_of_the_workbook_are_those_of_the_results_to_the_last_digit():
    whole = document()
    lines = [*openpyxl.load_workbook(io.BytesIO(xlsx.xlsx(whole)))["Numbers"].iter_rows(min_row=2, values_only=True)]
    assert [(analysis, path, exact) for analysis, path, _, exact in lines] == [
        (analysis, path, repr(value)) for analysis, path, value in whole.numbers
    ]
    assert all(value == pytest.approx(float(exact), rel=1e-15) for _, _, value, exact in lines)
