"""A sum in which one site hides small counts: exact where nothing hidden is touched; else bounds or open, and said."""

import json
from dataclasses import replace
from functools import cache

import pyarrow as pa

from outcomes.disclosure.choke import choke
from outcomes.disclosure.leaves import leaf_tables
from outcomes.pooling.about import about_of
from outcomes.pooling.bundle import SUPPRESSED, read_bundle, sealed_bundle
from outcomes.pooling.jcs import jcs
from outcomes.pooling.pooling import distinct, per_site, pool
from outcomes.pooling.summed import manifest_of
from reports.pooling_report import pooled_report
from tests.outcomes.pooling.specs import NOW
from tests.outcomes.pooling.studies import CODES, bundle_of, release, rows_at, signer, small_spec


def with_numbers(frozen):
    """The rows with who they are of, as a freeze of the record has it."""
    table = frozen.procedures
    numbers = pa.array([f"N-{row}" for row in range(table.num_rows)])
    table = table.append_column("|study", pa.array(["one"] * table.num_rows)).append_column("|study_number", numbers)
    return replace(frozen, procedures=table)


@cache
def bundles():
    """Two sites with whole tables, and west, which hides."""
    spec, frozen = small_spec(), with_numbers(rows_at("west"))
    leaves, _ = choke(leaf_tables(frozen, spec, SUPPRESSED), spec, ())
    content = {"tables": leaves, "about": {"synthetic": True, "n": 10}}
    about = {"site": "west", "release": release(), "key": signer("west"), "overlap": "none_known", "created": NOW}
    west = read_bundle(jcs(sealed_bundle(spec, content, level=SUPPRESSED, **about)))
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
