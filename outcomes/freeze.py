"""The one crossing: a cohort's rows out of the database, in canonical order, with a manifest and a digest."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from outcomes import extract, fetch, wide
from outcomes.columns import Column, Columns
from outcomes.criteria import parse
from outcomes.manifest import manifest_of
from outcomes.models import Cohort, Freeze
from outcomes.stats.documents import canonical
from registry.derived import age_at
from registry.models import Instrument, MissingReason, Study, User

SEPARATOR = "|"
DECEASED = MissingReason.DECEASED.value


class CannotFreeze(Exception):
    """The cohort's rows do not fit together, for a reason that a person can mend."""


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """A freeze before it is stored: its manifest, its digest, its three tables in canonical order."""

    manifest: dict
    digest: str
    procedures: pa.Table
    scores: pa.Table
    survival: pa.Table


def freeze(cohort: Cohort, site_ids: list[UUID]) -> Frozen:
    """A cohort's data at these sites as they are now. The same database state gives the same digest."""
    with extract.snapshot():
        rows = extract.read(cohort, site_ids)
        instruments = instruments_of(cohort)
        tables = {
            "procedures": procedure_table(rows),
            "scores": score_table(rows, instruments),
            "survival": survival_table(rows),
        }
        manifest = manifest_of(cohort, rows, instruments, tables)
    digest = hashlib.sha256(canonical(manifest)).hexdigest()
    return Frozen(manifest=manifest, digest=digest, **tables)


def preview(
    cohort: Cohort | None, rule: object, site_ids: list[UUID], *, studies: Iterable[Study] | None = None
) -> dict:
    """The flow that a freeze of a cohort would have under a rule; `studies` of a cohort that is not saved yet.

    RuleError where the rule cannot be followed.
    """
    parse(rule)
    with extract.snapshot():
        patients = extract.patients_of(cohort.studies.all() if studies is None else studies, site_ids)
        return extract.flow(patients, extract.index_procedures(patients).count())


def store(frozen: Frozen, cohort: Cohort, site_ids: list[UUID], *, by: User) -> Freeze:
    """Keep a freeze; one with the same digest that is kept already is used again."""
    content = {name: wide.to_parquet(getattr(frozen, name)) for name in Freeze.TABLES}
    about = {"site_ids": sorted(site_ids), "manifest": frozen.manifest, "made_by": by}
    kept, _ = Freeze.objects.get_or_create(cohort=cohort, digest=frozen.digest, defaults=about | content)
    return kept


def load(kept: Freeze) -> Frozen:
    """A kept freeze, read back."""
    tables = {name: wide.from_parquet(bytes(getattr(kept, name))) for name in Freeze.TABLES}
    return Frozen(manifest=kept.manifest, digest=kept.digest, **tables)


def load_columns(kept: Freeze) -> Columns:
    """A kept freeze's rows as columns. Neither who they are of nor why a value is missing is read."""
    manifest = kept.manifest
    reasons = [SEPARATOR.join((*place, "missing")) for place in where_deceased(manifest)]
    scores = [SEPARATOR.join((key, code)) for key, at in manifest["missing"].items() for code in at]
    wanted = {
        "procedures": ["|site", *manifest["covariates"]],
        "scores": ["|row", *scores, *reasons],
        "survival": ["|row", *(f"{name}|{part}" for name in manifest["survival"] for part in ("time", "event"))],
    }
    tables = {name: wide.from_parquet(bytes(getattr(kept, name)), wanted[name]) for name in Freeze.TABLES}
    return columns_of(Frozen(manifest=manifest, digest=kept.digest, **tables))


def columns_of(frozen: Frozen) -> Columns:
    """A freeze's rows as columns, ready to be counted."""
    manifest, scores = frozen.manifest, frozen.scores
    covariates = {
        name: wide.category_of(frozen.procedures[name])
        if about["kind"] == "category"
        else wide.column_of(frozen.procedures, name)
        for name, about in manifest["covariates"].items()
    }
    return Columns(
        rows=frozen.procedures.num_rows,
        sites=wide.category_of(frozen.procedures["|site"]),
        timepoints={timepoint["code"]: timepoint["order"] for timepoint in manifest["timepoints"]},
        instruments=tuple(manifest["instruments"]),
        scores={
            (key, code): wide.column_of(scores, SEPARATOR.join((key, code)))
            for key, reasons in manifest["missing"].items()
            for code in reasons
        },
        covariates=covariates,
        survival=survival_columns(frozen),
        deceased=deceased_columns(frozen),
        units={name: tuple(about["units"]) for name, about in manifest["survival"].items()},
    )


def deceased_columns(frozen: Frozen) -> dict:
    """Where anyone has died: who has no value because of it."""
    places = where_deceased(frozen.manifest)
    return {place: wide.who_says(frozen.scores[SEPARATOR.join((*place, "missing"))], DECEASED) for place in places}


def where_deceased(manifest: dict) -> list[tuple[str, str]]:
    """The instruments and timepoints at which somebody's value is missing because they had died."""
    return [(key, code) for key, at in manifest["missing"].items() for code, why in at.items() if why.get(DECEASED)]


def survival_columns(frozen: Frozen) -> dict:
    """Each time to an event: (time, event), both integers."""
    return {
        name: (wide.column_of(frozen.survival, f"{name}|time"), wide.column_of(frozen.survival, f"{name}|event"))
        for name in frozen.manifest["survival"]
    }


def instruments_of(cohort: Cohort) -> dict[tuple[str, str], dict]:
    """What each (key, version) is over the cohort's studies; `name` is its column: the key where one version is used.

    The same draft at two sites is one instrument whose range is what both observed.
    """
    found: dict[tuple[str, str], dict] = {}
    for instrument in asked_instruments(cohort):
        about = found.setdefault((instrument.key, instrument.instrument_version), {"all": []})
        if any(differ(instrument, other) for other in about["all"]):
            raise CannotFreeze(
                f"{instrument.key}, version {instrument.instrument_version}, is defined in two ways in this cohort. "
                "Give one of the definitions a version of its own."
            )
        about["all"].append(instrument)
    versions = Counter(key for key, _ in found)
    for (key, version), about in found.items():
        about["name"] = key if versions[key] == 1 else f"{key}@{version}"
        about["decimals"] = max(instrument.decimals for instrument in about["all"])
    return found


def asked_instruments(cohort: Cohort) -> list[Instrument]:
    """What the cohort's studies ask for, in the order of their forms, each total before its items."""
    found: dict[UUID, Instrument] = {}
    for study in cohort.studies.order_by("slug"):
        for link in study.asked.select_related("instrument__part_of").order_by("order", "instrument__key"):
            for instrument in filter(None, (link.instrument.part_of, link.instrument)):
                found.setdefault(instrument.pk, instrument)
    return list(found.values())


def differ(one: Instrument, other: Instrument) -> bool:
    """Whether two instruments of one key and version mean different things; drafts only say what was observed."""
    if Instrument.Status.DRAFT in (one.status, other.status):
        return one.status != other.status
    meaning = ("minimum", "maximum", "step", "direction", "levels")
    return any(getattr(one, name) != getattr(other, name) for name in meaning)


def procedure_table(rows: extract.Rows) -> pa.Table:
    """One row a procedure: who, where, and the covariates; a recorded sex and age where the study keeps none."""
    identity = {f"|{name}": rows.procedures[name].combine_chunks() for name in ("site", "study", "study_number")}
    return wide.table(identity | own_covariates(rows.procedures) | study_covariates(rows), rows.procedures.num_rows)


def own_covariates(procedures: pa.Table) -> dict[str, Column | pa.Array]:
    """Sex, age at the procedure and kind of procedure, as far as anybody's is recorded."""
    found = {
        "sex": without(procedures["sex"], ""),
        "procedure_kind": without(procedures["kind"], "unspecified"),
    }
    kept = {name: column for name, column in found.items() if column.null_count < len(column)}
    if procedures["born_on"].null_count == procedures.num_rows:
        return kept
    born_and_performed = procedures.select(["born_on", "born_precision", "performed_on", "performed_precision"])
    ages = [age_at(*row.values()) for row in born_and_performed.to_pylist()]
    age = Column.of(None if years is None else str(years) for years in ages)
    return kept | ({"age": age} if age.present.any() else {})


def without(texts: pa.ChunkedArray, unknown: str) -> pa.Array:
    """The texts, null where they say that nothing is known."""
    whole = texts.combine_chunks()
    return pc.if_else(pc.equal(whole, unknown), pa.scalar(None, pa.string()), whole)


def study_covariates(rows: extract.Rows) -> dict[str, Column | pa.Array]:
    """The typed attributes of the patients whose procedure is in, with as few decimals as they need."""
    patients = rows.procedures["patient"].combine_chunks()
    mine = rows.covariates.filter(pc.is_in(rows.covariates["patient"], value_set=patients))
    columns = {}
    for (name,), numbers in wide.groups(mine["name"]):
        part = mine.take(numbers)
        at = wide.places(part["patient"], patients)
        if part["text"].null_count < len(part):
            columns[name] = wide.spread_text(part["text"], at, len(patients))
        else:
            columns[name] = wide.spread(part["number"], at, len(patients), finest=fetch.DECIMALS)
    return columns


def score_table(rows: extract.Rows, instruments: dict) -> pa.Table:
    """One row a procedure: per instrument and timepoint the value (integer), or the reason where there is none."""
    procedures, missed, columns = rows.procedures.num_rows, missed_by_timepoint(rows), {}
    for (key, version, code), part in rows.scores.items():
        about = instruments[key, version]
        name = SEPARATOR.join((about["name"], code))
        columns[name] = wide.spread_numbers(
            part.values, part.at, procedures, finest=fetch.DECIMALS, decimals=about["decimals"]
        )
        columns[f"{name}|missing"] = reasons(part, missed.get(code, wide.Named.nobody(procedures)))
    return wide.table(columns, procedures)


def missed_by_timepoint(rows: extract.Rows) -> dict[str, wide.Named]:
    """For each timepoint at which a planned visit was missed: who missed it, and why."""
    at = wide.places(rows.missed["procedure"], rows.procedures["procedure"].combine_chunks())
    found = {}
    for (code,), numbers in wide.groups(rows.missed["timepoint"]):
        why = rows.missed["missing"].take(numbers).combine_chunks().dictionary_encode()
        codes = np.full(rows.procedures.num_rows, -1, dtype=np.int8)
        codes[at[numbers]] = why.indices.to_numpy()
        found[code] = wide.Named(codes, tuple(why.dictionary.to_pylist()))
    return found


def reasons(part: fetch.Scores, missed: wide.Named) -> pa.Array:
    """The score's own reason, else the missed visit's; none where there is a value."""
    names = tuple(dict.fromkeys([*missed.names, *part.why]))
    codes = missed.codes.copy()
    for reason, at in part.why.items():
        codes[at] = names.index(reason)
    codes[part.at] = -1
    return wide.Named(codes, names).as_arrow()


def survival_table(rows: extract.Rows) -> pa.Table:
    """One row a procedure: per name the time (integer), its unit, and whether it ended in the event."""
    order = rows.procedures["procedure"].combine_chunks()
    columns = {}
    for (name,), numbers in wide.groups(rows.survival["name"]):
        part = rows.survival.take(numbers)
        at = wide.places(part["procedure"], order)
        columns[f"{name}|time"] = wide.spread(part["time"], at, len(order), finest=fetch.DECIMALS)
        columns[f"{name}|event"] = wide.spread(part["event"].cast(pa.int64()), at, len(order), finest=0)
        columns[f"{name}|unit"] = wide.spread_text(part["unit"], at, len(order))
    return wide.table(columns, len(order))
