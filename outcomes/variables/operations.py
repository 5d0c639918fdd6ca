"""How the operation was done: complexity, guidance, nails, screws, cement and ablation; and the risk before it."""

from outcomes.variables.chart import Chart, agreed, answered
from outcomes.variables.variable import coded, grouped, number, yes_no
from registry.chart import FORMS
from registry.derived.certainty import any_of
from registry.derived.katagiri import katagiri_band
from registry.derived.of_chart import bmi_of
from registry.models.implant import AblationSession, CementInjection
from registry.models.operation import Operation

IMPLANT, CEMENT, ABLATION = "implant", "cement", "ablation"
DECIDED = ("simple", "complex")
MORE = "More than one"
SIDES = [("unilateral", "One side"), ("bilateral", "Both sides")]

VARIABLES = (
    *grouped(
        FORMS["comorbidity"].title,
        number("aacci", "Age-adjusted Charlson index"),
        number("bmi", "Body mass index", "kg/m²"),
    ),
    *grouped(FORMS["katagiri"].title, coded("katagiri_band", "Katagiri score, band",
                                            [(band, band) for band in ("0-3", "4-6", "7-10")])),
    *grouped(
        FORMS["operation"].title,
        coded("complexity", "Complexity", Operation.Complexity.choices[:2]),
        coded("guidance", "Guidance", Operation.Guidance.choices, several=MORE),
    ),
    *grouped(
        FORMS[IMPLANT].title,
        number("pdn_count", "Photodynamic nails in the sacrum"),
        number("screws", "Screws"),
    ),
    *grouped(
        FORMS[CEMENT].title,
        coded("approach", "Approach", CementInjection.Approach.choices, several=MORE),
        yes_no("balloon_assisted", "Balloon assisted"),
        number("cement_ml", "Cement", "ml"),
        coded("sides_treated", "Sides treated", SIDES),
        yes_no("cement_leakage", "Cement leakage"),
        yes_no("cement_leakage_symptomatic", "Symptomatic cement leakage"),
    ),
    *grouped(
        FORMS[ABLATION].title,
        yes_no("ablation", "Ablation"),
        coded("ablation_modality", "Ablation, by modality",
              [("none", "None"), *AblationSession.Modality.choices], several=MORE),
    ),
)  # fmt: skip


def of(chart: Chart) -> dict:
    operation = chart.one("operation")
    return risk(chart) | implants(chart, operation) | cement(chart) | ablation(chart, operation) | {
        "complexity": complexity(operation),
        "guidance": guidance(operation),
    }  # fmt: skip


def risk(chart: Chart) -> dict:
    """The index of its conditions, else as the chart reports it; and what follows from height and weight."""
    row, katagiri = chart.one("comorbidity"), chart.one("katagiri")
    return {
        "aacci": (row.aacci if row.aacci is not None else row.aacci_reported) if row else None,
        "bmi": bmi_of(row) if row else None,
        "katagiri_band": katagiri_band(katagiri.total) if katagiri else None,
    }


def complexity(operation) -> str | None:
    """By the rule; where the rule leaves it open, as the chart reports it."""
    if operation is None:
        return None
    told = (operation.complexity, operation.complexity_reported)
    return next((code for code in told if code in DECIDED), None)


def guidance(operation) -> str | None:
    """The one kind of guidance, or that there were several."""
    kinds = (operation.guidance if operation else None) or []
    return kinds[0] if len(kinds) == 1 else ("several" if kinds else None)


def implants(chart: Chart, operation) -> dict:
    """Sacral nails as the operation counts them, else as the list does; screws as listed."""
    rows = chart.all(IMPLANT)
    nails = [row for row in rows if row.type == "pdn" and row.level.startswith("s")]
    listed = None if not rows or any(not row.type or not row.level for row in rows) else len(nails)
    counted = operation.pdn_sacral_count if operation else None
    screws = sum(row.type == "screw" for row in rows) if all(row.type for row in rows) else None
    none_at_all = 0 if IMPLANT in chart.nothing else None
    return {
        "pdn_count": counted if counted is not None else listed if rows else none_at_all,
        "screws": screws if rows else none_at_all,
    }


def cement(chart: Chart) -> dict:
    """All injections together; nothing of a procedure without one."""
    rows = chart.all(CEMENT)
    if not rows:
        return {}
    volumes = [row.volume_ml for row in rows]
    spilled = [row for row in chart.all("complication") if row.complication == "cement_extravasation"]
    return {
        "approach": agreed(row.approach for row in rows),
        "balloon_assisted": any_of(answered(row.balloon_assisted) for row in rows),
        "cement_ml": None if None in volumes else sum(volumes),
        "sides_treated": sides(rows),
        "cement_leakage": any_of([*(answered(row.leak) for row in rows), *(True for _ in spilled)]),
        "cement_leakage_symptomatic": any_of(
            False if row.leak is False else answered(row.leak_symptomatic) for row in rows
        ),
    }


def sides(rows) -> str | None:
    """Both sides or one of those that were injected; None where a side is not known, unless both are there anyway."""
    found = {row.side for row in rows}
    if "bilateral" in found or {"left", "right"} <= found:
        return "bilateral"
    return "unilateral" if found in ({"left"}, {"right"}) else None


def ablation(chart: Chart, operation) -> dict:
    """Whether there was one: the list, else the operation's own answer; and its modality."""
    listed = chart.any(ABLATION)
    done = listed if listed is not None else answered(operation.ablation_done) if operation else None
    kinds = agreed(row.modality for row in chart.all(ABLATION))
    return {"ablation": done, "ablation_modality": "none" if done is False else kinds}
