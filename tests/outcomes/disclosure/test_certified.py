"""An interval that a centre certifies holds the truth: what the rows of all sites together would have given."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.disclosure.bounds import Box, quantile
from outcomes.disclosure.certified import NOT_DETERMINED, Span, certified
from outcomes.disclosure.choke import choke, fill_empty_arms, looked_through, rows_of
from outcomes.disclosure.coarsen import coarsen
from outcomes.disclosure.leaves import COARSENED, SUPPRESSED, leaf_tables
from outcomes.disclosure.ledger import Earlier
from outcomes.disclosure.policy import Policy
from outcomes.disclosure.reading import Given
from outcomes.disclosure.rows import publish_row
from outcomes.freeze import columns_of
from outcomes.plans.check import specified
from outcomes.pooling.framing import framed
from outcomes.stats.describe import quantile as true_quantile
from outcomes.stats.documents import canonical
from outcomes.stats.proportions import chi_squared
from tests.outcomes.disclosure.sites import ARMS, BANDS, ENTRIES, SEXES, crowd, freeze_of, patient, spec_of

POLICY, SPEC = Policy(), spec_of()


def sent(patients, spec=SPEC, level=SUPPRESSED):
    """A site's leaves, row by row as they may leave; the audit of linked rows only takes more away."""
    raw = leaf_tables(freeze_of(patients), spec, level)
    told = {
        (leaf.id, number): publish_row(row.cells, POLICY, known=row.known)
        for leaf in raw
        for number, row in enumerate(rows_of(leaf, []))
    }
    fill_empty_arms(raw, told, {})
    leaves = [leaf.document([told[leaf.id, number] for number in range(len(leaf.rows))]) for leaf in raw]
    return Given(site="s", leaves=looked_through(leaves, POLICY), n=len(patients))


def truth(entry, patients, spec=SPEC):
    analysis = specified(entry)
    return analysis.compute(analysis.tabulate(framed(columns_of(freeze_of(patients)), spec)))


def whole(entry, patients):
    return Given(site="w", tables=specified(entry).tabulate(framed(columns_of(freeze_of(patients)), SPEC)))


def misses(said, true, where=""):
    """Where what is certified does not hold the truth; how many intervals and numbers were looked at."""
    if isinstance(said, dict) and NOT_DETERMINED in said and not isinstance(said[NOT_DETERMINED], dict):
        return [], 0
    if isinstance(said, dict) and set(said) == {"low", "high"} and not isinstance(true, dict):
        return ([] if said["low"] <= true <= said["high"] else [where]), 1
    if isinstance(said, dict):
        keys = [key for key in said if key not in (NOT_DETERMINED, "friedman_complete_cases")]
        found = [misses(said[key], share_in(true, key), f"{where}.{key}") for key in keys]
        return [place for places, _ in found for place in places], sum(many for _, many in found)
    if isinstance(said, list) and isinstance(true, list) and len(said) == len(true):
        found = [misses(*pair, f"{where}.{at}") for at, pair in enumerate(zip(said, true, strict=True))]
        return [place for places, _ in found for place in places], sum(many for _, many in found)
    return ([] if said == true else [where]), 1


def share_in(true, key):
    if key == "share" and "share" not in true:
        return true["x"] / true["n"] if true["n"] else None
    return true.get(key)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["id"])
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(8, 90), st.floats(0, 0.3), st.integers(2, 5))
def test_what_is_certified_holds_the_truth(entry, seed, sites, rows, missing, levels):
    parts = [crowd(seed + at, rows + 7 * at, f"s{at}-", levels, missing) for at in range(sites)]
    shown = [sent(part) for part in parts[1:]] + [whole(entry, parts[0]) if seed % 2 else sent(parts[0])]
    answer = certified(entry, SPEC, shown)
    true = truth(entry, [each for part in parts for each in part])
    assert misses(answer.payload, true)[0] == []
    assert not answer.exact or answer.payload == true


def again(patients, before, spec=SPEC):
    """A second release of a site, held against its first."""
    ledger = [Earlier(freeze_of(before), sent(before, spec).leaves, spec.hash, spec.policy)]
    leaves, _ = choke(leaf_tables(freeze_of(patients), spec, SUPPRESSED), spec, ledger)
    return Given(site="s", leaves=leaves, n=len(patients), first=False)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["id"])
@settings(max_examples=3, deadline=None)
@given(st.integers(0, 10**6), st.integers(30, 90), st.integers(20, 90), st.integers(2, 5))
def test_what_is_certified_of_a_second_release_holds_the_truth(entry, seed, rows, more, levels):
    before = crowd(seed, rows, levels=levels)
    patients = before + crowd(seed + 1, more, "n", levels)
    answer = certified(entry, SPEC, [again(patients, before)])
    assert misses(answer.payload, truth(entry, patients))[0] == []


def test_many_of_them_are_certified_and_some_are_intervals():
    looked = spans = 0
    for seed in range(12):
        patients = crowd(seed, 60, levels=3)
        for entry in ENTRIES[:1] + ENTRIES[7:8]:
            answer = certified(entry, SPEC, [sent(patients)])
            wrong, many = misses(answer.payload, truth(entry, patients))
            assert wrong == []
            looked, spans = looked + many, spans + str(answer.payload).count("'low'")
    assert looked > 50 and spans > 20


def two_by_two(cells):
    return {arm: dict(zip(SEXES, cells[at : at + 2], strict=True)) for at, arm in ((0, "a"), (2, "b"))}


def test_trying_only_the_two_ends_would_miss_the_truth_of_a_chi_squared():
    """Of all tables with a hidden row of 1 to 4 above a told one of 5 to 12: the two ends leave out most of them."""
    missed = tried = 0
    for told in ((first, second) for first in range(5, 13) for second in range(5, 13)):
        ways = {(a, b): chi_squared(two_by_two([a, b, *told])).chi2 for a in range(1, 5) for b in range(1, 5)}
        ends = sorted([ways[1, 1], ways[4, 4]])
        tried += len(ways)
        missed += sum(not ends[0] <= true <= ends[1] for true in ways.values())
    assert missed > tried / 2


def test_trying_every_way_holds_the_chi_squared_of_a_table_with_a_hidden_row():
    entry, spans = next(entry for entry in ENTRIES if entry["id"] == "sex_by_arm"), 0
    for few, many in ((a, b) for a in (1, 2, 4) for b in (5, 8)):
        arms = ["a"] * (few + many) + ["b"] * 20
        sexes = ["f"] * few + ["m"] * many + ["f"] * 9 + ["m"] * 11
        patients = [patient(f"p{at}", arm, sex) for at, (arm, sex) in enumerate(zip(arms, sexes, strict=True))]
        answer = certified(entry, SPEC, [sent(patients)])
        assert misses(answer.payload, truth(entry, patients))[0] == []
        spans += isinstance(answer.payload.get("chi2"), Span)
    assert spans or NOT_DETERMINED in answer.payload


def test_what_is_made_of_leaves_depends_on_nothing_that_is_hidden():
    """Two sites whose hidden cells differ and whose leaves do not give the same bytes: no n, x or share tells more."""

    def site(few):
        values = [0] * few + [1] * (7 - few) + [2] * 30 + [3] * 40
        same = {"pain_post": 1, "walk_pre": 1, "walk_post": 1}
        arms = ["a" if at < 7 else ARMS[at % 2] for at in range(len(values))]
        people = enumerate(zip(values, arms, strict=True))
        return [patient(f"p{at}", arm, pain_pre=value, **same) for at, (value, arm) in people]

    one, two = site(3), site(4)
    assert sent(one) == sent(two) and truth(ENTRIES[0], one) != truth(ENTRIES[0], two)
    for entry in ENTRIES:
        payloads = [certified(entry, SPEC, [sent(each)]).payload for each in (one, two)]
        assert canonical(payloads[0]) == canonical(payloads[1])


def test_it_is_exact_where_no_hidden_cell_entered_and_says_so_only_there():
    entry = ENTRIES[0]
    full = [
        each | {"pain_pre": at % 5, "pain_post": at % 3, "arm": ARMS[at % 2]} for at, each in enumerate(crowd(1, 300))
    ]
    one, two = sent(full), whole(entry, crowd(2, 40, "w"))
    answer = certified(entry, SPEC, [one, two])
    assert answer.exact and answer.payload == truth(entry, full + crowd(2, 40, "w"))
    assert not certified(entry, SPEC, [sent(crowd(3, 40)), two]).exact


def test_groups_of_a_hidden_size_leave_nothing_determined():
    few = [each | {"arm": "b" if at < 3 else "a"} for at, each in enumerate(crowd(1, 60))]
    answer = certified(ENTRIES[1], SPEC, [sent(few)])
    assert set(answer.payload) == {NOT_DETERMINED} and not answer.exact


def test_a_test_whose_hidden_cells_can_be_filled_in_too_many_ways_is_not_determined():
    answer = certified(ENTRIES[2], SPEC, [sent(crowd(seed, 40, f"s{seed}")) for seed in range(3)])
    assert "too many ways" in answer.payload[NOT_DETERMINED]


def test_a_site_that_sent_levels_and_one_that_sent_bands_are_pooled_by_bands_and_labelled():
    spec = spec_of(bands=BANDS)
    banded = sent(crowd(1, 400), spec, COARSENED)
    entry = ENTRIES[0]
    answer = certified(entry, spec, [banded, whole(entry, crowd(2, 60, "w"))])
    assert answer.payload["rung"] == 1 and answer.payload["bands"] == ["low", "high"]
    all_tables = whole(entry, crowd(1, 400) + crowd(2, 60, "w")).tables
    true = specified(entry).compute(coarsen(all_tables, BANDS))
    assert {key: answer.payload[key] for key in true} == true if answer.exact else answer.payload["pre"]["n"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=7), st.data())
def test_the_bounds_of_a_quantile_hold_it_for_any_row_in_the_box(cells, data):
    values = [*range(len(cells) - 1), None]
    box = Box(values, [a for a, _, _ in cells], [a + b + c for a, b, c in cells], sum(a + b for a, b, _ in cells))
    true = {value: a + b for value, (a, b, _) in zip(values, cells, strict=True) if value is not None}
    p = data.draw(st.fractions(0, 1, max_denominator=8))
    found = quantile([box], p)
    if found is not None:
        assert found[0] <= true_quantile(true, p, 7) <= found[1]
    assert isinstance(Span(low=1, high=2), dict)
