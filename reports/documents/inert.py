"""Text that people typed, made fit to print: nothing in it can steer a file, a page or the text beside it. Pure."""

import re

# Control codes, marks that turn the direction of what follows, half characters, and places that are no character.
STEERS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufff9-\uffff]"
)
BREAKS = re.compile(r"[\t\n\r\u0085\u2028\u2029]+")


def printable(text: str) -> str:
    """The text on one line; what cannot be printed stands as its number, [U+202E]."""
    return STEERS.sub(numbered, BREAKS.sub(" ", text))


def numbered(found: re.Match) -> str:
    return f"[U+{ord(found.group()):04X}]"


def within(text: str, known: frozenset[int]) -> str:
    """The text with every character that no font has as its number: a name in an unknown script is still a name."""
    if text.isascii():
        return text
    return "".join(letter if ord(letter) in known else f"[U+{ord(letter):04X}]" for letter in text)
