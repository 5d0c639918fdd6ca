"""A study folder, read and checked as far as it can be without the database.

patients.csv (patient_id and any attributes), outcomes_long.csv (patient_id, timepoint, timepoint_order, day,
instrument, value), optional survival.csv (patient_id, time, event) and study.json (study.schema.json).
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from registry.errors import Problem, Refused
from registry.imports.about import is_there, read_about
from registry.imports.cells import NUMBER, wrong_number
from registry.imports.limits import refuse
from registry.imports.tables import Table, read_table
from registry.models import Covariate, TimeToEvent
from registry.models.instrument import KEY
from registry.models.patient import STUDY_NUMBER
from registry.models.study import SLUG

# Whole numbers as tables write them: 183, and 183.0 where a column went through a program that knows only decimals.
INTEGER = re.compile(r"[+-]?\d{1,9}(\.0+)?\Z", re.ASCII)
TIMEPOINT = re.compile(r"[^\s|/]{1,60}\Z")
BASELINE_NAMES = ("pre", "baseline")


@dataclass(kw_only=True)
class PlannedTimepoint:
    """A timepoint as the folder knows it."""

    code: str
    order: int
    kind: str
    label: str
    target_day: int | None = None
    opens_on_day: int | None = None
    closes_on_day: int | None = None


@dataclass(kw_only=True)
class StudyFolder:
    """What a folder says: tables with row numbers, and the definitions that came with them or follow from them."""

    slug: str
    about: dict
    patients: Table
    outcomes: Table
    survival: Table | None
    timepoints: list[PlannedTimepoint] = field(default_factory=list)
    covariate_kinds: dict[str, str] = field(default_factory=dict)


def read_folder(folder: Path) -> StudyFolder:
    """Read a study folder; Refused names each file, row, column, value and rule that is wrong."""
    if not folder.is_dir():
        raise refuse(folder.name, "There is no such folder.")
    about = read_about(folder / "study.json")
    slug = about.get("slug", folder.resolve().name)
    if not SLUG.regex.match(slug) or len(slug) > 100:
        raise refuse(folder.name, f"{slug!r} cannot be a study's slug. {SLUG.message} Set one in study.json.")
    long = ["patient_id", "timepoint", "timepoint_order", "day", "instrument", "value"]
    survival = folder / "survival.csv"
    found = StudyFolder(
        slug=slug,
        about=about,
        patients=read_table(folder / "patients.csv", required=["patient_id"], optional=None),
        outcomes=read_table(folder / "outcomes_long.csv", required=long, optional=[]),
        survival=read_table(survival, required=["patient_id", "time", "event"], optional=[])
        if is_there(survival)
        else None,
    )
    check_patients(found)
    check_outcomes(found)
    check_survival(found)
    found.timepoints = planned_timepoints(found)
    return found


def stop_at(problems: list[Problem]) -> None:
    if problems:
        raise Refused(problems)


def check_patients(folder: StudyFolder) -> None:
    """I4: a study number once; attributes get their type, from study.json or from the values."""
    table, problems, seen = folder.patients, [], {}
    for row, cells in enumerate(table.rows):
        number = cells["patient_id"]
        if not STUDY_NUMBER.regex.match(number) or len(number) > 60:
            problems.append(table.problem(row, "patient_id", number, "I4", f"{STUDY_NUMBER.message} At most 60."))
        elif number in seen:
            message = f"This patient stands in row {table.places[seen[number]]} already."
            problems.append(table.problem(row, "patient_id", number, "I4", message))
        seen.setdefault(number, row)
    for column in table.columns:
        if column != "patient_id":
            kind = folder.about.get("covariates", {}).get(column, {}).get("kind") or kind_of(folder, column)
            folder.covariate_kinds[column] = kind
            problems += check_attribute(folder, column, kind)
    known = set(folder.covariate_kinds)
    for name in sorted({*folder.about.get("covariates", {}), *filter(None, [folder.about.get("arm")])} - known):
        message = f"patients.csv has no column {name}."
        problems.append(Problem(rule="I3", where="study.json", field=name, value="", message=message))
    stop_at(problems)


def kind_of(folder: StudyFolder, column: str) -> str:
    """Whole numbers, decimal numbers, or a category, by what is not missing; codes such as 007 are categories."""
    none = {"", *folder.about.get("missing_codes", {})}
    values = [cells[column] for cells in folder.patients.rows if cells[column] not in none]
    if not values or not all(NUMBER.match(value) for value in values):
        return Covariate.Kind.CATEGORY.value
    if any(re.match(r"[+-]?0\d", value) for value in values):
        return Covariate.Kind.CATEGORY.value
    return (Covariate.Kind.DECIMAL if any("." in value for value in values) else Covariate.Kind.INTEGER).value


def check_attribute(folder: StudyFolder, column: str, kind: str) -> list[Problem]:
    """I5: every value of an attribute is of its type, or a coded reason for missing."""
    table, problems = folder.patients, []
    if "|" in column or len(column) > 60 or not column.isprintable():
        message = "An attribute's name has at most 60 printable characters and no bar."
        return [Problem(rule="I2", where=f"{table.file}, row 1", field=column, value="", message=message)]
    for row, cells in enumerate(table.rows):
        value = cells[column]
        if not value or value in folder.about.get("missing_codes", {}):
            continue
        if kind == "category":
            wrong = "A category has at most 200 characters." if len(value) > 200 else ""
        else:
            wrong = wrong_number(value, whole=kind == "integer")
        if wrong:
            problems.append(table.problem(row, column, value, "I5", wrong))
    return problems


def check_outcomes(folder: StudyFolder) -> None:
    """I6: each row is a known patient's one value of an instrument at a timepoint on a day."""
    table, problems = folder.outcomes, []
    known = {cells["patient_id"] for cells in folder.patients.rows}
    seen: dict[tuple, int] = {}
    days: dict[tuple, tuple[str, int]] = {}
    orders: dict[str, tuple[str, int]] = {}
    for row, cells in enumerate(table.rows):
        patient, timepoint = cells["patient_id"], cells["timepoint"]
        for column, message in wrong_outcome_cells(folder, cells, known):
            problems.append(table.problem(row, column, cells[column], "I6", message))
        first = seen.setdefault((patient, timepoint, cells["instrument"]), row)
        if first != row:
            message = f"This instrument stands for this patient and timepoint in row {table.places[first]} already."
            problems.append(table.problem(row, "instrument", cells["instrument"], "I6", message))
        for column, kept, key in (("day", days, (patient, timepoint)), ("timepoint_order", orders, timepoint)):
            value, where = kept.setdefault(key, (cells[column], row))
            if value != cells[column]:
                thing = "visit" if column == "day" else "timepoint"
                message = f"Row {table.places[where]} has {value!r} for the same {thing}."
                problems.append(table.problem(row, column, cells[column], "I6", message))
    problems += shared_orders(table, orders)
    stop_at(problems)


def shared_orders(table: Table, orders: dict[str, tuple[str, int]]) -> list[Problem]:
    """I6: two timepoints cannot stand in one place of the schedule."""
    first: dict[str, str] = {}
    return [
        table.problem(row, "timepoint_order", order, "I6", f"The timepoint {first[order]} has this order already.")
        for timepoint, (order, row) in orders.items()
        if first.setdefault(order, timepoint) != timepoint
    ]


def wrong_outcome_cells(folder: StudyFolder, cells: dict[str, str], known: set[str]):
    """(column, message) of each cell that is wrong in itself."""
    if cells["patient_id"] not in known:
        yield "patient_id", "patients.csv has no such patient. Add a row there, or correct the id."
    if not TIMEPOINT.match(cells["timepoint"]):
        yield "timepoint", "A timepoint's code has 1 to 60 characters, without spaces, bars or slashes."
    if not re.match(r"\d{1,4}(\.0+)?\Z", cells["timepoint_order"], re.ASCII):
        yield "timepoint_order", "The order is a whole number from 0 to 9999."
    if cells["day"] and not (INTEGER.match(cells["day"]) and abs(whole(cells["day"])) <= 36500):
        yield "day", "The day is a whole number of days from the procedure, or empty where unknown."
    if not KEY.regex.match(cells["instrument"]) or len(cells["instrument"]) > 60:
        yield "instrument", f"An instrument's key: {KEY.message} At most 60 characters."
    if cells["value"] and cells["value"] not in folder.about.get("missing_codes", {}):
        wrong = wrong_number(cells["value"])
        if wrong:
            yield "value", wrong


def check_survival(folder: StudyFolder) -> None:
    """I7: each row is a known patient's follow-up time, once, and 1 or 0 for the event."""
    table, problems, seen = folder.survival, [], set()
    if table is None:
        return
    known = {cells["patient_id"] for cells in folder.patients.rows}
    for row, cells in enumerate(table.rows):
        if cells["patient_id"] not in known or cells["patient_id"] in seen:
            message = "Each patient of patients.csv stands here once at most."
            problems.append(table.problem(row, "patient_id", cells["patient_id"], "I7", message))
        wrong = wrong_number(cells["time"]) or ("" if Decimal(cells["time"]) >= 0 else "A time is not below 0.")
        if wrong:
            problems.append(table.problem(row, "time", cells["time"], "I7", wrong))
        if not INTEGER.match(cells["event"]) or whole(cells["event"]) not in (0, 1):
            problems.append(
                table.problem(row, "event", cells["event"], "I7", "Write 1 for the event, 0 for censoring.")
            )
        seen.add(cells["patient_id"])
    stop_at(problems)


def planned_timepoints(folder: StudyFolder) -> list[PlannedTimepoint]:
    """study.json's schedule, or one that follows from the rows: those named pre… or baseline… are baselines."""
    schedule = folder.about.get("schedule", [])
    said = {entry["code"]: entry for entry in schedule}
    if len(said) < len(schedule):
        message = "A timepoint stands twice in the schedule."
        raise Refused([Problem(rule="I3", where="study.json", field="schedule", value="", message=message)])
    orders = {cells["timepoint"]: whole(cells["timepoint_order"]) for cells in folder.outcomes.rows}
    codes = list(said) or sorted(orders, key=orders.get)
    strangers = sorted(set(orders) - set(codes))
    if strangers:
        message = f"The schedule of study.json has no timepoint {', '.join(strangers)}."
        raise Refused([Problem(rule="I3", where="study.json", field="schedule", value="", message=message)])
    return [
        PlannedTimepoint(
            code=code,
            order=orders.get(code, place) if not said else place,
            kind=said.get(code, {}).get("kind") or kind_of_timepoint(code),
            label=said.get(code, {}).get("label", code),
            **{name: said.get(code, {}).get(name) for name in ("target_day", "opens_on_day", "closes_on_day")},
        )
        for place, code in enumerate(codes)
    ]


def whole(text: str) -> int:
    """The whole number in a cell that INTEGER matches."""
    return int(Decimal(text))


def kind_of_timepoint(code: str) -> str:
    """A timepoint is a baseline where its name says so; study.json can say otherwise."""
    return "baseline" if code.lower().startswith(BASELINE_NAMES) else "follow_up"


def unit_of(folder: StudyFolder) -> str:
    """The unit of survival.csv's times."""
    return folder.about.get("survival", {}).get("unit", TimeToEvent.Unit.DAYS.value)
