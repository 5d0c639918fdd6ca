"""Which variables of the record say the same in part: one follows from another, holds it, or leaves out who it is not.

Told side by side, counts of such variables give each other's hidden cells away. A family is wide on purpose: it has all
answers of its forms, as what a form asks next to something is seldom independent of it. A variable can be of several.
"""

from dataclasses import dataclass
from functools import cache

from outcomes.variables.catalogue import catalogue, of_fractures
from outcomes.variables.papers import PAPERS
from registry.chart import FORMS


@dataclass(frozen=True, kw_only=True)
class Family:
    """groups: of the catalogue, whole. variables, instruments: by name. with_scores: rows of all scores tell it too.

    Who had died stands in each of them.
    """

    name: str
    groups: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    instruments: frozenset[str] = frozenset()
    with_scores: bool = False


def forms(*keys: str) -> frozenset[str]:
    return frozenset(FORMS[key].title for key in keys)


FAMILIES = (
    Family(name="sex", variables=frozenset({"sex"})),
    Family(
        name="disease",
        groups=forms("comorbidity", "katagiri", "malignancy", "metastasis", "fracture", "radiation", "systemic",
                     "bone_drug", "bone_health"),
    ),
    Family(
        name="operation",
        groups=forms("operation", "implant", "cement", "ablation") | {"Procedure"},
        variables=frozenset({"procedure_kind"}),
    ),
    Family(
        name="course",
        groups=forms("complication", "secondary_procedure"),
        variables=frozenset({"cement_leakage", "cement_leakage_symptomatic"}),
    ),
    Family(
        name="fate", groups=forms("vital_status"), variables=frozenset({"clavien_dindo"}), with_scores=True
    ),
    Family(
        name="opioids",
        groups=forms("opioid_line", "visit_details"),
        instruments=frozenset({"opioid", "opioid_pattern", "as"}),
    ),
)  # fmt: skip
WITH_SCORES = frozenset(family.name for family in FAMILIES if family.with_scores)


@cache
def in_order() -> dict[str, str]:
    """Every variable of the record, in the catalogue's order, then those of a paper alone: name -> its group."""
    papers = [variable for preset in PAPERS for variable in catalogue(preset).values()]
    return {each.name: each.group for each in (*catalogue().values(), *of_fractures().values(), *papers)}


@cache
def families_of(name: str) -> frozenset[str]:
    """The families of a covariate, by its name; none where nobody has said what it follows from."""
    group = in_order().get(name)
    return frozenset(each.name for each in FAMILIES if name in each.variables or group in each.groups)


def families_of_score(key: str, part_of: str | None) -> frozenset[str]:
    """The families of an instrument: its own total's, whichever version it is of, and those that are declared."""
    key, whole = key.split("@")[0], (part_of or key).split("@")[0]
    return frozenset({f"scale {whole}", *(each.name for each in FAMILIES if key in each.instruments)})
