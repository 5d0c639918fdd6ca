"""For every analysis that can be pooled: what stands beside it has a figure, a table and words without codes."""

import pytest

from outcomes.plans.check import specified
from outcomes.pooling.beside_sites import beside
from reports.charts import in_print
from reports.forest import forests
from reports.forest_words import stratified_sentences, two_stage_sentence, two_stage_table
from reports.manifest import Manifest
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


def result_of(entry):
    spec = specified(entry)
    found = beside(entry, spec, per_site(spec, cohort()))
    return {"analysis_id": "x", "type": entry["type"], "entry": entry, "payload": {}}, found


@pytest.mark.parametrize("entry", POOLABLE, ids=entry_name)
def test_every_effect_has_a_figure_a_table_and_a_sentence(entry):
    result, found = result_of(entry)
    effects = found["two_stage"].get("effects", [])
    figures = forests("x", result, found["two_stage"], MANIFEST)
    assert len(figures) == len({figure.id for figure in figures}) == sum("summaries" in each for each in effects)
    for effect in effects:
        table = two_stage_table(result, effect, MANIFEST)
        assert set(SITES) <= {row.head.lower() for group in table.groups for row in group.rows}
    told = [two_stage_sentence(result, effect, MANIFEST) for effect in effects]
    told += stratified_sentences(result, found["stratified"], MANIFEST)
    for words in (*told, *(figure.alt for figure in figures)):
        assert words.endswith(".") and not any(code in words for code in ("_", "None", "nan")), words


def test_the_figures_can_be_drawn():
    result, found = result_of(next(entry for entry in POOLABLE if entry["type"] == "cmh"))
    figures = forests("x", result, found["two_stage"], MANIFEST)
    assert [in_print.draw(figure)[:5] for figure in figures] == [b"<?xml"] * 2
    assert all(figure.plot["data"] for figure in figures)
