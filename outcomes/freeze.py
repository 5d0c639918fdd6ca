"""The one crossing: a cohort's rows out of the database, in canonical order, with a manifest and a digest."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import pyarrow as pa

from outcomes import extract, wide
from outcomes.columns import Columns
from outcomes.criteria import RuleError, parse
from outcomes.frozen_tables import procedure_table, score_table, survival_table
from outcomes.manifest import manifest_of
from outcomes.models import Cohort, Freeze
from outcomes.picking import OWN_NAMES, SEPARATOR, Recorded, pick
from outcomes.stats.documents import canonical
from registry.models import Instrument, MissingReason, Study, User
from registry.snapshot import snapshot

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
    """A cohort's data at these sites as they are now. The same database state gives the same digest.

    CannotFreeze where its rule cannot be followed.
    """
    with snapshot():
        studies = list(cohort.studies.select_related("schedule"))
        instruments = instruments_of(studies)
        try:
            recorded = Recorded(extract.Rows(studies, site_ids, parse(cohort.rule)), instruments)
            picked = pick(recorded)
        except RuleError as error:
            raise CannotFreeze(f"The rule of this cohort cannot be followed: {error}") from error
        tables = {
            "procedures": procedure_table(recorded, picked),
            "scores": score_table(recorded.rows, picked.selection, instruments),
            "survival": survival_table(recorded, picked.selection),
        }
        manifest = manifest_of(cohort, recorded, picked, tables)
    digest = hashlib.sha256(canonical(manifest)).hexdigest()
    return Frozen(manifest=manifest, digest=digest, **tables)


def preview(
    cohort: Cohort | None, rule: object, site_ids: list[UUID], *, studies: Iterable[Study] | None = None
) -> dict:
    """The flow that a freeze of a cohort would have under a rule; `studies` of a cohort that is not saved yet.

    Reads no more than the rule asks for. RuleError where the rule cannot be followed.
    """
    parsed = parse(rule)
    with snapshot():
        whose = list(cohort.studies.select_related("schedule") if studies is None else studies)
        rows = extract.Rows(whose, site_ids, parsed)
        return pick(Recorded(rows, instruments_of(whose), with_chart=asks_chart(rows))).flow


def asks_chart(rows: extract.Rows) -> bool:
    """Whether a criterion names what only the chart can say."""
    named = {each.variable for each in rows.rule.criteria if not each.is_score}
    return bool(named - OWN_NAMES)


def store(frozen: Frozen, cohort: Cohort, site_ids: list[UUID], *, by: User) -> Freeze:
    """Keep a freeze; one with the same digest over the same sites that is kept already is used again.

    Where a site of the cohort has no rows, the data of two sets of sites are the same; who may see them is not.
    """
    content = {name: wide.to_parquet(getattr(frozen, name)) for name in Freeze.TABLES}
    about = {"manifest": frozen.manifest, "made_by": by}
    same = {"cohort": cohort, "digest": frozen.digest, "site_ids": sorted(site_ids)}
    kept, _ = Freeze.objects.get_or_create(**same, defaults=about | content)
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


def instruments_of(studies: Iterable[Study]) -> dict[tuple[str, str], dict]:
    """What each (key, version) is over the studies; `name` is its column: the key where one version is used.

    The same draft at two sites is one instrument whose range is what both observed.
    """
    found: dict[tuple[str, str], dict] = {}
    for instrument in asked_instruments(studies):
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


def asked_instruments(studies: Iterable[Study]) -> list[Instrument]:
    """What the studies ask for, in the order of their forms, each total before its items."""
    found: dict[UUID, Instrument] = {}
    for study in sorted(studies, key=lambda study: study.slug):
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
