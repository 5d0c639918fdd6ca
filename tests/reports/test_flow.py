"""The flow of patients: from a manifest to boxes that add up."""

from reports.documents import pdf, word_tables, xlsx
from reports.flow import flow_of
from reports.manifest import Manifest

STEPS = [{"criterion": "age at least 18", "n": 2, "unknown": 1}, {"criterion": "sex female", "n": 0, "unknown": 0},
         {"criterion": "no infection", "n": 4, "unknown": 0}]  # fmt: skip
LEFT_OUT = [{"reason": "withdrawn", "n": 3}, {"reason": "age below 18", "n": 2},
            {"reason": "age is not recorded", "n": 1}, {"reason": "infection", "n": 4}]  # fmt: skip


def told(unit: str = "patient", **flow):
    about = {"enrolled": 30, "left_out": LEFT_OUT, "patients": 20, "procedures": 20, "steps": STEPS}
    return flow_of(Manifest({"unit": unit, "flow": about | flow}))


def test_each_box_holds_those_of_the_box_before_without_who_left():
    flow = told()
    enrolled, considered, analysed = flow.stages
    assert (enrolled.n, considered.n, analysed.n) == (30, 27, 20)
    for stage, later in zip(flow.stages, flow.stages[1:], strict=False):
        assert stage.n - sum(step.left for step in stage.left) == later.n
    assert [step.criterion for step in enrolled.left] == ["withdrawn"]


def test_who_does_not_fit_and_of_whom_nothing_is_recorded_are_counted_apart():
    first, _, last = told().stages[1].left
    assert (first.n, first.unknown, first.left) == (2, 1, 3)
    assert first.lines == ((2, "age below 18"), (1, "age is not recorded"))
    assert last.lines == ((4, "infection"),)


def test_a_criterion_that_nobody_fails_is_still_told():
    assert told().stages[1].left[1].lines == ((0, "sex female: nobody falls out"),)


def test_a_whole_study_has_two_boxes():
    flow = told(steps=[], left_out=[{"reason": "withdrawn", "n": 10}])
    assert [(stage.n, stage.words) for stage in flow.stages] == [(30, "patients enrolled"), (20, "patients analysed")]


def test_the_last_box_says_the_unit_and_whose_they_are():
    fractures = told("fracture", fractures=97, patients=53, procedures=56).stages
    assert (fractures[-1].n, fractures[-1].words) == (97, "fractures analysed")
    assert fractures[-1].detail == "in 56 procedures of 53 patients"
    assert fractures[1].n == 97 + 7
    assert told("procedure", patients=1).stages[-1].detail == "in 1 patient"


def test_the_screening_log_stands_before_who_was_enrolled():
    log = {"screened": 40, "eligible": 31, "ineligible": 6, "pending": 3, "not_entered": 2}
    screened, enrolled, *_ = told(screening=log).stages
    assert screened.n - sum(step.left for step in screened.left) == 29
    assert enrolled.detail == "1 of them without a line in the screening log"


def test_documents_print_why_somebody_left_and_not_what_would_have_kept_them():
    flow = told()
    printed = [" ".join(xlsx.flow_lines(flow)), word_tables.flow(flow), str(pdf.flow(flow))]
    assert all("age below 18" in text and "age is not recorded" in text for text in printed)
    assert not any("age at least 18" in text for text in printed)
