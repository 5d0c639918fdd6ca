"""Complications and secondary procedures. That none is recorded is "no" only where they were looked for."""

from outcomes.variables.chart import Chart, Row
from outcomes.variables.variable import coded, grouped, number, yes_no
from registry.chart import FORMS
from registry.derived.of_chart import counts_for_cox, days_from_index, is_significant
from registry.models.event import CLAVIEN_DINDO

COMPLICATION, SECONDARY = "complication", "secondary_procedure"
# variable -> label and the codes of complications that it counts
KINDS = {
    "vte": ("Venous thromboembolism", ("vte_dvt", "vte_pe")),
    "pdn_failure": ("Implant failure (photodynamic nail)", ("implant_failure_pdn",)),
    "screw_failure": ("Screw backed out or loose", ("screw_backout_loosening",)),
    "reoperation": ("Reoperation", ("reoperation",)),
    "readmission": ("Readmission", ("readmission",)),
    "infection": ("Infection", ("infection_superficial", "infection_deep")),
    "new_neurological_event": ("New neurological event", ("neuro_deficit_new", "cauda_equina", "radiculopathy")),
    "new_fracture": ("New fracture", ("new_fracture",)),
}

VARIABLES = (
    *grouped(
        FORMS[COMPLICATION].title,
        yes_no("complication", "Any complication"),
        number("complications", "Complications"),
        coded("clavien_dindo", "Highest Clavien-Dindo grade recorded", CLAVIEN_DINDO),
        yes_no("complication_significant", "Significant complication (Gupta)"),
        *(yes_no(name, label) for name, (label, _) in KINDS.items()),
    ),
    *grouped(
        FORMS[SECONDARY].title,
        yes_no("secondary_procedure", "Secondary procedure"),
        yes_no("secondary_procedure_for_pain", "Secondary procedure for unresolved pain (Cox)"),
        number("secondary_procedure_day", "Day of the first secondary procedure", "days"),
    ),
)


def of(chart: Chart) -> dict:
    rows, happened = chart.all(COMPLICATION), chart.happened(COMPLICATION)
    kinds = {name: chart.happened(COMPLICATION, one_of(codes)) for name, (_, codes) in KINDS.items()}
    return kinds | {
        "complication": happened,
        "complications": None if happened is None else len(rows),
        "clavien_dindo": worst(row.clavien_dindo for row in rows),
        "complication_significant": chart.happened(COMPLICATION, is_significant),
        "secondary_procedure": chart.happened(SECONDARY),
        "secondary_procedure_for_pain": chart.happened(SECONDARY, counts_for_cox),
        "secondary_procedure_day": first_day(chart, chart.all(SECONDARY)),
    }


def one_of(codes: tuple[str, ...]):
    """Whether a complication is one of these; not known of one whose kind is not."""
    return lambda row: row.complication in codes if row.complication else None


def worst(grades) -> str | None:
    order = [code for code, _ in CLAVIEN_DINDO]
    places = [order.index(grade) for grade in grades if grade]
    return order[max(places)] if places else None


def first_day(chart: Chart, rows: list[Row]) -> int | None:
    """Days to the first; None where the day of one is not known: it may have been the first."""
    days = [days_from_index(row, chart.procedure) for row in rows]
    return None if not days or any(day is None or day < 0 for day in days) else min(days)
