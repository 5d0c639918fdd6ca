"""What tells the series of a figure apart: by marker and dash as well as by colour, so that grey print can be read.

The colours stay apart for colour-blind eyes: Okabe M, Ito K. Color universal design (2008).
"""

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
MARKERS = ("circle", "square", "diamond", "triangle-up")
SYMBOLS = ("\N{BLACK CIRCLE}", "\N{BLACK SQUARE}", "\N{BLACK DIAMOND}", "\N{BLACK UP-POINTING TRIANGLE}")
DASHES = ("solid", "dash", "dot", "dashdot")

# One hue from light (best) to dark (worst), even in lightness, each with a text colour that reads on it.
DARK, LIGHT = "#16212b", "#ffffff"
LEVELS = (
    ("#e3eff3", DARK),
    ("#bcd9e3", DARK),
    ("#8fbccb", DARK),
    ("#669fb4", DARK),
    ("#2f738c", LIGHT),
    ("#0d4456", LIGHT),
)


def colour(index: int) -> str:
    return COLOURS[index % len(COLOURS)]


def marker(index: int) -> str:
    return MARKERS[index % len(MARKERS)]


def symbol(index: int) -> str:
    return SYMBOLS[index % len(SYMBOLS)]


def dash(index: int) -> str:
    return DASHES[index % len(DASHES)]


def level(place: int, of: int) -> tuple[str, str]:
    """The fill and the ink of a level among so many."""
    return LEVELS[round(place * (len(LEVELS) - 1) / max(1, of - 1))]
