"""The Word file's styles, page, footer and properties, set once; its clock is the freeze's."""

from docx.document import Document as Word
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from reports.documents.contents import Contents
from reports.documents.word_xml import field, paragraph, run

SERIF = "Times New Roman"
GREY, AMBER = RGBColor(0x55, 0x55, 0x55), RGBColor(0x5C, 0x3C, 0x00)
KEPT = {"Figure"}  # its caption stands below it
# name: (what it is made from, points, before, after, colour, bold, italic)
STYLES = {
    "Normal": ("", 10.5, 0, 4, None, False, False),
    "Body Text": ("", 10.5, 0, 6, None, False, False),
    "Title": ("", 20, 0, 4, None, True, False),
    "Subtitle": ("", 12, 0, 8, GREY, False, False),
    "Heading 1": ("", 14, 18, 6, None, True, False),
    "Heading 2": ("", 12, 14, 4, None, True, False),
    "Caption": ("", 9.5, 8, 3, None, False, False),
    "List Bullet": ("", 10.5, 0, 3, None, False, False),
    "Quiet": ("Normal", 9.5, 0, 4, GREY, False, False),
    "Warning": ("Normal", 9.5, 0, 4, AMBER, False, True),
    "Synthetic": ("Normal", 10, 4, 8, AMBER, True, False),
    "Figure": ("Normal", 9.5, 8, 0, None, False, False),
    "Table Text": ("Normal", 8.5, 0, 0, None, False, False),
    "Table Detail": ("Normal", 7.5, 0, 0, GREY, False, False),
    "Table Note": ("Normal", 8, 0, 0, None, False, False),
}


def prepare(word: Word, document: Contents) -> None:
    """Styles, page size, footer and properties."""
    for unused in [each for each in word.styles if each.type == WD_STYLE_TYPE.TABLE and each.name != "Normal Table"]:
        unused.delete()
    for name, said in STYLES.items():
        style(word, name, *said)
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin = section.bottom_margin = Mm(20)
    footer(word, document)
    properties(word, document)


def style(word: Word, name: str, base: str, points, before, after, colour, bold, italic) -> None:
    styles = word.styles
    if base:
        made = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        made.base_style = styles[base]
    made = styles[name]
    font, about = made.font, made.paragraph_format
    font.name, font.size, font.bold, font.italic = SERIF, Pt(points), bold, italic
    font.color.rgb = colour or RGBColor(0, 0, 0)
    fonts = made.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for script in ("eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), SERIF)
    about.space_before, about.space_after = Pt(before), Pt(after)
    about.keep_with_next = True if name in KEPT else about.keep_with_next
    if name == "Title":  # the template draws a blue line below it
        for line in made.element.pPr.findall(qn("w:pBdr")):
            made.element.pPr.remove(line)


def footer(word: Word, document: Contents) -> None:
    """'Promontory 0.4.0, freeze 1a2b3c4d5e6f', the page and how many there are; on invented data also that."""
    section = word.sections[0]
    pages = f"{run(f'{document.footer}. Page ')}{field('PAGE', '1')}{run(' of ')}{field('NUMPAGES', '1')}"
    alone(section.footer, paragraph(pages, "Quiet"))
    if document.banner:
        alone(section.header, paragraph(run(document.banner), "Warning"))


def alone(where, text: str) -> None:
    """The paragraph in the place of the empty one that the template has."""
    for old in where.paragraphs:
        old._p.getparent().remove(old._p)
    where._element.append(parse_xml(text.replace("<w:p>", f"<w:p {nsdecls('w')}>", 1)))


def properties(word: Word, document: Contents) -> None:
    """Who made it, and when: the freeze's moment, so that the same freeze gives the same bytes."""
    about = word.core_properties
    moment = document.clock.replace(tzinfo=None, microsecond=0)
    about.title, about.author, about.last_modified_by = document.title[:250], "Promontory", "Promontory"
    about.created = about.modified = moment
    about.comments, about.revision, about.language = document.footer, 1, "en-GB"
    language = OxmlElement("w:lang")
    for script, tag in (("val", "en-GB"), ("eastAsia", "en-GB"), ("bidi", "ar-SA")):
        language.set(qn(f"w:{script}"), tag)
    defaults = word.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    defaults.append(language)
