"""Thirty invented patients with sacral metastases, in the shape of Cox 2025: sacroplasty with or without screws.

Item rows were found by search: they sum to the witness totals, and their means are the printed ones. The score of one
visit is six digits, in the order of ITEMS.
"""

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

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

SEED = 1494377
ITEMS = ("msts_pain", "msts_function", "msts_emotional", "msts_supports", "msts_walking", "msts_gait")
INSTRUMENTS = ("msts", *ITEMS, "pain", "opioid")
WINDOWS = {"w1_2": (3, 20), "m1": (21, 60), "m3": (61, 136)}


class Row(NamedTuple):
    """One patient: group, items before and at the final encounter, opioid use against before, days."""

    treatment: str
    lesion: str
    before: str
    final: str
    opioid_change: str
    final_day: int
    secondary_day: int | None = None
    death_day: int | None = None


ROWS = (
    Row("screws_and_cement", "pathological", "011114", "203114", "stable", 274),
    Row("screws_and_cement", "pathological", "020041", "554455", "decreased", 45, death_day=58),
    Row("screws_and_cement", "pathological", "011211", "314404", "stable", 95),
    Row("screws_and_cement", "pathological", "050010", "355123", "stable", 104),
    Row("screws_and_cement", "pathological", "100215", "555555", "decreased", 88),
    Row("screws_and_cement", "pathological", "120205", "545555", "decreased", 110),
    Row("screws_and_cement", "pathological", "012021", "345154", "decreased", 121),
    Row("screws_and_cement", "pathological", "000124", "534445", "decreased", 190),
    Row("screws_and_cement", "pathological", "000025", "353255", "decreased", 75),
    Row("sacroplasty", "pathological", "442432", "535423", "increased", 1111, secondary_day=730, death_day=1130),
    Row("sacroplasty", "pathological", "013425", "354555", "decreased", 111),
    Row("sacroplasty", "pathological", "000003", "101123", "stable", 95, secondary_day=30),
    Row("sacroplasty", "pathological", "030122", "230033", "increased", 150, secondary_day=90),
    Row("sacroplasty", "pathological", "011054", "344044", "stable", 61),
    Row("sacroplasty", "pathological", "430433", "323525", "increased", 180, secondary_day=121),
    Row("sacroplasty", "pathological", "120024", "333144", "decreased", 92),
    Row("sacroplasty", "pathological", "110015", "450235", "decreased", 30, death_day=52),
    Row("sacroplasty", "pathological", "051325", "354135", "stable", 45, secondary_day=14),
    Row("sacroplasty", "pathological", "001122", "124223", "stable", 101),
    Row("sacroplasty", "pathological", "001221", "022243", "stable", 38),
    Row("sacroplasty", "pathological", "113320", "554533", "decreased", 155),
    Row("screws_and_cement", "impending", "020422", "222543", "increased", 98),
    Row("screws_and_cement", "impending", "101444", "455555", "decreased", 112),
    Row("sacroplasty", "impending", "150525", "555555", "decreased", 35),
    Row("sacroplasty", "impending", "311355", "343555", "decreased", 92),
    Row("sacroplasty", "impending", "030423", "555523", "decreased", 28),
    Row("sacroplasty", "impending", "030553", "555555", "decreased", 97),
    Row("sacroplasty", "impending", "342555", "555555", "stable", 31),
    Row("sacroplasty", "impending", "443423", "555555", "decreased", 14),
    Row("sacroplasty", "impending", "114555", "515555", "stable", 240, secondary_day=213),
)
SCREW_REMOVED = 0  # the row whose S1 screw backed out at five months; not a procedure for unresolved pain
SECONDARY = {
    730: "Repeat sacroplasty", 30: "Radiation therapy", 90: "Sacroiliac joint steroid injection", 121: "Neurolysis",
    14: "Sacroiliac joint steroid injection", 213: "Sacroiliac joint steroid injection",
}  # fmt: skip
# Per treatment: how many of each, dealt to the rows by the seed; the first of each list stays with the first row.
SEX = {"screws_and_cement": "M" * 8 + "F" * 3, "sacroplasty": "M" * 8 + "F" * 11}
CANCER = {
    "screws_and_cement": ["multiple_myeloma"] * 5 + ["hepatocellular"] * 2 + ["renal_cell"] * 2 + ["other"] * 2,
    "sacroplasty": ["multiple_myeloma"] * 8 + ["hepatocellular", "renal_cell"] + ["other"] * 9,
}
RADIATION = {"screws_and_cement": ["yes"] * 5 + ["no"] * 6, "sacroplasty": ["yes"] * 8 + ["no"] * 11}
ABLATION = {
    "screws_and_cement": ["none"] * 8 + ["radiofrequency", "cryoablation", "microwave"],
    "sacroplasty": ["none"] * 12 + ["radiofrequency"] * 6 + ["cryoablation"],
}
AGE_SUM = {"screws_and_cement": 63 * 11, "sacroplasty": 65 * 19}
COVARIATES = (
    DemoCovariate("treatment", "Treatment", "category"),
    DemoCovariate("lesion", "Lesion", "category"),
    DemoCovariate("age", "Age at the procedure (years)", "integer"),
    DemoCovariate("primary_cancer", "Primary cancer", "category"),
    DemoCovariate("prior_radiation", "Prior local radiation", "category"),
    DemoCovariate("ablation", "Ablation", "category"),
    DemoCovariate("opioid_change", "Opioid use against before", "category"),
    DemoCovariate("secondary_procedure", "Secondary procedure for unresolved pain", "category"),
    DemoCovariate("follow_up_months", "Follow-up (months)", "decimal"),
    DemoCovariate("cement_ml", "Cement (ml)", "decimal"),
)


def study(seed: int = SEED) -> DemoStudy:
    """The invented study; the same seed gives the same rows."""
    rng = random.Random(seed)
    dealt = {treatment: deal(treatment, rng) for treatment in AGE_SUM}
    patients = [patient(index, row, dealt[row.treatment].pop(0), rng) for index, row in enumerate(ROWS)]
    patients.sort(key=lambda one: one.procedure.performed_on)
    return DemoStudy(
        slug="cox-demo",
        name="Sacroplasty with or without screws (demonstration)",
        site_code="south",
        site_name="South Demonstration Hospital",
        description=f"{SYNTHETIC} In the shape of Cox 2025: 30 sacroplasties, 11 of them with screws.",
        schedule="cox",
        instruments=INSTRUMENTS,
        arm="treatment",
        covariates=COVARIATES,
        patients=tuple(replace(one, study_number=f"S-{number:03}") for number, one in enumerate(patients, start=1)),
    )


def deal(treatment: str, rng: random.Random) -> list[dict]:
    """Sex, age and the counted attributes, one dict per row of the treatment."""
    hands = [shuffled(values[treatment], rng) for values in (SEX, CANCER, RADIATION, ABLATION)]
    ages = ages_adding_up(len(hands[0]), AGE_SUM[treatment], rng)
    names = ("sex", "primary_cancer", "prior_radiation", "ablation", "age")
    return [dict(zip(names, hand, strict=True)) for hand in zip(*hands, ages, strict=True)]


def shuffled(values, rng: random.Random) -> list:
    first, *rest = values
    rng.shuffle(rest)
    return [first, *rest]


def ages_adding_up(number: int, total: int, rng: random.Random) -> list[int]:
    """Ages between 40 and 85 with the given sum."""
    ages = [rng.randint(48, 79) for _ in range(number)]
    while sum(ages) != total:
        index = rng.randrange(number)
        ages[index] = min(85, max(40, ages[index] + (1 if sum(ages) < total else -1)))
    return ages


def patient(index: int, row: Row, dealt: dict, rng: random.Random) -> DemoPatient:
    performed_on = days_after(date(2012, 2, 6), rng.randrange(3600))
    kind = "sacroplasty_with_screws" if row.treatment == "screws_and_cement" else "sacroplasty"
    attributes = {name: value for name, value in dealt.items() if name != "sex"}
    seen, happened = visits(row, performed_on, rng), events(index, row, performed_on)
    return DemoPatient(
        study_number="",
        sex=dealt["sex"],
        birth_year=performed_on.year - dealt["age"],
        covariates=attributes | covariates(row, rng),
        procedure=DemoProcedure(kind, performed_on, "day", seen, happened),
        times=times(row),
    )


def covariates(row: Row, rng: random.Random) -> dict:
    return {
        "treatment": row.treatment,
        "lesion": row.lesion,
        "opioid_change": row.opioid_change,
        "secondary_procedure": "no" if row.secondary_day is None else "yes",
        "follow_up_months": (row.final_day / Decimal("30.4375")).quantize(Decimal("0.1")),
        "cement_ml": Decimal(rng.randint(40, 140)) / 10,
    }


def times(row: Row) -> tuple[DemoTime, ...]:
    """Survival; and time to a secondary procedure for unresolved pain, ended by death or the last encounter."""
    last = row.death_day or row.final_day
    return (
        DemoTime("survival", last, "days", row.death_day is not None),
        DemoTime("secondary_procedure", row.secondary_day or last, "days", row.secondary_day is not None),
    )


def events(index: int, row: Row, performed_on: date) -> tuple[DemoEvent, ...]:
    found = []
    if index == SCREW_REMOVED:
        on = days_after(performed_on, 152)
        found.append(DemoEvent("complication", on, "day", "S1 trans-sacral screw backed out"))
        found.append(DemoEvent("secondary_procedure", on, "day", "Hardware removal: S1 screw, not for unresolved pain"))
    if row.secondary_day is not None:
        on = days_after(performed_on, row.secondary_day)
        found.append(
            DemoEvent("secondary_procedure", on, "day", f"{SECONDARY[row.secondary_day]}, for unresolved pain")
        )
    if row.death_day is not None:
        found.append(death(performed_on, row.death_day))
    return tuple(found)


def visits(row: Row, performed_on: date, rng: random.Random) -> tuple[DemoVisit, ...]:
    """Before, the encounters between, and the final one, which carries the MSTS."""
    opioid = opioid_use(row)
    before = msts(row.before, rng) | {"opioid": opioid[0]}
    final = msts(row.final, rng) | {"opioid": opioid[1]}
    days = between(row, rng)
    return (
        DemoVisit("preop", days_after(performed_on, -rng.randint(0, 30)), "day", before),
        *(encounter(timepoint, day, row, performed_on, rng) for timepoint, day in days.items()),
        DemoVisit("final", days_after(performed_on, row.final_day), "day", final),
    )


def between(row: Row, rng: random.Random) -> dict[str, int]:
    """Timepoint -> the day it was due; a window that the final encounter fills is left out."""
    due = {"w1_2": rng.randint(6, 13), "m1": rng.randint(24, 40), "m3": rng.randint(80, 102)}
    return {timepoint: day for timepoint, day in due.items() if not day >= row.final_day >= WINDOWS[timepoint][0]}


def encounter(timepoint: str, day: int, row: Row, performed_on: date, rng: random.Random) -> DemoVisit:
    """A visit without an MSTS, or why there was none."""
    opens, closes = WINDOWS[timepoint]
    if day > row.final_day:
        return missed(timepoint, "deceased" if row.death_day and row.death_day <= opens else "lost")
    if rng.random() < 0.15:
        return missed(timepoint, rng.choice(["visit_missed", "not_recorded"]))
    late = rng.random() < 0.08 and closes + 5 < row.final_day
    pains = [int(text[0]) for text in (row.before, row.final)]
    scores = dict.fromkeys(("msts", *ITEMS), "not_done") | {
        "pain": max(0, min(10, 9 - round(0.8 * sum(pains)) + rng.choice((-1, 0, 1)))),
        "opioid": opioid_use(row)[0],
    }
    on = days_after(performed_on, closes + 3 if late else day)
    return DemoVisit(timepoint, on, "day", scores, out_of_window_reason="Seen at the next clinic day" if late else None)


def msts(items: str, rng: random.Random) -> dict[str, int]:
    """The six items and their total, with a pain score that agrees with the pain item."""
    values = dict(zip(ITEMS, map(int, items), strict=True))
    pain = 9 - round(1.6 * values["msts_pain"]) + rng.choice((-1, 0, 1))
    return {"msts": sum(values.values()), **values, "pain": max(0, min(10, pain))}


def opioid_use(row: Row) -> tuple[int, int]:
    """Any opioid before and at the end; less or more of it is not the same as none or some."""
    if row.opioid_change == "decreased":
        return 1, int(row.final[0] < "3")
    if row.opioid_change == "increased":
        return int(row.before[0] < "3"), 1
    return (1, 1) if row.before[0] < "3" else (0, 0)
