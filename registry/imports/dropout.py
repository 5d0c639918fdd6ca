"""Dropouts that were written down as 0: a warning (I12), for nothing else tells them from patients without pain.

    for one in zero_at_dropout(sheet, roles, timepoints):
        one.message, one.patients, one.cells

Seen in real files: the follow-up of those who left is 0 in one instrument and blank in another. As data, these zeros
make the treatment look far better than it was.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from registry.imports.cells import NUMBER
from registry.imports.column_roles import ColumnRole, Role
from registry.imports.sheet import Sheet
from registry.imports.time_words import Timepoint, timepoint_of

Cell = tuple[int, str]


@dataclass(frozen=True, kw_only=True)
class ZeroAtDropout:
    """One instrument. `patients`: above 0 before, exactly 0 at every follow-up; `of`: those with all these values.

    `cells`: the zeros (row index, column) at times when every other instrument of the same patient is blank: almost
    surely no answers. `beside_blanks`: how many patients have such a zero.
    """

    instrument: str
    patients: int
    of: int
    beside_blanks: int
    cells: tuple[Cell, ...]
    message: str
    rule: str = "I12"


def zero_at_dropout(sheet: Sheet, roles: Iterable[ColumnRole], timepoints: Sequence[Timepoint]) -> list[ZeroAtDropout]:
    """The instruments in which dropouts may stand as 0; needs a baseline and one follow-up at least."""
    before = {one.code for one in timepoints if one.baseline}
    charts = charts_of(sheet, list(roles), timepoints)
    instruments = list(dict.fromkeys(key for chart in charts.values() for key, _ in chart))
    later = {code for chart in charts.values() for _, code in chart} - before
    found = [of_instrument(sheet, key, charts, before, later) for key in instruments] if before and later else []
    return [one for one in found if one is not None]


def charts_of(sheet: Sheet, roles: list[ColumnRole], timepoints: Sequence[Timepoint]) -> dict:
    """Patient → (instrument, timepoint) → the cell of each value; blank cells are left out."""
    patient = next((one.column for one in roles if one.role == Role.PATIENT), "")
    time = next((one.column for one in roles if one.role == Role.TIMEPOINT), "")
    labels = sheet.column(time).choices if time else {}
    codes = {text: timepoint_of(text, timepoints) or timepoint_of(labels.get(text, ""), timepoints)
             for text in (set(sheet.values(time)) if time else ())}  # fmt: skip
    charts: dict[str, dict[tuple[str, str], Cell]] = defaultdict(dict)
    for index, row in enumerate(sheet.rows):
        chart = charts[row[patient] if patient else str(index)]
        for one in roles:
            code = one.timepoint or (codes[row[time]] if time else "")
            if one.role == Role.SCORE and code and row[one.column]:
                chart[one.instrument, code] = (index, one.column)
    return charts


def of_instrument(sheet: Sheet, key: str, charts: dict, before: set[str], later: set[str]) -> ZeroAtDropout | None:
    """What stands in one instrument; None where nothing is to be feared."""
    patients, of, beside, cells = 0, 0, 0, []
    for chart in charts.values():
        started = [number_in(sheet, chart.get((key, code))) for code in before]
        follow_ups = [number_in(sheet, chart.get((key, code))) for code in later]
        if not any(value is not None and value > 0 for value in started):
            continue
        of += None not in follow_ups
        patients += all(value == 0 for value in follow_ups)
        alone = [chart[key, code] for code in sorted(later) if is_alone(sheet, chart, key, code)]
        beside += bool(alone)
        cells += alone
    if not patients and not beside:
        return None
    message = f"{patients} of {of} patients have {key} above 0 before and exactly 0 at every follow-up."
    if beside:
        message += f" In {beside} patients a 0 stands where every other instrument of that time is blank."
    message += " Were dropouts written as 0? If so, say that 0 means lost to follow-up here, or leave the column out."
    return ZeroAtDropout(
        instrument=key, patients=patients, of=of, beside_blanks=beside, cells=tuple(cells), message=message
    )


def is_alone(sheet: Sheet, chart: dict, key: str, code: str) -> bool:
    """Whether the patient has 0 here, and nothing in the other instruments that the patient ever answered."""
    others = {other for other, _ in chart if other != key}
    return (
        number_in(sheet, chart.get((key, code))) == 0
        and bool(others)
        and not any((other, code) in chart for other in others)
    )


def number_in(sheet: Sheet, cell: Cell | None) -> Decimal | None:
    text = sheet.rows[cell[0]][cell[1]] if cell else ""
    return Decimal(text) if NUMBER.match(text) else None
