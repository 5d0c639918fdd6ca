"""What many sites agree to count: written out in full, read strictly, and the same hash for the same meaning."""

import copy
import json

import pytest

from outcomes.plans.check import check_plan
from outcomes.pooling.framing import differences, framed
from outcomes.pooling.jcs import named
from outcomes.pooling.spec import NotASpec, as_file, read_spec, spec_from
from tests.outcomes.cohorts import columns
from tests.outcomes.pooling.specs import frozen_of, instrument, spec_of

PAIN = {"id": "pain", "type": "describe_by_timepoint", "instrument": "pain"}
CURVE = {"id": "alive", "type": "km", "times": [1, 2]}
MODEL = {"id": "model", "type": "mixed_model", "instrument": "pain"}


def cohort(**survival):
    return frozen_of(
        columns(
            scores={("pain", "pre"): ["3", "4", "9", "4"], ("pain", "6w"): ["1", None, "2", "2"]},
            covariates={
                "arm": ["a", "b", "b", "a"],
                "age": ["61", "70", "83", "70"],
                "grade": ["1", "2", "2", "1"],
                "device": ["sn99887766", None, None, "sn11223344"],
            },
            survival=survival,
        ),
        {"pain": instrument()},
        arm="arm",
    )


DEATH = (["1", "2", "3", "4"], ["1", "0", "1", "0"])
SHARES = {"id": "shares", "type": "share_patient_var", "var": "grade", "by": "arm"}
AGES = {"id": "ages", "type": "describe_patient_var", "var": "age"}
SPEC = spec_of(cohort(), [PAIN, SHARES, AGES])


def test_its_hash_is_that_of_its_file_whatever_way_it_is_written():
    file = as_file(SPEC.document)
    assert named(file) == SPEC.hash
    spaced = json.dumps(dict(reversed(SPEC.document.items())), indent=3)
    assert read_spec(spaced.encode()).hash == SPEC.hash
    assert read_spec(spaced) == SPEC


def test_what_cannot_be_pooled_is_listed_with_the_reason():
    spec = spec_of(
        cohort(), [PAIN, MODEL, CURVE, {"id": "gone", "type": "describe_by_timepoint", "instrument": "msts"}]
    )
    reasons = {each["id"]: each["reason"] for each in spec.document["not_poolable"]}
    assert [*spec.analyses] == ["pain"]
    assert reasons["gone"] == "the cohort has no instrument msts"
    assert "rows do not leave" in reasons["model"]
    assert "no time to an event" in reasons["alive"]


def test_the_only_time_to_an_event_is_named_so_that_another_site_may_have_more():
    spec = spec_of(cohort(death=DEATH), [CURVE])
    assert spec.entries[0]["survival"] == "death"
    assert spec_of(cohort(death=DEATH, repair=DEATH), [PAIN, CURVE]).document["not_poolable"][0]["id"] == "alive"


def test_what_a_reviewer_would_ask_is_written_out_and_the_plan_can_be_run_as_it_stands():
    change = {"id": "change", "type": "wilcoxon_paired", "instrument": "pain", "pre": "pre", "post": "6w"}
    plan = {"name": "one", "beside": True, "analyses": [change]}
    spec = read_spec(spec_from(plan, cohort(), name="one"))
    assert "change__responders" in spec.analyses
    assert "beside" not in spec.plan
    assert check_plan(spec.plan).entries == spec.entries


def test_values_of_single_patients_are_not_in_it():
    covariates = SPEC.document["covariates"]
    assert covariates["age"]["levels"] is None
    assert (covariates["arm"]["levels"], covariates["grade"]["levels"]) == (["a", "b"], ["1", "2"])


def test_a_covariate_that_nothing_names_is_not_in_it():
    assert {*spec_of(cohort(), [PAIN]).document["covariates"]} == {"arm"}
    assert {*spec_of(cohort(), [PAIN | {"subset": {"grade": "1"}}]).document["covariates"]} == {"arm", "grade"}


def test_levels_that_may_say_who_a_patient_is_are_refused_in_words():
    with pytest.raises(
        NotASpec, match=r"covariates\.device: the levels .* only one patient has\. Leave out the analyses"
    ):
        spec_of(cohort(), [PAIN, SHARES | {"var": "device"}])
    assert spec_of(cohort(), [PAIN, SHARES]).document["covariates"]["grade"]["levels"] == ["1", "2"]


def bands(*ends):
    return [{"label": str(low), "from": str(low), "to": str(high)} for low, high in ends]


def test_bands_that_hold_each_value_once_are_taken():
    assert read_spec(changed(coarsening={"pain": bands((0, 4), (5, 10))})).document["coarsening"]["pain"]


def changed(**fields):
    return copy.deepcopy(dict(SPEC.document)) | fields


@pytest.mark.parametrize(("document", "words"), [
    (b"{", "no JSON"),
    (b'{"format": 1, "format": 2}', "a key more than once"),
    (changed(format="promontory-spec/2"), "format"),
    (changed(more=1), "the document"),
    (changed(name="one two"), "name"),
    (changed(analyses=[]), "analyses"),
    (changed(analyses=[PAIN | {"type": "unheard_of"}]), "analyses"),
    (changed(analyses=[PAIN, PAIN]), "more than once"),
    (changed(analyses=[PAIN | {"instrument": "msts"}]), "no instrument msts"),
    (changed(analyses=[PAIN, MODEL]), "cannot be pooled"),
    (changed(policy={"min_cell": 5}), "policy"),
    (changed(policy=SPEC.document["policy"] | {"rounding": "5"}), "policy.rounding"),
    (changed(policy=SPEC.document["policy"] | {"hide_zeros": False}), "Zeros are hidden"),
    (changed(policy=SPEC.document["policy"] | {"min_delta": 9}), "min_delta at least 2 min_cell"),
    (changed(coarsening={"pain": bands((0, 4), (6, 10))}), "the band 6 has to begin at 5"),
    (changed(coarsening={"pain": bands((0, 5), (5, 10))}), "the band 5 has to begin at 6"),
    (changed(coarsening={"pain": bands((5, 10), (0, 4))}), "the band 5 has to begin at 0"),
    (changed(coarsening={"pain": bands((0, 4), (5, 9))}), "the last band has to end at 10"),
    (changed(coarsening={"pain": [*bands((0, 4)), {"label": "5", "from": "5", "to": None}]}), "coarsening.pain.1.to"),
    (changed(coarsening={"msts": [{"label": "a", "from": "0", "to": "1"}, {"label": "b", "from": "2", "to": "3"}]}),
     "no instrument of the spec"),
], ids=range(20))  # fmt: skip
def test_what_is_no_spec_is_refused_in_words(document, words):
    with pytest.raises(NotASpec, match=words):
        read_spec(document)


def test_another_meaning_of_an_instrument_is_another_dictionary():
    other = copy.deepcopy(dict(SPEC.document))
    other["instruments"]["pain"]["maximum"] = "100"
    assert read_spec(other).dictionary_version != SPEC.dictionary_version
    called = copy.deepcopy(dict(SPEC.document))
    called["instruments"]["pain"]["name"] = "Pain at rest"
    assert read_spec(called).dictionary_version == SPEC.dictionary_version


def test_a_freeze_that_is_not_as_the_spec_says_is_told_so_in_words():
    assert differences(SPEC, cohort().manifest) == []
    manifest = copy.deepcopy(cohort().manifest)
    manifest["cohort"]["rule"] = {"procedures": "all"}
    manifest["timepoints"][1]["window"] = [1, 2]
    manifest["instruments"]["pain"]["direction"] = "higher_better"
    assert differences(SPEC, manifest) == [
        "The freeze's cohort picks by another rule than the spec.",
        "The timepoint 6w has another window here.",
        "The instrument pain means something else here than in the spec.",
    ]
    manifest = copy.deepcopy(cohort().manifest)
    manifest["cohort"]["rule"] = {"sites": ["north"]}
    assert differences(SPEC, manifest) == []


def test_the_columns_are_framed_as_the_spec_says_whatever_else_a_site_has():
    more = columns(
        scores={("pain", "pre"): ["3"], ("pain", "2y"): ["3"], ("msts", "pre"): ["30"]},
        timepoints={"pre": 0, "6w": 1, "1y": 2, "2y": 3},
        covariates={"arm": ["a"], "hair": ["red"]},
        survival={"death": (["1"], ["1"])},
    )
    found = framed(more, SPEC)
    assert [*found.scores] == [("pain", "pre")]
    assert {*found.covariates} == {"arm", "age", "grade"}
    assert not found.covariates["age"].present.any()
    assert (found.known_instruments(), dict(found.survival)) == (("pain",), {})
