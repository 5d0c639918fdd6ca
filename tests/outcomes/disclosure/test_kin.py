"""Of tables that say the same in part one leaves: no hidden count follows from another table of the bundle."""

from collections import defaultdict

import numpy as np
import pyarrow as pa
import pytest

from outcomes.disclosure import choke as choke_point
from outcomes.disclosure.choke import choke
from outcomes.disclosure.kin import held_back
from outcomes.disclosure.leaves import OTHER, UNKNOWN, WITHOUT, Axis, Leaf
from outcomes.disclosure.ledger import Earlier, Withheld
from outcomes.variables import catalogue
from outcomes.variables.catalogue import of_fractures
from outcomes.variables.families import FAMILIES, families_of, families_of_score, in_order
from outcomes.variables.papers import PAPERS
from registry.instruments import DEFINITIONS
from tests.outcomes.disclosure.every_table import POLICY, rows_of, spread_of
from tests.outcomes.disclosure.sites import crowd, freeze_of, spec_of

CAUSES = ("metastatic", "myeloma_lymphoma", "radiation")


def table(name, counts, timepoint=None):
    """A table of one variable: label -> how many."""
    without = WITHOUT if timepoint else (OTHER, UNKNOWN)
    counts = counts | {label: 0 for label in without if label not in counts}
    places = np.repeat(np.arange(len(counts)), list(counts.values()))
    kind = "counts" if timepoint else "covariate"
    return Leaf(
        id="|".join(filter(None, (kind, name, timepoint))), kind=kind, variable=name, timepoint=timepoint, rung=0,
        axes=(Axis(name, tuple(counts)),), places=places, patients=pa.array([str(at) for at in range(len(places))]),
    )  # fmt: skip


def spec_with(entries=(), arm=None, instruments=None):
    spec = spec_of(entries, arm=arm)
    spec.document["instruments"] |= {
        key: {"minimum": "0", "maximum": "4", "step": "1", "decimals": 0, "part_of": whole}
        for key, whole in (instruments or {}).items()
    }
    return spec


def causes(*counts):
    """The cause of the fracture, and the same with cancers taken together: three causes, other, not known."""
    metastatic, lymphoma, radiation, other, unknown = (*counts, 0, 0)[:5]
    rest = {OTHER: other, UNKNOWN: unknown}
    return [
        table("etiology", dict(zip(CAUSES, (metastatic, lymphoma, radiation), strict=True)) | rest),
        table("fracture_etiology", {"cancer": metastatic + lymphoma, "radiation": radiation} | rest),
    ]


def told(raw, spec=None):
    """variable -> its cells as they leave."""
    try:
        leaves, _ = choke(raw, spec or spec_with())
    except Withheld:
        return {}
    return {leaf["variable"]: leaf["cells"] for leaf in leaves if leaf["status"] != "withheld"}


def narrow(total):
    """The hidden small causes that a reader of both tables can narrow down to less than the policy says."""
    classes = defaultdict(list)
    for counts in rows_of(total, 5):
        said = told(causes(*counts))
        classes[tuple(tuple(said.get(name, ())) for name in ("etiology", "fracture_etiology"))].append(counts)
    found = []
    for said, members in classes.items():
        shown = said[0] or (None,) * 5
        small = [at for at in range(5) if shown[at] is None and any(0 < row[at] < POLICY.min_cell for row in members)]
        found += [(said, at) for at in small if spread_of(members, at) < POLICY.min_width]
    return found


def test_no_cause_of_any_site_is_given_away_by_the_same_causes_taken_together():
    assert narrow(13) == []


def test_both_tables_side_by_side_would_give_it_away(monkeypatch):
    monkeypatch.setattr(choke_point, "held_back", lambda *_: {})
    rest = {"radiation": 9, "osteoporotic": 20, "minor_trauma": 2, "high_energy_trauma": 3}
    pair = [
        table("etiology", {"metastatic": 7, "myeloma_lymphoma": 3} | rest),
        table("fracture_etiology", {"cancer": 10} | rest),
    ]
    both = told(pair)
    assert both["fracture_etiology"][0] - both["etiology"][0] == 3 and both["etiology"][1] is None
    assert narrow(13)


def test_with_the_choke_point_one_of_the_two_leaves_and_the_coordinator_is_told_of_the_other():
    leaves, said = choke(causes(7, 6, 9), spec_with())
    assert [leaf["status"] for leaf in leaves] == ["complete", "withheld"]
    assert any(line.startswith("fracture_etiology stays here") and "etiology" in line[30:] for line in said)


def test_which_of_a_family_leaves_is_what_the_analyses_read_and_never_what_the_patients_are():
    asks = {"id": "a", "type": "share_patient_var", "var": "fracture_etiology"}
    for counts in ((7, 6, 9), (30, 1, 0), (0, 0, 9)):
        assert set(held_back(causes(*counts), spec_with())) == {"covariate|fracture_etiology"}
        assert set(held_back(causes(*counts), spec_with([asks]))) == {"covariate|etiology"}


@pytest.mark.parametrize(("one", "other"), [
    ("primary_cancer", "haematologic"), ("primary_cancer", "cancer"), ("etiology", "etiology_metastatic"),
    ("fracture_status", "fracture_status_impending"), ("fracture_status", "lesion"), ("etiology", "indication"),
    ("radiation_therapy", "radiation_adjuvant"), ("bone_drug", "bone_drug_before"), ("ablation", "ablation_modality"),
    ("metastases_lung", "additional_metastases"), ("tumour_metastatic", "cancer"), ("lymphoma", "primary_cancer"),
    ("guidance", "guidance_ct"), ("treatment", "procedure_kind"), ("cement_leakage", "complication"),
    ("cement_leakage", "approach"), ("clavien_dindo", "complication"), ("clavien_dindo", "vital_status"),
    ("secondary_procedure", "secondary_procedure_for_pain"), ("diabetes", "diabetes_organ_damage"),
])  # fmt: skip
def test_what_follows_from_each_other_never_leaves_together(one, other):
    raw = [table(name, {"yes": 20, "no": 20}) for name in (one, other)]
    assert len(held_back(raw, spec_with())) == 1


def test_what_nobody_says_to_be_kin_leaves_together():
    raw = [table(name, {"a": 20, "b": 20}) for name in ("sex", "etiology", "approach", "complication")]
    raw += [table(name, {"0": 20, "1": 20}, "post") for name in ("pain", "walk")]
    assert held_back(raw, spec_with()) == {}


def test_the_catalogue_says_of_each_category_under_each_paper_what_it_is_kin_to():
    every = [each for preset in (None, *PAPERS) for each in catalogue(preset).values()] + list(of_fractures().values())
    assert [each.name for each in every if each.kind == "category" and not families_of(each.name)] == []


def test_families_name_only_what_there_is():
    groups, keys = set(in_order().values()), {each["key"] for each in DEFINITIONS}
    for family in FAMILIES:
        assert family.variables <= set(in_order()) and family.instruments <= keys
        assert not family.groups or family.groups & groups


def test_of_a_scale_and_its_parts_the_total_leaves_unless_the_analyses_read_a_part():
    spec = {"msts": None, "msts_pain": "msts", "msts_gait": "msts"}
    raw = [
        table(key, {"0": 20, "1": 20}, code) for code in ("pre", "post") for key in ("msts_gait", "msts_pain", "msts")
    ]
    assert {leaf.split("|")[1] for leaf in held_back(raw, spec_with(instruments=spec))} == {"msts_gait", "msts_pain"}
    asks = {"id": "a", "type": "describe_by_timepoint", "instrument": "msts_pain"}
    kept = {leaf.id for leaf in raw} - set(held_back(raw, spec_with([asks], instruments=spec)))
    assert kept == {"counts|msts_pain|pre", "counts|msts_pain|post"}


def test_two_versions_of_a_scale_and_two_ways_to_ask_for_opioids_do_not_leave_together():
    keys = ("opioid", "opioid_pattern", "as")
    raw = [table(key, {"0": 20, "1": 20}, "post") for key in keys] + [table("opioid_change", {"a": 20, "b": 20})]
    assert set(held_back(raw, spec_with(instruments=dict.fromkeys(keys)))) == {
        "counts|opioid_pattern|post", "counts|as|post", "covariate|opioid_change"}  # fmt: skip
    assert families_of_score("msts@2", None) == families_of_score("msts_pain", "msts")


def test_who_has_died_is_told_by_the_scores_or_by_the_vital_status():
    vital, pain = table("vital_status", {"alive": 20, "deceased": 20}), table("pain", {"0": 20, "1": 20}, "post")
    assert held_back([vital], spec_with()) == {}
    assert set(held_back([vital, pain], spec_with())) == {vital.id}


def test_a_covariate_that_a_study_typed_leaves_only_as_the_arm():
    typed, sex = table("cohort", {"one": 20, "two": 20}), table("sex", {"f": 20, "m": 20})
    assert set(held_back([typed, sex], spec_with())) == {"covariate|cohort"}
    assert "declared" in held_back([typed], spec_with())["covariate|cohort"]
    assert held_back([typed, sex], spec_with(arm="cohort")) == {}


def sent_before(*names):
    leaves = [table(name, {"a": 20, "b": 20}).document([(20, 20, 0, 0)]) for name in names]
    return Earlier(freeze_of(crowd(1, 40)), leaves, "sha256:another", POLICY.__dict__)


def test_what_left_before_under_another_spec_keeps_its_kin_here():
    raw, spec = [table("etiology", {"a": 20, "b": 20})], spec_with()
    assert set(held_back(raw, spec, [sent_before("fracture_etiology")])) == {"covariate|etiology"}
    assert held_back(raw, spec, [sent_before("etiology", "sex")]) == {}
    with pytest.raises(Withheld) as refused:
        choke(raw, spec, [sent_before("fracture_etiology")])
    assert "left before" in refused.value.told[0]


def test_by_another_typed_arm_than_before_nothing_leaves():
    raw = [table("group", {"a": 20, "b": 20}), table("sex", {"f": 20, "m": 20})]
    assert set(held_back(raw, spec_with(arm="group"), [sent_before("cohort")])) == {leaf.id for leaf in raw}
