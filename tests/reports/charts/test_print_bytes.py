"""The bytes of a drawing: the same in every process, without a clock, and made of the user's words as they stand."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from reports.charts import in_print
from reports.charts.sheet import NO_GLYPH, Sheet, printable, saved
from reports.figures import over_time
from tests.reports import examples
from tests.reports.charts.figures import every, manifest

FORMATS = ("svg", "pdf", "png")
ROOT = Path(__file__).parents[3]
HASHES = (
    "import hashlib, json\n"
    "from reports.charts import in_print\n"
    "from tests.reports.charts.figures import every\n"
    "print(json.dumps({f'{name} {kind}': hashlib.sha256(in_print.draw(figure, kind)).hexdigest()\n"
    "                  for name, figure in every().items() for kind in ('svg', 'pdf', 'png')}))\n"
)


def in_another_process(seed: str) -> dict[str, str]:
    env = os.environ | {"PYTHONHASHSEED": seed, "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    done = subprocess.run([sys.executable, "-c", HASHES], cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def test_two_processes_draw_the_same_bytes():
    here = {
        f"{name} {kind}": hashlib.sha256(in_print.draw(figure, kind)).hexdigest()
        for name, figure in every().items()
        for kind in FORMATS
    }
    assert in_another_process("1") == here
    assert len(set(here.values())) == len(here)


@pytest.mark.parametrize(("kind", "begins"), [("svg", b"<?xml"), ("pdf", b"%PDF-1."), ("png", b"\x89PNG")])
def test_a_file_is_of_its_kind_and_does_not_say_when_or_with_what_it_was_made(kind, begins):
    made = in_print.draw(every()["boxes"], kind)
    assert made.startswith(begins)
    for told in (b"CreationDate", b"dc:date", b"Software", b"Matplotlib v"):
        assert told not in made


@pytest.mark.parametrize("words", ["Cost in $ or $x^2$", "a < b & c > d", r"50 % \frac{1}{2}", "-- --> <script>"])
def test_words_are_drawn_as_they_stand(words):
    pain = examples.PAIN | {"name": words}
    figure = over_time("f", examples.described(), manifest(instruments={"pain": pain}), "modern")
    assert all(in_print.draw(figure, kind) for kind in FORMATS)
    assert outlines(words) == len(words)


def outlines(words: str) -> int:
    """How many letters, spaces among them, the SVG of these words draws."""
    sheet = Sheet(170, 10)
    sheet.text(1, 2, words)
    return sum(1 for _ in ElementTree.fromstring(saved(sheet, "svg")).iter("{http://www.w3.org/2000/svg}use"))


def test_what_the_font_cannot_draw_is_a_mark_and_no_error():
    emoji, chinese = "\N{SLIGHTLY SMILING FACE}", "\N{CJK UNIFIED IDEOGRAPH-75BC}"
    assert printable(f"pain {chinese}\n\x00\N{NO-BREAK SPACE}±") == f"pain {NO_GLYPH} ±"
    for kind in FORMATS:
        sheet = Sheet(85, 10)
        sheet.text(1, 1, f"{emoji}{chinese}")
        assert saved(sheet, kind)


def test_a_thing_that_was_drawn_before_changes_nothing():
    """A figure's bytes do not depend on which others the process has drawn."""
    figures = every()
    first = in_print.draw(figures["survival"])
    for figure in figures.values():
        in_print.draw(figure)
    assert in_print.draw(figures["survival"]) == first
