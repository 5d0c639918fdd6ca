"""How each field of a row is computed: what PostgreSQL is asked for under its name."""

from collections.abc import Callable, Mapping

from django.db.models import F, TextField, Value
from django.db.models.expressions import Expression

from registry.access import Profile
from registry.models.chart import answers_of
from registry.profiles import expressions as ex
from registry.profiles.covariates import Leaving
from registry.profiles.rows import TABLES, Table, is_chart_row
from registry.profiles.whitelist import WHITELIST

CODE = f"{ex.GIVEN}__code"


def fields_of(table: Table, profile: Profile, leaving: Leaving) -> dict[str, Expression]:
    """The fields that may leave, in the order of the list, and how each is computed."""
    known = OWN[table.key](leaving, profile) | ids_of(table, profile) | columns_of_place(table)
    names = WHITELIST[table.key][profile]
    if is_chart_row(table):
        known["missing"] = ex.reasons({field.name for field in answers_of(table.model)}.intersection(names))
    return {name: known.get(name, F(name)) for name in names}


def columns_of_place(table: Table) -> dict[str, Expression]:
    return {"site": F("site__code"), "study": F(f"{table.patient}study__slug")}


def ids_of(table: Table, profile: Profile) -> dict[str, Expression]:
    """A row's id and those of the rows that hold it: its own, or what the recipient knows them by."""
    keys = {"id": "id"} | {path.rpartition("__")[2]: column_of(path) for path in table.parents}
    if table.key == "events":
        keys["linked_procedure"] = "linked_procedure_id"
    if profile == Profile.IDENTIFIED:
        return {name: F(key) for name, key in keys.items()}
    codes = {"patient" if table.parents else "id": F(CODE)}
    return {name: ex.row_id(key) for name, key in keys.items()} | codes


def column_of(path: str) -> str:
    """'visit__procedure' -> 'visit__procedure_id'."""
    return f"{path}_id"


def of_patient(leaving: Leaving, profile: Profile) -> dict[str, Expression]:
    if profile == Profile.SAFE_HARBOR:
        age, year = ex.told_age(leaving.ages), ex.told_year(leaving.ages)
        return {"age": age, "index_year": year, "covariates": ex.covariates(leaving.told, leaving.ages)}
    told = leaving.told if profile == Profile.LIMITED else None
    return {"age": ex.age_in_words(), "index_year": ex.year(), "covariates": ex.covariates(told)}


def of_visit(leaving: Leaving, profile: Profile) -> dict[str, Expression]:
    day = F("day") if profile == Profile.IDENTIFIED else ex.visit_day()
    return {"timepoint": F("timepoint__code"), "recorded_at": ex.moment("recorded_at"), "day": day}


def of_score(leaving: Leaving, profile: Profile) -> dict[str, Expression]:
    return {
        "timepoint": F("visit__timepoint__code"), "instrument": F("instrument__key"),
        "instrument_version": F("instrument__instrument_version"), "value": ex.number("value"),
    }  # fmt: skip


def of_event(leaving: Leaving, profile: Profile) -> dict[str, Expression]:
    days = ex.days_from_index("happened_on", "happened_precision")
    return {"day": days, "resolved_day": ex.days_from_index("resolved_on", "resolved_precision")}


def of_procedure(leaving: Leaving, profile: Profile) -> dict[str, Expression]:
    return {"day": ex.days_from_index("performed_on", "performed_precision")}


def of_treatment(kind: str) -> Callable[[Leaving, Profile], dict[str, Expression]]:
    def fields(leaving: Leaving, profile: Profile) -> dict[str, Expression]:
        days = ex.days_from_index("started_on", "started_precision")
        return {
            "kind": Value(kind, output_field=TextField()), "day": days, "dose_gy": ex.number("dose_gy"),
            "end_day": ex.days_from_index("ended_on", "ended_precision"),
        }  # fmt: skip

    return fields


OWN: Mapping[str, Callable[[Leaving, Profile], dict[str, Expression]]] = {
    "patients": of_patient, "procedures": of_procedure, "visits": of_visit, "scores": of_score, "events": of_event,
    **{key: of_treatment(key) for key in ("radiation", "systemic")},
}  # fmt: skip
assert set(OWN) == set(TABLES) == set(WHITELIST)
