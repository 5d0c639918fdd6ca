"""The Word format's own text for paragraphs, fields, rows and cells: through objects, a long report takes seconds.

Everything said passes `escape`; nothing said is read as markup.
"""

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

from docx.document import Document as Word
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

TEXT, DETAIL = "TableText", "TableDetail"
THICK, THIN = 12, 6  # eighths of a point


def place(word: Word, *texts: str) -> None:
    """Paragraphs or tables at the end of the document."""
    body = word.element.body
    for each in parse_xml(f"<w:body {nsdecls('w')}>{''.join(texts)}</w:body>"):
        body._insert_p(each) if each.tag.endswith("}p") else body._insert_tbl(each)


def field(code: str, shown: str, *, bold: bool = False) -> str:
    """A field that Word can count anew, and what it shows until then."""
    return f'<w:fldSimple w:instr=" {escape(code)} ">{run(shown, bold=bold)}</w:fldSimple>'


def twips(size: int) -> int:
    """A length in twentieths of a point."""
    return size // 635


def whole(sizes: Sequence[int], rows: Iterable[str]) -> str:
    grid = "".join(f'<w:gridCol w:w="{twips(size)}"/>' for size in sizes)
    room = "".join(
        f'<w:{side} w:w="{each}" w:type="dxa"/>'
        for side, each in (("top", 20), ("left", 60), ("bottom", 20), ("right", 60))
    )
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(map(twips, sizes))}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{room}</w:tblCellMar></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
        f"{''.join(rows)}</w:tbl>"
    )


def row(cells: Iterable[str], *, head: bool = False) -> str:
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if head else ''}</w:trPr>{''.join(cells)}</w:tr>"


def cell(inside: str, size: int, *, span: int = 1, rules: dict[str, int] | None = None, low: bool = False) -> str:
    spans = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    at = '<w:vAlign w:val="bottom"/>' if low else ""
    about = f'<w:tcW w:w="{twips(size)}" w:type="dxa"/>{spans}{borders(rules or {})}{at}'
    return f"<w:tc><w:tcPr>{about}</w:tcPr>{inside}</w:tc>"


def borders(rules: dict[str, int]) -> str:
    if not rules:
        return "<w:tcBorders/>"
    order = [side for side in ("top", "left", "bottom", "right") if side in rules]
    lines = (f'<w:{side} w:val="single" w:sz="{rules[side]}" w:space="0" w:color="000000"/>' for side in order)
    return f"<w:tcBorders>{''.join(lines)}</w:tcBorders>"


def paragraph(
    runs: str, style: str = TEXT, *, centred: bool = False, indented: bool = False, kept: bool = False
) -> str:
    about = "<w:keepNext/>" if kept else ""
    about += '<w:ind w:left="170"/>' if indented else ""
    about += '<w:jc w:val="center"/>' if centred else ""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{about}</w:pPr>{runs}</w:p>'


def run(text: str, *, bold: bool = False, raised: bool = False) -> str:
    if not text:
        return ""
    about = ("<w:b/>" if bold else "") + ('<w:vertAlign w:val="superscript"/>' if raised else "")
    return f'<w:r><w:rPr>{about}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
