"""The catalogue of rules: one content on its page, by the API and by the command."""

import csv
import io
import json
import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry.rules import RULES, Severity
from registry.rules.published import COLUMNS
from tests.registry.test_constraints import BROKEN


def printed(format: str) -> str:
    out = io.StringIO()
    call_command("rules", "--format", format, stdout=out)
    return out.getvalue()


def test_the_command_prints_every_rule_as_csv_and_as_json():
    rows = list(csv.DictReader(io.StringIO(printed("csv"))))
    assert [row["code"] for row in rows] == list(RULES)
    assert list(rows[0]) == list(COLUMNS)
    by_code = {row["code"]: row for row in json.loads(printed("json"))}
    assert list(by_code) == list(RULES)
    assert by_code["D7w"]["severity"] == "warn"
    assert by_code["D7w"]["fields"] == ["discharged_on"]


def test_the_api_publishes_what_the_command_prints(client, nurse):
    client.force_login(nurse)
    address = reverse("api-rules")
    assert client.get(address).json() == json.loads(printed("json"))
    answer = client.get(address, {"format": "csv"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.decode() == printed("csv")


@pytest.mark.parametrize("wrong", [{"format": "xml"}, {"form": "visit"}, {"format": ["csv", "json"]}])
def test_the_api_refuses_a_question_that_it_does_not_understand(client, nurse, wrong):
    client.force_login(nurse)
    assert client.get(reverse("api-rules"), wrong).status_code == 400


def test_the_page_shows_every_rule_with_where_it_is_kept(client, nurse):
    client.force_login(nurse)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(reverse("rule-catalogue")).content.decode()
    assert re.findall(r'<tr id="(\w+)">', page) == list(RULES)
    assert "visit_on_its_side_of_the_procedure" in page
    assert not any("registry_procedure" in query["sql"] for query in queries)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "cpaf whole"}, ["F2"]),
        ({"q": "d7"}, ["D7", "D7w"]),
        ({"q": "D7", "severity": "warn"}, ["D7w"]),
        ({"q": "romosozumab"}, ["B2"]),
        ({"q": "no such word"}, []),
    ],
)
def test_rules_are_found_by_any_of_their_words(client, nurse, asked, found):
    client.force_login(nurse)
    page = client.get(reverse("rule-catalogue"), asked).content.decode()
    assert re.findall(r'<tr id="(\w+)">', page) == found


def test_every_rule_says_what_it_is_about_and_where_it_is_kept():
    for rule in RULES.values():
        assert rule.wording.endswith("."), rule.code
        assert rule.enforced, rule.code
        assert rule.evidence in "SVKP"
        assert rule.check is None or (rule.forms and rule.fields), rule.code


def test_each_constraint_that_a_rule_names_is_one_of_the_database_and_is_broken_in_the_tests():
    named = {name for rule in RULES.values() for name in rule.constraints}
    assert named <= {name for name, *_ in BROKEN}


def test_a_rule_that_warns_has_no_constraint_of_the_database():
    assert [rule.code for rule in RULES.values() if rule.severity is Severity.WARN and rule.constraints] == []
