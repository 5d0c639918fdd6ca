"""The campaign of inputs in short."""

import pytest

from tests.campaigns.inputs import control, fuzzed, sheets

pytestmark = pytest.mark.django_db


def test_nothing_made_up_crashes_and_what_is_refused_has_changed_no_row():
    assert fuzzed(200, 20, 5, share=0.1)


def test_no_text_in_a_file_for_a_spreadsheet_is_a_formula_and_no_number_is_another():
    assert sheets(200)


def test_a_request_that_is_accepted_is_seen_as_a_change():
    assert control()
