"""A REDCap export as a `Sheet` that says what its columns are.

    sheet = whole_rows(read_upload("data.csv", data), dictionary)   # one value a line (EAV) → one row a record
    described = describe(sheet, dictionary, missing_codes="-99, Not asked | NASK, Not documented")
    described.sheet, described.differences

Codes stay codes; labels go to the column's `choices`. Checkbox columns (`meds___1`, `meds___2`) become one column with
the ticked codes ("1 3"), empty where none is ticked: REDCap writes 0 for "not ticked" and for "not asked" alike. The
dictionary is optional: without it the columns that REDCap names itself are still known.
"""

import re
from collections import Counter
from dataclasses import dataclass, replace

from registry.imports.decimals import decimal_comma_columns, with_decimal_points
from registry.imports.limits import refuse
from registry.imports.long_tables import one_row_each
from registry.imports.redcap_dictionary import Dictionary, choices_of
from registry.imports.sheet import Column, Sheet

PARTS = {
    "redcap_event_name": "event",
    "redcap_repeat_instrument": "repeat_instrument",
    "redcap_repeat_instance": "repeat_instance",
    "redcap_data_access_group": "group",
    "redcap_survey_identifier": "survey",
}
PART_LABELS = {
    "event": "Event",
    "repeat_instrument": "Repeating form",
    "repeat_instance": "Repetition",
    "group": "Data access group",
    "survey": "Survey identifier",
}
STATUS = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}
EAV = {"field_name", "value"}
CHECKBOX = re.compile(r"(?P<field>[a-z][a-z0-9_]*?)___(?P<code>\w+)\Z", re.ASCII)
TICKED = {"1", "checked"}
NOT_TICKED = {"", "0", "unchecked"}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Where file and dictionary do not agree (I14): remarks for a person, nothing is refused or changed for them.

    `kind`: absent (a field that is not in the file), unknown (a column that the dictionary does not have), choice
    (values that are no code of the field), identifier (a field that names the patient).
    """

    kind: str
    column: str
    count: int
    message: str
    rule: str = "I14"


@dataclass(frozen=True, kw_only=True)
class Described:
    """The sheet with what its columns are, and where it does not agree with the dictionary."""

    sheet: Sheet
    differences: list[Difference]


def is_redcap(sheet: Sheet) -> bool:
    """Whether the columns are named as REDCap names its own."""
    return any(name in PARTS or name.endswith("_complete") for name in sheet.names) or is_eav(sheet)


def is_eav(sheet: Sheet) -> bool:
    """Whether every row is one value: record, field_name, value."""
    return set(sheet.names) >= EAV and {"record", "redcap_event_name"} & set(sheet.names) != set()


def whole_rows(sheet: Sheet, dictionary: Dictionary | None = None) -> Sheet:
    """One row for each record, event and repetition, where the file has one value a row; else the sheet as it is."""
    if not is_eav(sheet):
        return sheet
    fields = dictionary.fields if dictionary else ()
    several = {field.name for field in fields if field.type == "checkbox"}
    whole = one_row_each(sheet, names="field_name", values="value", several=several)
    record = fields[0].name if fields else "record"
    if record in whole.names or record == "record":
        return whole
    columns = [replace(one, name=record) if one.name == "record" else one for one in whole.columns]
    rows = [{record if name == "record" else name: text for name, text in row.items()} for row in whole.rows]
    return replace(whole, columns=columns, rows=rows)


def describe(sheet: Sheet, dictionary: Dictionary | None = None, *, missing_codes: str = "") -> Described:
    """What each column is, checkboxes merged; `missing_codes` is the project's list, "code, label" by | or by line."""
    missing = choices_of(missing_codes)
    sheet = with_checkboxes_merged(sheet, dictionary, set(missing))
    fields = dictionary.by_name if dictionary else {}
    forms = dictionary.forms if dictionary else []
    record = dictionary.fields[0].name if dictionary and dictionary.fields else ""
    if record and record not in sheet.names:
        message = f"The file has no column {record}, which the dictionary names as the record id."
        raise refuse(sheet.file, f"{message} Do file and dictionary belong together?", rule="I14", row=1)
    columns = [column_of(column, fields, forms, record) for column in sheet.columns]
    found = {one.name: {code: missing[code] for code in missing if code in set(sheet.values(one.name))}
             for one in columns if missing and not one.part}  # fmt: skip
    columns = [replace(one, missing=one.missing | found.get(one.name, {})) for one in columns]
    sheet = sheet.with_columns(columns)
    commas = [name for name in decimal_comma_columns(sheet) if name in fields and fields[name].decimal_comma]
    sheet = with_decimal_points(sheet, commas) if commas else sheet
    return Described(sheet=sheet, differences=differences(sheet, dictionary) if dictionary else [])


def column_of(column: Column, fields: dict, forms: list[str], record: str) -> Column:
    """What REDCap, or its dictionary, says of a column."""
    name = column.name
    if name in PARTS:
        return replace(column, part=PARTS[name], label=PART_LABELS[PARTS[name]], kind="text")
    if name in fields:
        field = fields[name]
        return replace(
            column, label=field.label, kind=field.kind, choices=field.choices, form=field.form,
            identifier=field.identifier, part="record" if name == record else "",
        )  # fmt: skip
    form = name.removesuffix("_complete")
    if form != name and (form in forms or not forms):
        return replace(column, label=f"Is the form {form} complete?", kind="status", choices=STATUS, form=form)
    form = name.removesuffix("_timestamp")
    if form != name and form in forms:
        return replace(column, label=f"When the form {form} was sent in", kind="datetime", part="survey", form=form)
    return column


def with_checkboxes_merged(sheet: Sheet, dictionary: Dictionary | None, missing: set[str]) -> Sheet:
    """The columns of each checkbox field as one, in the place of the first."""
    boxes = boxes_of(sheet, dictionary, missing)
    owner = {name: field for field, codes in boxes.items() for name in codes}
    names = list(dict.fromkeys(owner.get(name, name) for name in sheet.names))
    columns = [
        Column(name=name, kind="choices", choices=dict.fromkeys(boxes[name].values(), ""))
        if name in boxes else sheet.column(name)
        for name in names
    ]  # fmt: skip
    rows = [
        {
            name: ticked(row, boxes[name]) if name in boxes else row[name]
            for name in names
        }
        for row in sheet.rows
    ]  # fmt: skip
    return replace(sheet, columns=columns, rows=rows)


def ticked(row: dict[str, str], codes: dict[str, str]) -> str:
    """The codes of the boxes that are ticked, whether the export says 1, Checked or the choice's label."""
    return " ".join(code for name, code in codes.items() if row[name].lower() not in NOT_TICKED)


def boxes_of(sheet: Sheet, dictionary: Dictionary | None, missing: set[str]) -> dict[str, dict[str, str]]:
    """Field → column → code. By the dictionary, or by the names where there is none and every cell is a tick or not."""
    if dictionary is not None:
        wanted = {
            field.name: {box_name(field.name, code): code for code in [*field.choices, *sorted(missing)]}
            for field in dictionary.fields
            if field.type == "checkbox"
        }
        found = {field: {name: boxes[name] for name in sheet.names if name in boxes} for field, boxes in wanted.items()}
        return {field: codes for field, codes in found.items() if codes and field not in sheet.names}
    found: dict[str, dict[str, str]] = {}
    for name in sheet.names:
        match = CHECKBOX.match(name)
        if match and {text.lower() for text in sheet.values(name)} <= TICKED | NOT_TICKED:
            found.setdefault(match["field"], {})[name] = match["code"]
    return {field: codes for field, codes in found.items() if field not in sheet.names}


def box_name(field: str, code: str) -> str:
    """The name of a checkbox's column: meds___1; a hyphen in the code becomes an underscore."""
    return f"{field}___{re.sub(r'[^a-z0-9]', '_', code.lower())}"


def differences(sheet: Sheet, dictionary: Dictionary) -> list[Difference]:
    """What a person should know before the import."""
    found = [
        Difference(
            kind="absent", column=field.name, count=0, message="The dictionary has this field, the file has not."
        )
        for field in dictionary.fields
        if field.type != "descriptive" and field.name not in sheet.names
    ]
    for column in sheet.columns:
        if not column.kind and not column.part:
            message = "The file has this column, the dictionary has not."
            found.append(Difference(kind="unknown", column=column.name, count=0, message=message))
        if column.identifier:
            message = "The dictionary marks this field as identifying the patient. It is not imported."
            found.append(Difference(kind="identifier", column=column.name, count=0, message=message))
        wrong = no_choice(sheet, column)
        if wrong:
            message = f"{wrong} values are no code of this field's choices. Export raw codes, not labels."
            found.append(Difference(kind="choice", column=column.name, count=wrong, message=message))
    return found


def no_choice(sheet: Sheet, column: Column) -> int:
    """How many cells hold something else than the field's codes."""
    if column.kind not in ("choice", "yes_no", "choices", "status") or not column.choices:
        return 0
    known = set(column.choices) | set(column.missing) | {""}
    counts = Counter(sheet.values(column.name))
    cut = column.kind == "choices"
    return sum(count for text, count in counts.items() if not set(text.split() if cut else [text]) <= known)
