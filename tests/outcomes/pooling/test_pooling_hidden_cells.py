"""A sum in which one site hides small counts: exact where nothing hidden is touched; else bounds or open, and said."""

import json
from dataclasses import replace
from functools import cache

import pytest

from outcomes.models import in_order
from outcomes.pooling.about import about_of
from outcomes.pooling.adding import beside_sites
from outcomes.pooling.bundle import SUPPRESSED, read_bundle
from outcomes.pooling.jcs import jcs
from outcomes.pooling.pooling import distinct, per_site, pool
from outcomes.pooling.summed import manifest_of
from outcomes.stats.documents import canonical
from reports.manifest import Manifest
from reports.pooling_beside import OverSites
from reports.pooling_report import pooled_report
from tests.outcomes.pooling.studies import CODES, bundle_of, hiding_document, small_spec


@cache
def bundles():
    """Two sites with whole tables, and west, which hides."""
    west = read_bundle(jcs(hiding_document("west")))
    return distinct([west, *(bundle_of(code) for code in CODES[:2])])


def test_no_result_in_which_a_cell_is_hidden_says_that_it_is_exact():
    spec = small_spec()
    for each in pool(spec, bundles()):
        told = per_site(each.entry, spec, bundles())
        assert each.exact == (set(told) == set(CODES)), each.entry["id"]
        assert each.level == SUPPRESSED and len(each.inputs) == 3


def test_what_asks_several_things_of_each_patient_is_not_determined_with_the_reason():
    found = {each.entry["id"]: json.loads(each.payload) for each in pool(small_spec(), bundles())}
    for name in ("pain-change", "pain-adjusted", "death"):
        assert found[name]["not_determined"]


def test_the_report_of_such_a_sum_lists_bounds_and_what_is_open_and_draws_nothing_inexact():
    spec = small_spec()
    manifest = manifest_of(spec, [about_of(bundle) for bundle in bundles()], slug="s", name="S")
    results = [
        {
            "id": each.entry["id"], "analysis_id": each.entry["id"], "type": each.entry["type"], "entry": each.entry,
            "payload": json.loads(each.payload), "exact": each.exact, "level": each.level, "inputs": each.inputs,
            "envelope": {"freeze": "0" * 64, "preset": "modern"},
        }
        for each in pool(spec, bundles())
    ]  # fmt: skip
    page = pooled_report(manifest, results, spec.plan)
    assert page.exact + len(page.certain) + len(page.undetermined) == len(results)
    assert page.undetermined and page.exact < len(results)
    assert page.report.missing is None
    sources = {source.label for section in page.report.sections for table in section.tables for source in table.sources}
    assert sources <= {each["analysis_id"] for each in results if each["exact"]}
    assert page.report.flow.patients == 30


def hiding(code: str, *, n: int = 10):
    return read_bundle(jcs(hiding_document(code, n=n)))


def test_with_fewer_than_three_sites_nothing_of_one_that_hides_is_determined():
    spec = small_spec()
    for each in pool(spec, [hiding("west"), bundle_of("north")]):
        assert "fewer than 3 sites" in json.loads(each.payload)["not_determined"] and not each.exact
    whole = pool(spec, [bundle_of("west"), bundle_of("north")])
    assert all(each.exact for each in whole)


def test_where_one_site_has_more_than_four_fifths_of_the_rows_nothing_of_one_that_hides_is_determined():
    spec, others = small_spec(), [bundle_of(code) for code in CODES[:2]]
    for n, is_refused in ((80, False), (81, True)):
        found = [
            json.loads(each.payload).get("not_determined", "") for each in pool(spec, [hiding("west", n=n), *others])
        ]
        assert all("more than 80%" in why for why in found) is is_refused, n


@pytest.mark.parametrize("level", ["suppressed", "coarsened"])
@pytest.mark.parametrize("exact", [True, False])
def test_no_p_stands_alone_where_a_site_hides_or_tells_bands(level, exact):
    spec = small_spec()
    third = read_bundle(jcs(hiding_document("west", level=level)))
    sent = distinct([third, *(bundle_of(code) for code in CODES[:2])])
    found = next(each for each in pool(spec, sent) if each.entry["id"] == "pain-arms")
    found = replace(found, payload=canonical({"test": "mannwhitney", "p": 0.03}), exact=exact)
    manifest = in_order(manifest_of(spec, [about_of(bundle) for bundle in sent], slug="s", name="S"))
    result = as_result(found, beside_sites(found, spec, sent))
    beside = OverSites([result], Manifest(manifest | {"pooling": True})).alone(result)
    assert [what for what, _ in beside.unasked] == ["Within sites", "Each site, then all as one"]
    assert all("west did not send them whole" in why for _, why in beside.unasked)
    nothing_asked = result | {"payload": {"n": 30}}
    assert OverSites([nothing_asked], Manifest(manifest)).alone(nothing_asked) is None


def as_result(each, beside) -> dict:
    return {
        "analysis_id": each.entry["id"], "type": each.entry["type"], "entry": each.entry,
        "payload": json.loads(each.payload), "exact": each.exact, "level": each.level, "inputs": each.inputs,
        "envelope": {"freeze": "0" * 64, "preset": "modern", "beside": beside},
    }  # fmt: skip
