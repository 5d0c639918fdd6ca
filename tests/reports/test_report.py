"""The report holds every result once, in order, with its freeze, and counts its questions."""

from reports.report import build, build_one
from tests.reports import examples

REPORT = build(examples.manifest(), examples.everything())


def test_the_header_names_the_freeze_the_preset_and_the_moment():
    header = REPORT.header
    assert (header.digest, header.short_digest) == ("ab" * 32, "abababababab")
    assert (header.preset, header.computed) == ("modern", "4 March 2026, 05:06 UTC")
    assert header.is_synthetic


def test_the_flow_adds_up():
    flow = REPORT.flow
    assert flow.enrolled == flow.patients + sum(n for _, n in flow.left_out)


def test_sections_follow_the_manifest_and_only_instruments_with_results_are_there():
    assert [section.title for section in REPORT.sections] == ["Pain", "Site's own score"]


def test_a_draft_without_direction_carries_a_warning():
    pain, own = REPORT.sections
    assert own.warning and own.direction == "direction unspecified"
    assert not pain.warning


def test_tables_and_figures_are_numbered_without_gaps_in_the_order_shown():
    patients = [*REPORT.patients.tables, REPORT.missing]
    tables = patients + [table for section in REPORT.sections for table in section.tables]
    assert [table.number for table in tables] == list(range(1, len(tables) + 1))
    assert [figure.number for figure in REPORT.figures] == list(range(1, len(REPORT.figures) + 1))


def test_no_result_is_lost_on_the_way_to_the_page():
    sections = [REPORT.patients, *REPORT.sections]
    shown = {source.label for section in sections for table in section.tables for source in table.sources}
    assert shown == {result["analysis_id"] for result in examples.everything()}


def test_a_figure_for_all_comes_before_the_one_by_arm_and_the_changes_after_both():
    titles = [figure.title for figure in REPORT.sections[0].figures]
    assert titles == ["Pain over time", "Pain over time by group", "Pain: each change within patients"]
    assert len({figure.id for figure in REPORT.figures}) == len(REPORT.figures)


def test_every_question_asked_has_a_test_an_n_and_a_result():
    """Kruskal-Wallis and its pair, a change, two arms, a yes/no outcome, a characteristic."""
    assert len(REPORT.asked) == 6
    assert all(each.test and each.n and each.p is not None and each.source.page_url for each in REPORT.asked)
    assert REPORT.asked_words.startswith("This report asked 6 questions; unadjusted, about 0.3 of them")


def test_a_pair_of_visits_shows_its_raw_and_its_adjusted_p():
    pair = next(each for each in REPORT.asked if each.test == "Dunn's test")
    assert pair.question == "Pain between timepoints: Preoperative and 6 weeks"
    assert pair.adjusted == pair.p


def test_a_report_without_results_says_so():
    report = build(examples.manifest(), [])
    assert report.sections == () and report.asked == ()
    assert report.asked_words == "This report asked no question that a p-value answers."


def test_the_page_of_a_result_holds_every_number_unrounded():
    result = examples.changed()
    page = build_one(examples.manifest(), result)
    numbers = dict(page.numbers)
    assert numbers["z"] == str(result["payload"]["z"])
    assert numbers["hodges_lehmann.estimate"] == str(result["payload"]["hodges_lehmann"]["estimate"])
    assert page.title == "Pain Preoperative to 6 weeks"


def test_the_page_of_a_patients_variable_needs_no_instrument():
    page = build_one(examples.manifest(), examples.everything()[6])
    assert page.title == "ASA by group" and page.section.tables[0].number == 1
