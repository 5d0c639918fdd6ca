"""What the checks say of the figures that three papers print, and what they must leave alone."""

import json

import pytest

from tests.outcomes.consistency.printed_figures import PUBLISHED, published, report_of


@pytest.fixture(scope="module")
def report():
    return report_of(published())


def ids(paper: str, *numbers) -> set[str]:
    """ids("COX", 3, (5, 7)): COX-0003 and COX-0005 to COX-0007."""
    spans = [number if isinstance(number, tuple) else (number, number) for number in numbers]
    return {f"{paper}-{number:04d}" for first, last in spans for number in range(first, last + 1)}


# Recomputed independently from the printed counts, quartiles and means, and found to be right.
CONFIRMED = {
    *ids("CLUNK", (37, 54), (55, 59), (61, 81), (94, 96)),  # demographics, Table 2: counts, quartiles, their p-values
    *ids("CLUNK", 99, 100, (108, 115), (133, 136), (139, 142)),  # opioids 12/14, 5/8, 4/7, 3/5; ECOG of 13 and of 8
    *ids("GUPTA", (5, 18), 43, (45, 69), (71, 134)),  # Table 3, Tables 4 to 6 under type 5, 42/45, 97 fractures
    *ids("COX", (1, 12), (19, 28), (42, 66), (72, 79), (88, 93)),  # +51, 25, 38, 32 % of 30; opioids; demographics
} - ids("CLUNK", 38, 101)  # 9.5 against 9 in the discussion
ALARMS = {
    ("clunk2025", "moving_denominators", "disagrees"): [
        ids("CLUNK", 21, (134, 136), 167),
        ids("CLUNK", 55, 56),
        ids("CLUNK", 76, 78, 114),
        ids("CLUNK", (139, 142)),
    ],
    ("clunk2025", "repeat", "disagrees"): [ids("CLUNK", 38, 101, 160)],
    ("cox2025", "grim", "impossible"): [ids("COX", 71)],
    ("cox2025", "item_sum", "disagrees"): [
        ids("COX", 68, 96, 100, 104, 108, 112, 116, 120),
        ids("COX", 87, 127, 131, 135, 139, 143, 147, 151),
    ],
    ("gupta2014", "spread_of_bands", "impossible"): [ids("GUPTA", (44, 48))],
}


def test_the_alarms_are_these_and_no_others(report):
    given = {}
    for finding in report.alarms:
        given.setdefault((finding.paper, finding.code, finding.severity), []).append(set(finding.records))
    assert given == ALARMS


def test_no_confirmed_figure_is_alarmed_but_for_denominators_that_are_not_printed(report):
    wrong = {name for finding in report.alarms if finding.code != "moving_denominators" for name in finding.records}
    bands = ids("GUPTA", (45, 48))  # right by themselves, and what the ± 2.8 is held against
    assert wrong & CONFIRMED == bands
    assert len(CONFIRMED) > 200


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("COX-0127", "the printed items add up to 28.57 (200/7), and the printed total 28.0 needs 196/7."),
        ("COX-0096", "the printed items add up to 7.22 (65/9), and the printed total 7.3 needs 66/9."),
        ("COX-0071", "18.14 cannot be the mean of 12 values in steps of 1; the nearest are 18.083 and 18.167."),
        ("GUPTA-0044", "± 2.8 cannot be a standard deviation."),
        ("GUPTA-0044", "it is at least 5.7 (5.9 in whole units)."),
        ("GUPTA-0044", "As half of a 95 % interval it would mean an SD of 10.2."),
        ("CLUNK-0055", "neoadjuvant: 9 (82 %) at preop needs 11 where all has 14"),
        ("CLUNK-0056", "adjuvant: 11 (92 %) at postop needs 12 where all has 14"),
        ("CLUNK-0076", "2 (15 %) at procedure needs 13 where all has 14"),
        ("CLUNK-0078", "1 (17 %) at procedure needs 6 where complex has 7"),
        ("CLUNK-0139", "1 to 3: 11 (84.6 %) at preop needs 13 where all has 14"),
        ("CLUNK-0134", "5 (62.5 %) at 6 months needs 8 where all has 14"),
    ],
)
def test_each_is_said_in_a_sentence(report, record, words):
    assert any(words in finding.sentence for finding in report.alarms if record in finding.records)


def test_what_is_only_worth_knowing_is_a_note(report):
    notes = [(finding.code, finding.records) for finding in report.findings if not finding.is_alarm]
    assert notes == [
        ("p_of_counts", ("CLUNK-0133", "CLUNK-0134")),  # p = 0.10 is of no test of 12/14 v 5/8
        ("reachable_p", ("CLUNK-0016",)),  # p = 0.002 with five at two years is not a paired test
        ("percent_rounding", ("COX-0029",)),  # 5/11 is 45.45 and printed as 46, three times
        ("percent_rounding", ("COX-0050",)),
        ("percent_rounding", ("COX-0056",)),
    ]


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("CLUNK-0064", "p = 0.58 is that of Pearson or G for 4/7 v 5/7"),
        ("CLUNK-0076", "p = 0.91 is that of Pearson, N-1 or G for 1/7 v 1/6"),
        ("CLUNK-0094", "p = 0.30 is that of Pearson for 1/7 v 0/7"),
        (
            "CLUNK-0079",
            "type 2 (Stata summarize and tabstat, SAS), 5 (MedCalc) or 6 (SPSS, Minitab, JMP, Stata centile)",
        ),
        ("GUPTA-0085", "are possible under type 5 (MedCalc) only"),
        ("CLUNK-0058", "these percents are of the 8 of radiation_therapy.any"),
        ("COX-0003", "(22.6 - 7.3) / 30 = 15.3 / 30 = 51 %"),
        ("COX-0006", "(28 - 18.4) / 30 = 9.6 / 30 = 32 %"),
        ("GUPTA-0051", "29 + 16 + 8 = 53"),
    ],
)
def test_what_holds_is_said_too(report, record, words):
    assert any(words in one.sentence for one in report.confirmed if record in one.records)


def test_a_named_program_whose_quartiles_are_of_another_type_is_found():
    ours, theirs = ({"gupta2014": {"software": name}} for name in ("MedCalc 12.7.7", "Excel 2013"))
    kept = [record for record in published() if record["paper"] == "gupta2014"]
    codes = [{finding.code for finding in report_of(kept, papers=about).findings} for about in (ours, theirs)]
    assert codes == [{"spread_of_bands"}, {"spread_of_bands", "quartile_program"}]


def test_conclusions_in_the_file_change_nothing(report):
    """Arithmetic of somebody else, notes and inferred fields are in the source; none of them is read."""
    records = published()
    checks = {"sum_of_items": "28.6", "printed_total": "28.0", "mean": "99.9"}
    qa = {**records[-1], "id": "QA", "kind": "qa", "variable": "msts_total", "paper": "cox2025", "values": checks}
    low = {**records[-1], "id": "LOW", "confidence": "low", "values": {"percent": "17.3", "n": 400}}
    for record in records:
        record["note"] = "impossible; see 200/7"
        for name in [key for key in record["values"] if key.endswith("_status")]:
            record["values"][name.removesuffix("_status")] = 3
    changed = report_of([*records, qa, low])
    assert changed.findings == report.findings
    assert changed.left_out == {"confidence low": 1, "inferred denominator": 14, "inferred n": 8, "kind qa": 1}


def test_the_report_does_not_depend_on_the_order_of_the_records(report):
    turned = report_of(list(reversed(published())))
    sets = [{(one.code, frozenset(one.records), one.severity) for one in each.findings} for each in (report, turned)]
    assert sets[0] == sets[1]


def test_the_payload_is_json(report):
    payload = json.loads(json.dumps(report.payload()))
    assert payload["counts"] == {"impossible": 2, "disagrees": 7, "note": 5}
    assert payload["read"] == len(json.loads(PUBLISHED.read_text("utf-8"))["records"])
    assert set(payload["findings"][0]) == {"code", "severity", "paper", "records", "printed", "possible", "sentence"}
