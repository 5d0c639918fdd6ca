"""A small cohort's manifest and results, for the tests of what is shown."""

from collections.abc import Mapping

from outcomes.stats.describe import describe
from outcomes.stats.paired import signed_rank
from outcomes.stats.proportions import chi_squared
from outcomes.stats.ranks import dunn, kruskal_wallis, mann_whitney

PAIN = {
    "version": "1",
    "name": "Pain",
    "unit": "points",
    "minimum": "0",
    "maximum": "10",
    "step": "1",
    "direction": "lower_better",
    "mcid": "2",
    "decimals": 0,
    "status": "active",
    "levels": None,
    "part_of": None,
}
INSTRUMENTS = {
    "pain": PAIN,
    "ecog": PAIN | {"name": "ECOG", "maximum": "5", "levels": {"0": "fully active"}},
    "msts": PAIN | {"name": "MSTS", "maximum": "30", "direction": "higher_better"},
    "opioid": PAIN | {"name": "Opioid use", "maximum": "1", "unit": ""},
    "site_own": PAIN | {"name": "site's own score", "direction": "unspecified", "status": "draft", "step": None},
}
BEFORE, AFTER = {7: 3, 8: 2, 5: 1}, {2: 3, 4: 2}


def manifest(**changed) -> dict:
    """A freeze's manifest: 6 procedures, two timepoints, an arm called group."""
    return {
        "cohort": {"slug": "nails", "name": "Nails of the sacrum", "version": 1, "rule": {}},
        "unit": "procedure",
        "sites": ["north"],
        "studies": [{"slug": "nails", "name": "Nails", "synthetic": True}],
        "arm": "group",
        "instruments": INSTRUMENTS,
        "timepoints": [
            {"code": "w6", "label": "6 weeks", "order": 1, "kind": "follow_up", "target_day": 42},
            {"code": "preop", "label": "Preoperative", "order": 0, "kind": "baseline", "target_day": 0},
        ],
        "covariates": {"group": {"kind": "category", "decimals": 0, "levels": ["complex", "simple"]}},
        "flow": {"enrolled": 7, "left_out": [{"reason": "withdrawn", "n": 1}], "patients": 6, "procedures": 6},
        "missing": {"pain": {"w6": {"lost": 1}, "preop": {}}, "ecog": {"w6": {"no_record": 6}}},
        "tables": {},
    } | changed


def cell(counts: Mapping[int, int], missing: int = 0) -> dict:
    """One description, as the analysis writes it, with the counts of its levels."""
    levels = {str(value): n for value, n in counts.items()}
    return describe(counts, missing=missing, decimals=0).payload() | {"counts": levels}


def result(analysis_id: str, kind: str, payload: Mapping, preset: str = "modern", **entry) -> dict:
    """A result as a view hands it over."""
    return {
        "id": analysis_id,
        "analysis_id": analysis_id,
        "type": kind,
        "entry": {"id": analysis_id, "type": kind, **entry},
        "payload": payload,
        "envelope": {
            "freeze": "ab" * 32,
            "preset": preset,
            "program_version": "0.1.0",
            "plan": "nails_overview",
            "computed_at": "2026-03-04T05:06:07+00:00",
        },
        "page_url": f"/results/{analysis_id}/",
        "api_url": f"/api/v1/results/{analysis_id}/",
    }


def described(instrument: str = "pain", before=BEFORE, after=AFTER, **entry) -> dict:
    payload = {"preop": cell(before), "w6": cell(after, 1), "timepoints": ["preop", "w6"], "left_out": {}}
    return result(f"{instrument}_over_time", "describe_by_timepoint", payload, instrument=instrument, **entry)


def described_by_arm(instrument: str = "pain") -> dict:
    arms = {"complex": BEFORE, "simple": AFTER}
    cells = {arm: cell(counts) for arm, counts in arms.items()}
    payload = {"preop": cells, "w6": cells, "timepoints": ["preop", "w6"], "groups": [*arms], "left_out": {}}
    entry = {"instrument": instrument, "by": "group"}
    return result(f"{instrument}_by_group", "describe_by_timepoint", payload, **entry)


def changed(instrument: str = "pain", differences=None, preset: str = "modern") -> dict:
    counts = {-5: 3, -3: 1, 0: 1} if differences is None else differences
    payload = {"n_pairs": sum(counts.values()), "left_out": {"no_value_at_w6": 1}}
    payload["changes"] = {str(change): many for change, many in counts.items()}
    payload |= signed_rank(counts, decimals=0).payload()
    entry = {"instrument": instrument, "pre": "preop", "post": "w6"}
    return result(f"{instrument}_change", "wilcoxon_paired", payload, preset, **entry)


def compared_visits(preset: str = "modern") -> dict:
    groups = {"preop": BEFORE, "w6": AFTER}
    payload = {"n": {code: sum(counts.values()) for code, counts in groups.items()}, "timepoints": [*groups]}
    payload |= {"dunn": [pair.payload() for pair in dunn(groups)], "left_out": {}}
    payload |= kruskal_wallis(groups).payload()
    return result("pain_visits", "kruskal_dunn", payload, preset, instrument="pain")


def compared_arms(timepoint: str = "w6") -> dict:
    payload = {"groups": ["complex", "simple"], "n": {"complex": 6, "simple": 5}, "left_out": {}}
    payload |= mann_whitney(BEFORE, AFTER, decimals=0).payload()
    return result(f"pain_{timepoint}", "mannwhitney", payload, instrument="pain", timepoint=timepoint, by="group")


def counted(table: dict, kind: str = "crosstab", **entry) -> dict:
    payload = {"table": table, "n": sum(sum(cells.values()) for cells in table.values()), "left_out": {}}
    return result("counted", kind, payload | chi_squared(table).payload(), **entry)


def everything() -> list[dict]:
    """One result of each kind."""
    yes = {"complex": {"0": 3, "1": 3}, "simple": {"0": 4, "1": 1}}
    asa = {"2": {"complex": 4, "simple": 1}, "3": {"complex": 2, "simple": 4}}
    return [
        described(),
        compared_visits(),
        changed(),
        described_by_arm(),
        compared_arms(),
        counted(yes, row="group", col={"instrument": "pain", "timepoint": "w6", "gt": 3}),
        counted(asa, "crosstab_patient", row="asa", col="group"),
        described("site_own"),
    ]
