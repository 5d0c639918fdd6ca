"""A document -> PDF/A-2b by Typst. The template is fixed; everything said goes in as JSON, never as markup."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import matplotlib
import typst
from matplotlib.ft2font import FT2Font

from reports.documents import widths
from reports.documents.contents import Contents, Facts, Heading, Part, Points, Words, unit_words
from reports.documents.digits import at_the_digit
from reports.documents.inert import within
from reports.layout import Cell, Figure, Flow, Row, Table

MEDIA_TYPE = "application/pdf"
STANDARD = "a-2b"
TEMPLATE = Path(__file__).with_name("report.typ")
# The typesetter brings its own Libertinus; matplotlib's DejaVu stands in for what that lacks. No font of the machine.
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
WIDEST = "DejaVuSans.ttf"
Pictures = Mapping[str, bytes]


def pdf(document: Contents, pictures: Pictures) -> bytes:
    """The document's bytes. pictures: SVG by the id of its figure; a figure without one is told in words."""
    files = {
        "main.typ": TEMPLATE.read_bytes(),
        "document.json": json.dumps(drawable(shown(document, pictures))).encode(),
        **{f"{name}.svg": picture for name, picture in pictures.items()},
    }
    return typst.compile(
        files, format="pdf", font_paths=[FONTS], ignore_system_fonts=True, pdf_standards=STANDARD,
        timestamp=int(document.clock.timestamp()),
    )  # fmt: skip


@cache
def known_letters() -> frozenset[int]:
    """What the stand-in font can draw."""
    return frozenset(FT2Font(str(FONTS / WIDEST)).get_charmap())


def drawable(said):
    """The same with every letter that no font has as its number; a letter that is lacking would fail the file."""
    if isinstance(said, str):
        return within(said, known_letters())
    if isinstance(said, Mapping):
        return {name: drawable(each) for name, each in said.items()}
    return [drawable(each) for each in said] if isinstance(said, list) else said


def shown(document: Contents, pictures: Pictures) -> dict:
    """The document as the template reads it."""
    return {
        "title": document.title,
        "subtitle": document.subtitle,
        "banner": document.banner,
        "footer": document.footer,
        "facts": [list(pair) for pair in document.facts.pairs],
        "clock": [*document.clock.timetuple()[:6]],
        "runs": [
            {"turned": run.turned, "parts": [piece(part, pictures) for part in run.parts]}
            for run in widths.runs(document)
        ],
    }


def piece(part: Part, pictures: Pictures) -> dict:
    return table(part) if isinstance(part, Table) else block(part, pictures)


def block(part: Part, pictures: Pictures) -> dict:
    """A part that is no table."""
    match part:
        case Heading():
            return {"kind": "heading", "text": part.text, "level": part.level}
        case Words():
            return {"kind": "words", "text": part.text, "tone": part.kind}
        case Points():
            return {"kind": "points", "items": list(part.items)}
        case Facts():
            return {"kind": "facts", "pairs": [list(pair) for pair in part.pairs]}
        case Flow():
            return flow(part)
        case Figure():
            return figure(part, pictures)


def figure(part: Figure, pictures: Pictures) -> dict:
    return {
        "kind": "figure",
        "called": part.called,
        "title": part.title,
        "caption": part.caption,
        "alt": part.alt,
        "file": f"{part.id}.svg" if part.id in pictures else "",
    }


def flow(part: Flow) -> dict:
    stages = [
        {"n": stage.n, "words": stage.words, "detail": stage.detail,
         "left": [[n, why] for step in stage.left for n, why in step.lines]}
        for stage in part.stages
    ]  # fmt: skip
    return {"kind": "flow", "stages": stages, "unit": unit_words(part)}


def table(part: Table) -> dict:
    return {
        "kind": "table",
        "small": widths.is_small(part),
        "called": part.called,
        "title": part.title,
        "columns": [{"label": each.label, "mark": each.mark, "numeric": each.numeric} for each in part.columns],
        "over": [list(span) for span in part.spans],
        "groups": [{"label": group.label, "rows": [line(each) for each in group.rows]} for group in part.groups],
        "notes": [{"mark": note.mark, "text": note.text} for note in part.notes],
    }


def line(row: Row) -> dict:
    return {"head": row.head, "indented": row.indented, "cells": [cell(each) for each in row.cells]}


def cell(part: Cell) -> dict:
    """A cell's text, cut at its digit where it begins with a number."""
    parts = at_the_digit(part.text)
    return {"text": part.text, "parts": list(parts) if parts else [], "detail": part.detail}
