"""For every analysis that can be pooled: what stands beside it is shown, in words without codes, and all of it."""

import pytest

from outcomes.plans.check import specified
from outcomes.pooling.beside_sites import beside
from reports.charts import in_print
from reports.manifest import Manifest
from reports.sites_apart import SitesApart, sites_apart
from tests.outcomes.cohorts import TIMEPOINTS, entry_name
from tests.outcomes.pooling.test_beside_sites import POOLABLE, SITES, cohort, per_site
from tests.reports import examples

MANIFEST = Manifest(
    examples.manifest(
        arm="arm",
        instruments={"pain": examples.PAIN},
        timepoints=[{"code": code, "label": code, "order": order} for code, order in TIMEPOINTS.items()],
        covariates={name: {"kind": "category", "decimals": 0} for name in ("arm", "sex", "grade", "age")},
    )
)


def shown(entry):
    spec = specified(entry)
    found = beside(entry, spec, per_site(spec, cohort()))
    result = {"analysis_id": "x", "type": entry["type"], "entry": entry, "payload": {}}
    return found, sites_apart(result, found, MANIFEST)


@pytest.mark.parametrize("entry", POOLABLE, ids=entry_name)
def test_every_type_has_its_words_and_every_effect_a_figure_and_a_table(entry):
    found, told = shown(entry)
    effects = found["two_stage"].get("effects", [])
    assert told.sentences and all(each.endswith(".") for each in told.sentences)
    assert len(told.figures) == sum("summaries" in each for each in effects)
    assert len(told.tables) == len(effects) + bool(found["stratified"].get("strata"))
    assert len({figure.id for figure in told.figures}) == len(told.figures)
    for table in told.tables:
        heads = [row.head.lower() for group in table.groups for row in group.rows]
        assert set(SITES) <= set(heads)
    for words in (*told.sentences, *(figure.alt for figure in told.figures)):
        assert "_" not in words and "None" not in words and "nan" not in words, words


def test_nothing_beside_it_is_nothing_shown():
    result = {"analysis_id": "x", "type": "km", "entry": {"type": "km", "times": [1]}, "payload": {}}
    assert sites_apart(result, {}, MANIFEST) == SitesApart()


def test_the_figures_can_be_drawn():
    _, told = shown(next(entry for entry in POOLABLE if entry["type"] == "cmh"))
    assert [in_print.draw(figure)[:5] for figure in told.figures] == [b"<?xml"] * 2
    assert all(figure.plot["data"] for figure in told.figures)
