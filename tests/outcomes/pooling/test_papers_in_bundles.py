"""The plans of the papers over their demonstration cohorts, dealt to sites and sent: each entry, to the byte."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outcomes.freeze import columns_of
from outcomes.models import in_order
from outcomes.plans.shipped import shipped
from outcomes.pooling.spec import read_spec, spec_from
from outcomes.stats.documents import canonical
from tests.outcomes.cohorts import as_if_alone
from tests.outcomes.pooling.cohorts import PLANS, frozen_now, loaded
from tests.outcomes.pooling.specs import frozen_of, sent
from tests.outcomes.test_any_split import merged

pytestmark = pytest.mark.django_db
SITES = ("north", "south", "west")
EMPTY, LONE = "nobody", "one-patient"


@pytest.fixture(scope="module")
def counted():
    """What was frozen once for a plan: it is only read."""
    return {}


def cohort_of(plan: str, counted: dict):
    """(columns, instruments, spec) of a paper's cohort."""
    if plan not in counted:
        frozen = frozen_now(loaded(plan))
        spec = read_spec(spec_from(shipped(plan), frozen, name=plan))
        counted[plan] = columns_of(frozen), in_order(frozen.manifest)["instruments"], spec
    return counted[plan]


@pytest.mark.parametrize("plan", PLANS)
@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_sum_of_the_sites_bundles_gives_the_bytes_of_one_instance_with_all_rows(plan, counted, data):
    columns, instruments, spec = cohort_of(plan, counted)
    dealt = data.draw(st.lists(st.sampled_from(SITES), min_size=columns.rows, max_size=columns.rows))
    holder = np.array(dealt, dtype=object)
    holder[data.draw(st.integers(0, columns.rows - 1))] = LONE
    order = data.draw(st.randoms(use_true_random=False))
    bundles = [
        sent(spec, frozen_of(as_if_alone(columns, holder == site), instruments), site=site)
        for site in (*SITES, LONE, EMPTY)
    ]
    different = []
    for name, (_, analysis) in spec.analyses.items():
        total = merged([bundle.tables_of(name) for bundle in bundles], order)
        if canonical(analysis.compute(total)) != canonical(analysis.compute(analysis.tabulate(columns))):
            different.append(name)
    assert different == []


@pytest.mark.parametrize("plan", PLANS)
def test_what_a_paper_asks_is_poolable_or_listed_with_the_reason(plan, counted):
    _, _, spec = cohort_of(plan, counted)
    asked = {entry["id"] for entry in shipped(plan)["analyses"]}
    told = {each["id"] for each in spec.document["not_poolable"]}
    assert asked <= {*spec.analyses} | told
    assert all(each["reason"] for each in spec.document["not_poolable"])
    assert len(spec.analyses) >= 40


def test_one_patient_left_out_is_seen(counted):
    """Negative control."""
    columns, instruments, spec = cohort_of("clunk2025", counted)
    kept = np.arange(columns.rows) > 0
    bundle = sent(spec, frozen_of(as_if_alone(columns, kept), instruments))
    seen = [
        name
        for name, (_, analysis) in spec.analyses.items()
        if canonical(analysis.compute(bundle.tables_of(name)))
        != canonical(analysis.compute(analysis.tabulate(columns)))
    ]
    assert len(seen) > len(spec.analyses) // 2
