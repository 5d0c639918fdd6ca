"""The pictures of a document, drawn for print. Pure."""

from reports.charts.in_print import draw
from reports.documents.contents import Contents

Pictures = dict[str, bytes]


def pictures_of(document: Contents, format: str) -> Pictures:
    """Each figure's drawing by its id: "svg" for pages, "png" of 300 dots an inch for Word."""
    return {figure.id: draw(figure, format) for figure in document.figures}
