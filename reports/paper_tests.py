"""The p column of a paper's table: each p once, with the mark of the test that it is of."""

from collections.abc import Mapping, Sequence

from reports import questions, wording
from reports.layout import Asked, Cell, Note, source
from reports.manifest import Manifest

MARKS = "\u1d43\u1d47\u1d9c\u1d48\u1d49\u1da0\u1d4d\u02b0"  # a to h, raised
FIRST_ROW = "A p that compares several rows stands in the first of them."


def p_column(
    lines: Sequence[Mapping], known: Mapping, manifest: Manifest, preset: str
) -> tuple[list[Cell], list[Note]]:
    """A cell for each line of the paper's table, and the notes that name the tests; nothing where no line has one."""
    named = [line.get("test") for line in lines]
    if not any(named):
        return [], []
    answers = {name: asked(known[name], manifest, preset) for name in named if name in known}
    tests = list(dict.fromkeys(answer.test for answer in answers.values() if answer))
    marks = dict(zip(tests, MARKS if len(tests) > 1 else [""] * len(tests), strict=False))
    again = [bool(name) and name == before for name, before in zip(named, [None, *named], strict=False)]
    cells = [
        Cell("") if repeated or not name else p_of(known.get(name), answers.get(name), marks)
        for name, repeated in zip(named, again, strict=True)
    ]
    told = "; ".join(f"{marks.get(test, '')}{test}" for test in tests)
    texts = [f"p: {told}; unadjusted." if told else "", FIRST_ROW if any(again) else ""]
    return cells, [Note(text) for text in texts if text]


def asked(result: Mapping, manifest: Manifest, preset: str) -> Asked | None:
    """The first question of a result, as the preset quotes its p."""
    return next(iter(questions.asked(result, manifest, preset)), None)


def p_of(result: Mapping | None, answer: Asked | None, marks: Mapping[str, str]) -> Cell:
    """The p-value with its test's mark, or why there is none."""
    if result is None:
        return Cell(wording.ABSENT, "not in this cohort")
    if answer is None:
        return Cell(wording.ABSENT, wording.not_estimable(result["payload"]) or "", source(result))
    return Cell(answer.p_words + marks.get(answer.test, ""), source=source(result))
