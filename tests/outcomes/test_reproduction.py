"""What the papers print beside what is computed: every number covered, verdicts that can fail, and the plans run."""

from collections import Counter
from copy import deepcopy
from fractions import Fraction

import pytest

from outcomes.plans.shipped import shipped
from outcomes.reproduction.compare import compare, row_of, tally
from outcomes.reproduction.mapping import IDENTITY, PAPERS, Unmapped, covers, line_for, mapping, number
from outcomes.reproduction.printed import Printed, printed_numbers, records_of
from outcomes.reproduction.verdicts import DIFFERS, SAME, UNDETERMINED, NoNumber, claim, prints_as, shown

RECORDS = {"clunk2025": 148, "cox2025": 133, "gupta2014": 101}
AGE = Printed(record="X-1", location="Table 1", variable="age", subgroup="all", timepoint="baseline",
              field="median", text="70")  # fmt: skip


def lines_about(printed, **fields):
    return [{name: getattr(printed, name) for name in IDENTITY} | {"fields": fields}]


@pytest.mark.parametrize("paper", PAPERS)
def test_every_printed_number_of_every_record_has_exactly_one_line(paper):
    records = records_of(paper)
    covered = Counter(printed.record for printed in printed_numbers(paper))
    assert len(records) == RECORDS[paper]
    assert [record["id"] for record in records if not covered[record["id"]]] == []
    for printed in printed_numbers(paper):
        line_for(printed, mapping(paper)["lines"])


@pytest.mark.parametrize("paper", PAPERS)
def test_no_line_is_about_something_that_is_not_printed(paper):
    printed = printed_numbers(paper)
    for line in mapping(paper)["lines"]:
        for field in line["fields"]:
            one = {**line, "fields": {field: {}}}
            assert any(covers(one, each) for each in printed), (line["variable"], line["subgroup"], field)


@pytest.mark.parametrize("paper", PAPERS)
def test_a_line_too_few_or_too_many_is_noticed(paper):
    printed = printed_numbers(paper)[0]
    lines = deepcopy(mapping(paper)["lines"])
    mine = [line for line in lines if covers(line, printed)]
    with pytest.raises(Unmapped, match="0 lines"):
        line_for(printed, [line for line in lines if line not in mine])
    with pytest.raises(Unmapped, match="2 lines"):
        line_for(printed, lines + mine)


@pytest.mark.parametrize("paper", PAPERS)
def test_every_line_names_an_analysis_of_the_plan_or_says_why_there_is_none(paper):
    known = {entry["id"] for entry in shipped(mapping(paper)["plan"])["analyses"]}
    for line in mapping(paper)["lines"]:
        for source in line["fields"].values():
            assert source.get("analysis") in known or source["undetermined"]
            assert "undetermined" not in source or source["undetermined"].endswith(".")


@pytest.mark.parametrize(
    ("text", "computed", "same"),
    [
        ("70", "70", True),
        ("63", "62.5", True),  # half up; half to even would print 62
        ("5.8", "5.75", True),
        ("2.3", "2.25", True),
        ("62", "62.5", False),
        ("46", "45.4545", False),
        ("0.38", "0.3705", False),
        ("0.38", "0.3750", True),
        ("28.0", "28.04", True),
        ("28.0", "28.05", False),
        ("28", "28.4", True),
        ("0.30", "0.2994", True),
        ("0.30", "0.2949", False),
        ("<0.05", "0.0499", True),
        ("<0.05", "0.05", False),
        (">0.05", "0.051", True),
        (">0.05", "0.05", False),
        ("not significant", "0.06", True),
        ("not significant", "0.04", False),
        ("3/4", "0.7586", True),
        ("3/4", "0.88", False),
        ("5:1", "4.889", True),
        ("2 weeks", "2.17", True),
    ],
)
def test_a_computed_number_is_rounded_half_up_to_the_printed_digits(text, computed, same):
    assert prints_as(text, Fraction(computed)) is same


def test_a_text_without_a_number_is_no_claim():
    with pytest.raises(NoNumber):
        claim("none")


@pytest.mark.parametrize(
    ("text", "computed", "words"),
    [("70", Fraction(70), "70"), ("46", Fraction(500, 11), "45.45"), ("0.38", Fraction("0.37049"), "0.3705"),
     ("<0.001", Fraction("0.000001"), "<0.00001"), ("5.8", Fraction("5.75"), "5.75"),
     ("17", Fraction("16.4992"), "16.499")],
)  # fmt: skip
def test_a_computed_number_is_shown_with_two_digits_more_or_as_many_as_its_rounding_needs(text, computed, words):
    assert shown(text, computed) == words


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"path": "all.median"}, 70),
        ({"path": "all.levels.yes.x", "over": "all.n", "times": "100"}, Fraction(250, 3)),
        ({"path": ["all.n", ["all.levels.no.x", -1]]}, 10),
        ({"path": "dunn.pre~y2.p"}, Fraction("0.02")),
        ({"path": "all.levels", "levels": [2, 3], "over": "all.n"}, Fraction(7, 12)),
    ],
)
def test_a_source_is_a_place_in_a_payload_a_sum_a_share_or_a_pair(source, expected):
    payload = {
        "all": {"median": 70.0, "n": 12, "levels": {"yes": {"x": 10}, "no": {"x": 2}}},
        "dunn": [{"a": "pre", "b": "y1", "p": 0.5}, {"a": "pre", "b": "y2", "p": 0.02}],
    }
    if "levels" in source:
        payload["all"]["levels"] = {"1": {"x": 5}, "2": {"x": 4}, "3": {"x": 3}}
    assert number(source, payload) == expected


@pytest.mark.parametrize(
    ("payload", "verdict", "reason"),
    [
        ({"all": {"median": 70.0}}, SAME, ""),
        ({"all": {"median": 71.0}}, DIFFERS, "invented rows"),
        ({"all": {"median": None, "not_estimable": {"median": "needs 1 value"}}}, UNDETERMINED, "no all.median"),
        ({"all": {}, "not_estimable": "nobody has a value"}, UNDETERMINED, "nobody has a value"),
        (None, UNDETERMINED, "age was not computed"),
    ],
)
def test_the_verdict_follows_from_the_payload(payload, verdict, reason):
    line = line_for(AGE, lines_about(AGE, median={"analysis": "age", "path": "all.median", "why": "invented rows"}))
    row = row_of(AGE, line, {} if payload is None else {"age": payload})
    assert row.verdict == verdict
    assert reason in row.reason


def test_what_is_not_determined_stays_so_whatever_is_computed():
    source = {"undetermined": "the counts are not printed.", "analysis": "age", "path": "all.median"}
    row = row_of(AGE, line_for(AGE, lines_about(AGE, median=source)), {"age": {"all": {"median": 70.0}}})
    assert (row.verdict, row.computed, row.reason) == (UNDETERMINED, "70", "the counts are not printed.")


def test_without_any_result_nothing_is_the_same_and_what_must_be_fails():
    rows = compare("clunk2025", {})
    assert tally(rows)[SAME] == 0
    assert all(row.failed for row in rows if row.must)
