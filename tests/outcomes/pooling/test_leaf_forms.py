"""Tables in which cells are hidden are held against the spec: which there are, their axes, their cells."""

import json

import pytest

from outcomes.pooling.bundle import LEVELS, NotABundle, read_bundle
from outcomes.pooling.jcs import jcs
from outcomes.pooling.leaf_forms import check_leaves
from outcomes.pooling.spec import read_spec
from tests.outcomes.pooling.studies import bundle_of, hiding_document, small_spec

BANDS = {"pain": [{"label": "low", "from": "0", "to": "3"}, {"label": "high", "from": "4", "to": "10"}]}


def document() -> dict:
    return json.loads(jcs(hiding_document("north")))


def checked(changed: dict) -> None:
    check_leaves(read_bundle(jcs(changed)), small_spec())


def a_cell_less(leaf):
    leaf["cells"].pop()


def a_cell_more(leaf):
    leaf["cells"].append(None)


def a_small_count(leaf):
    leaf["cells"][0] = 4


def other_levels(leaf):
    leaf["axes"][-1]["levels"][0] = "99"


def an_axis_less(leaf):
    leaf["axes"].pop()


def another_rung(leaf):
    leaf["rung"] = 1


def another_variable(leaf):
    leaf["variable"] = "walk"


def another_timepoint(leaf):
    leaf["timepoint"] = "10y"


def another_status(leaf):
    leaf["status"] = "complete" if leaf["status"] != "complete" else "withheld"


WRONG = [a_cell_less, a_cell_more, a_small_count, other_levels, an_axis_less, another_rung, another_variable,
         another_timepoint, another_status]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("place", [0, 1, -1])
def test_a_table_that_is_not_the_specs_is_refused(wrong, place):
    changed = document()
    wrong(changed["tables"][place])
    with pytest.raises(NotABundle, match=r"^tables\."):
        checked(changed)


def test_a_table_more_or_less_is_refused():
    more, less = document(), document()
    more["tables"].append(more["tables"][-1] | {"id": "counts|walk|pre"})
    less["tables"].pop()
    for changed in (more, less):
        with pytest.raises(NotABundle, match="they are not those of the spec"):
            checked(changed)


@pytest.mark.parametrize("n", [1, 4])
def test_a_number_of_patients_that_may_not_be_told_is_refused(n):
    changed = document()
    changed["about"]["n"] = n
    with pytest.raises(NotABundle, match=r"^about\.n"):
        checked(changed)


@pytest.mark.parametrize("spec", [small_spec(), read_spec({**small_spec().document, "coarsening": BANDS})])
@pytest.mark.parametrize("level", LEVELS[1:])
def test_what_a_site_makes_is_as_its_spec_says_at_either_level_with_bands_and_without(spec, level):
    check_leaves(read_bundle(jcs(hiding_document("north", level=level, spec=spec))), spec)


def test_bands_where_the_level_tells_single_values_are_refused():
    spec = read_spec({**small_spec().document, "coarsening": BANDS})
    changed = hiding_document("north", level="coarsened", spec=spec) | {"level": "suppressed"}
    with pytest.raises(NotABundle, match=r"its (axes|rung) is not"):
        check_leaves(read_bundle(jcs(changed)), spec)


def test_whole_tables_have_no_such_form():
    check_leaves(bundle_of("north"), small_spec())
