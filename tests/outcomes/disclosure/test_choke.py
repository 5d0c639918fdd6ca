"""What leaves through the choke point: no small count anywhere in it, and the same tables whatever the data are."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.disclosure.choke import SmallCount, choke, looked_through
from outcomes.disclosure.leaves import COARSENED, SUPPRESSED, NotInSpec, leaf_tables
from outcomes.disclosure.ledger import Withheld
from outcomes.disclosure.policy import Policy
from tests.outcomes.disclosure.sites import BANDS, crowd, freeze_of, patient, people, spec_of

POLICY = Policy()


def leaves_of(patients, spec=None, level=SUPPRESSED, ledger=()):
    spec = spec or spec_of()
    return choke(leaf_tables(freeze_of(patients), spec, level), spec, ledger)


def whole_numbers(document):
    inside = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    if isinstance(document, int):
        yield document
    for each in inside:
        yield from whole_numbers(each)


def without_rung(leaves):
    return [{key: value for key, value in leaf.items() if key != "rung"} for leaf in leaves]


@settings(max_examples=25, deadline=None)
@given(people(most=120, least=5), st.sampled_from([SUPPRESSED, COARSENED]))
def test_no_count_of_one_to_four_stands_anywhere_in_what_leaves(patients, level):
    try:
        leaves, told = leaves_of(patients, spec_of(bands=BANDS), level)
    except Withheld as refused:
        leaves, told = [], refused.told
    sent = json.loads(json.dumps(without_rung(leaves)))
    assert not [number for number in whole_numbers(sent) if 0 < number < POLICY.min_cell]
    assert not [word for word in " ".join(told).split() if word.strip(".,").isdigit()]


def test_a_small_count_anywhere_in_a_document_is_found_wherever_it_came_from():
    for broken in ({"about": {"n": 3}}, {"tables": [{"cells": [None, 4]}]}, {"a": [{"df": 1}]}, {"mean": 2.5}):
        with pytest.raises(SmallCount):
            looked_through({"policy": {"min_width": 2}, "rung": 1} | broken, POLICY)
    fine = {"policy": {"min_width": 2}, "tables": [{"rung": 1, "cells": [0, 5, None]}], "flag": True, "n": 12}
    assert looked_through(fine, POLICY) == fine


def test_a_choke_point_that_publishes_small_counts_is_found(monkeypatch):
    monkeypatch.setattr("outcomes.disclosure.audit.publish_row", lambda cells, policy, known: tuple(cells))
    with pytest.raises(SmallCount):
        leaves_of(crowd(1, 60))


def test_the_tables_their_axes_and_their_order_follow_from_the_spec_alone():
    frames = {
        json.dumps([(leaf["id"], leaf["axes"], leaf["rung"]) for leaf in leaves_of(patients)[0]])
        for patients in (crowd(1, 40), crowd(2, 300, missing=0.6), [patient(f"p{at}", pain_pre=2) for at in range(9)])
    }
    assert len(frames) == 1


def test_the_same_rows_give_the_same_bytes():
    assert leaves_of(crowd(3, 90)) == leaves_of(crowd(3, 90))


def test_missing_dead_and_not_due_are_cells_that_are_hidden_with_the_others():
    people = [patient(f"p{at}", pain_post=2, walk_post=1) for at in range(30)]
    people += [patient(f"m{at}", pain_post="not_due", walk_post="not_due") for at in range(3)]
    people += [patient(f"d{at}", pain_post="deceased", walk_post="deceased") for at in range(3)]
    leaf = next(leaf for leaf in leaves_of(people)[0] if leaf["id"] == "counts|pain|post")
    cells = dict(zip(leaf["axes"][1]["levels"], leaf["cells"], strict=False))
    assert (cells["2"], cells["not_due"], cells["dead"], cells["missing"]) == (30, None, None, None)


def test_who_is_dead_is_the_same_patients_in_the_row_of_every_instrument():
    people = [patient(f"p{at}", pain_post=2, walk_post="deceased") for at in range(7)]
    people += [patient(f"q{at}", pain_post="deceased") for at in range(6)]
    rows = {leaf.id: leaf.rows[0] for leaf in leaf_tables(freeze_of(people), spec_of(), SUPPRESSED)}
    assert [rows[f"counts|{key}|post"][-2] for key in ("pain", "walk")] == [6, 6]


def test_the_dead_are_not_hidden_to_enlarge_a_group_as_every_instrument_tells_them():
    people = [patient(f"p{at}", pain_post=2, walk_post=1) for at in range(30)]
    people += [patient(f"q{at}", pain_post=3, walk_post=1) for at in range(9)]
    people += [patient(f"r{at}", pain_post=4, walk_post=1) for at in range(2)]
    people += [patient(f"d{at}", pain_post="deceased", walk_post="deceased") for at in range(5)]
    leaf = next(leaf for leaf in leaves_of(people)[0] if leaf["id"] == "counts|pain|post")
    cells = dict(zip(leaf["axes"][1]["levels"], leaf["cells"], strict=False))
    assert (cells["2"], cells["3"], cells["4"], cells["dead"]) == (30, None, None, 5)


def test_levels_that_the_spec_does_not_know_are_counted_apart():
    people = [patient(f"p{at}", sex="x") for at in range(20)]
    leaf = next(leaf for leaf in leaves_of(people)[0] if leaf["id"] == "covariate|sex")
    assert leaf["axes"][1]["levels"] == ["f", "m", "|other", "|missing"]
    assert leaf["cells"][:4] == [0, 0, 20, 0]


def test_an_arm_in_which_nobody_is_has_rows_of_zeros_and_hides_nothing():
    people = [
        patient(f"p{at}", arm="ab"[at % 2], sex="f", pain_pre=2, pain_post=2, walk_pre=1, walk_post=1)
        for at in range(40)
    ]
    leaves, told = leaves_of(people)
    assert {leaf["status"] for leaf in leaves} == {"complete"} and told == []


def test_coarser_bands_take_the_place_of_levels_where_the_spec_has_some():
    leaves = {leaf["id"]: leaf for leaf in leaves_of(crowd(5, 200), spec_of(bands=BANDS), COARSENED)[0]}
    assert leaves["counts|pain|post"]["axes"][1]["levels"] == ["low", "high", "not_due", "dead", "missing"]
    assert leaves["counts|pain|post"]["rung"] == 1 and leaves["counts|walk|post"]["rung"] == 0


def test_a_value_that_the_spec_has_no_cell_for_is_said_without_it():
    with pytest.raises(NotInSpec) as refused:
        leaves_of([patient(f"p{at}", pain_pre=7) for at in range(9)])
    assert "7" not in str(refused.value)


def test_nobody_and_a_few_are_refused_with_the_same_words():
    bodies = set()
    for many in (0, 1, 4):
        with pytest.raises(Withheld) as refused:
            leaves_of([patient(f"p{at}", pain_pre=2) for at in range(many)])
        bodies.add(json.dumps([refused.value.body, str(refused.value)]))
    assert len(bodies) == 1


def test_the_coordinator_is_told_which_table_which_rule_and_what_to_do():
    people = [patient(f"p{at}", arm="a", sex="f", pain_pre=at % 2) for at in range(12)]
    people += [patient(f"q{at}", arm="b", sex="m", pain_pre=4) for at in range(3)]
    _, told = leaves_of(people)
    assert any(line.startswith("pain at pre") and "threshold" in line and "coarser" in line for line in told)
