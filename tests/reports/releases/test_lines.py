"""A line of a release's NDJSON is the canonical JSON of its row, by the library that knows RFC 8785 best."""

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from outcomes.pooling.jcs import NotCanonical
from reports.releases.files import line_of

CELLS = st.one_of(
    st.none(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**9), 10**9).map(lambda number: number / 100),
    st.text(st.characters(exclude_categories=["Cs"])),
)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(st.dictionaries(NAMES, CELLS, max_size=6))
@example({"a": 3.0, "b": -0.0, "c": 1e-7, "d": 1e16, "e": 1e21, "f": 10.75, "g": 5e-324})
@example({"\U0001f600": 1, "\ufb33": 2, "\x7f\x1f\u2028": '"/\\'})
def test_a_line_is_the_canonical_json_of_its_row(row):
    assert line_of(row) == rfc8785.dumps(row)


@pytest.mark.parametrize("cell", [float("nan"), float("inf")])
def test_what_is_no_number_is_no_line(cell):
    with pytest.raises(NotCanonical):
        line_of({"a": cell})
