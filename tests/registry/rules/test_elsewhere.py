"""The rules that a finished record cannot break: each code that is said somewhere is in the catalogue, and is tried."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from registry.actions.imports import map_columns
from registry.actions.people import issue_token
from registry.actions.queries import open_query
from registry.actions.verification import verify
from registry.addresses import Address
from registry.errors import Refused
from registry.rules import RULES
from registry.rules.elsewhere import RULES as ELSEWHERE
from tests.builders import build_procedure, build_study, build_visit
from tests.registry.imports.staged import LONG, lines, long_file, previewed, uploaded

ROOT = Path(__file__).resolve().parents[3]
CODE = re.compile(r'(?:rule=|Problem\(|problem\(|refuse\(|refused\([^)]*)"([A-Z]\d{1,2}[a-z]?)"')


def sources(folder: str) -> dict[str, str]:
    return {file.name: file.read_text("utf-8") for file in (ROOT / folder).rglob("*.py")}


def test_every_code_that_the_registry_refuses_with_is_in_the_catalogue():
    said = {code: name for name, text in sources("registry").items() for code in CODE.findall(text)}
    assert len(said) > 15
    assert {code: name for code, name in said.items() if code not in RULES} == {}


def test_every_rule_that_is_kept_elsewhere_is_tried_in_a_test():
    tests = "\n".join(text for name, text in sources("tests").items() if name.startswith("test_"))
    assert [rule.code for rule in ELSEWHERE if not re.search(rf'["\[]{rule.code}["\]]', tests)] == []


def rules_of(refused) -> list[str]:
    return [problem.rule for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("code", "asked"),
    [("K1", {"scopes": ["write:all"]}), ("K1", {"scopes": []}), ("K2", {"life": timedelta(days=91)}),
     ("K2", {"life": timedelta(0)}), ("K3", {"profile": "limited"}), ("K3", {"profile": "everything"}),
     ("K3", {"scopes": ["pull:rows"], "profile": "identified"}), ("K3", {"scopes": ["pull:rows", "write:rows"]}),
     ("K4", {"scopes": ["pull:rows"], "profile": "limited", "agreement": " "})],
)  # fmt: skip
def test_a_token_has_scopes_that_exist_and_an_end(north, nurse, code, asked):
    right = {"user": nurse, "name": "mine", "scopes": ["read:rows"], "sites": [north], "life": timedelta(days=90)}
    assert issue_token(**right, by=nurse)[0].prefix
    with pytest.raises(Refused) as refused:
        issue_token(**(right | asked), by=nurse)
    assert rules_of(refused) == [code]


@pytest.fixture
def visit(north):
    return build_visit(procedure=build_procedure(study=build_study(site=north)), day=42, scores={"pain": 3})


@pytest.mark.parametrize("wrong", [{"text": " "}, {"category": "gossip"}])
def test_a_query_is_asked_in_words_and_has_its_kind(visit, nurse, wrong):
    asked = {"text": "Is it 3?", "category": "source", "address": Address("visit", visit.pk, "pain")} | wrong
    with pytest.raises(Refused) as refused:
        open_query(**asked, patient=visit.procedure.patient, by=nurse)
    assert rules_of(refused) == ["Q1"]


def test_what_is_not_recorded_is_not_verified(visit, nurse):
    with pytest.raises(Refused) as refused:
        verify(address=Address("visit", visit.pk, "opioid"), seen="", by=nurse)
    assert rules_of(refused) == ["Q2"]


@pytest.fixture
def place(visit, nurse):
    """Where a file is imported to: study, site and who."""
    patient = visit.procedure.patient
    return {"study": patient.study, "site": patient.site, "by": nurse}


def test_a_column_that_is_not_in_the_file_is_not_mapped(place):
    batch = uploaded(long_file(("P-1", "w6", "pain", "3")), **place)
    with pytest.raises(Refused) as refused:
        map_columns(batch, mapping={"columns": LONG["columns"] | {"mood": {"target": "value"}}}, by=place["by"])
    assert "I15" in rules_of(refused)


def test_two_cells_that_contradict_each_other_are_an_error_of_the_preview(place):
    batch = previewed(long_file(("P-1", "w6", "pain", "3"), ("P-1", "w6", "pain", "4")), **place)
    assert "I16" in str(lines(batch, "error"))


def test_what_an_empty_cell_means_is_one_of_three_things(place):
    batch = uploaded(long_file(("P-1", "w6", "pain", "3")), **place)
    with pytest.raises(Refused) as refused:
        map_columns(batch, mapping=LONG, blanks="guess", by=place["by"])
    assert rules_of(refused) == ["I18"]
