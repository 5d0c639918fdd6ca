"""A REDCap data dictionary: what each field of a project is. Read to describe and to compare, never to change anything.

`read_dictionary(read_upload("dictionary.csv", data))` takes the file that REDCap gives (18 columns, 17 in older ones)
and the one its API gives (metadata, under other names).
"""

import re
from dataclasses import dataclass

from registry.imports.limits import refuse
from registry.imports.sheet import Sheet

# The header in a dictionary file, and the same column's name in the API's metadata.
COLUMNS = {
    "Variable / Field Name": "field_name",
    "Form Name": "form_name",
    "Section Header": "section_header",
    "Field Type": "field_type",
    "Field Label": "field_label",
    "Choices, Calculations, OR Slider Labels": "select_choices_or_calculations",
    "Field Note": "field_note",
    "Text Validation Type OR Show Slider Number": "text_validation_type_or_show_slider_number",
    "Text Validation Min": "text_validation_min",
    "Text Validation Max": "text_validation_max",
    "Identifier?": "identifier",
    "Branching Logic (Show field only if...)": "branching_logic",
    "Required Field?": "required_field",
    "Custom Alignment": "custom_alignment",
    "Question Number (surveys only)": "question_number",
    "Matrix Group Name": "matrix_group_name",
    "Matrix Ranking?": "matrix_ranking",
    "Field Annotation": "field_annotation",
}
NEEDED = ("field_name", "form_name", "field_type", "field_label", "select_choices_or_calculations")
NAME = re.compile(r"[a-z][a-z0-9_]*\Z", re.ASCII)
KINDS = {"notes": "text", "dropdown": "choice", "radio": "choice", "sql": "choice", "checkbox": "choices",
         "calc": "computed", "slider": "integer", "yesno": "yes_no", "truefalse": "yes_no", "file": "file"}  # fmt: skip
VALIDATED = {"date": "date", "datetime": "datetime", "time": "time", "int": "integer", "integer": "integer",
             "number": "number"}  # fmt: skip
CHOICES = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of the project."""

    name: str
    form: str
    type: str
    label: str
    choices: dict[str, str]
    validation: str
    identifier: bool
    required: bool
    place: int

    @property
    def kind(self) -> str:
        """The kind of a column with this field's values."""
        if self.type == "text":
            return VALIDATED.get(self.validation.split("_")[0], "text")
        return KINDS.get(self.type, "text")

    @property
    def decimal_comma(self) -> bool:
        """Whether its numbers are written 7,5."""
        return self.validation.endswith("comma_decimal")


@dataclass(frozen=True)
class Dictionary:
    """The fields of a project in their order; the first is the record id."""

    file: str
    fields: tuple[Field, ...]

    @property
    def by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}

    @property
    def forms(self) -> list[str]:
        return list(dict.fromkeys(field.form for field in self.fields))


def is_dictionary(sheet: Sheet) -> bool:
    """Whether this sheet is a data dictionary and not data."""
    return set(NEEDED) <= {COLUMNS.get(name, name) for name in sheet.names}


def read_dictionary(sheet: Sheet) -> Dictionary:
    """The dictionary in a sheet. Refused (I14) where it is none, or where a field has no name of its own."""
    missing = [shown for shown, key in COLUMNS.items() if key in NEEDED and {shown, key}.isdisjoint(sheet.names)]
    if missing:
        message = f"This is no REDCap data dictionary: it lacks the column {missing[0]}. Download it from REDCap again."
        raise refuse(sheet.file, message, rule="I14", row=1)
    fields, seen = [], set()
    for index, row in enumerate(sheet.rows):
        field = field_of({COLUMNS.get(name, name): text for name, text in row.items()}, sheet.places[index])
        if not NAME.match(field.name) or field.name in seen:
            message = "Every field needs a name of its own: small letters, digits and underscores."
            raise refuse(sheet.file, message, rule="I14", row=field.place, column="Variable / Field Name")
        seen.add(field.name)
        fields.append(field)
    return Dictionary(sheet.file, tuple(fields))


def field_of(row: dict[str, str], place: int) -> Field:
    # R writes NA for what is empty.
    said = {name: "" if text == "NA" and name != "field_label" else text for name, text in row.items()}
    kind = said["field_type"]
    return Field(
        name=said["field_name"],
        form=said["form_name"],
        type=kind,
        label=plain_text(said["field_label"]),
        choices=choices_of(said["select_choices_or_calculations"]) if KINDS.get(kind) in ("choice", "choices") else
        CHOICES.get(kind, {}),
        validation=said.get("text_validation_type_or_show_slider_number", ""),
        identifier=said.get("identifier", "").lower() == "y",
        required=said.get("required_field", "").lower() == "y",
        place=place,
    )  # fmt: skip


def choices_of(text: str) -> dict[str, str]:
    """Code → label of "1, Male | 2, Female", also one a line; a label may hold commas."""
    pairs = [part.partition(",") for part in re.split(r"[|\n]", text) if "," in part]
    return {code.strip(): plain_text(label) for code, _, label in pairs if code.strip()}


def plain_text(html: str) -> str:
    """A label without its markup."""
    return " ".join(re.sub(r"<[^<>]{0,1000}>", " ", html).split())
