"""One figure of each kind, from the small cohort of the other tests of reports."""

from outcomes.stats.meta import SiteEffect, two_stage
from reports import change_figures, item_figures, survival_figures
from reports.figures import over_time
from reports.forest import forest
from reports.layout import Figure
from reports.manifest import Manifest
from tests.reports import examples

LONG = "sacroplasty with percutaneous screws and ablation of the lesion before it"
TIMES = {"w2": "Two to six weeks after the procedure", "m12": "Twelvemonthsvisit", "final": "Final encounter"}


def manifest(**changed) -> Manifest:
    return Manifest(examples.manifest(survival={"survival": {"units": ["months"]}}, **changed))


def crowded() -> Manifest:
    """The same cohort with more timepoints, of long names."""
    extra = [{"code": code, "label": label, "order": 10 + place} for place, (code, label) in enumerate(TIMES.items())]
    return manifest(timepoints=[*examples.manifest()["timepoints"], *extra])


def long_arms() -> dict:
    """A description by two arms of long names, at five timepoints, some of them without anybody."""
    cells = {LONG: examples.cell({7: 3, 2: 1}, 2), "simple": examples.cell({6: 120, 3: 41}, 130)}
    empty = {LONG: examples.cell({}, 6), "simple": examples.cell({5: 1})}
    payload = dict.fromkeys(("preop", "w6", "m12", "final"), cells) | {"w2": empty}
    about = {"timepoints": [*payload], "groups": [LONG, "simple"], "left_out": {}}
    return examples.result("long", "describe_by_timepoint", payload | about, instrument="pain", by="group")


def survived(levels: dict[str, list[tuple[float, int, float]]], **beside) -> dict:
    """A km result: {level: [(time, at risk, S)]}."""
    cells = {
        level: {
            "n": points[0][1], "events": 1, "median": None, "survival_at": {},
            "curve": [
                {"time": time, "n_risk": n, "S": S, "lcl_log": S and S - 0.1, "ucl_log": S and min(1.0, S + 0.1)}
                for time, n, S in points
            ],
        }
        for level, points in levels.items()
    }  # fmt: skip
    whole = cells[""] if "" in cells else cells | {"groups": [*cells]}
    by = {} if "" in cells else {"by": "group"}
    return examples.result("km", "km", whole | {"left_out": {}, "unit": "months"} | beside, times="survival", **by)


def incidence() -> dict:
    payload = {
        "n": 7, "events": 2, "competing": 1, "left_out": {},
        "incidence_at": {"6": {"n_risk": 5, "F": 0.2, "se": 0.1, "low": 0.1, "high": 0.4}},
        "curve": [{"time": 5.0, "n_risk": 6, "F": 0.2}, {"time": 9.0, "n_risk": 2, "F": 0.3}],
    }  # fmt: skip
    return examples.result("ci", "cumulative_incidence", payload, survival="repair", competing="death", times=[6])


ARMS = {"complex": [(3.0, 7, 6 / 7), (5.0, 6, 6 / 7), (9.0, 4, 9 / 14)], "simple": [(6.0, 6, 5 / 6)]}


def two_stages(many: int, *beside: SiteEffect, **about) -> dict:
    """An effect of so many sites, as it stands beside a pooled number: estimates that go up and down."""
    by = 0.3 if about.get("name") == "risk_difference" else 1.0  # which cannot lie beyond 1
    sites = [
        SiteEffect(f"site {place}" if place else "hospital of a long name", by * (-0.8 + (place * 7 % 11 - 5) / 8),
                   by * by * (1 + place * 5 % 9) / 20, 10 + place * 13 % 90)
        for place in range(many)
    ]  # fmt: skip
    known = {"name": "mean_difference", "part": "", "scale": "identity", "null": 0.0, "of": "a minus b"}
    known |= {"stands_beside": "nothing", "compared": ["complex", "simple"]}
    return known | about | two_stage([*sites, *beside]).payload()


def forest_of(many: int, *beside: SiteEffect, **about) -> Figure:
    result = examples.result("pain-6w", "mannwhitney", {}, instrument="pain", timepoint="w6", by="group")
    return forest("forest", result, two_stages(many, *beside, **about), manifest())


def every() -> dict[str, Figure]:
    """A figure of each kind, by name."""
    small, large = manifest(), crowded()
    changes = [examples.changed(), examples.changed(differences={-3: 2, -1: 3, 2: 1})]
    items = [examples.described("pain"), examples.described("opioid", {0: 3, 1: 3}, {0: 4})]
    same_range = manifest(instruments={"pain": examples.PAIN, "opioid": examples.PAIN | {"name": "Pain at night"}})
    return {
        "boxes": over_time("boxes", examples.described(), small, "modern"),
        "medians by arm": over_time("arms", examples.described_by_arm(), small, "modern"),
        "medians by long arms": over_time("long", long_arms(), large, "modern"),
        "shares": over_time("shares", examples.described("opioid", {0: 95, 1: 22}, {0: 1}), small, "modern"),
        "levels": over_time("levels", examples.described("ecog", {0: 1, 1: 3}, {0: 4}), small, "modern"),
        "levels by arm": over_time("levels", examples.described_by_arm("ecog"), small, "modern"),
        "each change": change_figures.changes("each", changes, small)[0],
        "changes": change_figures.changes("changes", changes, small)[1],
        "directions": change_figures.changes("directions", [examples.changed("ecog")], small)[0],
        "items": item_figures.items("items", items, same_range, "modern"),
        "survival": survival_figures.curve("km", survived({"": ARMS["complex"]}), small),
        "survival by arm": survival_figures.curve("km", survived(ARMS), small),
        "incidence": survival_figures.curve("ci", incidence(), small),
        "forest": forest_of(3, SiteEffect("far", 4.0, 9.0, 3)),
        "forest of ratios": forest_of(12, name="odds_ratio", scale="log"),
        "forest of many": forest_of(30, name="share", scale="logit", null=None, compared=[]),
    }
