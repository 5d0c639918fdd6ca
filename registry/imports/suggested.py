"""What a file's columns may mean, proposed before anybody is asked: the mapping page starts with it."""

from registry.imports.column_roles import ColumnRole, Instrument, Role, suggest_roles
from registry.imports.dropout import zero_at_dropout
from registry.imports.mapping import Mapping, signature
from registry.imports.missing_codes import suggest_missing_codes
from registry.imports.sheet import Sheet
from registry.imports.targets import INSTRUMENT, PATIENT, TIMEPOINT, VALUE, Targets
from registry.imports.time_words import Timepoint
from registry.models import ColumnMapping, ImportBatch

MOST_SAMPLES = 5
OWN_NAMES = {
    "instrument": INSTRUMENT, "value": VALUE, "timepoint": TIMEPOINT, "form": "form", "instance": "instance",
    "sex": "patient.sex", "gender": "patient.sex", "born_on": "patient.born_on", "birth_date": "patient.born_on",
    "date_of_birth": "patient.born_on", "dob": "patient.born_on", "kind": "procedure.kind",
    "performed_on": "procedure.performed_on", "procedure_date": "procedure.performed_on",
    "date_of_procedure": "procedure.performed_on", "surgery_date": "procedure.performed_on",
    "visited_on": "visit.visited_on", "visit_date": "visit.visited_on", "date_of_visit": "visit.visited_on",
    "day": "visit.day", "missed": "visit.missed",
}  # fmt: skip
ROLE_TARGETS = {Role.PATIENT: PATIENT, Role.TIMEPOINT: TIMEPOINT}


def plain_timepoints(targets: Targets) -> list[Timepoint]:
    """The study's timepoints, as the readers of column names know them."""
    return [
        Timepoint(code=each.code, label=each.label, day=each.target_day, baseline=each.kind == each.Kind.BASELINE)
        for each in targets.timepoints.values()
    ]


def about(sheet: Sheet, targets: Targets) -> dict:
    """What the mapping page shows of a file: its columns, what stands in them, what they may mean."""
    return {
        "signature": signature(sheet),
        "rows": len(sheet.rows),
        "format": sheet.dialect.format,
        "columns": [
            {"name": column.name, "label": column.label, "choices": column.choices, "samples": samples(sheet, column)}
            for column in sheet.columns
        ],
        "suggested": suggested(sheet, targets),
    }


def samples(sheet: Sheet, column) -> list[str]:
    """The first different values of a column; none of one that identifies people."""
    found: dict[str, None] = {}
    for row in sheet.rows[:200]:
        if row[column.name] and len(found) < MOST_SAMPLES and not column.identifier:
            found.setdefault(row[column.name][:40])
    return list(found)


def suggested(sheet: Sheet, targets: Targets) -> dict:
    """A mapping to start from; a person agrees to it, or changes it."""
    instruments = [Instrument(key=each.key, label=each.name) for each in targets.instruments.values()]
    roles = suggest_roles(sheet, instruments=instruments, timepoints=plain_timepoints(targets))
    codes: dict[str, dict[str, str]] = {}
    columns, taken = {}, set()
    for role in roles:
        entry = entry_of(role, targets)
        key = (entry.get("target"), entry.get("timepoint", ""))
        if entry and key not in taken:
            columns[role.column] = entry
            taken.add(key)
    for found in suggest_missing_codes(sheet, ranges=ranges_of(columns, targets)):
        codes.setdefault(found.column, {})[found.code] = found.reason.value
    for name, entry in columns.items():
        own = name == entry["target"]  # the record's own file writes its reasons in brackets
        if name in codes and not own and (entry["target"] == VALUE or targets.by_key[entry["target"]].takes_reason):
            entry["missing"] = codes[name]
    return {"columns": columns}


def ranges_of(columns: dict, targets: Targets) -> dict[str, tuple]:
    """The lowest and highest value of each column of scores."""
    found = {}
    for name, entry in columns.items():
        instrument = targets.by_key[entry["target"]].instrument
        if instrument is not None:
            found[name] = (instrument.minimum, instrument.maximum)
    return found


def entry_of(role: ColumnRole, targets: Targets) -> dict:
    """A mapping's entry of a column; {} where it is left out."""
    exact = exact_target(role.column, targets)
    if exact:
        return {"target": exact}
    if role.role == Role.SCORE:
        entry = {"target": f"score.{role.instrument}"}
        return entry | ({"timepoint": role.timepoint} if role.timepoint else {})
    return {"target": ROLE_TARGETS[role.role]} if role.role in ROLE_TARGETS else {}


def exact_target(name: str, targets: Targets) -> str:
    """The target that a column names itself: its key, a covariate's name, or a usual name."""
    word = name.strip().casefold().replace(" ", "_")
    own = name if name in targets.by_key and "." in name else ""
    covariate = f"covariate.{name}" if name in targets.covariates else ""
    return own or covariate or OWN_NAMES.get(word, "")


def offered(batch: ImportBatch) -> tuple[dict, bool]:
    """The mapping that a file with the same header had the last time, or the proposal; and which of the two."""
    mine = ColumnMapping.objects.filter(site=batch.site_id, study=batch.study_id)
    last = mine.filter(signature=batch.about.get("signature", "")).first()
    return (last.columns, True) if last else (batch.about.get("suggested", {"columns": {}}), False)


def zeros(sheet: Sheet, mapping: Mapping, targets: Targets) -> list[dict]:
    """I12: the instruments in which dropouts may stand as 0."""
    roles = [role_of(each) for each in mapping.meanings]
    found = zero_at_dropout(sheet, [role for role in roles if role], plain_timepoints(targets))
    return [{"instrument": one.instrument, "message": one.message} for one in found]


def role_of(meaning) -> ColumnRole | None:
    """A column's meaning, as the reader of zeros knows it."""
    target = meaning.target
    if target.instrument is not None:
        return ColumnRole(
            column=meaning.column, role=Role.SCORE, instrument=target.instrument.key, timepoint=meaning.timepoint
        )
    role = {PATIENT: Role.PATIENT, TIMEPOINT: Role.TIMEPOINT}.get(target.key)
    return ColumnRole(column=meaning.column, role=role) if role else None
