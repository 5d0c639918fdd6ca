"""Katagiri score of 2014: the growth group as a suggestion, the laboratory class, the total and its band."""

from dataclasses import dataclass
from decimal import Decimal

GROWTH_POINTS = {"slow": 0, "moderate": 2, "rapid": 3}
VISCERAL_POINTS = {"none": 0, "nodular": 1, "disseminated": 2}
LABORATORY_POINTS = {"normal": 0, "abnormal": 1, "critical": 2}
# By organ alone, where treatability does not decide [V secondary]; those marked [K] are not confirmed.
BY_ORGAN = {
    "thyroid": "slow", "multiple_myeloma": "slow", "lymphoma": "slow",
    "renal_cell": "moderate", "endometrial": "moderate", "ovarian": "moderate", "sarcoma": "moderate",
    "other": "moderate",
    "colorectal": "rapid", "gastric": "rapid", "pancreatic": "rapid", "head_neck_scc": "rapid", "oesophageal": "rapid",
    "bladder_urothelial": "rapid", "melanoma": "rapid", "hepatocellular": "rapid", "biliary": "rapid",
    "cervical": "rapid", "unknown_primary": "rapid",
}  # fmt: skip
UNCONFIRMED = frozenset({"endometrial", "ovarian", "bladder_urothelial", "biliary", "cervical"})
BY_HORMONE = frozenset({"breast", "prostate"})
BY_TARGETED_DRUG = frozenset({"lung_nsclc", "lung_sclc", "lung_nos"})


@dataclass(frozen=True)
class Suggestion:
    """A growth group to offer, never to set: `group` is None where treatability is not known. `why` in words."""

    group: str | None
    why: str


@dataclass(frozen=True, kw_only=True)
class Laboratory:
    """CRP mg/dL, LDH IU/L, albumin g/dL; platelets per uL, calcium mg/dL, bilirubin mg/dL. None is not measured."""

    crp: Decimal | None = None
    ldh: Decimal | None = None
    albumin: Decimal | None = None
    platelets: Decimal | None = None
    calcium: Decimal | None = None
    bilirubin: Decimal | None = None


@dataclass(frozen=True)
class KatagiriTotal:
    """0 to 10, or None with the factors that are missing."""

    total: int | None
    missing: tuple[str, ...]


def suggested_growth(
    primary_cancer: str | None, *, hormone_sensitive: bool | None = None, targeted_therapy: bool | None = None
) -> Suggestion:
    """A growth group to be confirmed or changed by a person: it goes by treatability, not by the organ [V secondary].

    targeted_therapy: eligible for a molecular targeted drug and treated with it (lung). None is not known.
    """
    if primary_cancer in BY_HORMONE:
        return _by_treatability(hormone_sensitive, "hormone-dependent", "slow", "hormone-independent", "moderate")
    if primary_cancer in BY_TARGETED_DRUG:
        return _by_treatability(targeted_therapy, "on a targeted drug", "moderate", "without a targeted drug", "rapid")
    if primary_cancer in BY_ORGAN:
        doubt = "; the table's place for it is not confirmed" if primary_cancer in UNCONFIRMED else ""
        return Suggestion(BY_ORGAN[primary_cancer], f"{primary_cancer} is in this group of the 2014 table{doubt}")
    return Suggestion(None, "the 2014 table has no place for it" if primary_cancer else "the primary is not known")


def _by_treatability(known: bool | None, yes: str, group_if_yes: str, no: str, group_if_no: str) -> Suggestion:
    if known is None:
        return Suggestion(None, f"it is not known whether the tumour is {yes}")
    return Suggestion(group_if_yes, yes) if known else Suggestion(group_if_no, no)


def laboratory_class(lab: Laboratory) -> str | None:
    """normal, abnormal or critical [V secondary]; critical wins. None where a missing value could change the class.

    abnormal: CRP >= 0.4, LDH >= 250 or albumin < 3.7; critical: platelets < 100 000, calcium >= 10.3, bilirubin >= 1.4.
    """
    critical = [_at_least(lab.calcium, "10.3"), _at_least(lab.bilirubin, "1.4"), _below(lab.platelets, "100000")]
    abnormal = [_at_least(lab.crp, "0.4"), _at_least(lab.ldh, "250"), _below(lab.albumin, "3.7")]
    if True in critical:
        return "critical"
    if None in critical:
        return None
    return "abnormal" if True in abnormal else None if None in abnormal else "normal"


def _at_least(value: Decimal | None, limit: str) -> bool | None:
    return None if value is None else value >= Decimal(limit)


def _below(value: Decimal | None, limit: str) -> bool | None:
    return None if value is None else value < Decimal(limit)


def katagiri_total(
    *,
    growth: str | None,
    visceral: str | None,
    laboratory: str | None,
    ecog: int | None,
    previous_chemotherapy: bool | None,
    multiple_skeletal: bool | None,
) -> KatagiriTotal:
    """The sum of the six factors, 0 to 10 [V secondary]; None where one is missing. Missing labs are not normal labs.

    ECOG 3 or 4 is 1 point; 5 is death, and gives no score. ValueError of a code or grade that is none.
    """
    if ecog is not None and ecog not in range(5):
        raise ValueError(f"ECOG of a living patient is 0 to 4, not {ecog}")
    points = {
        "growth": _coded(growth, GROWTH_POINTS),
        "visceral": _coded(visceral, VISCERAL_POINTS),
        "laboratory": _coded(laboratory, LABORATORY_POINTS),
        "ecog": None if ecog is None else int(ecog >= 3),
        "previous_chemotherapy": None if previous_chemotherapy is None else int(previous_chemotherapy),
        "multiple_skeletal": None if multiple_skeletal is None else int(multiple_skeletal),
    }
    missing = tuple(name for name, each in points.items() if each is None)
    return KatagiriTotal(None if missing else sum(points.values()), missing)


def _coded(code: str | None, points: dict[str, int]) -> int | None:
    if code is not None and code not in points:
        raise ValueError(f"{code!r} is not one of {', '.join(points)}")
    return None if code is None else points[code]


def katagiri_band(total: int | None) -> str | None:
    """0-3, 4-6 or 7-10 [V for the first and last]. Bands describe a cohort; never shown as one patient's prediction."""
    if total is None:
        return None
    if total not in range(11):
        raise ValueError(f"a total lies between 0 and 10, not at {total}")
    return "0-3" if total <= 3 else "4-6" if total <= 6 else "7-10"
