"""Who the patients were and what was done to them: the questions that a report without a plan asks of covariates."""

import re
from collections.abc import Iterator, Mapping

# What happens in and after the operation stands apart from what a patient brings to it: Table 2, not Table 1.
SURGICAL = {
    "approach", "blood_loss_ml", "hardware", "icu_admission", "imaging", "infection", "navigation", "patient_position",
    "procedure_kind", "readmission", "readmitted", "sedation", "sides_treated", "stay_days", "surgeon_specialty", "vte",
}  # fmt: skip
SURGICAL_STARTS = (
    "ablation", "additional_hardware", "anaesthesia", "anesthesia", "balloon", "cement", "clavien", "compl_",
    "complication", "device_", "further_", "guidance", "implant", "mme_", "new_", "operative_", "opioid_", "pdn_",
    "post_", "reoperation", "screw", "secondary_",
)  # fmt: skip
# What tells of the record and not of the patient.
OF_THE_RECORD = {"death_date_unknown", "history_reviewed", "lost_reason", "time_definition", "vitamin_d_unit"}
# A text with more levels than these is a name or a number of somebody, not a characteristic.
MOST_LEVELS = 20
FEW_LEVELS = 5  # a count of things with no more values is shown value by value
NAMES_SOMEBODY = re.compile(r"(^|_)(id|mrn|dob|birth|born|year)($|_)")
IS_TYPED = re.compile(r"\d{4}|.{41,}")
# What a paper tells of its patients first.
FIRST = ("age", "sex", "female", "bmi", "asa", "aacci", "primary_cancer", "etiology", "indication", "fracture_status")


def is_surgical(name: str) -> bool:
    """Whether a covariate is of the operation or what came after it, not of the patient before."""
    return name in SURGICAL or name.startswith(SURGICAL_STARTS)


def characteristics(manifest: Mapping) -> Iterator[dict]:
    """Each covariate described, by arm where there is one; two arms are compared in what was done and what came of it.

    Baseline characteristics are not tested: a test of what was there before treatment answers no question.
    """
    arm = manifest.get("arm")
    by = {"by": arm} if arm else {}
    for name, about in sorted(manifest["covariates"].items(), key=lambda item: rank(item[0])):
        kind = described_as(name, about)
        if kind and name != arm:
            yield {"id": f"{name}_described", "type": kind, "var": name, **by}
    if arm:
        yield from compared(manifest, arm)


def rank(name: str) -> tuple[int, str]:
    """What a paper tells first, then the others by name."""
    return (FIRST.index(name) if name in FIRST else len(FIRST), name)


def described_as(name: str, about: Mapping) -> str | None:
    """The analysis that describes a covariate; None for one that tells apart and describes nobody."""
    levels = about.get("levels")
    if NAMES_SOMEBODY.search(name) or name in OF_THE_RECORD or tells_apart(about):
        return None
    if about.get("kind") == "number":
        is_few = levels and (set(levels) <= {"0", "1"} or (name.endswith("count") and len(levels) <= FEW_LEVELS))
        return "share_patient_var" if is_few else "describe_patient_var"
    return "share_patient_var" if levels and len(levels) <= MOST_LEVELS else None


def tells_apart(about: Mapping) -> bool:
    """Whether somebody typed what may name one patient: a date, a number of a record, a sentence."""
    typed = about.get("where") == "study" and about.get("kind") != "number"
    return typed and any(IS_TYPED.search(level) for level in about.get("levels") or ())


def compared(manifest: Mapping, arm: str) -> Iterator[dict]:
    if len(manifest["covariates"].get(arm, {}).get("levels") or ()) != 2:
        return
    for name, about in manifest["covariates"].items():
        kind = described_as(name, about) if name != arm and is_surgical(name) else None
        if kind == "describe_patient_var":
            yield {"id": f"{name}_compared", "type": "mannwhitney_patient_var", "var": name, "by": arm}
        if kind == "share_patient_var" and len(about.get("levels") or ()) > 1:
            yield {"id": f"{name}_compared", "type": "crosstab_patient", "row": name, "col": arm}
