"""Completeness: seeded gaps are found where they are, the four columns add up, and the tables of outcomes agree."""

import random
from datetime import date

import pytest
from django.utils import timezone

from outcomes import freeze
from outcomes.analyses.run import run
from outcomes.cohorts import visible_cohorts
from registry.actions.people import system_user
from registry.completeness import REFUSED, Coverage, Tally, measure, percent
from registry.completeness_sheet import Cut
from registry.models import MissingReason, Operation, Query, ScreenedCase
from registry.screening import coverage
from tests.builders import build_patient, build_procedure, build_study, build_visit
from tests.registry.desk import TODAY, died, fill, operated

REASONS = ["not_done", "not_recorded", "refused", "unable", "unknown"]


@pytest.fixture
def study(north):
    return build_study(slug="hips", site=north, schedule="clunk")


def tallies(study, user, *, on=TODAY, **cut) -> dict[tuple[str, str], Tally]:
    """(timepoint, field) -> tally."""
    fields = Cut(measure(study, user, on=on), **cut).fields()
    return {(place.timepoint, place.field): tally for place, tally in fields.items()}


def shown(tally: Tally) -> tuple:
    return tally.accepted, dict(tally.reasons), tally.unexplained, tally.invalid, dict(tally.apart)


def test_seeded_gaps_are_found_where_they_are(study, nurse):
    whole = operated(study, "A", 100)
    build_visit(procedure=whole, timepoint="preop", scores={"pain": 7, "opioid": "refused"})
    build_visit(procedure=whole, timepoint="w6", scores={"pain": "not_recorded"})
    died(operated(study, "B", 100), 90)
    operated(study, "C", 10)
    build_visit(procedure=operated(study, "D", 100), timepoint="w6", missed="visit_missed")
    found = tallies(study, nurse)
    assert shown(found["preop", "pain"]) == (1, {}, 3, 0, {})
    assert shown(found["preop", "opioid"]) == (0, {"refused": 1}, 3, 0, {})
    assert shown(found["w6", "pain"]) == (
        0, {"not_recorded": 1, "visit_missed": 1}, 0, 0, {"deceased": 1, "not_due": 1},
    )  # fmt: skip
    assert shown(found["w6", "opioid"]) == (0, {"visit_missed": 1}, 1, 0, {"deceased": 1, "not_due": 1})
    assert shown(found["y2", "pain"]) == (0, {}, 0, 0, {"deceased": 1, "not_due": 3})


def test_a_value_with_an_open_query_of_a_rule_that_refuses_is_invalid(study, nurse, system):
    procedure = operated(study, "A", 30)
    visit = build_visit(procedure=procedure, timepoint="preop", scores={"pain": 7, "opioid": 1})
    query = Query.objects.create(
        site=procedure.site, patient=procedure.patient, form="visit", row_id=visit.pk, field="pain", rule=REFUSED[0],
        text="It cannot be.", opened_by=system, opened_at=timezone.now(),
    )  # fmt: skip
    assert shown(tallies(study, nurse)["preop", "pain"]) == (0, {}, 0, 1, {})
    assert shown(tallies(study, nurse)["preop", "opioid"]) == (1, {}, 0, 0, {})
    query.status, query.ended_at = Query.Status.CLOSED, timezone.now()
    query.save()
    assert shown(tallies(study, nurse)["preop", "pain"]) == (1, {}, 0, 0, {})


def test_forms_of_the_chart_are_counted_by_their_required_fields_once_the_study_uses_them(study, nurse):
    first, second, third = (operated(study, number, 100) for number in "ABC")
    assert not [field for _, field in tallies(study, nurse) if field == "sedation"]
    fill(Operation, first, sedation="general", missing={"ebl_ml": "not_recorded"}, operative_time_min=50)
    fill(Operation, second, unavailable="not_recorded")
    found = tallies(study, nurse)
    assert shown(found["", "sedation"]) == (1, {"not_recorded": 1}, 1, 0, {})
    assert shown(found["", "ebl_ml"]) == (0, {"not_recorded": 2}, 1, 0, {})
    assert shown(found["", "icu_admission"]) == (0, {"not_recorded": 1}, 2, 0, {})
    assert third.patient.study_number == "C"


def random_study(north, seed: int):
    """A small cohort with values, reasons, missed visits, deaths and two visits for one planned one."""
    draw, study = random.Random(seed), build_study(slug=f"random-{seed}", site=north, schedule="clunk")
    for number in range(25):
        patient = build_patient(study=study, site=north, study_number=f"R-{number}")
        procedure = build_procedure(patient=patient, performed_on=date(2019, 1 + number % 12, 3))
        dead = False
        for timepoint in ("preop", "w6", "m3", "m6", "y1"):
            dead = dead or a_visit(draw, procedure, timepoint)
        if not dead and draw.random() < 0.2:
            died(procedure, draw.randrange(500, 1300))
    return study


def a_visit(draw, procedure, timepoint: str) -> bool:
    """One visit, or none; True where death prevented it."""
    chance = draw.random()
    if chance < 0.15:
        return False
    if chance < 0.35 and timepoint != "preop":
        reason = draw.choice(["deceased", "lost", "refused", "visit_missed"])
        build_visit(procedure=procedure, timepoint=timepoint, missed=reason)
        return reason == "deceased"
    scores = {
        key: draw.choice(REASONS) if draw.random() < 0.3 else lowest + draw.randrange(2)
        for key, lowest in (("pain", 4), ("opioid", 0))
        if draw.random() < 0.8
    }
    build_visit(procedure=procedure, timepoint=timepoint, scores=scores)
    if draw.random() < 0.1:
        build_visit(procedure=procedure, timepoint=timepoint, timepoint_asserted=False, scores={"pain": 5})
    return False


@pytest.mark.parametrize("seed", [1, 2])
def test_the_denominators_are_those_of_the_tables_of_outcomes(north, nurse, seed):
    study = random_study(north, seed)
    columns = freeze.columns_of(
        freeze.freeze(visible_cohorts(system_user()).get(slug=study.slug), [site.pk for site in study.sites.all()])
    )
    found = tallies(study, nurse)
    for instrument in ("pain", "opioid"):
        entry = {"id": "x", "type": "describe_by_timepoint", "instrument": instrument}
        described = run(entry, columns)
        for timepoint in described["timepoints"]:
            tally, table = found[timepoint, instrument], described[timepoint]
            assert tally.answered == table["n"]
            assert tally.expected + tally.apart.total() == table["n"] + table["missing"] == 25
            assert tally.expected == tally.accepted + tally.with_reason + tally.unexplained + tally.invalid
    assert any(tally.with_reason and tally.unexplained and tally.apart.total() for tally in found.values())


def test_a_follow_up_rate_is_of_who_was_alive_and_due(study, nurse):
    done = operated(study, "done", 100, seen=["w6"])
    operated(study, "nothing", 100)
    build_visit(procedure=operated(study, "missed", 100), timepoint="w6", missed="refused")
    build_visit(procedure=operated(study, "lost", 100), timepoint="w6", missed="lost")
    died(operated(study, "died", 100), 90)
    operated(study, "open", 40)
    operated(study, "early", 40, seen=["w6"])
    report = Cut(measure(study, nurse, on=TODAY)).follow_up()
    at = {timepoint.code: tally for timepoint, tally in report.items()}
    assert (at["w6"].done, at["w6"].due, at["w6"].percent) == (1, 4, "25 %")
    assert (at["w6"].missed, at["w6"].lost, at["w6"].unrecorded) == (1, 1, 1)
    assert (at["w6"].died, at["w6"].not_due) == (1, 2)
    assert (at["y1"].due, at["y1"].percent) == (0, "—")
    assert done.patient.study_number == "done"


def test_coverage_is_entered_of_eligible(study, north, nurse):
    patient = operated(study, "A", 100).patient
    about = {"site": north, "study": study, "recorded_by": nurse, "treated_on": TODAY, "treated_precision": "day"}
    eligible, no, perhaps = ScreenedCase.Decision.values
    ScreenedCase.objects.create(log_number="1", decision=eligible, patient=patient, **about)
    ScreenedCase.objects.create(log_number="2", decision=eligible, **about)
    ScreenedCase.objects.create(log_number="3", decision=no, **about)
    ScreenedCase.objects.create(log_number="4", decision=perhaps, **about)
    report = measure(study, nurse, on=TODAY)
    assert Cut(report).coverage() == Coverage(eligible=2, entered=1, undecided=1)
    of_the_log = coverage(ScreenedCase.objects.select_related("site"))
    assert [(line.eligible, line.entered, line.pending) for line in of_the_log] == [(2, 1, 1)]
    assert Cut(report, year="2024").coverage().percent == "50 %"
    assert Cut(report, year="2023").coverage().percent == "—"


def test_parts_by_year_add_up_to_the_whole(study, nurse):
    for number, ago in enumerate((100, 500, 900, None)):
        operated(study, f"P{number}", ago, seen=["preop"])
    report = measure(study, nurse, on=TODAY)
    years = ("2024", "2023", "2021", "2022", "unknown")
    parts = [Cut(report, year=year).values() for year in years]
    assert sum(parts, Tally()) == Cut(report).values()
    assert sum(Cut(report, year=year).patients() for year in years) == 4


@pytest.mark.parametrize(
    ("many", "of", "said"),
    [
        (0, 0, "—"),
        (0, 5, "0 %"),
        (5, 5, "100 %"),
        (1, 1000, "1 %"),
        (999, 1000, "99 %"),
        (1, 3, "33 %"),
        (2, 3, "67 %"),
    ],
)
def test_a_share_is_all_or_none_only_where_it_is(many, of, said):
    assert percent(many, of) == said


def test_every_reason_is_either_missing_or_apart():
    counted = Tally()
    for reason in MissingReason.values:
        counted.missing(reason)
    assert (counted.with_reason, counted.apart.total()) == (7, 3)
