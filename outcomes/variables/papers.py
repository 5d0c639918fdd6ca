"""How each paper groups what the chart codes more finely: the preset of a cohort decides which grouping is frozen."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from outcomes.variables.chart import Chart
from outcomes.variables.variable import Variable, coded, grouped, number, yes_no
from registry.models import Procedure
from registry.models.malignancy import PrimaryCancer

# The shipped plans, whose cohorts are grouped as their papers do where the cohort's rule names no preset.
OF_PLANS = {"clunk2025": "clunk", "cox2025": "cox", "gupta2014": "gupta"}
WORDS = dict(PrimaryCancer.choices)
LUNG = ("lung_nsclc", "lung_sclc", "lung_nos")
CLUNK_CANCERS = ("multiple_myeloma", "breast", "renal_cell", "thyroid", "prostate")
COX_CANCERS = ("multiple_myeloma", "hepatocellular", "renal_cell")
GUPTA_CANCERS = {"lung_sclc": "small_cell_lung", "lymphoma": "haematologic_other",
                 "leukaemia_other_haem": "haematologic_other"}  # fmt: skip
MODALITIES = {"none": "none", "rfa": "radiofrequency", "cryo": "cryoablation", "microwave": "microwave"}
TREATMENTS = dict(Procedure.Kind.choices[:-1]) | {"screws_and_cement": "Screws and cement"}


@dataclass(frozen=True)
class Paper:
    """What is grouped or named in another way: the variables, and their values from those of the chart."""

    variables: tuple[Variable, ...]
    of: Callable[[Chart, dict], dict]
    follow_up: str  # the unit in which the paper tells it
    for_pain: bool = False  # whether a secondary procedure is one for unresolved pain


def clunk(chart: Chart, values: dict) -> dict:
    cancer = values.get("primary_cancer")
    grouped = "lung" if cancer in LUNG else cancer if cancer in (None, *CLUNK_CANCERS) else "other"
    return {"primary_cancer": grouped}


def cox(chart: Chart, values: dict) -> dict:
    cancer, kind, modality = values.get("primary_cancer"), chart.procedure.kind, values.get("ablation_modality")
    return {
        "primary_cancer": cancer if cancer in (None, *COX_CANCERS) else "other",
        "treatment": {"sacroplasty_with_screws": "screws_and_cement", "unspecified": None}.get(kind, kind),
        "ablation": None if modality is None else MODALITIES.get(modality, "other"),
        "secondary_procedure": values.get("secondary_procedure_for_pain"),
    }


def gupta(chart: Chart, values: dict) -> dict:
    cancer, cause, sedation = values.get("primary_cancer"), values.get("fracture_etiology"), values.get("sedation")
    return {
        "primary_cancer": GUPTA_CANCERS.get(cancer, cancer),
        "etiology": cause if cause in (None, "several", "cancer") else "non_cancer",
        "sedation": "general_anaesthesia" if sedation == "general" else sedation,
        "follow_up_days": short_term_day(chart),
    }


def short_term_day(chart: Chart) -> int | None:
    """The day of the short-term visit, which is the follow-up that the paper tells."""
    days = [visit.day for visit in chart.visits if visit.timepoint__code == "st" and visit.day is not None]
    return min(days, default=None)


def cancers(*kept: str, **more: str) -> Variable:
    """The primary cancer with a paper's levels alone."""
    named = [(code, WORDS[code]) for code in kept]
    return replace(coded("primary_cancer", "Primary cancer", [*named, *more.items()]), group="Malignancy")


SEVERAL_CANCERS, SEVERAL_CAUSES = "More than one", "Differs between fractures"
GUPTA_WORDS = WORDS | {"small_cell_lung": "Small cell lung", "haematologic_other": "Haematologic, other"}
SEDATION = {"conscious_sedation": "Conscious sedation", "general_anaesthesia": "General", "regional": "Regional",
            "local_only": "Local only"}  # fmt: skip
ABLATIONS = [(code, code.capitalize()) for code in (*MODALITIES.values(), "other")]

PAPERS = {
    "clunk": Paper((cancers(*CLUNK_CANCERS, lung="Lung", other="Other"),), clunk, "follow_up_years"),
    "cox": Paper(
        (
            cancers(*COX_CANCERS, other="Other"),
            *grouped("Procedure", coded("treatment", "Treatment", TREATMENTS.items())),
            *grouped("Ablation", coded("ablation", "Ablation, by modality", ABLATIONS)),
            *grouped("Secondary procedure", yes_no("secondary_procedure", "Secondary procedure for unresolved pain")),
        ),
        cox,
        "follow_up_months",
        for_pain=True,
    ),
    "gupta": Paper(
        (
            *grouped(
                "Malignancy", coded("primary_cancer", "Primary cancer", GUPTA_WORDS.items(), several=SEVERAL_CANCERS)
            ),
            *grouped(
                "Fracture or lesion",
                coded(
                    "etiology", "Cause", [("cancer", "Cancer"), ("non_cancer", "Not cancer")], several=SEVERAL_CAUSES
                ),
            ),
            *grouped("Operation", coded("sedation", "Anaesthesia", SEDATION.items())),
            *grouped("Vital status", number("follow_up_days", "Time to the short-term visit", "days")),
        ),
        gupta,
        "follow_up_days",
    ),
}
