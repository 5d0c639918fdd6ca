"""A paper's printed numbers beside computed ones, with a verdict each."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from outcomes.reproduction.mapping import Line, NotThere, line_for, mapping, number
from outcomes.reproduction.printed import Printed, printed_numbers
from outcomes.reproduction.verdicts import DIFFERS, SAME, UNDETERMINED, VERDICTS, Verdict, prints_as, shown


@dataclass(frozen=True, kw_only=True)
class Row:
    """One printed number: what is computed for it ("" where nothing is), the verdict and why it is not `same`."""

    printed: Printed
    computed: str
    verdict: Verdict
    reason: str
    analysis: str
    must: bool

    @property
    def failed(self) -> bool:
        """Whether it has to be the same and is not."""
        return self.must and self.verdict != SAME

    def document(self) -> dict:
        """The row as JSON values."""
        about = {name: getattr(self.printed, name) for name in Printed.__dataclass_fields__ if name != "text"}
        found = {name: getattr(self, name) for name in ("computed", "verdict", "reason", "analysis")}
        return about | {"printed": self.printed.text} | found | {"must_be_same": self.must}


def compare(paper: str, payloads: Mapping[str, Mapping]) -> list[Row]:
    """Every printed number of the paper, in its order. payloads: the results of its plan, by analysis id."""
    lines = mapping(paper)["lines"]
    return [row_of(printed, line_for(printed, lines), payloads) for printed in printed_numbers(paper)]


def row_of(printed: Printed, line: Line, payloads: Mapping[str, Mapping]) -> Row:
    source = line.source
    analysis = source.get("analysis", "")
    computed, absent = computed_for(source, payloads) if analysis else (None, "")
    return Row(
        printed=printed, computed="" if computed is None else shown(printed.text, computed),
        analysis=analysis, must=line.must, **judged(printed.text, source, computed, absent),
    )  # fmt: skip


def computed_for(source: Mapping, payloads: Mapping[str, Mapping]) -> tuple[Fraction | None, str]:
    """The number, or None with the reason why there is none."""
    payload = payloads.get(source["analysis"])
    if payload is None:
        return None, f"{source['analysis']} was not computed"
    try:
        return number(source, payload), ""
    except NotThere as why:
        return None, str(why)


def judged(text: str, source: Mapping, computed: Fraction | None, absent: str) -> dict:
    """The verdict and its reason."""
    if "undetermined" in source:
        return {"verdict": UNDETERMINED, "reason": source["undetermined"]}
    if computed is None:
        return {"verdict": UNDETERMINED, "reason": absent}
    if prints_as(text, computed):
        return {"verdict": SAME, "reason": ""}
    return {"verdict": DIFFERS, "reason": source.get("why", "")}


def tally(rows: list[Row]) -> dict[Verdict, int]:
    """How many of each verdict."""
    counted = Counter(row.verdict for row in rows)
    return {verdict: counted[verdict] for verdict in VERDICTS}


def by_location(rows: list[Row]) -> dict[str, list[Row]]:
    """The rows under the table or the part of the paper that prints them, in the order of the paper."""
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.printed.location, []).append(row)
    return grouped
