"""A document -> one web page: its pictures drawn in place, its style within, no script, nothing from elsewhere."""

import re
from collections.abc import Mapping
from pathlib import Path

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from reports.documents.contents import Contents, Heading, Part, unit_words
from reports.layout import Figure, Flow, Table

MEDIA_TYPE = "text/html; charset=utf-8"
STYLE = Path(__file__).with_name("report.css")
NAMED = re.compile(r'(\bid="|xlink:href="#|href="#|url\(#)')
Pictures = Mapping[str, bytes]


def html(document: Contents, pictures: Pictures) -> bytes:
    """The page's bytes. pictures: SVG by the id of its figure; a figure without one is told in words."""
    context = {
        "document": document,
        "style": mark_safe(STYLE.read_text("utf-8")),
        "parts": [shown(number, part, pictures) for number, part in enumerate(document.parts)],
    }
    return render_to_string("reports/report_file.html", context).encode()


def shown(number: int, part: Part, pictures: Pictures) -> dict:
    """A part as the template reads it."""
    about = {"kind": type(part).__name__.lower(), "part": part, "anchor": f"part-{number}"}
    match part:
        case Heading():
            return about | {"level": part.level + 1}
        case Figure():
            return about | {"svg": within_a_page(part.id, pictures[part.id]) if part.id in pictures else ""}
        case Flow():
            return about | {"unit_words": unit_words(part)}
        case Table():
            return about | {"wide": len(part.columns) > 4}
    return about


def within_a_page(name: str, picture: bytes) -> SafeString:
    """A drawing of ours as a part of a page: names within it made its own, since a page has several."""
    text = picture.decode("utf-8")
    text = text[text.index("<svg") :]
    return mark_safe(
        NAMED.sub(rf"\g<1>{name}-", text).replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
    )
