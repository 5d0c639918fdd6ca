"""One row a patient, as Clunk's Table 3: the listing of a freeze's rows, identified or de-identified.

Where an export alters an age, this says so: of who is older than 89 it prints 90+.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from outcomes.columns import Category, Column
from outcomes.freeze import Frozen, columns_of
from reports import layout, wording
from reports.data import deidentified, secret
from reports.data.deidentified import AGE, OLDEST
from reports.layout import Cell, Table, row, rows
from reports.manifest import Manifest
from reports.models import Document

# What a surgeon looks for in each patient, where the plan does not say; those that a cohort has are shown.
LISTED = (
    "age", "sex", "primary_cancer", "etiology", "indication", "fracture_status", "lesion", "complexity", "treatment",
    "pdn_count", "operative_minutes", "blood_loss_ml", "cement_ml", "stay_days", "complication", "secondary_procedure",
    "follow_up_years", "follow_up_months", "follow_up_days",
)  # fmt: skip


def listing(frozen: Frozen, columns: Sequence[str], profile: str) -> Table | None:
    """The rows in the order of study numbers; de-identified 1 to n in an order that says nothing. None of no rows.

    columns: names of covariates, or of scores as pain@preop; () for the usual ones. Those that the freeze does not have
    are left out, as is what an export may not show.
    """
    is_identified = profile == Document.Profile.IDENTIFIED
    shown = frozen if is_identified else deidentified(frozen, secret(frozen.digest))
    manifest, read = Manifest(shown.manifest), columns_of(shown)
    known = [name for name in columns or LISTED if column_of(read, name) is not None]
    if not known or not read.rows:
        return None
    heads = shown.procedures["|study_number"].to_pylist() if is_identified else range(1, read.rows + 1)
    found = {name: texts(name, column_of(read, name), manifest, is_identified) for name in known}
    body = [row(str(head), *(found[name][place] for name in known)) for place, head in enumerate(heads)]
    return Table(
        title="The patients, one by one" if is_identified else "The patients, one by one, without names or dates",
        columns=(
            layout.Column("Study number" if is_identified else "Patient", numeric=False),
            *(layout.Column(head_of(name, manifest), is_number(column_of(read, name))) for name in known),
        ),
        groups=rows(*body),
        notes=tuple(map(layout.Note, notes(is_identified))),
    )


def notes(is_identified: bool) -> list[str]:
    absent = f"{wording.ABSENT}, not recorded."
    if is_identified:
        return [absent, "These rows are of single patients; show them only to who may see their records."]
    return [absent, f"Numbers follow no order of the site. {OLDEST}+, older than {OLDEST - 1}."]


def column_of(read, name: str) -> Column | Category | None:
    """A covariate's column, or that of a score at a timepoint; None where the freeze has no such column."""
    instrument, at, code = name.partition("@")
    return read.scores.get((instrument, code)) if at else read.covariates.get(name)


def is_number(column: Column | Category) -> bool:
    return isinstance(column, Column)


def head_of(name: str, manifest: Manifest) -> str:
    instrument, at, code = name.partition("@")
    if not at:
        return manifest.variable_heading(name)
    return f"{manifest.instrument(instrument).name}, {wording.within_text(manifest.timepoint(code))}"


def texts(name: str, column: Column | Category, manifest: Manifest, is_identified: bool) -> list[Cell]:
    """Each row's value in words; a dash where there is none."""
    if isinstance(column, Category):
        named = [Cell(manifest.level_heading(name, level)) for level in column.levels]
        return [named[code] if there else Cell(wording.ABSENT) for code, there in zip(*parts(column), strict=True)]
    labels = manifest.raw.get("covariates", {}).get(name, {}).get("labels") or {}
    is_age = not is_identified and bool(AGE.search(name))
    return [Cell(number(value, column.decimals, labels, is_age)) if there else Cell(wording.ABSENT)
            for value, there in zip(column.values.tolist(), column.present.tolist(), strict=True)]  # fmt: skip


def parts(column: Category) -> tuple[list, list]:
    return column.codes.tolist(), column.present.tolist()


def number(value: int, decimals: int, labels: Mapping[str, str], is_age: bool) -> str:
    exact = Decimal(value).scaleb(-decimals)
    if is_age and exact >= OLDEST:
        return f"{OLDEST}+"
    shown = wording.short(exact, decimals)
    return labels.get(shown, shown)
