"""Fourteen invented patients with photodynamic nails, in the shape of Clunk 2025.

Pain and CPAF rows were found by search so that the printed medians and rank tests come out; which score belongs to
which age or tumour is invented. CPAF at one year, simple against complex, gives p = .37 for the printed .38, which no
split of seven patients gives. Each column below has one entry per row, rows in order of follow-up.
"""

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal

from registry.demonstration.rows import (
    SYNTHETIC,
    DemoCovariate,
    DemoEvent,
    DemoPatient,
    DemoProcedure,
    DemoStudy,
    DemoTime,
    DemoVisit,
    days_after,
    death,
    missed,
)
from registry.demonstration.witness import clunk_rows

SEED = 2025
TIMEPOINTS = ("preop", "w6", "m3", "m6", "y1", "y2")
WINDOWS = {"w6": (21, 66), "m3": (67, 136), "m6": (137, 273), "y1": (274, 547), "y2": (548, 912)}
TARGETS = {"w6": 42, "m3": 91, "m6": 182, "y1": 365, "y2": 730}

ARM = "SCCSCSSCSCCSCS"  # simple, complex
SEX = "MMFFFMFMMMFFMF"
AGE = (74, 73, 61, 71, 57, 69, 66, 72, 75, 67, 58, 71, 62, 76)
AACCI = (12, 11, 9, 5, 9, 10, 8, 9, 12, 11, 9, 10, 4, 13)
FOLLOW_UP_DAYS = (130, 214, 270, 438, 452, 470, 487, 536, 655, 790, 1023, 1100, 1190, 1350)
DIED = (0, 2, 5, 9)  # on the last day of their follow-up
# One row a patient, one column a timepoint; a dot where there was no visit.
PAIN = (
    "6 4 3 . . .", "6 5 4 2 . .", "8 6 . 6 . .", "10 8 8 . 5 .", "6 5 2 2 . .", "9 6 4 5 5 .", "6 . 5 . 6 .",
    "7 8 5 . . .", "7 6 7 8 5 4", "7 5 . 5 4 1", "9 . 9 . 9 8", "7 4 . 3 . 0", "6 7 8 7 5 5", "8 6 . . . .",
)  # fmt: skip
CPAF = (
    "4 6 7 . . .", "8 7 9 8 . .", "7 7 . 7 . .", "6 6 8 . 9 .", "7 6 7 6 . .", "7 7 6 6 7 .", "6 . 7 . 8 .",
    "5 7 6 . . .", "6 7 8 7 6 7", "3 4 . 4 5 7", "4 . 3 . 3 5", "3 5 . 7 . 6", "5 6 8 7 9 9", "6 7 . . . .",
)  # fmt: skip
# Per timepoint, ECOG grades from the best CPAF to the worst, and how many of those in most pain took an opioid.
ECOG = {
    "preop": "0011111222233", "w6": "001111222233", "m3": "0000111222",
    "m6": "00000112", "y1": "0001122", "y2": "00011",
}  # fmt: skip
OPIOIDS = {"preop": 12, "w6": 11, "m3": 9, "m6": 5, "y1": 4, "y2": 3}
NO_ECOG_AT_PREOP = 7
CLOT = 8  # the row with the deep vein thrombosis
OUT_OF_WINDOW = {
    (3, "w6"): (72, "First visit put off until radiation was complete"),
    (9, "m6"): (281, "Seen late, between two cycles of systemic therapy"),
}
MONTH_ONLY = {(6, "y1"), (8, "m6"), (11, "y2")}

CANCERS = {
    "b": "breast", "m": "multiple_myeloma", "l": "lung", "r": "renal_cell",
    "t": "thyroid", "p": "prostate", "o": "other",
}  # fmt: skip
GROWTH = {"s": "slow", "m": "moderate", "r": "rapid"}
INDICATIONS = {"i": "impending_pathologic_fracture", "r": "insufficiency_fracture_radiation_osteitis"}
YES_NO = {"y": "yes", "n": "no", "?": None}
# name, label, one letter per row, what the letters mean
CATEGORIES = (
    ("complexity", "Complexity of the procedure", ARM, {"S": "simple", "C": "complex"}),
    ("primary_cancer", "Primary cancer", "oplmbotrpotbmo", CANCERS),
    ("katagiri_growth", "Katagiri growth group", "rmrssrsmmrsmsm", GROWTH),
    ("indication", "Indication", "iriiiiiiriiiir", INDICATIONS),
    ("additional_metastases", "Additional sites of metastases", "ynynyyyynyyynn", YES_NO),
    ("metastases_lung", "Lung metastases", "ynnnnyyynnynnn", YES_NO),
    ("metastases_lymph_nodes", "Lymph node metastases", "nnynyynnnnnynn", YES_NO),
    ("metastases_liver", "Liver metastases", "nnnnynnnnynnnn", YES_NO),
    ("metastases_other", "Other metastases", "ynnnnnnnnnnnnn", YES_NO),
    ("systemic_therapy", "Systemic therapy", "ynyyyyyyyyyyyn", YES_NO),
    ("systemic_neoadjuvant", "Neoadjuvant systemic therapy", "y?ynyyyy?ynyy?", YES_NO),
    ("systemic_adjuvant", "Adjuvant systemic therapy", "n?yyyyyyyyyyy?", YES_NO),
    ("radiation_therapy", "Radiation therapy", "nyyyynnnyynnyy", YES_NO),
    ("radiation_neoadjuvant", "Neoadjuvant radiation", "?yyny???yy??yy", YES_NO),
    ("radiation_adjuvant", "Adjuvant radiation", "?nyyy???ny??yn", YES_NO),
    ("ablation", "Intraoperative ablation", "nnnnnynynnnn?n", YES_NO),
    ("icu_admission", "ICU admission", "n" * 14, YES_NO),
    ("pdn_failure", "PDN failure", "n" * 14, YES_NO),
    ("vte", "Venous thromboembolism", "nnnnnnnnynnnnn", YES_NO),
    ("reoperation", "Reoperation", "n" * 14, YES_NO),
    ("readmission", "Readmission", "n" * 14, YES_NO),
)
PDN_COUNT = "11112211212211"
NUMBERS = (
    DemoCovariate("age", "Age at the procedure (years)", "integer"),
    DemoCovariate("aacci", "Age-adjusted Charlson comorbidity index", "integer"),
    DemoCovariate("pdn_count", "Sacral PDNs", "integer"),
    DemoCovariate("operative_minutes", "Operative time (min)", "integer"),
    DemoCovariate("blood_loss_ml", "Estimated blood loss (ml)", "integer"),
    DemoCovariate("stay_days", "Length of stay (days)", "integer"),
    DemoCovariate("follow_up_years", "Follow-up (years)", "decimal"),
)
COVARIATES = (*(DemoCovariate(name, label, "category") for name, label, _, _ in CATEGORIES), *NUMBERS)


def study(seed: int = SEED) -> DemoStudy:
    """The invented study; the same seed gives the same rows."""
    rng = random.Random(seed)
    operative = {measure: by_row(measure, rng) for measure in ("op_time", "ebl", "los")}
    scores = scores_by_row()
    patients = [patient(row, operative, scores[row], rng) for row in range(len(ARM))]
    patients.sort(key=lambda one: one.procedure.performed_on)
    return DemoStudy(
        slug="clunk-demo",
        name="Photodynamic nails of the sacrum (demonstration)",
        site_code="north",
        site_name="North Demonstration Hospital",
        description=f"{SYNTHETIC} In the shape of Clunk 2025: 14 photodynamic-nail procedures, followed for two years.",
        schedule="clunk",
        instruments=("pain", "cpaf", "ecog", "opioid"),
        arm="complexity",
        covariates=COVARIATES,
        patients=tuple(replace(one, study_number=f"N-{number:03}") for number, one in enumerate(patients, start=1)),
    )


def by_row(measure: str, rng: random.Random) -> list[int]:
    """The witness values of a measure, dealt to the rows of their arm."""
    simple, complex_ = (rng.sample(values, len(values)) for values in clunk_rows(measure))
    return [(simple if arm == "S" else complex_).pop() for arm in ARM]


def scores_by_row() -> list[dict[str, dict]]:
    """Row -> timepoint -> scores, for the visits that happened."""
    rows = [{} for _ in ARM]
    for column, timepoint in enumerate(TIMEPOINTS):
        pain, cpaf = (
            {row: int(text.split()[column]) for row, text in enumerate(table) if text.split()[column] != "."}
            for table in (PAIN, CPAF)
        )
        graded = [row for row in sorted(cpaf, key=lambda row: (-cpaf[row], pain[row])) if has_ecog(row, timepoint)]
        ecog = dict(zip(graded, map(int, ECOG[timepoint]), strict=True))
        on_opioid = sorted(pain, key=lambda row: (-pain[row], row))[: OPIOIDS[timepoint]]
        for row in pain:
            rows[row][timepoint] = {
                "pain": pain[row],
                "cpaf": cpaf[row],
                "ecog": ecog.get(row, "not_recorded"),
                "opioid": int(row in on_opioid),
            }
    return rows


def has_ecog(row: int, timepoint: str) -> bool:
    return (row, timepoint) != (NO_ECOG_AT_PREOP, "preop")


def patient(row: int, operative: dict[str, list[int]], scores: dict[str, dict], rng: random.Random) -> DemoPatient:
    performed_on = days_after(date(2020, 3, 2), rng.randrange(1300))
    follow_up, died = FOLLOW_UP_DAYS[row], row in DIED
    visits = tuple(visit(row, timepoint, performed_on, scores.get(timepoint), rng) for timepoint in TIMEPOINTS)
    return DemoPatient(
        study_number="",
        sex=SEX[row],
        birth_year=performed_on.year - AGE[row],
        covariates=covariates(row, operative),
        procedure=DemoProcedure("pdn", performed_on, "day", visits, events(row, performed_on)),
        times=(DemoTime("survival", follow_up, "days", died),),
    )


def covariates(row: int, operative: dict[str, list[int]]) -> dict:
    categories = {name: meaning[letters[row]] for name, _, letters, meaning in CATEGORIES}
    return categories | {
        "age": AGE[row],
        "aacci": AACCI[row],
        "pdn_count": int(PDN_COUNT[row]),
        "operative_minutes": operative["op_time"][row],
        "blood_loss_ml": operative["ebl"][row],
        "stay_days": operative["los"][row],
        "follow_up_years": (FOLLOW_UP_DAYS[row] / Decimal("365.25")).quantize(Decimal("0.01")),
    }


def events(row: int, performed_on: date) -> tuple[DemoEvent, ...]:
    clots = [
        DemoEvent("complication", days_after(performed_on, 24), "day", "Venous thromboembolism: deep vein thrombosis")
    ]
    deaths = [death(performed_on, FOLLOW_UP_DAYS[row])]
    return tuple(clots * (row == 8) + deaths * (row in DIED))


def visit(row: int, timepoint: str, performed_on: date, scores: dict | None, rng: random.Random) -> DemoVisit:
    if scores is None:
        return missed(timepoint, why_missed(row, timepoint, rng))
    day, reason = OUT_OF_WINDOW.get((row, timepoint), (day_of(row, timepoint, rng), None))
    precision = "month" if (row, timepoint) in MONTH_ONLY else "day"
    return DemoVisit(
        timepoint, days_after(performed_on, day, precision), precision, scores, out_of_window_reason=reason
    )


def day_of(row: int, timepoint: str, rng: random.Random) -> int:
    """A day near the target, inside the window and within the patient's follow-up."""
    if timepoint == "preop":
        return -rng.randint(0, 21)
    opens, closes = WINDOWS[timepoint]
    latest = min(closes, FOLLOW_UP_DAYS[row])
    target = min(TARGETS[timepoint], latest)
    return rng.randint(max(opens, target - 10), min(latest, target + 21))


def why_missed(row: int, timepoint: str, rng: random.Random) -> str:
    if WINDOWS[timepoint][0] < FOLLOW_UP_DAYS[row]:
        return rng.choice(["visit_missed", "visit_missed", "not_recorded"])
    return "deceased" if row in DIED else "lost"
