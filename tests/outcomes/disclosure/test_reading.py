"""What a centre reads out of leaves whose cells are all told is what the site's own rows give, to the byte."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.disclosure.assembling import NOT_OF_LEAVES, Hidden
from outcomes.disclosure.leaves import COARSENED, SUPPRESSED, leaf_tables
from outcomes.disclosure.reading import CELLS_STAY, RANKS_STAY, tables_from
from outcomes.freeze import columns_of
from outcomes.plans.check import specified
from outcomes.pooling.framing import framed
from outcomes.stats.documents import canonical
from tests.outcomes.disclosure.sites import ARMS, BANDS, ENTRIES, SEXES, crowd, freeze_of, people, spec_of


def whole(frozen, spec, level=SUPPRESSED):
    """Every leaf with every cell told: as of a site with so many patients that nothing is small."""
    found = [leaf.document([tuple(row) for row in leaf.rows]) for leaf in leaf_tables(frozen, spec, level)]
    return json.loads(json.dumps(found))


@pytest.mark.parametrize("arm", ["arm", None])
@settings(max_examples=15, deadline=None)
@given(patients=people(most=40, arms=(*ARMS, None), sexes=(*SEXES, None)))
def test_leaves_that_tell_all_give_the_tables_of_the_rows(arm, patients):
    entries = [entry for entry in ENTRIES if arm or not ({"by", "row"} & set(entry))]
    spec, frozen = spec_of(entries, arm=arm), freeze_of(patients)
    columns = framed(columns_of(frozen), spec)
    for entry in entries:
        read = tables_from(entry, spec, whole(frozen, spec))
        if entry["type"] == "kruskal_dunn":
            assert read == RANKS_STAY
            continue
        analysis = specified(entry)
        assert canonical(analysis.compute(read)) == canonical(analysis.compute(analysis.tabulate(columns)))


@settings(max_examples=15, deadline=None)
@given(patients=people(most=40, arms=(*ARMS, None), sexes=(*SEXES, None)), cut=st.integers(0, 40))
def test_tables_that_were_read_add_up_like_those_of_the_rows(patients, cut):
    spec = spec_of()
    parts = [freeze_of(patients[:cut]), freeze_of(patients[cut:])]
    for entry in ENTRIES:
        if entry["type"] == "kruskal_dunn":
            continue
        one, two = (tables_from(entry, spec, whole(part, spec)) for part in parts)
        analysis = specified(entry)
        together = analysis.tabulate(framed(columns_of(freeze_of(patients)), spec))
        assert canonical(analysis.compute(one + two)) == canonical(analysis.compute(together))


def test_a_hidden_cell_that_is_needed_leaves_nothing_to_be_read():
    spec, frozen = spec_of(), freeze_of(crowd(1, 80))
    leaves = whole(frozen, spec)
    for leaf in leaves:
        if leaf["id"] == "counts|pain|post":
            leaf["cells"][0] = None
    read = {entry["id"]: tables_from(entry, spec, leaves) for entry in ENTRIES}
    assert {name for name, found in read.items() if found == CELLS_STAY} == {"course", "arms", "test", "free",
                                                                             "free_by_arm", "times"}  # fmt: skip
    assert not isinstance(read["groups"], Hidden)


def test_an_analysis_that_asks_two_things_of_a_patient_is_not_read_out_of_leaves():
    spec, leaves = spec_of(), whole(freeze_of(crowd(1, 80)), spec_of())
    entry = {"id": "x", "type": "mannwhitney", "instrument": "pain", "timepoint": "post", "by": "sex"}
    for asked in (entry, entry | {"by": "arm", "subset": {"sex": "f"}}, {"id": "y", "type": "ancova"}):
        assert tables_from(asked, spec, leaves) == NOT_OF_LEAVES


def test_levels_that_the_spec_does_not_know_are_never_taken_for_one_that_it_does():
    spec = spec_of()
    leaves = whole(freeze_of([dict(each, sex="x") for each in crowd(1, 40)]), spec)
    assert isinstance(tables_from(ENTRIES[5], spec, leaves), Hidden)
    assert not isinstance(tables_from(ENTRIES[0], spec, leaves), Hidden)


def test_bands_answer_only_the_conditions_that_do_not_divide_them():
    spec = spec_of(bands=BANDS)
    leaves = whole(freeze_of(crowd(1, 80)), spec, COARSENED)
    free = next(entry for entry in ENTRIES if entry["id"] == "free")
    assert not isinstance(tables_from(free, spec, leaves), Hidden)
    assert isinstance(tables_from(free | {"col": free["col"] | {"le": 2}}, spec, leaves), Hidden)
    assert replace(spec).document["coarsening"]["pain"] == BANDS
