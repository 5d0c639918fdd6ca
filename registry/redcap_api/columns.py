"""The columns of an export, and what each writes of a row."""

from collections.abc import Iterator
from dataclasses import dataclass

from registry.redcap_api.asked import Asked
from registry.redcap_api.charts import EMPTY, INCOMPLETE, Answer, Row
from registry.redcap_api.fields import ASKED, CODES, REASONS, RedcapField
from registry.redcap_api.layout import RECORD, Project
from registry.redcap_api.refusals import Refusal

EVENT, INSTRUMENT, INSTANCE, GROUP = (
    "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance", "redcap_data_access_group",
)  # fmt: skip
PLACES = {EVENT: "Event Name", INSTRUMENT: "Repeat Instrument", INSTANCE: "Repeat Instance"}
STATES = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}
TICKED = {True: "Checked", False: "Unchecked"}


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: a part of the row's place, a field (of a checkbox one box, `code`), or the state of a form."""

    name: str
    label: str
    form: str = ""
    field: RedcapField | None = None
    code: str = ""


class Columns:
    """Which columns an export has, and how a row stands in them."""

    def __init__(self, project: Project, asked: Asked):
        self.project, self.asked = project, asked
        self.raw = asked.said.get("rawOrLabel", "raw") != "label"
        self.comma = asked.said.get("decimalCharacter") == ","
        self.labels = {form.key: form.label for form in project.forms}
        self.repeats = {form.key for form in project.forms if form.repeats}
        self.at = {event.name: {form.key for form in project.forms_at(event)} for event in project.events}
        self.answers = [one for name in self.chosen() for one in self.of_name(name)]
        self.forms = {one.form for one in self.answers if one.name != RECORD}
        self.all = [Column(name=RECORD, label=project.by_name[RECORD].label), *self.places(),
                    *(one for one in self.answers if one.name != RECORD)]  # fmt: skip

    def chosen(self) -> list[str]:
        """The fields and states asked for, in the order of the project; all where none is named."""
        fields, forms = self.asked.lists["fields"], self.asked.lists["forms"]
        everything = {form.key: self.project.names_in(form.key) for form in self.project.forms}
        known = [name for names in everything.values() for name in names]
        refuse_unknown("fields", fields, {*known, *PLACES, GROUP})
        refuse_unknown("forms", forms, everything)
        if fields is None and forms is None:
            return known
        wanted = {*(fields or ()), *(name for form in forms or () for name in everything[form])}
        return [name for name in known if name in wanted]

    def of_name(self, name: str) -> list[Column]:
        one = self.project.by_name.get(name)
        if one is None:
            form = name.removesuffix("_complete")
            return [Column(name=name, label="Complete?", form=form)]
        if one.type != CODES or self.asked.flags["combineCheckboxOptions"] or self.asked.said.get("type") == "eav":
            return [Column(name=name, label=one.label, form=one.form, field=one)]
        labels = {**one.choices, **REASONS}
        return [
            Column(name=box, label=f"{one.label} (choice={labels[code]})", form=one.form, field=one, code=code)
            for code, box in one.boxes.items()
        ]

    def places(self) -> list[Column]:
        found = dict(PLACES)
        if self.asked.flags["exportDataAccessGroups"]:
            found[GROUP] = "Data Access Group"
        return [Column(name=name, label=label) for name, label in found.items()]

    def shows(self, row: Row) -> bool:
        """Whether a row has a form of which something is asked; where only the record id is, the record's first row."""
        if not self.forms:
            return row.event.is_chart and not row.instrument
        return bool(self.forms & self.forms_in(row))

    def forms_in(self, row: Row) -> set[str]:
        return {row.instrument} if row.instrument else self.at[row.event.name] - self.repeats

    def flat(self, row: Row) -> list[str]:
        """The row as the texts of all columns."""
        return [self.cell(column, row) for column in self.all]

    def eav(self, row: Row) -> Iterator[list[str]]:
        """The row as one line for each value."""
        place = [row.record, *(self.place(one.name, row) for one in self.places())]
        for column in self.answers:
            for value in self.values(column, row):
                yield [*place, column.name, value]

    def values(self, column: Column, row: Row) -> list[str]:
        found = row.answers.get(column.name, EMPTY)
        if isinstance(found.value, tuple) and column.field is not None:
            return [code if self.raw else column.field.choices.get(code, code) for code in found.value]
        return [text] if (text := self.cell(column, row)) else []

    def cell(self, column: Column, row: Row) -> str:
        if column.field is not None:
            return self.answer(column, row.answers.get(column.field.name, EMPTY))
        if column.name == RECORD:
            return row.record
        return self.state(column.form, row) if column.form else self.place(column.name, row)

    def place(self, name: str, row: Row) -> str:
        if name == EVENT:
            return row.event.name if self.raw else row.event.label
        if name == INSTRUMENT:
            return row.instrument if self.raw else self.labels.get(row.instrument, "")
        return row.instance if name == INSTANCE else row.group

    def state(self, form: str, row: Row) -> str:
        """Complete or not; a form that was never opened is 0 too, or "" where that is asked for."""
        if form not in self.forms_in(row):
            return ""
        never = "" if self.asked.flags["exportBlankForGrayFormStatus"] else INCOMPLETE
        state = row.complete.get(form, never)
        return state if self.raw else STATES.get(state, "")

    def answer(self, column: Column, found: Answer) -> str:
        one = column.field
        if column.code:
            return self.ticked(column, found)
        if found.missing:
            return found.missing if self.raw else REASONS[found.missing]
        if isinstance(found.value, tuple):
            return ",".join(code if self.raw else one.choices.get(code, code) for code in found.value)
        if not self.raw and one.choices:
            return one.choices.get(found.value, found.value)
        return found.value.replace(".", ",") if self.comma and one.is_number else found.value

    def ticked(self, column: Column, found: Answer) -> str:
        """1 or 0; "" where nothing was answered. A reason for missing has a box of its own."""
        if found.is_empty:
            return ""
        is_ticked = column.code == found.missing if found.missing else column.code in found.value
        if self.raw:
            return "1" if is_ticked else "0"
        if not self.asked.flags["exportCheckboxLabel"]:
            return TICKED[is_ticked]
        return ({**column.field.choices, **REASONS}[column.code]) if is_ticked else ""


def refuse_unknown(what: str, given: list[str] | None, known) -> None:
    unknown = [name for name in given or () if name not in known]
    if unknown:
        raise Refusal(f"The following values in the parameter {what} are not valid: {', '.join(unknown)[:200]}")


def raw_text(row: Row | None, one: RedcapField, code: str) -> str:
    """What a condition compares: the raw value of a field, or of one box of a checkbox."""
    found = row.answers.get(one.name, EMPTY) if row is not None else EMPTY
    if found.missing:
        return found.missing if not code else "1" if code == found.missing else "0"
    if isinstance(found.value, tuple):
        return ",".join(found.value) if not code else "1" if code in found.value else "0"
    return found.value if not code or one.type == ASKED else ""
