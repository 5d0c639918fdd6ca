"""Any result -> a table of its numbers: what shows a type that has no table of its own."""

from collections.abc import Iterator, Mapping

from reports import phrases, questions, wording
from reports.evidence import columns, notes, tested
from reports.layout import Cell, Table, row, rows, source
from reports.manifest import Manifest

MOST_ROWS = 60
SHOWN_ELSEWHERE = ("left_out", "effect", "test")


def plain_table(result: Mapping, manifest: Manifest) -> Table:
    """name | value of every number of a payload, the first sixty; all of them stand on the result's own page."""
    payload = result["payload"]
    told = {name: value for name, value in payload.items() if name not in SHOWN_ELSEWHERE}
    found = [row(name, Cell(value)) for name, value in leaves(told)]
    rest = len(found) - MOST_ROWS
    return Table(
        title=phrases.question(result["entry"], manifest),
        columns=columns("Name", "Value"),
        groups=rows(*(found[:MOST_ROWS] or [row("Result", wording.not_estimable(payload) or wording.ABSENT)])),
        notes=notes(
            tested(payload, manifest),
            f"{wording.counted(rest, 'more number stands', 'more numbers stand')} on the result's own page."
            if rest > 0
            else "",
            questions.left_out(payload, manifest),
        ),
        sources=(source(result),),
    )


def leaves(value, path: str = "") -> Iterator[tuple[str, str]]:
    """(name in words, value) of every number and text of a JSON value, rounded to be read."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}, {wording.plain(name)}" if path else wording.heading(name))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value, start=1):
            yield from leaves(inner, f"{path} {index}")
    else:
        yield path, shown(value)


def shown(value) -> str:
    """A number with four decimals at most; a text as words; a dash for nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return wording.short(value, 4)
    return wording.ABSENT if value is None else wording.plain(str(value))
