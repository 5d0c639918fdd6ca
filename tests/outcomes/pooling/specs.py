"""Specs and bundles of small cohorts, for tests: made of columns, without a database."""

from datetime import UTC, datetime

import pyarrow as pa

from outcomes import wide
from outcomes.columns import Column
from outcomes.freeze import Frozen
from outcomes.pooling.bundle import make_bundle, read_bundle
from outcomes.pooling.jcs import jcs
from outcomes.pooling.signing import Signer
from outcomes.pooling.spec import read_spec, spec_from

KEY = Signer(b"a seed of thirty-two bytes, here")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RELEASE = {
    "id": "00000000-0000-4000-8000-000000000001",
    "digest": f"sha256:{'0' * 64}",
    "as_of": "2026-03-01T12:00:00+00:00",
    "supersedes": None,
}


def frozen_of(columns, instruments, *, arm=None, site=None) -> Frozen:
    """Columns as a freeze would hold them, with the manifest that they have."""
    sites = [columns.sites.levels[code] for code in columns.sites.codes] if site is None else [site] * columns.rows
    who = {"site": sites, "study": ["one"] * len(sites), "study_number": [f"P-{row:04}" for row in range(len(sites))]}
    procedures = {f"|{name}": pa.array(texts, type=pa.string()) for name, texts in who.items()} | {
        name: as_arrow(each) for name, each in columns.covariates.items()
    }
    scores, survival = {}, {}
    for (key, code), column in columns.scores.items():
        dead = columns.deceased.get((key, code))
        reasons = ["deceased" if dead is not None and dead[row] else None for row in range(columns.rows)]
        scores[f"{key}|{code}"] = column
        scores[f"{key}|{code}|missing"] = pa.array(reasons, type=pa.string())
    for name, (time, event) in columns.survival.items():
        survival |= {f"{name}|time": time, f"{name}|event": event}
    tables = {
        "procedures": wide.table(procedures, columns.rows),
        "scores": wide.table(scores, columns.rows),
        "survival": wide.table(survival, columns.rows),
    }
    return Frozen(manifest=manifest_of(columns, instruments, tables, arm), digest="0" * 64, **tables)


def as_arrow(each):
    return each if isinstance(each, Column) else pa.array(
        [each.levels[code] if there else None for code, there in zip(each.codes, each.present, strict=True)],
        type=pa.string(),
    )  # fmt: skip


def manifest_of(columns, instruments, tables, arm) -> dict:
    missing = {key: {} for key in instruments}
    for (key, code), column in columns.scores.items():
        dead = columns.deceased.get((key, code))
        died = 0 if dead is None else int((dead & ~column.present).sum())
        absent = columns.rows - int(column.present.sum()) - died
        missing[key][code] = {
            name: n for name, n in (("deceased", died), ("no_record", absent)) if n
        }  # fmt: skip
    return {
        "cohort": {"slug": "one", "name": "One", "version": 1, "rule": {"procedures": "index"}},
        "unit": "patient",
        "preset": None,
        "sites": sorted(set(tables["procedures"]["|site"].to_pylist())),
        "studies": [{"slug": "one", "name": "One", "synthetic": True}],
        "arm": arm,
        "instruments": {key: about | {"order": place} for place, (key, about) in enumerate(instruments.items())},
        "timepoints": [timepoint(code, order) for code, order in columns.timepoints.items()],
        "covariates": {name: covariate(name, each) for name, each in columns.covariates.items()},
        "survival": {
            name: {
                "units": list(columns.units.get(name, ())),
                "decimals": time.decimals,
                "label": name,
                "where": "study",
            }
            for name, (time, _) in columns.survival.items()
        },
        "flow": {"enrolled": columns.rows, "left_out": [], "patients": columns.rows, "procedures": columns.rows},
        "missing": missing,
        "tables": {},
    }


def timepoint(code, order) -> dict:
    kind = "baseline" if order == 0 else "follow_up"
    return {"code": code, "label": code, "order": order, "kind": kind, "target_day": None, "window": None}


def covariate(name, each) -> dict:
    number = isinstance(each, Column)
    about = {"label": name, "unit": "", "labels": {}, "where": "study", "group": "Study"}
    return about | {
        "kind": "number" if number else "category",
        "decimals": each.decimals if number else 0,
        "levels": list(each.as_category().levels),
    }


def instrument(**fields) -> dict:
    return {
        "version": "1", "name": "Pain", "unit": "points", "minimum": "0", "maximum": "10", "step": "1",
        "direction": "lower_better", "mcid": "2", "decimals": 0, "status": "active", "levels": None, "part_of": None,
    } | fields  # fmt: skip


def spec_of(frozen, entries, **more):
    """The spec of these entries over a freeze."""
    plan = {"name": "one", "preset": "modern", "analyses": entries}
    return read_spec(spec_from(plan, frozen, name="one", **more))


def sent(spec, frozen, *, site="north", **more):
    """A site's trusted bundle: its bytes, read."""
    return read_bundle(jcs(bundle_document(spec, frozen, site=site, **more)))


def bundle_document(spec, frozen, *, site="north", key=KEY, release=RELEASE, level="trusted", **more):
    return make_bundle(
        spec, frozen, level=level, site=site, release=release, key=key, overlap="none_known", created=NOW, **more
    )
