"""Two freezes side by side: every cell that differs and none that does not, with who changed it, when and why."""

import csv
import random
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outcomes.cohorts import visible_cohorts
from outcomes.freeze import Frozen, freeze, load, store
from outcomes.freeze_about import said_first
from outcomes.freeze_diff import IDENTITY, NOTHING, difference
from outcomes.freeze_history import reasons
from outcomes.models import Cohort, Freeze
from registry.actions import patients, standing, studies, visits
from registry.models import Covariate, FollowUpVisit, MissingReason, Patient
from registry.rules import NewVisit
from tests.builders import build_cohort_rows, build_patient, build_procedure, build_study, build_visit


@pytest.fixture
def cohort(north, surgeon) -> Cohort:
    study = build_study(slug="one", name="One", site=north)
    build_cohort_rows(study, north, 4)
    return visible_cohorts(surgeon).get(slug="one")


def kept(cohort: Cohort, by) -> Freeze:
    sites = [site.pk for site in cohort.sites_for(by)]
    return store(freeze(cohort, sites), cohort, sites, by=by)


def differing(one: Freeze, two: Freeze):
    return difference(load(one), load(two))


def correct(visit: FollowUpVisit, by, reason: str, **scores) -> None:
    """Correct scores of a visit as the form does; the others stay."""
    row = FollowUpVisit.objects.get(pk=visit.pk)
    scored = row.scores.select_related("instrument")
    said = {each.instrument: MissingReason(each.missing) if each.missing else each.value for each in scored}
    instruments = {each.key: each for each in row.procedure.patient.study.instruments.all()}
    said |= {instruments[key]: value for key, value in scores.items()}
    meant = NewVisit(procedure=row.procedure, timepoint=row.timepoint, visited_on=row.visited_on, day=row.day,
                     visited_precision=row.visited_precision, scores=said, overrides={"P2": "read twice"})  # fmt: skip
    visits.correct_visit(row, meant, version=row.version, reason=reason, by=by)


def a_visit(timepoint: str = "w6") -> FollowUpVisit:
    rows = FollowUpVisit.objects.filter(timepoint__code=timepoint, procedure__patient__study__slug="one")
    return rows.order_by("procedure__patient__study_number").first()


@pytest.mark.django_db(transaction=True)
def test_a_corrected_score_is_one_changed_cell_with_who_when_and_why(cohort, surgeon, nurse):
    before = kept(cohort, surgeon)
    visit = a_visit()
    old = visit.scores.get(instrument__key="pain").value
    correct(visit, nurse, "typed the wrong line", pain=Decimal("9.5"))
    after = kept(cohort, surgeon)

    found = differing(before, after)
    (cell,) = found.cells()
    ((why,),), _ = reasons([cell], [], before.made_at, after.made_at)

    assert (found.added, found.gone, len(found)) == ([], [], 1)
    assert cell.row.study_number == visit.procedure.patient.study_number
    assert cell.what.label == "Pain, 6 weeks" or cell.what.label.endswith(", 6 weeks")
    assert (cell.old, cell.new) == (f"{old.normalize():f}", "9.5")
    assert (why.who, why.why, why.now) == ("nurse", "typed the wrong line", "9.5")
    assert before.made_at < why.at <= after.made_at


@pytest.mark.django_db(transaction=True)
def test_two_corrections_of_one_cell_are_both_told_and_those_of_other_cells_are_not(cohort, surgeon, nurse, admin):
    before = kept(cohort, surgeon)
    visit, other = a_visit(), a_visit("m3")
    for by, reason, value in ((nurse, "first", 7), (admin, "second", 10)):
        correct(visit, by, reason, pain=Decimal(value))
    correct(other, admin, "another one", opioid=MissingReason.REFUSED)
    after = kept(cohort, surgeon)

    cells = list(differing(before, after).cells())
    of_cells, _ = reasons(cells, [], before.made_at, after.made_at)

    told = {cell.what.name: [(each.who, each.why) for each in why] for cell, why in zip(cells, of_cells, strict=True)}
    assert told == {"pain": [("nurse", "first"), ("admin", "second")], "opioid": [("admin", "another one")]}
    assert {cell.what.name: cell.new for cell in cells} == {"pain": "10, worst pain", "opioid": "missing: refused"}


@pytest.mark.django_db(transaction=True)
def test_rows_that_came_and_went_are_told_with_the_reason(cohort, surgeon, nurse, admin, north):
    before = kept(cohort, surgeon)
    leaves = Patient.objects.filter(study__slug="one").order_by("study_number").first()
    standing.withdraw_patient(
        patient=leaves, on=date(2024, 5, 1), reason="consent withdrawn", version=leaves.version, by=admin
    )
    comes = build_patient(study=cohort.studies.get(), site=north, study_number="Z-1")
    build_procedure(patient=comes)
    after = kept(cohort, surgeon)

    found = differing(before, after)
    _, (came, went) = reasons([], [*found.added, *found.gone], before.made_at, after.made_at)

    assert [row.study_number for row in found.added] == ["Z-1"]
    assert [row.study_number for row in found.gone] == [leaves.study_number]
    assert {each.of for each in came} == {"Patient", "Procedure"}
    assert ("admin", "consent withdrawn") in [(each.who, each.why) for each in went]
    assert len(found) == 0


@pytest.mark.django_db(transaction=True)
def test_a_changed_attribute_and_a_column_that_nobody_had_before_are_cells(cohort, surgeon, nurse):
    study = cohort.studies.get()
    studies.add_covariate(study=study, name="arm", label="Treatment arm", kind=Covariate.Kind.CATEGORY, by=nurse)
    before = kept(cohort, surgeon)
    patient = Patient.objects.filter(study=study).order_by("study_number").first()
    value = patients.covariate_value(patient=patient, covariate=study.covariates.get(), value="nail")
    patients.record_covariates([value], by=nurse)
    after = kept(cohort, surgeon)

    (cell,) = differing(before, after).cells()
    ((why,),), _ = reasons([cell], [], before.made_at, after.made_at)

    assert (cell.what.name, cell.old, cell.new) == ("arm", NOTHING, "nail")
    assert (why.who, why.now) == ("nurse", "nail")
    assert "Variables that came: arm." in said_first(before.manifest_in_order, after.manifest_in_order)


@pytest.mark.django_db(transaction=True)
def test_a_changed_rule_is_said_first_and_nothing_is_said_where_only_a_score_changed(cohort, surgeon, nurse):
    before = kept(cohort, surgeon)
    correct(a_visit(), nurse, "typo", pain=Decimal(1))
    edited = kept(cohort, surgeon)
    Cohort.objects.filter(pk=cohort.pk).update(rule={"procedures": "all"}, version=2)
    ruled = kept(Cohort.objects.get(pk=cohort.pk), surgeon)

    assert said_first(before.manifest_in_order, edited.manifest_in_order) == []
    first = said_first(edited.manifest_in_order, ruled.manifest_in_order)[0]
    assert first.startswith("The cohort's rule changed, version 1 to version 2") and '"all"' in first


def naive(one: Frozen, two: Frozen) -> tuple[set, set, set]:
    """(rows added, rows gone, changed (row, column)) by plain dictionaries: an independent second way."""

    def rows(frozen: Frozen) -> dict:
        tables = (frozen.procedures, frozen.scores, frozen.survival)
        lines = zip(*(table.drop_columns(["|row"]).to_pylist() for table in tables), strict=True)
        whole = ({name: value for part in line for name, value in part.items()} for line in lines)
        return {tuple(str(row[name]) for name in IDENTITY if name in row): row for row in whole}

    old, new = rows(one), rows(two)
    changed = {
        (key, name.removesuffix("|missing"))
        for key in old.keys() & new.keys()
        for name in old[key].keys() | new[key].keys()
        if old[key].get(name) != new[key].get(name)
    }
    return set(new) - set(old), set(old) - set(new), changed


@pytest.mark.django_db(transaction=True)
def test_any_edits_give_the_same_difference_as_plain_dictionaries(cohort, surgeon, nurse, north):
    chance = random.Random(7)
    before = kept(cohort, surgeon)
    for step in range(12):
        visit = chance.choice(list(FollowUpVisit.objects.filter(procedure__patient__study__slug="one")))
        value = chance.choice([Decimal(step % 11), MissingReason.REFUSED])
        correct(visit, nurse, "chance", pain=value, opioid=Decimal(step % 2))
    build_cohort_rows(cohort.studies.get(), north, 2)
    after = kept(cohort, surgeon)

    found = differing(before, after)
    added, gone, changed = naive(load(before), load(after))

    assert {(row.site, row.study, row.study_number) for row in found.added} == added and len(added) == 2
    assert {(row.site, row.study, row.study_number) for row in found.gone} == gone
    cells = list(found.cells())
    assert {((c.row.site, c.row.study, c.row.study_number), f"{c.what.name}|{c.what.timepoint}") for c in cells} == (
        changed
    )
    assert len(found) == len(cells) == len(changed) > 3
    assert list(found.cells(2, 4)) == cells[2:4]


@pytest.mark.django_db(transaction=True)
def test_a_patient_that_the_reader_may_not_see_now_is_in_no_list(cohort, surgeon, nurse):
    before = kept(cohort, surgeon)
    correct(a_visit(), nurse, "typo", pain=Decimal("9.5"))
    after = kept(cohort, surgeon)
    (row,) = {cell.row for cell in differing(before, after).cells()}

    found = difference(load(before), load(after), hidden=[row])

    assert (len(found), list(found.cells()), found.hidden) == (0, [], 1)


@pytest.mark.django_db(transaction=True)
def test_the_history_takes_as_many_queries_for_many_cells_as_for_one(cohort, surgeon, nurse, north):
    before = kept(cohort, surgeon)
    for visit in FollowUpVisit.objects.filter(procedure__patient__study__slug="one"):
        correct(visit, nurse, "typo", pain=Decimal("9.5"))
    after = kept(cohort, surgeon)
    cells = list(differing(before, after).cells())
    assert len(cells) == 12

    def queries(part: list) -> int:
        with CaptureQueriesContext(connection) as asked:
            reasons(part, [cell.row for cell in part], before.made_at, after.made_at)
        return len(asked)

    assert queries(cells) == queries(cells[:1])


@pytest.mark.django_db(transaction=True)
def test_the_command_writes_each_change_as_a_line_and_no_formula(cohort, surgeon, nurse, north, tmp_path, capsys):
    before = kept(cohort, surgeon)
    correct(a_visit(), nurse, "=1+1", pain=Decimal("9.5"))
    build_visit(procedure=build_procedure(patient=build_patient(study=cohort.studies.get(), site=north)))
    after = kept(cohort, surgeon)
    out = tmp_path / "diff.csv"

    call_command("diff_freezes", after.digest, str(before.pk), out=out)
    call_command("diff_freezes", str(before.pk), str(after.pk))

    said = capsys.readouterr().out
    assert said.startswith(f"{out}: 1 added, 1 changed")
    lines = list(csv.DictReader(StringIO(out.read_text("utf-8"))))
    assert list(csv.DictReader(StringIO(said.partition("\n")[2]))) == lines
    (changed,) = [line for line in lines if line["change"] == "changed"]
    assert (changed["new"], changed["who"], changed["reason"]) == ("9.5", "nurse", "'=1+1")
    with pytest.raises(CommandError, match="No freeze is called so"):
        call_command("diff_freezes", str(before.pk), "nothing")
