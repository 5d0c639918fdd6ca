"""Two releases that the gate lets through never differ by one to four patients in anything that both of them tell."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.disclosure.choke import choke
from outcomes.disclosure.leaves import SUPPRESSED, leaf_tables
from outcomes.disclosure.ledger import DIFFERENCING, NOT_TOLD, Earlier, Withheld, exchanged, gate, side_by_side
from outcomes.disclosure.policy import Policy
from tests.outcomes.disclosure.sites import BANDS, crowd, freeze_of, patient, spec_of

POLICY = Policy()
SPEC = spec_of()


def released(patients, earlier=(), spec=SPEC, level=SUPPRESSED):
    """A release that the gate lets through, as the ledger keeps it."""
    frozen = freeze_of(patients)
    gate(spec, frozen, earlier)
    leaves, _ = choke(leaf_tables(frozen, spec, level), spec, earlier)
    return Earlier(frozen, leaves, spec.hash, spec.policy)


def told_of_few(one, two):
    """Where two releases both tell a cell, or a hidden group, and these differ by one to four patients."""
    found = []
    for old, new in zip(*(leaf_tables(each.frozen, SPEC, SUPPRESSED) for each in (one, two)), strict=True):
        before, after = ({leaf["id"]: leaf for leaf in each.leaves}[new.id]["cells"] for each in (one, two))
        width, places = len(new.levels), side_by_side(old, new)
        for start in range(0, len(after), width):
            cells = range(start, start + width)
            if all(before[at] is None for at in cells) or all(after[at] is None for at in cells):
                continue
            groups = [[at] for at in cells if before[at] is not None and after[at] is not None]
            groups += [list(cells), [at for at in cells if after[at] is None]]
            found += [(new.id, group) for group in groups if 0 < exchanged(places, group) < POLICY.min_cell]
    return found


def versions(seed, rows, leave, come, change):
    """The same patients twice: some left, some came, some are measured otherwise."""
    first = crowd(seed, rows, levels=3)
    second = [dict(each) for each in first[leave:]] + crowd(seed + 1, come, prefix="n", levels=3)
    for each in second[:change]:
        each["pain_post"] = (each["pain_post"] + 1) % 3 if isinstance(each["pain_post"], int) else 0
    return first, second


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(60, 160), st.integers(0, 12), st.integers(0, 60), st.integers(0, 25))
def test_any_two_releases_that_the_gate_allows_differ_nowhere_by_a_few_patients(seed, rows, leave, come, change):
    first, second = versions(seed, rows, leave, come, change)
    try:
        one = released(first)
        two = released(second, [one])
    except Withheld:
        return
    assert told_of_few(one, two) == []


def test_without_the_ledger_two_such_releases_tell_of_a_few_patients():
    found = []
    for seed in range(10):
        first, second = versions(seed, 120, 2, 20, 6)
        found += told_of_few(released(first), released(second))
    assert found


@pytest.mark.parametrize(("leave", "come", "allowed"), [(0, 0, True), (1, 0, False), (0, 9, False), (4, 5, False),
                                                        (5, 5, True), (0, 10, True)])  # fmt: skip
def test_releases_of_nearly_the_same_patients_are_blocked_whatever_their_spec(leave, come, allowed):
    people, more = crowd(1, 80), crowd(2, come, prefix="n")
    one = released(people)._replace(spec_hash="sha256:another")
    if allowed:
        gate(SPEC, freeze_of(people[leave:] + more), [one])
        return
    with pytest.raises(Withheld) as refused:
        gate(SPEC, freeze_of(people[leave:] + more), [one])
    assert refused.value.problem_type == DIFFERENCING


@pytest.mark.parametrize(("change", "allowed"), [(0, True), (1, False), (9, False), (10, True)])
def test_the_same_spec_is_sent_again_when_enough_has_changed_or_nothing(change, allowed):
    people = [patient(f"p{at}", pain_pre=1, pain_post=at % 2) for at in range(80)]
    later = [each | {"pain_post": 3} if at < change else each for at, each in enumerate(people)]
    one = released(people)
    if allowed:
        gate(SPEC, freeze_of(later), [one])
        return
    with pytest.raises(Withheld):
        gate(SPEC, freeze_of(later), [one])


def test_a_release_that_two_earlier_ones_make_up_but_for_a_few_is_blocked():
    north, south = crowd(1, 60), crowd(2, 60, prefix="s")
    past = [released(north), released(south, [released(north)])]
    with pytest.raises(Withheld):
        gate(SPEC, freeze_of(north + south[3:]), past)
    gate(SPEC, freeze_of(north + south), past)


def test_a_small_cohort_that_left_before_does_not_stop_another_from_leaving_again():
    north, few = crowd(1, 60), [patient(f"f{at}", pain_pre=2) for at in range(8)]
    past = [released(north), released(few)]
    gate(SPEC, freeze_of(north), past)


def test_the_answer_outside_is_the_same_whatever_is_behind_it():
    bodies = {DIFFERENCING: set(), NOT_TOLD: set()}
    one = released(crowd(1, 80))
    for leave in (1, 5, 9):
        with pytest.raises(Withheld) as refused:
            gate(SPEC, freeze_of(crowd(1, 80)[leave:]), [one])
        bodies[refused.value.problem_type].add((str(refused.value.body), str(refused.value)))
        assert not any(letter.isdigit() for letter in " ".join(refused.value.told))
    for rows in ([], crowd(1, 1), crowd(1, 4), crowd(1, 40) * 2):
        with pytest.raises(Withheld) as refused:
            gate(SPEC, freeze_of(rows), [])
        bodies[refused.value.problem_type].add((str(refused.value.body), str(refused.value)))
    assert {name: len(said) for name, said in bodies.items()} == {DIFFERENCING: 1, NOT_TOLD: 1}


def test_a_cell_that_was_hidden_stays_hidden_when_it_has_grown():
    def people(few):
        return [patient(f"p{at}", pain_pre=2 if at < 60 else 3) for at in range(120)] + [
            patient(f"q{at}", pain_pre=0 if at < few else 1) for at in range(2 * few)
        ]

    one = released(people(4))
    two = released(people(40), [one])
    cells = {leaf["id"]: leaf["cells"] for leaf in two.leaves}["counts|pain|pre"]
    fresh = {leaf["id"]: leaf["cells"] for leaf in released(people(40)).leaves}["counts|pain|pre"]
    assert fresh[:4] == [40, 40, 60, 60] and cells[:4] == [None, None, 60, 60]


STRICT = {"id": "strict", "min_cell": 11, "min_width": 2, "hide_zeros": True, "min_delta": 22, "min_group": 11}


def smallest_told(leaves):
    return min(count for leaf in leaves for count in leaf["cells"] if count)


def test_a_lax_spec_after_a_strict_one_tells_nothing_that_the_strict_one_promised_to_hide():
    """The first is by another spec, of which nothing but the arms left."""
    people = crowd(7, 150)
    strict = released(people, spec=spec_of(policy=STRICT))
    arms = [leaf if leaf["variable"] == "arm" else leaf | {"status": "withheld", "cells": [None] * len(leaf["cells"])}
            for leaf in strict.leaves]  # fmt: skip
    frozen, strict = freeze_of(people), strict._replace(leaves=arms)
    after, told = choke(leaf_tables(frozen, SPEC, SUPPRESSED), SPEC, [strict])
    assert smallest_told(after) >= STRICT["min_cell"] and any("promised" in line for line in told)
    lax = strict._replace(policy=SPEC.policy)
    assert POLICY.min_cell <= smallest_told(choke(leaf_tables(frozen, SPEC, SUPPRESSED), SPEC, [lax])[0]) < 11


def test_under_a_stricter_promise_rows_leave_whole_or_not_at_all():
    people = crowd(7, 150)
    strict = released(people, spec=spec_of(policy=STRICT))._replace(leaves=[])
    for leaf in choke(leaf_tables(freeze_of(people), SPEC, SUPPRESSED), SPEC, [strict])[0]:
        width = len(leaf["axes"][-1]["levels"])
        rows = [leaf["cells"][at : at + width] for at in range(0, len(leaf["cells"]), width)]
        assert all(set(row) == {None} or None not in row for row in rows)


def test_releases_differ_by_as_many_patients_as_the_strictest_of_their_specs_says():
    people, more = crowd(1, 80), crowd(2, 15, prefix="n")
    strict = released(people, spec=spec_of(policy=STRICT))
    gate(SPEC, freeze_of(people + more), [strict._replace(policy=SPEC.policy)])
    with pytest.raises(Withheld) as refused:
        gate(SPEC, freeze_of(people + more), [strict])
    assert refused.value.problem_type == DIFFERENCING


def test_the_same_release_again_gives_the_same_leaves():
    one = released(crowd(7, 150))
    assert released(crowd(7, 150), [one]).leaves == one.leaves


def test_a_variable_that_left_in_levels_does_not_leave_in_bands_too():
    one = released(crowd(7, 150))
    banded = spec_of(bands=BANDS)
    leaves, told = choke(leaf_tables(freeze_of(crowd(7, 150)), banded, "coarsened"), banded, [one])
    told_cells = {leaf["id"]: [count for count in leaf["cells"] if count] for leaf in leaves}
    assert told_cells["counts|pain|post"] == [] != told_cells["counts|walk|post"]
    assert any("sent before" in line for line in told)


def test_the_gate_asks_ten_thousand_patients_and_five_releases_in_seconds():
    many, start = crowd(1, 10_000), time.perf_counter()
    past = [released(many[at:]) for at in (0, 20, 40, 60, 80)]
    made = time.perf_counter()
    gate(SPEC, freeze_of(many[100:]), past)
    assert (made - start, time.perf_counter() - made) < (60, 60)
