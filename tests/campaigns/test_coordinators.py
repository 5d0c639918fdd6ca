"""The campaign of coordinators, with six of them for some seconds: ./dev campaign coordinators has a hundred."""

import pytest

from tests.campaigns import coordinators

pytestmark = pytest.mark.django_db(transaction=True)
SMALL = {"people": 6, "visits": 2, "seconds": 4, "think": (0.05, 0.2), "seed": coordinators.SEED}


def test_no_accepted_save_is_overwritten_and_a_refused_one_keeps_what_was_typed():
    found = coordinators.run(**SMALL)
    assert found.problems == []
    assert (found.lost, found.server_errors, found.wrong_versions, found.unexpected) == (0, 0, 0, {})
    assert found.saves > 0 and found.refused == found.kept_words
    assert found.is_safe


def test_without_the_version_check_saves_are_overwritten():
    """Negative control."""
    assert coordinators.run(**SMALL | {"visits": 1}, app=coordinators.UNCHECKED).lost > 0
