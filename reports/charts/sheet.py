"""A sheet of paper to draw on, in millimetres from its lower left corner, and its bytes as SVG, PDF or PNG.

Strokes go straight to matplotlib's renderers: no axes, no layout passes. The same sheet gives the same bytes in every
process: ids come from a fixed salt, no file says when it was made, and the font is matplotlib's own file.
"""

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path as FilePath

import matplotlib
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

matplotlib.rcParams.update({"svg.hashsalt": "promontory", "svg.fonttype": "path", "pdf.fonttype": 3})

INCH, POINT = 25.4, 25.4 / 72  # mm
DOTS = 300  # an inch, of a PNG
FONTS = FilePath(matplotlib.get_data_path()) / "fonts" / "ttf"
CAPITAL = 0.73  # of the size of DejaVu Sans
INK, QUIET, RULE = "#000000", "#444444", "#cccccc"
DASHES = {"solid": None, "dash": (5, 2), "dot": (1.2, 1.6), "dashdot": (6, 1.8, 1.2, 1.8)}
NO_GLYPH = "\N{REPLACEMENT CHARACTER}"
Points = Sequence[tuple[float, float]]


@cache
def font_of(bold: bool) -> FontProperties:
    return FontProperties(fname=str(FONTS / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")))


@cache
def printable(text: str, bold: bool = False) -> str:
    """The text with a mark in the place of each character that the font does not have."""
    font = get_font(font_of(bold).get_file())
    shown = (each for each in text.replace("\N{NO-BREAK SPACE}", " ") if each.isprintable())
    return "".join(each if font.get_char_index(ord(each)) else NO_GLYPH for each in shown)


@cache
def width_of(text: str, size: float = 8, bold: bool = False) -> float:
    """How wide a text is, in mm."""
    font = get_font(font_of(bold).get_file())
    font.set_size(size, 72)
    font.set_text(printable(text, bold), 0.0)
    return font.get_width_height()[0] / 64 * POINT


class Sheet(Artist):
    """What is drawn, in order. Sizes of text and widths of lines are in points, as a printer counts them."""

    def __init__(self, width: float, height: float) -> None:
        super().__init__()
        self.width, self.height = width, height
        self.strokes: list[tuple] = []

    def line(self, points: Points, colour: str = INK, width: float = 0.7, dash: str = "solid") -> None:
        self.strokes.append(("path", Path(points), colour, width, dash, None, 1.0))

    def segments(self, pairs: Sequence[Points], colour: str = INK, width: float = 0.7) -> None:
        """Many lines of one kind."""
        if pairs:
            points = [point for pair in pairs for point in pair]
            codes = [Path.MOVETO, Path.LINETO] * len(pairs)
            self.strokes.append(("path", Path(points, codes), colour, width, "solid", None, 1.0))

    def area(self, points: Points, fill: str, opacity: float = 1.0, edge: str | None = None, rim: float = 0.7) -> None:
        closed = Path([*points, points[0]], closed=True)
        self.strokes.append(("path", closed, edge, rim, "solid", fill, opacity))

    def rectangle(self, x: float, y: float, width: float, height: float, fill: str, **drawn) -> None:
        self.area([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], fill, **drawn)

    def mark(self, x: float, y: float, shape: str, colour: str, size: float = 2.0) -> None:
        """A marker of that size, in mm, filled, with a white rim."""
        path = SHAPES[shape].transformed(Affine2D().scale(size).translate(x, y))
        self.strokes.append(("path", path, "#ffffff", 0.4, "solid", colour, 1.0))

    def text(self, x: float, y: float, words: str, *, size: float = 8, align: str = "left", colour: str = INK,
             bold: bool = False, middle: bool = False, halo: bool = False) -> None:  # fmt: skip
        """Words on a base line at y; `middle`: with their capitals centred on it; `halo`: on a white ground."""
        shown = printable(words, bold)
        if not shown.strip():
            return
        width, high = width_of(shown, size, bold), CAPITAL * size * POINT
        x -= {"left": 0, "center": width / 2, "right": width}[align]
        y -= high / 2 if middle else 0
        if halo:
            self.rectangle(x - 0.4, y - 0.5, width + 0.8, high + 1.0, "#ffffff", opacity=0.85)
        self.strokes.append(("text", x, y, shown, size, colour, bold))

    def draw(self, renderer) -> None:
        """Called by matplotlib with its renderer of the format asked for."""
        onto = Affine2D().scale(self.get_figure().dpi / INCH)
        pen = renderer.new_gc()
        for kind, *stroke in self.strokes:
            (stroke_text if kind == "text" else stroke_path)(renderer, pen, onto, *stroke)
        pen.restore()


def stroke_path(renderer, pen, onto, path, colour, width, dash, fill, opacity) -> None:
    thick = width if colour else 0.0
    pen.set_linewidth(thick)
    pen.set_foreground(to_rgba(colour or INK), isRGBA=True)
    pen.set_alpha(opacity)
    spaced = DASHES[dash]
    pen.set_dashes(0, [part * thick for part in spaced] if spaced else None)
    pen.set_joinstyle("miter")
    pen.set_capstyle("butt")
    renderer.draw_path(pen, path, onto, to_rgba(fill, opacity) if fill else None)


def stroke_text(renderer, pen, onto, x, y, words, size, colour, bold) -> None:
    pen.set_foreground(to_rgba(colour), isRGBA=True)
    pen.set_alpha(1.0)
    x, y = onto.transform((x, y))
    if renderer.flipy():
        y = renderer.get_canvas_width_height()[1] - y
    font = font_of(bold).copy()
    font.set_size(size)
    renderer.draw_text(pen, x, y, words, font, 0.0, ismath=False)


def shape(*points: tuple[float, float]) -> Path:
    return Path([*points, points[0]], closed=True)


# Of about the same area, 1 mm across.
SHAPES = {
    "circle": Path.unit_circle().transformed(Affine2D().scale(0.5)),
    "square": shape((-0.45, -0.45), (0.45, -0.45), (0.45, 0.45), (-0.45, 0.45)),
    "diamond": shape((0, -0.62), (0.62, 0), (0, 0.62), (-0.62, 0)),
    "triangle-up": shape((-0.58, -0.42), (0.58, -0.42), (0, 0.62)),
}

# format: (canvas, how it prints, what it is told)
SAVED = {
    "svg": (FigureCanvasSVG, "print_svg", 72, {"metadata": {"Date": None, "Creator": None}}),
    "pdf": (FigureCanvasPdf, "print_pdf", 72, {"metadata": {"CreationDate": None, "Producer": None, "Creator": None}}),
    "png": (FigureCanvasAgg, "print_png", DOTS, {"metadata": {"Software": None}, "pil_kwargs": {"compress_level": 4}}),
}


def saved(sheet: Sheet, format: str) -> bytes:
    """The sheet as a file."""
    canvas_of, print_as, dots, told = SAVED[format]
    figure = Figure(figsize=(sheet.width / INCH, sheet.height / INCH), dpi=dots, facecolor="white")
    figure.add_artist(sheet)
    out = BytesIO()
    getattr(canvas_of(figure), print_as)(out, **told)
    return out.getvalue()
