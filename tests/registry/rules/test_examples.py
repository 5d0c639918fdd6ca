"""Each rule of the catalogue beside its two examples: what it lets pass, and what it finds."""

import pytest

from registry.addressed import columns_of
from registry.instruments import DEFINITIONS
from registry.rules import RULES, findings_for
from tests.registry.rules.examples import EXAMPLES

INSTRUMENTS = {definition["key"] for definition in DEFINITIONS}
CHECKED = [code for code, rule in RULES.items() if rule.check is not None]


def codes_of(record) -> set[str]:
    return {finding.rule.code for finding in findings_for(record)}


def test_every_rule_that_checks_the_record_has_a_passing_and_a_failing_example():
    assert set(EXAMPLES) == set(CHECKED)
    assert all(len(pair) == 2 for pair in EXAMPLES.values())


@pytest.mark.parametrize("code", CHECKED)
def test_a_rule_passes_its_good_example_and_finds_fault_with_its_bad_one(code):
    passing, failing = EXAMPLES[code]
    assert code not in codes_of(passing)
    found = [finding for finding in findings_for(failing) if finding.rule.code == code]
    assert found
    assert all(finding.message and finding.address.form and len(finding.message) <= 500 for finding in found)


@pytest.mark.parametrize("code", CHECKED)
def test_a_good_example_breaks_no_rule_that_refuses(code):
    passing, _ = EXAMPLES[code]
    refused = [finding for finding in findings_for(passing) if finding.rule.severity == "refuse" and not finding.awaits]
    assert refused == []


def test_every_finding_stands_in_a_place_that_a_query_can_show():
    for pair in EXAMPLES.values():
        for finding in (each for record in pair for each in findings_for(record)):
            form, field = finding.address.form, finding.address.field
            columns = {column.name for column in columns_of(form)}
            assert field in columns | {""} or (form == "visit" and field in INSTRUMENTS), (finding.rule.code, field)
