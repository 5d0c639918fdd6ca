"""Radiation, systemic therapy and drugs for bone, and on which side of the procedure they were."""

from outcomes.variables.chart import Chart
from outcomes.variables.variable import grouped, yes_no
from registry.chart import FORMS
from registry.derived.bone_drugs import bone_drug_class
from registry.derived.certainty import any_of
from registry.derived.of_chart import bone_drug_timing_of, prior_local_rt_of, timing_of_row

# form -> the stem of its variables; a course counts as before, after, or both.
COURSES = {"radiation": "radiation", "systemic": "systemic"}
BONE_DRUG = "bone_drug"
CLASSES = {"antiresorptive": "antiresorptive", "anabolic": "anabolic", "dual": "romosozumab"}

VARIABLES = (
    *grouped(
        FORMS["radiation"].title,
        yes_no("radiation_therapy", "Radiation"),
        yes_no("radiation_neoadjuvant", "Radiation before the procedure, of those irradiated"),
        yes_no("radiation_adjuvant", "Radiation after the procedure, of those irradiated"),
        yes_no("prior_radiation", "Sacrum irradiated before the procedure"),
    ),
    *grouped(
        FORMS["systemic"].title,
        yes_no("systemic_therapy", "Systemic therapy"),
        yes_no("systemic_neoadjuvant", "Systemic therapy before the procedure, of those treated"),
        yes_no("systemic_adjuvant", "Systemic therapy after the procedure, of those treated"),
    ),
    *grouped(
        FORMS[BONE_DRUG].title,
        yes_no("bone_drug", "Bone drug"),
        yes_no("bone_drug_before", "Bone drug before or at the procedure, of those treated"),
        *(yes_no(f"bone_drug_{code}", f"Bone drug: {words}") for code, words in CLASSES.items()),
    ),
)


def of(chart: Chart) -> dict:
    found = {}
    for form, stem in COURSES.items():
        timings = [timing_of_row(row, chart.procedure) for row in chart.all(form)]
        found[f"{stem}_therapy"] = chart.any(form)
        found[f"{stem}_neoadjuvant"] = any_of(each.neoadjuvant for each in timings) if timings else None
        found[f"{stem}_adjuvant"] = any_of(each.adjuvant for each in timings) if timings else None
    courses = chart.all("radiation")
    found["prior_radiation"] = prior_local_rt_of(courses, chart.procedure) if courses else chart.any("radiation")
    return found | bone_drugs(chart)


def bone_drugs(chart: Chart) -> dict:
    rows = chart.all(BONE_DRUG)
    times = [bone_drug_timing_of(row, chart.procedure) for row in rows]
    before = any_of(None if time is None else time != "post" for time in times) if times else None
    classes = {
        f"bone_drug_{code}": chart.any(
            BONE_DRUG, lambda row, code=code: bone_drug_class(row.drug) == code if row.drug else None
        )
        for code in CLASSES
    }
    return {"bone_drug": chart.any(BONE_DRUG), "bone_drug_before": before} | classes
