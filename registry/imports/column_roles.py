"""What each column of a sheet may be: patient, timepoint, score, covariate, or nothing to import. A proposal.

    roles = suggest_roles(sheet, instruments=[Instrument(key="vas", label="Pain (VAS)")],
                          timepoints=[Timepoint(code="pre", baseline=True), Timepoint(code="6w", day=42)])

Wide tables have a column for each instrument and timepoint (`vas_pre`, `vas_6wk`). Tables with one row a visit have a
timepoint column, and their score columns no timepoint: `timepoint` is "" and the row says it. One column is one
instrument at one timepoint: where two columns seem to be the same, the better one is proposed and the other left out.
"""

import enum
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from registry.imports.sheet import Column, Sheet
from registry.imports.time_words import FILLERS, Timepoint, find_timepoint, timepoint_of, without_time, words_of

PATIENT_NAMES = ("patient_id", "patientid", "patient_no", "patient_number", "study_number", "study_no", "study_id",
                 "record_id", "participant_id", "subject_id", "subjectid", "usubjid", "case_id", "patient",
                 "participant", "subject", "record", "pid", "id")  # fmt: skip
TIME_NAMES = ("timepoint", "time_point", "redcap_event_name", "event", "event_name", "visit", "visit_name", "wave",
              "assessment", "follow_up", "followup", "time")  # fmt: skip
MOST_TIMES = 60
EMPTY_WORDS = FILLERS | {"score", "scale", "total", "of", "and", "in", "a", "value", "points", "mean"}
# "Pain (VAS 0-10)" is about pain, not about 0 and 10.
RANGE = re.compile(r"\d+ ?[-\u2013] ?\d+")
# A name that is mostly about something else is not an instrument's.
LEAST = 0.5


class Role(enum.StrEnum):
    """What a column is for."""

    PATIENT = "patient"
    TIMEPOINT = "timepoint"
    SCORE = "score"
    COVARIATE = "covariate"
    IGNORE = "ignore"


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """An instrument of the study, as far as names can mean it."""

    key: str
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class ColumnRole:
    """What a column may be, and why. `instrument` and `timepoint` are the study's keys and codes."""

    column: str
    role: Role
    instrument: str = ""
    timepoint: str = ""
    why: str = ""
    fit: float = 0.0


def suggest_roles(
    sheet: Sheet, *, instruments: Sequence[Instrument], timepoints: Sequence[Timepoint]
) -> list[ColumnRole]:
    """One role for each column, in the order of the sheet."""
    patient = patient_column(sheet)
    time = time_column(sheet, timepoints)
    roles = []
    for column in sheet.columns:
        if column.name == patient:
            role = ColumnRole(column=column.name, role=Role.PATIENT, why="its name", fit=1)
        elif column.name == time:
            role = ColumnRole(column=column.name, role=Role.TIMEPOINT, why="its values are timepoints", fit=1)
        else:
            role = nothing(sheet, column) or score(column, instruments, timepoints, long=bool(time))
        roles.append(role or other(sheet, column, patient, long=bool(time)))
    return without_doubles(roles)


def patient_column(sheet: Sheet) -> str:
    """The column of the patients' study numbers; "" where no name says so."""
    record = [column.name for column in sheet.columns if column.part == "record"]
    named = {"_".join(words_of(name)): name for name in reversed(sheet.names)}
    return next(iter(record), "") or next((named[name] for name in PATIENT_NAMES if name in named), "")


def time_column(sheet: Sheet, timepoints: Sequence[Timepoint]) -> str:
    """The column that says each row's timepoint: by its part or name, and by what its values mean."""
    named = {"_".join(words_of(name)): name for name in reversed(sheet.names)}
    candidates = [column.name for column in sheet.columns if column.part == "event"]
    candidates += [named[name] for name in TIME_NAMES if name in named]
    for name in candidates:
        values = set(filter(None, sheet.values(name)))
        labels = sheet.column(name).choices
        if 0 < len(values) <= MOST_TIMES and any(
            timepoint_of(value, timepoints) or timepoint_of(labels.get(value, ""), timepoints) for value in values
        ):
            return name
    return ""


def nothing(sheet: Sheet, column: Column) -> ColumnRole | None:
    """What is never imported: names of people, REDCap's own columns, files, empty columns."""
    why = ""
    if column.identifier:
        why = "it identifies the patient"
    elif column.part or column.kind in ("status", "file"):
        why = "it is about the form, not the patient"
    elif not any(sheet.values(column.name)):
        why = "it is empty"
    return ColumnRole(column=column.name, role=Role.IGNORE, why=why, fit=1) if why else None


def score(
    column: Column, instruments: Sequence[Instrument], timepoints: Sequence[Timepoint], *, long: bool
) -> ColumnRole | None:
    """The instrument, and the timepoint unless the row says it, by the column's name, then by its label."""
    for text, why in (
        (column.name, "its name"),
        (column.label, "its label"),
        (f"{column.name} {column.label}", "both"),
    ):
        words = words_of(text)
        time = find_timepoint(words, timepoints)
        rest = [word for place, word in enumerate(words) if time is None or place not in time.words]
        key, fit = best_instrument(rest, instruments)
        if key and (time is not None or long or fit == 1):
            code = "" if time is None else time.code
            return ColumnRole(column=column.name, role=Role.SCORE, instrument=key, timepoint=code, why=why, fit=fit)
    return strange_time(column, instruments)


def strange_time(column: Column, instruments: Sequence[Instrument]) -> ColumnRole | None:
    """An instrument at a time that is none of the study's: left out, until a person says which it is."""
    words = words_of(column.name)
    rest = without_time(words)
    key, _ = best_instrument(rest, instruments) if len(rest) < len(words) else ("", 0)
    why = "its time is no timepoint of the study, or of more than one"
    return ColumnRole(column=column.name, role=Role.IGNORE, instrument=key, why=why) if key else None


def best_instrument(words: list[str], instruments: Sequence[Instrument]) -> tuple[str, float]:
    """The instrument that the words name best, and how well; none where two fit alike."""
    fits = sorted(((fit_of(words, one), one.key) for one in instruments), reverse=True)
    if not fits or fits[0][0] < LEAST or (len(fits) > 1 and fits[0][0] == fits[1][0]):
        return "", 0
    return fits[0][1], fits[0][0]


def fit_of(words: list[str], instrument: Instrument) -> float:
    """1 where the words are the key or the label; else how much of them it explains, and they of it."""
    said = {word for word in words if word not in EMPTY_WORDS}
    fits = [0.0]
    for text in (instrument.key, RANGE.sub(" ", instrument.label)):
        known = {word for word in words_of(text) if word not in EMPTY_WORDS}
        if words and (said == known or "".join(words) == "".join(words_of(text))) and (said or words_of(text)):
            return 1.0
        if said & known:
            both = len(said & known)
            fits.append(0.9 * (0.7 * both / len(said) + 0.3 * both / len(known)))
    return max(fits)


def other(sheet: Sheet, column: Column, patient: str, *, long: bool) -> ColumnRole:
    """An attribute of the patient, unless one patient has two of it."""
    if long and patient and varies(sheet, column.name, patient):
        why = "it differs between rows of one patient"
        return ColumnRole(column=column.name, role=Role.IGNORE, why=why)
    return ColumnRole(column=column.name, role=Role.COVARIATE, why="no instrument has this name")


def varies(sheet: Sheet, name: str, patient: str) -> bool:
    seen: dict[str, set[str]] = defaultdict(set)
    for row in sheet.rows:
        if row[name]:
            seen[row[patient]].add(row[name])
    return any(len(values) > 1 for values in seen.values())


def without_doubles(roles: list[ColumnRole]) -> list[ColumnRole]:
    """Each instrument at each timepoint once: the column that fits best keeps it."""
    best: dict[tuple, ColumnRole] = {}
    for role in roles:
        target = (role.instrument, role.timepoint)
        if role.role == Role.SCORE and (target not in best or role.fit > best[target].fit):
            best[target] = role
    return [
        replace(role, role=Role.IGNORE, instrument="", timepoint="", why=f"the same score as {kept.column}")
        if role.role == Role.SCORE and (kept := best[role.instrument, role.timepoint]) is not role
        else role
        for role in roles
    ]
