"""The forms of the staged import: a file with its study and site; what its columns mean."""

from collections.abc import Iterator
from typing import NamedTuple

from django import forms

from registry.imports.limits import FORMATS, Limits
from registry.imports.targets import Targets
from registry.models import ImportBatch, MissingReason

DELIMITERS = (("", "found out"), (",", "comma"), (";", "semicolon"), ("\t", "tab"))
DECIMALS = ((".", "point: 7.5"), (",", "comma: 7,5"))
LONGEST_LINE = 20_000


class UploadForm(forms.Form):
    """A file, and where it belongs."""

    where = forms.ChoiceField(label="Study and site")
    file = forms.FileField(label="File", help_text="CSV, XLSX or SPSS (.sav), 32 MB at most; a REDCap export too.")
    dictionary = forms.FileField(
        label="REDCap data dictionary", required=False, help_text="A CSV file; it says what the columns are."
    )
    missing_codes = forms.CharField(
        label="Missing data codes of the REDCap project", required=False, max_length=1000,
        help_text="As REDCap lists them: -99, Not asked | NASK, Not documented",
    )  # fmt: skip
    sheet = forms.CharField(
        label="Sheet", required=False, max_length=100, help_text="Of a workbook; the first one where nothing is said."
    )
    delimiter = forms.ChoiceField(label="Columns are divided by", choices=DELIMITERS, required=False)
    decimal = forms.ChoiceField(label="Decimals are written with a", choices=DECIMALS, required=False)

    def __init__(self, *args, places: dict[str, str], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["where"].choices = list(places.items())
        self.fields["file"].widget.attrs["accept"] = ",".join(FORMATS)
        self.fields["dictionary"].widget.attrs["accept"] = ".csv"

    def clean_file(self):
        return small_enough(self.cleaned_data["file"])

    def clean_dictionary(self):
        return small_enough(self.cleaned_data["dictionary"])

    @property
    def options(self) -> dict:
        """What a person says of how the file is written."""
        said = self.cleaned_data
        read = {"delimiter": said["delimiter"], "decimal": said["decimal"] or ".", "sheet": said["sheet"]}
        return {"read": read, "missing_codes": said["missing_codes"]}


def small_enough(file):
    """Before any of it is held in memory."""
    if file is not None and file.size > Limits().bytes:
        raise forms.ValidationError("The file is larger than 32 MB. Send it in parts. [I13]")
    return file


class ColumnLine(NamedTuple):
    """One column on the mapping page: what the file says of it, and what it is said to mean."""

    number: int
    name: str
    label: str
    samples: list[str]
    target: str
    timepoint: str
    values: str
    missing: str
    errors: list[str]

    @property
    def is_open(self) -> bool:
        """Whether its codes are shown unfolded."""
        return bool(self.values or self.missing or self.errors)


class ColumnsForm:
    """What the columns mean, as typed: target, timepoint, values and codes of each."""

    def __init__(self, batch: ImportBatch, targets: Targets, mapping: dict, data=None):
        self.batch, self.targets, self.data = batch, targets, data
        self.mapping = mapping if data is None else self.typed()
        self.errors: dict[str, list[str]] = {}

    def typed(self) -> dict:
        """The mapping document of what was sent."""
        columns = {}
        for number, column in enumerate(self.batch.about["columns"]):
            text = {part: self.data.get(f"{part}-{number}", "").strip() for part in PARTS}
            if text["target"]:
                named = self.targets.named(text["target"])
                columns[column["name"]] = {
                    "target": named.key if named else text["target"],
                    **({"timepoint": text["timepoint"]} if text["timepoint"] else {}),
                    **{part: codes_in(text[part]) for part in ("values", "missing") if text[part]},
                }
        return {"columns": columns}

    @property
    def blanks(self) -> str:
        return self.batch.blanks if self.data is None else self.data.get("blanks", "")

    def refuse(self, problems) -> None:
        """Keep what is wrong, by column."""
        for problem in problems:
            self.errors.setdefault(problem.field, []).append(f"{problem.message} [{problem.rule}]")

    def lines(self) -> Iterator[ColumnLine]:
        for number, column in enumerate(self.batch.about["columns"]):
            entry = self.mapping["columns"].get(column["name"], {})
            target = self.targets.by_key.get(entry.get("target", ""))
            yield ColumnLine(
                number, column["name"], column["label"], column["samples"],
                target.label if target else entry.get("target", ""), entry.get("timepoint", ""),
                written_codes(entry.get("values", {})), written_codes(entry.get("missing", {})),
                self.errors.get(column["name"], []),
            )  # fmt: skip

    @property
    def reasons(self) -> list[tuple[str, str]]:
        return MissingReason.choices


PARTS = ("target", "timepoint", "values", "missing")


def codes_in(text: str) -> dict[str, str]:
    """'1=F; 2=M' as codes; what has no sign of equality stands for nothing and is refused by the mapping."""
    codes = {}
    for part in text[:LONGEST_LINE].replace("\n", ";").split(";"):
        code, _, meaning = part.strip().partition("=")
        if part.strip():
            codes[code.strip()] = meaning.strip()
    return codes


def written_codes(codes: dict[str, str]) -> str:
    """The codes as a person types them."""
    return "; ".join(f"{code}={meaning}" for code, meaning in codes.items())
