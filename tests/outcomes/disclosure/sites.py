"""Small made-up sites: a freeze of any patients, and a spec over them."""

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from outcomes import wide
from outcomes.columns import Column
from outcomes.freeze import Frozen
from outcomes.plans.check import specified
from outcomes.pooling.jcs import hash_of
from outcomes.pooling.spec import POLICY, Spec

INSTRUMENTS = {"pain": ("0", "4"), "walk": ("1", "3")}
TIMEPOINTS = ("pre", "post")
ARMS, SEXES = ("a", "b"), ("f", "m")
BANDS = [{"label": "low", "from": "0", "to": "1"}, {"label": "high", "from": "2", "to": "4"}]
ENTRIES = (
    {"id": "course", "type": "describe_by_timepoint", "instrument": "pain", "timepoints": list(TIMEPOINTS)},
    {"id": "arms", "type": "describe_by_timepoint", "instrument": "pain", "by": "arm", "timepoints": list(TIMEPOINTS)},
    {"id": "test", "type": "mannwhitney", "instrument": "pain", "timepoint": "post", "by": "arm"},
    {"id": "groups", "type": "kruskal_groups", "instrument": "walk", "timepoint": "post", "by": "arm"},
    {"id": "times", "type": "kruskal_dunn", "instrument": "pain", "timepoints": list(TIMEPOINTS)},
    {"id": "sexes", "type": "share_patient_var", "var": "sex", "by": "arm"},
    {"id": "sex_by_arm", "type": "crosstab_patient", "row": "arm", "col": "sex"},
    {"id": "free", "type": "proportion", "col": {"instrument": "pain", "timepoint": "post", "le": 1}, "by": "arm"},
    {
        "id": "free_by_arm",
        "type": "crosstab",
        "row": "arm",
        "col": {"instrument": "pain", "timepoint": "post", "le": 1},
    },
)


def spec_of(entries=ENTRIES, arm="arm", policy=POLICY, bands=None, analyses=None):
    """A spec over the sites' variables."""
    document = {
        "name": "made-up",
        "arm": arm,
        "instruments": {
            key: {"minimum": low, "maximum": high, "step": "1", "decimals": 0}
            for key, (low, high) in INSTRUMENTS.items()
        },
        "timepoints": [{"code": code, "order": order} for order, code in enumerate(TIMEPOINTS)],
        "covariates": {
            "arm": {"kind": "category", "levels": list(ARMS)},
            "sex": {"kind": "category", "levels": list(SEXES)},
        },
        "survival": {},
        "coarsening": {"pain": bands} if bands else {},
        "policy": dict(policy),
    }
    return Spec(
        document=document,
        hash=hash_of(document | {"analyses": analyses or []}),
        entries=tuple(entries),
        specs=tuple(specified(entry) for entry in entries),
    )


def patient(number, arm="a", sex="f", **scores):
    """A patient; scores: pain_pre=3, or a reason: pain_post="deceased". None: nothing recorded."""
    return {"number": number, "arm": arm, "sex": sex, **scores}


def freeze_of(patients, site="north"):
    """The freeze of these patients, as columns are read from it; its digest is of nothing."""
    rows = len(patients)
    texts = {"|site": [site] * rows, "|study": ["s"] * rows, "|study_number": [each["number"] for each in patients]}
    texts |= {name: [each[name] for each in patients] for name in ("arm", "sex")}
    scores, missing = {}, {}
    for key in INSTRUMENTS:
        for code in TIMEPOINTS:
            found = [each.get(f"{key}_{code}") for each in patients]
            values = np.array([each if isinstance(each, int) else 0 for each in found], dtype=np.int8)
            there = np.array([isinstance(each, int) for each in found], dtype=bool)
            why = [each if isinstance(each, str) else None for each in found]
            scores[f"{key}|{code}"] = Column(values, there, 0)
            scores[f"{key}|{code}|missing"] = pa.array(why, pa.string()).dictionary_encode()
            missing.setdefault(key, {})[code] = {reason: why.count(reason) for reason in set(why) - {None}}
    manifest = {
        "timepoints": [{"code": code, "order": order} for order, code in enumerate(TIMEPOINTS)],
        "instruments": {key: {} for key in INSTRUMENTS},
        "missing": missing,
        "covariates": {name: {"kind": "category", "decimals": 0} for name in ("arm", "sex")},
        "survival": {},
    }
    return Frozen(
        manifest=manifest,
        digest="",
        procedures=wide.table({name: pa.array(column, pa.string()) for name, column in texts.items()}, rows),
        scores=wide.table(scores, rows),
        survival=wide.table({}, rows),
    )


def answers(low, high):
    """A value, a reason for none, or nothing recorded; each as likely as makes tables of every kind."""
    return st.one_of(st.integers(low, high), st.integers(low, high), st.sampled_from(["not_due", "deceased", None]))


@st.composite
def people(draw, most=60, least=0, prefix="p", arms=(*ARMS, *ARMS, None), sexes=(*SEXES, "x", None)):
    """Any patients; who is dead or not yet due at a timepoint is so for every instrument."""
    found = []
    for number in range(draw(st.integers(least, most))):
        each = {"number": f"{prefix}{number}", "arm": draw(st.sampled_from(arms)), "sex": draw(st.sampled_from(sexes))}
        for code in TIMEPOINTS:
            for key, (low, high) in INSTRUMENTS.items():
                each[f"{key}_{code}"] = draw(answers(int(low), int(high)))
        found.append(each)
    return found


def crowd(seed, rows, prefix="p", levels=5, missing=0.1):
    """Many patients at once, as numbers of a seeded generator make them."""
    draw = np.random.default_rng(seed)
    found = []
    for number in range(rows):
        each = {"number": f"{prefix}{number}", "arm": ARMS[draw.integers(2)], "sex": SEXES[draw.integers(2)]}
        for code in TIMEPOINTS:
            fate = draw.choice([None, "deceased", "not_due"], p=[1 - missing, missing / 2, missing / 2])
            for key, (low, high) in INSTRUMENTS.items():
                value = int(draw.integers(int(low), min(int(high), int(low) + levels - 1) + 1))
                each[f"{key}_{code}"] = fate or value
        found.append(each)
    return found
