"""A published analysis in plain words: what it assumes, who had left, what changes; only what the payloads hold."""

import re
from statistics import median

import pytest

from outcomes.analyses.run import run
from outcomes.plans.beside import beside
from reports.manifest import Manifest
from reports.plainly import plainly
from tests.outcomes.cohorts import columns

LABELS = {"pre": "before", "6w": "6 weeks", "1y": "1 year"}
KRUSKAL = {"type": "kruskal_dunn", "instrument": "pain"}
PAIRED = {"type": "wilcoxon_paired", "instrument": "pain", "pre": "pre", "post": "1y"}
GROUPS = {"type": "mannwhitney", "instrument": "pain", "timepoint": "1y", "by": "arm"}
PRE = [8, 7, 9, 6, 8, 7, 5, 9, 8, 6]
LATER = [2, 4, 3, 1, 2, 3, 1, None, None, None]


def manifest(**pain):
    about = {"status": "active", "minimum": "0", "maximum": "10", "step": "1", "direction": "lower_better", "mcid": "2"}
    return {
        "instruments": {"pain": about | pain},
        "arm": "arm",
        "timepoints": [{"code": code, "label": label, "order": i} for i, (code, label) in enumerate(LABELS.items())],
        "covariates": {"arm": {"kind": "category", "levels": ["a", "b"]}},
        "flow": {"procedures": 10},
        "missing": {"pain": {"pre": {}, "1y": {}}},
    }


def cohort(pre=PRE, later=LATER, died=0):
    """Ten patients before and at one year; the last `died` of those without a value are dead."""
    texts = [[None if value is None else str(value) for value in values] for values in (pre, later)]
    gone = [place for place, value in enumerate(later) if value is None]
    dead = [place in gone[len(gone) - died :] for place in range(len(later))]
    return columns(
        scores={("pain", "pre"): texts[0], ("pain", "1y"): texts[1]},
        covariates={"arm": list("ababababab")[: len(pre)]},
        deceased={("pain", "1y"): dead} if died else {},
    )


def told(entry, data, about=None, **more):
    about, entry = about or manifest(), {"id": "x", **entry}
    others = [{"entry": each, "payload": run(each, data)} for each in beside([entry], about)]
    return plainly(entry, run(entry, data), others, Manifest(about), **more)


def test_independent_timepoints_are_explained_and_the_leavers_counted():
    words = told(KRUSKAL, cohort(died=2))
    assert "as if they came from different patients" in words
    assert "Of 10 patients, 10 have a value at before and 7 at 1 year; by then 2 have died, and 1 is without" in words
    assert (
        f"the median went from {median(PRE):g} to 2; among the 7 with a value at every timepoint, from 7 to 2" in words
    )


def test_the_paired_comparison_stands_with_its_number_of_patients():
    assert "1 year, typical change \N{MINUS SIGN}5 in 7 patients, p = 0.016" in told(KRUSKAL, cohort())


def test_when_nothing_changes_it_says_so():
    words = told(KRUSKAL, cohort())
    assert words.endswith("Wherever both can be tested, both fall on the same side of the usual 0.05.")
    assert "What changes" not in words


def test_when_deaths_change_the_verdict_it_says_where_and_with_which_numbers():
    words = told(KRUSKAL, cohort(died=3))
    assert "of 10 patients, 7 got better and 3 got worse, 3 of them by dying" in words
    assert "What changes: at 1 year the published test says p < 0.001" in words
    assert "with the deaths counted p = " in words


def test_too_few_pairs_can_neither_confirm_nor_contradict():
    words = told(KRUSKAL, cohort(later=[2, 4, 3, 1, 2, *[None] * 5]))
    assert "At 1 year only 5 patients changed. So few cannot give a p below 0.063" in words
    assert "no timepoint at which the published test can be held against these" in words


def test_without_a_death_no_death_is_told_of():
    words = told(KRUSKAL, cohort())
    assert "nobody is recorded as having died, and 3 are without a value" in words
    assert "by dying" not in words
    assert "worst result" not in words


def test_where_nobody_left_it_says_so():
    assert "Nobody left: all 10 patients have a value at every timepoint." in told(KRUSKAL, cohort(later=PRE[::-1]))


def test_the_published_p_is_the_presets():
    words = told(KRUSKAL, cohort(died=3), preset="stata")
    assert "(Dunn's test, one-sided, unadjusted)" in words


def test_a_paired_test_is_told_with_responders_and_the_bounds_that_the_missing_leave():
    words = told(PAIRED, cohort(died=2))
    assert "only the 7 patients with both values" in words
    assert "7/7 (100 %) have improved by enough (a fall by 2 or more)" in words
    assert "it is 7/10 (70 %) if none of them did, and 8/10 (80 %) if all did who are not known to be dead" in words
    assert re.search(
        r"Deaths move it across the usual 0\.05: p = 0\.016 without the deaths and p = [0-9.]+ with them\.$", words
    )


def test_a_share_of_the_first_value_is_told_as_one():
    assert "(a fall by 30 % of the first value or more)" in told(PAIRED, cohort(), manifest(mcid=None))


def test_a_paired_test_of_which_nobody_died_is_not_changed_by_deaths():
    assert told(PAIRED, cohort()).endswith("so no death changes this result.")


def test_two_groups_are_told_who_lacks_a_value_and_the_difference_given_the_start():
    words = told(GROUPS, cohort())
    assert "compares the groups of arm at 1 year only" in words
    assert "Without a value: 1 in a and 2 in b." in words
    assert "Given the value each patient started from, the difference (a minus b) is" in words
    assert "both fall on the same side" in words


def test_on_a_short_scale_the_changes_are_compared_instead():
    assert "Of the changes, the difference (a minus b) is" in told(GROUPS, cohort(), manifest(maximum="5"))


@pytest.mark.parametrize("entry", [KRUSKAL, PAIRED, GROUPS])
def test_a_test_without_an_answer_is_told_as_that(entry):
    words = told(entry, cohort(later=[None] * 10))
    assert words.startswith("The published test has no answer here: ")


@pytest.mark.parametrize("entry", [KRUSKAL, PAIRED, GROUPS])
def test_with_nothing_beside_it_only_the_published_numbers_are_told(entry):
    data = cohort(died=2)
    words = plainly({"id": "x", **entry}, run({"id": "x", **entry}, data), [], Manifest(manifest()))
    assert words.startswith("The published test (")
    assert "died" not in words.replace("those who died or were not seen again", "")
    assert "changes" not in words


def test_an_analysis_that_forgets_nobody_needs_no_words():
    entry = {"id": "x", "type": "describe_by_timepoint", "instrument": "pain"}
    assert plainly(entry, run(entry, cohort()), [], Manifest(manifest())) == ""
