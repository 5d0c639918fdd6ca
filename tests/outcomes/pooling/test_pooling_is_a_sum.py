"""What is made of a sum does not know how it was made: any deal to sites, any order, a bundle twice, an empty one."""

import copy
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.columns import Category
from outcomes.pooling.bundle import read_bundle
from outcomes.pooling.jcs import jcs
from outcomes.pooling.pooling import cautions, digest_of, pool
from outcomes.pooling.signing import sign
from outcomes.stats.documents import canonical
from tests.outcomes.cohorts import columns, split_cohorts
from tests.outcomes.pooling.specs import KEY, RELEASE, frozen_of, instrument, sent, spec_of
from tests.outcomes.test_any_split import POOLABLE

PAIN = {"pain": instrument()}
ENTRIES = [entry | {"id": f"a{place}"} for place, entry in enumerate(POOLABLE)]
SITES = ("north", "south", "west", "east")


def bytes_of(spec, bundles) -> list:
    return [(each.entry["id"], each.payload, each.exact, each.level) for each in pool(spec, bundles)]


def of_all_rows(spec, whole) -> list:
    """What the kernel says of the rows themselves: no bundle, no sum."""
    return [
        (name, canonical(analysis.compute(analysis.tabulate(whole))), True, "trusted")
        for name, (_, analysis) in spec.analyses.items()
    ]


def dealt(whole, holder):
    """A bundle of each site's rows; a site without rows sends an empty one."""
    holder = np.array(holder)
    whole = replace(whole, sites=Category.of(list(holder)))
    spec = spec_of(frozen_of(whole, PAIN), ENTRIES)
    bundles = [sent(spec, frozen_of(whole.take(holder == site), PAIN, site=site), site=site) for site in SITES]
    return whole, spec, bundles


@st.composite
def cohorts(draw):
    whole, _, _ = draw(split_cohorts())
    holder = draw(st.lists(st.sampled_from(SITES[:3]), min_size=whole.rows, max_size=whole.rows))
    return *dealt(whole, holder), draw(st.randoms(use_true_random=False))


@settings(max_examples=15, deadline=None)
@given(cohort=cohorts())
def test_any_deal_any_order_and_a_bundle_twice_give_the_bytes_of_all_rows(cohort):
    whole, spec, bundles, order = cohort
    expected = of_all_rows(spec, whole)
    assert bytes_of(spec, bundles) == expected
    again = [*bundles, order.choice(bundles), order.choice(bundles)]
    order.shuffle(again)
    assert bytes_of(spec, again) == expected
    assert digest_of(spec, again) == digest_of(spec, bundles)
    assert [each.inputs for each in pool(spec, again)] == [each.inputs for each in pool(spec, bundles)]
    # the site without a row is the identity: with it and without it, the same payloads
    assert bytes_of(spec, bundles[:3]) == expected


def small(scores, holder):
    rows = len(holder)
    whole = columns(
        scores={("pain", code): texts for code, texts in scores.items()},
        covariates={
            "arm": [("a", "b")[row % 2] for row in range(rows)],
            "sex": [("F", "M", "M")[row % 3] for row in range(rows)],
            "grade": [("1", "2")[row // 2 % 2] for row in range(rows)],
            "age": [("60", "71")[row % 2] for row in range(rows)],
        },
        survival={
            "repair": (["1"] * rows, ["1", "0"] * (rows // 2) + ["1"] * (rows % 2)),
            "death": (["2"] * rows, ["0"] * rows),
        },
    )
    return dealt(whole, holder)


def agrees(scores, holder) -> bool:
    whole, spec, bundles = small(scores, holder)
    return bytes_of(spec, bundles) == of_all_rows(spec, whole)


def test_sites_of_one_patient_all_values_tied_and_all_values_missing_agree_too():
    rows = 6
    tied = {code: ["3"] * rows for code in ("pre", "6w", "1y")}
    nothing = {code: [None] * rows for code in ("pre", "6w", "1y")}
    lonely = ["north", "south", "west", *["east"] * (rows - 3)]
    for scores in (tied, nothing):
        for holder in (lonely, ["north"] * rows, ["north", "south"] * (rows // 2)):
            assert agrees(scores, holder)


def test_one_count_more_at_one_site_is_seen_in_the_bytes():
    rows = 8
    scores = {
        code: [str((row * 3 + place) % 9) for row in range(rows)] for place, code in enumerate(("pre", "6w", "1y"))
    }
    _, spec, bundles = small(scores, ["north", "south", "west", "east"] * 2)
    document = copy.deepcopy(dict(bundles[0].document))
    part = next(table for table in document["tables"] if table["id"] == "a0")["parts"]
    counts = next(iter(next(iter(part.values()))["counts"]["pre"].values()))
    counts[next(iter(counts))] += 1
    changed = read_bundle(jcs(sign(document, KEY)))
    before, after = bytes_of(spec, bundles), bytes_of(spec, [changed, *bundles[1:]])
    assert [name for (name, *one), (_, *two) in zip(before, after, strict=True) if one != two] == ["a0"]
    assert digest_of(spec, bundles) != digest_of(spec, [changed, *bundles[1:]])


def test_a_site_that_does_not_ask_for_an_instrument_is_named_with_the_reason_and_the_others_are_summed():
    scores = {code: ["1", "2", "3", "4"] for code in ("pre", "6w", "1y")}
    _, spec, bundles = small(scores, ["north", "south", "west", "east"])
    document = copy.deepcopy(dict(bundles[3].document))
    document["tables"][0] = {"id": "a0", "status": "not_here", "reason": "this site does not ask for pain"}
    elsewhere = read_bundle(jcs(sign(document, KEY)))
    first = pool(spec, [*bundles[:3], elsewhere])[0]
    assert first.missing == {"east": "this site does not ask for pain"}
    assert first.inputs == tuple(sorted(bundle.id for bundle in bundles[:3]))
    assert first.payload == pool(spec, bundles[:3])[0].payload


def test_tables_that_no_patients_can_have_are_said_to_determine_nothing():
    scores = {code: ["1", "2", "3", "4"] for code in ("pre", "6w", "1y")}
    _, spec, bundles = small(scores, ["north", "south", "west", "east"])
    document = copy.deepcopy(dict(bundles[0].document))
    other = next(table for table in document["tables"] if table["id"] != "a0" and "parts" in table)
    document["tables"][0] = dict(document["tables"][0]) | {"parts": {"another": next(iter(other["parts"].values()))}}
    answer = pool(spec, [read_bundle(jcs(sign(document, KEY))), *bundles[1:]])[0]
    assert not answer.exact
    assert b"not_determined" in answer.payload


def test_few_sites_one_large_site_and_patients_who_may_be_elsewhere_are_told():
    scores = {code: ["1"] * 12 for code in ("pre", "6w", "1y")}
    _, _, bundles = small(scores, ["north"] * 11 + ["south"])
    told = " ".join(cautions(bundles[:2]))
    assert "Fewer than 3 sites" in told and "north has 11 of 12 rows" in told
    _, _, bundles = small(scores, ["north", "south", "west"] * 4)
    assert cautions(bundles[:3]) == []


def test_a_release_that_is_the_same_but_for_its_name_is_another_input():
    scores = {code: ["1", "2"] for code in ("pre", "6w", "1y")}
    whole, spec, bundles = small(scores, ["north", "south"])
    later = RELEASE | {"as_of": "2026-04-01T12:00:00+00:00"}
    again = sent(spec, frozen_of(whole.take(np.array([True, False])), PAIN, site="north"), site="north", release=later)
    assert digest_of(spec, [again, bundles[1]]) != digest_of(spec, bundles[:2])
