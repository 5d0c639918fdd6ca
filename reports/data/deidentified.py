"""A freeze without what says who somebody is: other ids, another order, no free text, no dates, no age above 90. Pure.

What is changed stands in the manifest as the covariate's `note`, and so in the codebook.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from outcomes.freeze import Frozen
from outcomes.wide import decimals_of
from registry.models import Patient, Procedure
from registry.profiles import telling
from reports.data.columns import numbers, patients_of, whole

OLDEST = 90
TOPCODED = f"Ages of {OLDEST} and more stand as {OLDEST}."
AGE = re.compile(r"(^|_)age(_|$)")
IDENTITY = ("|row", "|site", "|study", "|study_number", "|number")
LETTERS = 16
# What a freeze takes from the record itself where a study keeps no column of that name.
LISTS = {"sex": Patient.Sex.values, "procedure_kind": Procedure.Kind.values}


def deidentified(frozen: Frozen, key: bytes) -> Frozen:
    """The freeze with a pseudonym for each patient, in their order. The key makes them, and is kept nowhere in it."""
    return under(frozen, pseudonyms(frozen, key), notes_of(frozen))


def under(frozen: Frozen, names: pa.Array, notes: Mapping[str, str]) -> Frozen:
    """The freeze with these names of each row's patient, in their order; the noted covariates are changed as it says.

    notes: what is done to a covariate, by name.
    """
    order = pc.sort_indices(
        pa.table({"name": names, "number": numbers(frozen)}), [("name", "ascending"), ("number", "ascending")]
    )
    procedures = frozen.procedures.select(
        [name for name in frozen.procedures.column_names if name in IDENTITY or not name.startswith("|")]
    )
    place = procedures.column_names.index("|study_number")
    procedures = procedures.set_column(place, "|study_number", names)
    for name, note in notes.items():
        procedures = without(procedures, name, note)
    manifest = frozen.manifest | {"covariates": noted(frozen.manifest["covariates"], notes)}
    tables = {"procedures": procedures, "scores": frozen.scores, "survival": frozen.survival}
    return replace(frozen, manifest=manifest, **{name: table.take(order) for name, table in tables.items()})


def pseudonyms(frozen: Frozen, key: bytes) -> pa.Array:
    """Each row's patient under a name that only the key connects with the study number.

    A letter comes first, so that no program takes a name for a number.
    """
    who = zip(*(whole(frozen.procedures[f"|{part}"]).to_pylist() for part in ("site", "study")),
              patients_of(frozen).to_pylist(), strict=True)  # fmt: skip
    signed = (hmac.digest(key, "|".join(parts).encode(), hashlib.sha256).hex() for parts in who)
    return pa.array([f"P{name[:LETTERS]}" for name in signed], pa.string())


def changed(frozen: Frozen, name: str, about: Mapping) -> str:
    """What is done to a covariate, in words; empty where nothing is."""
    if about["kind"] == "number" and AGE.search(name):
        return TOPCODED
    if is_of_a_list(name, about):
        return ""
    cells, who = frozen.procedures[name].to_pylist(), patients_of(frozen).to_pylist()
    if about["kind"] == "number":
        return telling.number(cells, decimals_of(frozen.procedures, name), who)
    return telling.text(cells, who, is_arm=name == frozen.manifest.get("arm"))


def is_of_a_list(name: str, about: Mapping) -> bool:
    """Whether nobody typed the values as they liked: they come from the chart's forms or from a list."""
    if about["kind"] == "number":
        return about.get("where") in ("chart", "derived")
    return {*(about.get("labels") or {}), *LISTS.get(name, ())}.issuperset(about["levels"] or [])


def notes_of(frozen: Frozen) -> dict[str, str]:
    """What is done to the covariates, by name."""
    notes = {name: changed(frozen, name, about) for name, about in frozen.manifest["covariates"].items()}
    return {name: note for name, note in sorted(notes.items()) if note}


def changes(frozen: Frozen) -> dict[str, str]:
    """The covariates of which a de-identified file has other values than the freeze, and why."""
    notes = notes_of(frozen)
    return {name: note for name, note in notes.items() if not (note == TOPCODED and is_young(frozen, name))}


def is_young(frozen: Frozen, name: str) -> bool:
    """Whether nobody is older than the oldest age that is told."""
    return (pc.max(frozen.procedures[name]).as_py() or 0) <= OLDEST * 10 ** decimals_of(frozen.procedures, name)


def without(procedures: pa.Table, name: str, note: str) -> pa.Table:
    """The table with an age cut at the oldest, or with nothing in the column."""
    field = procedures.schema.field(name)
    if note == TOPCODED:
        oldest = pa.scalar(OLDEST * 10 ** decimals_of(procedures, name), pa.int64())
        column = pc.min_element_wise(procedures[name].cast(pa.int64()), oldest, skip_nulls=False)
    else:
        column = pa.nulls(procedures.num_rows, field.type)
    place = procedures.column_names.index(name)
    return procedures.set_column(place, field.with_type(column.type), column)


def noted(covariates: Mapping[str, Mapping], notes: Mapping[str, str]) -> dict[str, dict]:
    """The covariates with their notes; of a changed one, no level that was met."""
    return {
        name: {**about, "note": notes[name], "levels": None} if name in notes else dict(about)
        for name, about in covariates.items()
    }
