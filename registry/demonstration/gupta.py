"""Fifty-three invented patients with sacroplasty, in the shape of Gupta 2014.

VAS and FMS pairs are witness rows. The Analgesic Scale pairs below were found by search: they print every published
quartile, p = .06 (non-cancer), .11 (before) and .004 (after), but .18 for .19 (cancer) and .02 for < .01 (all).
"""

import random
from dataclasses import dataclass, field, replace
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
from registry.demonstration.witness import gupta_pairs

SEED = 2014
# One digit a patient, before and after.
ANALGESIC = {
    "noncancer": ("0123333333333455", "3000112333333333"),
    "cancer": ("22334444455", "12343444444"),
}
PATIENTS = {"cancer": 29, "noncancer": 24}
# Counts over all 53, or over the arm, dealt to the rows by the seed.
CANCERS = {
    "breast": 9, "multiple_myeloma": 7, "colorectal": 6, "small_cell_lung": 2, "prostate": 1, "melanoma": 1,
    "cervical": 1, "haematologic_other": 1, "pancreatic": 1,
}  # fmt: skip
ETIOLOGIES = {"osteoporotic": 16, "minor_trauma": 8}
AGE_BANDS = {(55, 69): 13, (70, 79): 20, (80, 89): 15, (90, 96): 5}
AGE_SUM = 4049  # 53 patients, mean 76.4
COUNTS = {
    "sides_treated": {"bilateral": 44, "unilateral": 9},
    "sedation": {"conscious_sedation": 39, "general_anaesthesia": 14},
    "guidance": {"ct": 48, "fluoroscopy": 5},
    "prior_augmentation": {"yes": 15, "no": 38},
    "additional_pelvic_fracture": {"yes": 19, "no": 34},
}
MEN = 9
FOURP_WITHOUT_SCORES = {1: 4, 2: 14}  # 18 of the 26 patients whose other scores were not recorded
NOT_SEEN = ["lost"] * 3 + ["visit_missed"] * 3
MEAN_DAYS = 27
LATE = {"on": 66, "reason": "Seen after a stay in another hospital"}
COVARIATES = (
    DemoCovariate("etiology", "Etiology", "category"),
    DemoCovariate("fracture_etiology", "Fracture etiology", "category"),
    DemoCovariate("primary_cancer", "Primary cancer", "category"),
    DemoCovariate("age", "Age at the procedure (years)", "integer"),
    DemoCovariate("sides_treated", "Sides treated", "category"),
    DemoCovariate("fractures", "Number of fractures treated", "integer"),
    DemoCovariate("sedation", "Anaesthesia", "category"),
    DemoCovariate("guidance", "Guidance", "category"),
    DemoCovariate("prior_augmentation", "Earlier vertebral augmentation", "category"),
    DemoCovariate("additional_pelvic_fracture", "Additional pelvic fracture", "category"),
    DemoCovariate("follow_up_days", "Time to short-term follow-up (days)", "integer"),
    DemoCovariate("cement_ml", "Cement (ml)", "decimal"),
)


@dataclass
class Draft:
    """A row in the making. `pairs` is empty where the chart holds no scores."""

    arm: str
    pairs: dict[str, tuple[int, int]] = field(default_factory=dict)
    fourp: int | None = None
    not_seen: str | None = None
    seen_day: int | None = None
    sex: str = "F"
    attributes: dict = field(default_factory=dict)


def study(seed: int = SEED) -> DemoStudy:
    """The invented study; the same seed gives the same rows."""
    rng = random.Random(seed)
    drafts = [draft for arm, number in PATIENTS.items() for draft in drafts_of(arm, number, rng)]
    answer_without_scores(drafts, rng)
    set_days(drafts, rng)
    set_attributes(drafts, rng)
    patients = [patient(draft, rng) for draft in drafts]
    patients.sort(key=lambda one: one.procedure.performed_on)
    patients = with_late_events(patients)
    return DemoStudy(
        slug="gupta-demo",
        name="Sacroplasty (demonstration)",
        site_code="west",
        site_name="West Demonstration Hospital",
        description=f"{SYNTHETIC} In the shape of Gupta 2014: 53 sacroplasties, 27 with scores before and after.",
        schedule="gupta",
        instruments=("pain", "fms", "as", "fourp"),
        arm="etiology",
        covariates=COVARIATES,
        patients=tuple(replace(one, study_number=f"W-{number:03}") for number, one in enumerate(patients, start=1)),
    )


def drafts_of(arm: str, number: int, rng: random.Random) -> list[Draft]:
    """The rows of one arm: first those with scores; pairs stay together, instruments are dealt apart."""
    pain = gupta_pairs("VAS", arm)
    fms = rng.sample(gupta_pairs("FMS", arm), len(pain))
    analgesic = rng.sample(
        [(int(before), int(after)) for before, after in zip(*ANALGESIC[arm], strict=True)], len(pain)
    )
    scored = [
        Draft(arm, {"pain": vas, "fms": mobility, "as": drugs}, four_level(*vas))
        for vas, mobility, drugs in zip(pain, fms, analgesic, strict=True)
    ]
    return scored + [Draft(arm) for _ in range(number - len(scored))]


def four_level(before: int, after: int) -> int:
    """1 gone, 2 better, 3 unchanged, 4 worse."""
    if after == 0:
        return 1
    return 2 if after < before else 3 if after == before else 4


def answer_without_scores(drafts: list[Draft], rng: random.Random) -> None:
    """Give 18 of the unscored rows their four-level answer; six were not seen, two were seen and not asked."""
    unscored = rng.sample([draft for draft in drafts if not draft.pairs], 26)
    for draft, answer in zip(unscored, dealt(FOURP_WITHOUT_SCORES, rng), strict=False):
        draft.fourp = answer
    for draft, reason in zip(reversed(unscored), NOT_SEEN, strict=False):
        draft.not_seen = reason


def dealt(counts: dict, rng: random.Random) -> list:
    """The keys, each as often as counted, in random order."""
    values = [value for value, number in counts.items() for _ in range(number)]
    rng.shuffle(values)
    return values


def set_days(drafts: list[Draft], rng: random.Random) -> None:
    """Days to follow-up with a mean of 27, one of them past the window."""
    seen = [draft for draft in drafts if not draft.not_seen]
    for draft in seen:
        draft.seen_day = min(44, max(12, round(rng.gauss(MEAN_DAYS, 6))))
    late, *others = seen
    late.seen_day = LATE["on"]
    while (off := sum(draft.seen_day for draft in seen) - MEAN_DAYS * len(seen)) != 0:
        one = rng.choice(others)
        one.seen_day = min(44, max(12, one.seen_day - (1 if off > 0 else -1)))


def set_attributes(drafts: list[Draft], rng: random.Random) -> None:
    """Deal cancers, etiologies, ages, sexes and the counted attributes of the procedure."""
    cancers, etiologies = dealt(CANCERS, rng), dealt(ETIOLOGIES, rng)
    columns = {name: dealt(counts, rng) for name, counts in COUNTS.items()}
    for index, (draft, age) in enumerate(zip(drafts, ages(rng), strict=True)):
        is_cancer = draft.arm == "cancer"
        draft.attributes = {name: values[index] for name, values in columns.items()} | {
            "etiology": "cancer" if is_cancer else "non_cancer",
            "fracture_etiology": "cancer" if is_cancer else etiologies.pop(),
            "primary_cancer": cancers.pop() if is_cancer else None,
            "age": age,
            "fractures": 2 if columns["sides_treated"][index] == "bilateral" else 1,
            "follow_up_days": draft.seen_day,
            "cement_ml": Decimal(rng.randint(30, 110)) / 10,
        }
    could_be_men = [draft for draft in drafts if draft.attributes["primary_cancer"] not in ("breast", "cervical")]
    could_be_men.sort(key=lambda draft: (draft.attributes["primary_cancer"] != "prostate", rng.random()))
    for draft in could_be_men[:MEN]:
        draft.sex = "M"


def ages(rng: random.Random) -> list[int]:
    """Ages by band, moved within their bands until they add up to the published mean."""
    bands = dealt(AGE_BANDS, rng)
    values = [rng.randint(*band) for band in bands]
    while sum(values) != AGE_SUM:
        index = rng.randrange(len(values))
        low, high = bands[index]
        values[index] = min(high, max(low, values[index] + (1 if sum(values) < AGE_SUM else -1)))
    return values


def patient(draft: Draft, rng: random.Random) -> DemoPatient:
    """Scores were kept from 2007 on; of two earlier procedures, only the month is known."""
    first, days = (date(2007, 1, 8), 2400) if draft.pairs else (date(2004, 1, 12), 1050)
    performed_on = days_after(first, rng.randrange(days))
    precision = "month" if draft.fourp is None and not draft.not_seen else "day"
    performed_on = days_after(performed_on, 0, precision)
    seen = visits(draft, performed_on, precision, rng)
    last = rng.randint(1, 6) if draft.not_seen == "lost" else rng.randint(80, 1400)
    return DemoPatient(
        study_number="",
        sex=draft.sex,
        birth_year=performed_on.year - draft.attributes["age"],
        covariates=draft.attributes,
        procedure=DemoProcedure("sacroplasty", performed_on, precision, seen, ()),
        times=(DemoTime("survival", last, "days", False),),
    )


def visits(draft: Draft, performed_on: date, precision: str, rng: random.Random) -> tuple[DemoVisit, DemoVisit]:
    """Before, and at about four weeks."""
    before = {name: draft.pairs[name][0] if draft.pairs else "not_recorded" for name in ("pain", "fms", "as")}
    after = {name: draft.pairs[name][1] if draft.pairs else "not_recorded" for name in ("pain", "fms", "as")}
    day = 0 if precision == "month" else -rng.randint(0, 20)
    first = DemoVisit("pre", days_after(performed_on, day, precision), precision, before)
    if draft.not_seen:
        return first, missed("st", draft.not_seen)
    scores = after | {"fourp": "not_recorded" if draft.fourp is None else draft.fourp}
    reason = LATE["reason"] if draft.seen_day == LATE["on"] else None
    on = days_after(performed_on, draft.seen_day, precision)
    return first, DemoVisit("st", on, precision, scores, out_of_window_reason=reason)


def with_late_events(patients: list[DemoPatient]) -> list[DemoPatient]:
    """Deaths of four cancer patients, long after their visits, and two later vertebral augmentations."""
    dying = [one for one in patients if one.covariates["etiology"] == "cancer" and one.times[0].time > 120][1::7][:4]
    augmented = [one for one in patients if one not in dying and one.times[0].time > 320][5::9][:2]
    return [after_death(one) if one in dying else augment(one) if one in augmented else one for one in patients]


def after_death(one: DemoPatient) -> DemoPatient:
    """The same patient, whose follow-up ended in death; the charts of every other one give the month only."""
    days = one.times[0].time
    precision = "month" if days % 2 else "day"
    happened = death(one.procedure.performed_on, days, precision)
    times = (DemoTime("survival", days, "days", True),)
    return replace(one, times=times, procedure=replace(one.procedure, events=(happened,)))


def augment(one: DemoPatient) -> DemoPatient:
    """The same patient, with a new thoracic fracture that was augmented."""
    on = days_after(one.procedure.performed_on, 210)
    event = DemoEvent("secondary_procedure", on, "day", "Vertebral augmentation of a new thoracic fracture")
    return replace(one, procedure=replace(one.procedure, events=(event,)))
