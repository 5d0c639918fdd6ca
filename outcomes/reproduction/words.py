"""A comparison as text, for people who read it in a terminal, and as a document."""

from collections.abc import Iterator

from outcomes.reproduction.compare import Row, by_location, tally
from outcomes.reproduction.printed import published

HEAD = ("printed", "computed", "verdict", "what")
WIDTHS = (14, 14, 26)


def table(rows: list[Row]) -> Iterator[str]:
    """The comparison line by line, under the tables of the paper; the reason under each row that is not the same."""
    for location, part in by_location(rows).items():
        yield ""
        yield location
        yield line(*HEAD)
        for row in part:
            yield line(row.printed.text, row.computed or "-", row.verdict, what(row))
            if row.reason:
                yield f"{'':{sum(WIDTHS) + len(WIDTHS) + 1}}  {row.reason}"


def line(*cells: str) -> str:
    *fixed, last = cells
    return "  " + " ".join(f"{cell:<{width}}" for cell, width in zip(fixed, WIDTHS, strict=True)) + f" {last}"


def what(row: Row) -> str:
    """What a row is about: the variable, the subgroup, the timepoint and the field."""
    about = row.printed
    return f"{about.variable}, {about.subgroup}, {about.timepoint}: {about.field}"


def counts(paper: str, rows: list[Row]) -> str:
    """How many of each verdict, and how many of those that have to be the same are."""
    must = [row for row in rows if row.must]
    verdicts = ", ".join(f"{number} {verdict}" for verdict, number in tally(rows).items())
    kept = sum(not row.failed for row in must)
    return f"{paper}: {len(rows)} printed numbers: {verdicts}. {kept} of {len(must)} that must be the same are."


def title(paper: str) -> str:
    """The paper as it is cited."""
    about = published()["papers"][paper]
    return f"{about['title']}. {about['journal']}"


def document(paper: str, rows: list[Row], envelope: dict) -> dict:
    """The comparison as JSON values, with the freeze, the preset and the program that it came from."""
    about = {name: envelope.get(name) for name in ("freeze", "cohort", "plan", "preset", "program_version")}
    return {
        "paper": title(paper),
        "synthetic": "Computed from a demonstration cohort: invented rows, no patients.",
        **about,
        "left_out_of_plan": envelope.get("left_out_of_plan", []),
        "counts": tally(rows),
        "rows": [row.document() for row in rows],
    }
