"""A cohort dealt to sites, sent as bundles, read and summed: the bytes of one instance with all rows."""

from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.columns import Category
from outcomes.stats.documents import canonical
from tests.outcomes.cohorts import entry_name, split_cohorts
from tests.outcomes.pooling.specs import frozen_of, instrument, sent, spec_of
from tests.outcomes.test_any_split import POOLABLE, merged

SITES = ("north", "south", "west")


@st.composite
def dealt_to_named_sites(draw):
    """A cohort and who has each row; a site may have none, or one patient."""
    whole, _, _ = draw(split_cohorts())
    holder = draw(st.lists(st.sampled_from(SITES), min_size=whole.rows, max_size=whole.rows))
    return replace(whole, sites=Category.of(holder)), np.array(holder), draw(st.randoms(use_true_random=False))


@pytest.mark.parametrize("entry", POOLABLE, ids=entry_name)
@settings(max_examples=10, deadline=None)
@given(cohort=dealt_to_named_sites())
def test_the_sum_of_bundles_gives_the_bytes_of_all_rows(entry, cohort):
    whole, holder, order = cohort
    one = frozen_of(whole, {"pain": instrument()})
    spec = spec_of(one, [entry])
    bundles = [sent(spec, frozen_of(whole.take(holder == site), {"pain": instrument()}), site=site) for site in SITES]
    total = merged([bundle.tables_of("x") for bundle in bundles], order)
    analysis = spec.analyses["x"][1]
    assert canonical(analysis.compute(total)) == canonical(analysis.compute(sent(spec, one).tables_of("x")))
    assert canonical(analysis.compute(reduce(add, [each.tables_of("x") for each in bundles]))) == canonical(
        analysis.compute(total)
    )
