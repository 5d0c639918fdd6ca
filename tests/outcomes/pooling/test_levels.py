"""A table that counts what no patient of the spec can have is refused; a change may be as far as the scale is long."""

import json

import pytest

from outcomes.pooling.bundle import NotABundle, read_bundle
from outcomes.pooling.jcs import jcs
from outcomes.pooling.levels import check_levels
from tests.outcomes.pooling.specs import bundle_document, frozen_of, sent, spec_of
from tests.outcomes.pooling.studies import PAIN, whole_cohort

OVER_TIME = {"instrument": "pain", "baseline": "pre"}
ENTRIES = [
    {"id": "scores", "type": "kruskal_dunn", "instrument": "pain"},
    {"id": "contrasts", "type": "contrasts_from_baseline", **OVER_TIME},
    {"id": "deaths", "type": "deaths_apart", **OVER_TIME, "better": "lower"},
]


@pytest.fixture(scope="module")
def cohort():
    frozen = frozen_of(whole_cohort(), PAIN, arm="arm")
    return spec_of(frozen, ENTRIES), frozen


def with_value(spec, frozen, analysis: str, part: str, value: str):
    """The bundle in which somebody has this value of a part at its last timepoint."""
    document = json.loads(jcs(bundle_document(spec, frozen)))
    table = next(table for table in document["tables"] if table["id"] == analysis)
    at = table["parts"][part]["counts"]["1y"]
    group = next(iter(at))
    at[group] = at[group] | {value: 1}
    return read_bundle(jcs(document))


def test_changes_below_zero_are_changes_that_a_patient_can_have(cohort):
    spec, frozen = cohort
    bundle = sent(spec, frozen)
    changes = bundle.tables_of("contrasts").parts["changes"].counts["1y"]
    assert min(value for counts in changes.values() for value in counts) < 0
    check_levels(bundle, spec)


@pytest.mark.parametrize(
    ("analysis", "part", "value"),
    [("scores", "scores", "-1"), ("scores", "scores", "11"), ("deaths", "scores", "-1"),
     ("contrasts", "changes", "-11"), ("deaths", "changes", "11")],
)  # fmt: skip
def test_a_value_that_the_instrument_does_not_have_is_refused(cohort, analysis, part, value):
    spec, frozen = cohort
    with pytest.raises(NotABundle, match="counts a value outside"):
        check_levels(with_value(spec, frozen, analysis, part, value), spec)


@pytest.mark.parametrize(("analysis", "part", "value"), [("scores", "scores", "10"), ("contrasts", "changes", "-10")])
def test_the_ends_of_a_scale_are_values(cohort, analysis, part, value):
    spec, frozen = cohort
    check_levels(with_value(spec, frozen, analysis, part, value), spec)
