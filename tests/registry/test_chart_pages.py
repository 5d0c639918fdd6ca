"""The pages of the chart: every form opens, saves, refuses beside its field, and says what follows."""

from datetime import date

import pytest
from django.urls import reverse

from registry.actions.chart import mark_form_unavailable, mark_row_as_error, save_form
from registry.actions.standing import withdraw_patient
from registry.chart import FORMS
from registry.chart_words import FormState, summary
from registry.models import CementInjection, Comorbidity, Draft, Malignancy, Operation, Query
from tests.builders import build_cohort_rows, build_patient, build_procedure, build_study, build_visit, key
from tests.registry.test_page_queries import queries


@pytest.fixture
def patient(north):
    study = build_study(site=north)
    return build_patient(study=study, site=north, sex="F", born_on=date(1950, 1, 1), born_precision="year")


@pytest.fixture
def procedure(patient):
    return build_procedure(patient=patient, kind="pdn")


@pytest.fixture
def desk(client, nurse):
    client.force_login(nurse)
    return client


def page_of(form, patient, of=None, name="chart-form") -> str:
    address = reverse(name, args=[patient.pk, form])
    return f"{address}?of={of.pk}" if of else address


def typed(**values) -> dict:
    """What a browser sends: values by column, ticks with a name each, with a new key."""
    sent = {"submission_key": str(key())}
    for name, value in values.items():
        ticks = {f"value_{name}.{each}": each for each in value} if isinstance(value, list) else {}
        sent |= ticks or {f"value_{name}": value}
    return sent


def add(form, parent, by, **values):
    return save_form(form=FORMS[form], parent=parent, row=None, values=values, overrides=None, by=by)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_opens_with_a_control_and_a_reason_for_each_field(desk, patient, procedure, form):
    visit = build_visit(procedure=procedure, timepoint="w6", visited_on=date(2024, 4, 12))
    answer = desk.get(page_of(form, patient, visit if FORMS[form].parent == "visit" else None))
    assert answer.status_code == 200
    for column in FORMS[form].fields:
        assert f'name="value_{column.name}' in answer.content.decode()
        assert f'name="missing_{column.name}"' in answer.content.decode()


def test_a_form_is_filled_and_corrected_on_its_page(desk, patient, procedure):
    answer = desk.post(page_of("operation", patient), typed(sedation="general", guidance=["ct", "fluoroscopy"]))
    assert answer.status_code == 302
    row = Operation.objects.get()
    assert (row.sedation, row.guidance, row.procedure) == ("general", ["ct", "fluoroscopy"], procedure)
    assert desk.get(page_of("operation", patient)).url == reverse("chart-row", args=["operation", row.pk])
    answer = desk.post(
        reverse("chart-row", args=["operation", row.pk]),
        typed(sedation="regional", guidance=["/none"]) | {"version": 1},
    )
    row.refresh_from_db()
    assert (answer.status_code, row.sedation, row.guidance, row.version) == (302, "regional", [], 2)


def test_what_is_refused_stands_beside_its_field_and_what_was_typed_stays(desk, patient, procedure):
    answer = desk.post(page_of("operation", patient), typed(ebl_ml="minimal", sedation="general"))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "&#x27;minimal&#x27; is not a number" in page and "[V5]" in page and 'value="minimal"' in page
    assert not Operation.objects.exists()


def test_the_page_asks_whether_to_clear_what_is_no_longer_asked(desk, nurse, patient, procedure):
    row = add("cement", procedure, nurse, leak="yes", leak_action="watched")
    address = reverse("chart-row", args=["cement", row.pk])
    sent = typed(leak="no", leak_action="watched") | {"version": 1}
    answer = desk.post(address, sent)
    assert answer.status_code == 400 and 'name="clear_hidden"' in answer.content.decode()
    assert CementInjection.objects.get().leak is True
    assert desk.post(address, sent | {"clear_hidden": "on"}).status_code == 302
    row.refresh_from_db()
    assert (row.leak, row.leak_action) == (False, "")


def test_of_two_people_the_second_chooses_whose_value_stays(desk, nurse, patient, procedure):
    row = add("operation", procedure, nurse, ebl_ml="100", position="prone")
    save_form(form=FORMS["operation"], parent=procedure, row=row, values={"ebl_ml": "200", "position": "supine"},
              version=1, overrides=None, by=nurse)  # fmt: skip
    address = reverse("chart-row", args=["operation", row.pk])
    mine = typed(ebl_ml="300", position="lateral") | {"version": 1}
    answer = desk.post(address, mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert all(text in page for text in ("100", "200", "300", "Supine", "Lateral", 'name="take_ebl_ml"'))
    assert Operation.objects.get().ebl_ml == 200
    settled = mine | {"version": 2, "take_ebl_ml": "theirs", "take_position": "mine"}
    assert desk.post(address, settled).status_code == 302
    row.refresh_from_db()
    assert (row.ebl_ml, row.position, row.version) == (200, "lateral", 3)


def test_between_two_people_no_procedure_is_named_but_one_of_the_choices(desk, nurse, patient, procedure, south):
    elsewhere = build_patient(study=patient.study, site=south, study_number="SOUTH-77")
    own = build_procedure(patient=patient, kind="pdn", is_index=False)
    row = add("secondary_procedure", procedure, nurse, same_site="no")
    save_form(form=FORMS["secondary_procedure"], parent=procedure, row=row, values={"same_site": "yes"}, version=1,
              overrides=None, reason="misread", by=nurse)  # fmt: skip
    address = reverse("chart-row", args=["secondary_procedure", row.pk])
    for linked in (build_procedure(patient=elsewhere).pk, key(), procedure.pk):
        answer = desk.post(address, typed(same_site="no", linked_procedure=str(linked)) | {"version": 1})
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "not one of the choices" in page and "SOUTH-77" not in page
    answer = desk.post(address, typed(same_site="no", linked_procedure=str(own.pk)) | {"version": 1})
    assert answer.status_code == 409 and "not one of the choices" not in answer.content.decode()


def test_what_follows_is_said_while_typing_and_nothing_is_saved(desk, patient, procedure):
    sent = typed(history_reviewed="yes", tumour_metastatic="yes", diabetes="yes", height_cm="170", weight_kg="70")
    page = desk.post(page_of("comorbidity", patient, name="chart-derived"), sent).content.decode()
    assert all(f"<b>{value}</b>" in page for value in ("7", "3", "10", "24.2"))  # base, age, AACCI, BMI
    assert not Comorbidity.objects.exists()


def test_the_growth_group_is_offered_with_its_why_and_stays_a_choice(desk, nurse, patient, procedure):
    add("malignancy", patient, nurse, primary_cancer="breast", hormone_sensitive="no")
    page = desk.get(page_of("katagiri", patient)).content.decode()
    assert "hormone-independent" in page and 'data-offer="growth" data-offer-value="moderate"' in page
    assert desk.post(page_of("katagiri", patient), typed(growth="slow") | {"override_C3": "known"}).status_code == 302


def test_the_same_page_sent_twice_makes_one_row(desk, patient, procedure):
    sent = typed(primary_cancer="breast")
    assert [desk.post(page_of("malignancy", patient), sent).status_code for _ in range(2)] == [302, 302]
    assert Malignancy.objects.count() == 1


def test_the_source_of_a_form_is_offered_for_the_next_one(desk, patient, procedure):
    sent = typed(primary_cancer="breast") | {"collection_method": "chart_review", "source_document": "oncology letter"}
    desk.post(page_of("malignancy", patient), sent)
    assert Malignancy.objects.get().source_document == "oncology letter"
    assert 'value="oncology letter"' in desk.get(page_of("operation", patient)).content.decode()


def test_a_draft_is_offered_with_all_its_ticks_and_gone_once_the_form_is_saved(desk, nurse, patient, procedure):
    sent = typed(sedation="general", guidance=["ct", "fluoroscopy"])
    desk.post(reverse("draft", args=["operation", procedure.pk]), sent)
    assert "did not save it" in desk.get(page_of("operation", patient)).content.decode()
    page = desk.get(page_of("operation", patient) + "?restore=1").content.decode()
    for value in ("general", "ct", "fluoroscopy"):
        tag = next(part for part in page.split("<input")[1:] if f'value="{value}"' in part.split(">")[0])
        assert "checked" in tag.split(">")[0], value
    assert desk.post(page_of("operation", patient), sent).status_code == 302
    assert not Draft.objects.exists()


def test_who_may_not_record_reads_the_form_and_cannot_change_it(client, surgeon, nurse, patient, procedure):
    row = add("operation", procedure, nurse, sedation="general")
    client.force_login(surgeon)
    page = client.get(reverse("chart-row", args=["operation", row.pk])).content.decode()
    assert "General" in page and "value_sedation" not in page
    sent = typed(sedation="regional") | {"version": 1}
    assert client.post(reverse("chart-row", args=["operation", row.pk]), sent).status_code == 403


def test_the_chart_of_who_was_withdrawn_is_read_only_with_words(desk, nurse, patient, procedure):
    withdraw_patient(patient=patient, on=date(2024, 6, 1), reason="moved away", by=nurse)
    page = desk.get(page_of("operation", patient)).content.decode()
    assert "The patient was withdrawn on 2024-06-01" in page and "value_sedation" not in page
    answer = desk.post(page_of("operation", patient), typed(sedation="general"))
    assert answer.status_code == 400 and not Operation.objects.exists()


def test_an_address_that_names_no_form_row_or_procedure_of_this_patient_is_not_there(desk, nurse, patient, procedure):
    strange = build_procedure(study=patient.study, site=patient.site)
    wrong = add("operation", procedure, nurse, sedation="general")
    for address in (
        page_of("nonsense", patient), page_of("operation", patient, strange),
        reverse("chart-row", args=["implant", wrong.pk]), reverse("chart-row", args=["complication", key()]),
    ):  # fmt: skip
        assert desk.get(address).status_code == 404, address
    assert desk.get(page_of("opioid_line", patient)).status_code == 400
    assert desk.get(page_of("operation", patient) + "?of=x").status_code == 400


def test_a_form_is_marked_as_having_nothing_and_filled_after_all(desk, patient, procedure):
    address = page_of("radiation", patient, name="chart-unavailable")
    assert desk.post(address, {"reason_code": "not_applicable", "reason": "none in any letter"}).status_code == 302
    page = desk.get(reverse("patient-detail", args=[patient.pk])).content.decode()
    assert "there was none" in page
    assert desk.post(page_of("radiation", patient), typed(modality="sbrt")).status_code == 302  # another row
    answer = desk.post(address, {"version": 1})
    assert answer.status_code == 302


def test_a_state_tells_never_opened_from_incomplete_complete_and_unavailable(nurse, patient, procedure):
    def state(*rows):
        return FormState(FORMS["operation"], procedure, list(rows)).words

    assert state() == "never opened"
    row = add("operation", procedure, nurse, sedation="general", ebl_ml="100")
    assert state(row) == "incomplete, 2 of 4"
    timed = {"operative_time_min": "90", "time_definition": "skin_to_skin"}
    row = save_form(form=FORMS["operation"], parent=procedure, row=row, values=timed,
                    missing={"icu_admission": "not_recorded"}, version=1, overrides=None, by=nurse)  # fmt: skip
    assert state(row) == "complete"
    mark_row_as_error(row=row, version=2, reason="wrong", by=nurse)
    row = mark_form_unavailable(
        form=FORMS["operation"], parent=procedure, row=None, reason_code="not_recorded", by=nurse
    )
    assert state(row) == "unavailable: not recorded in chart"


def test_a_row_is_short_in_a_list(nurse, patient):
    row = add("malignancy", patient, nurse, primary_cancer="breast", diagnosed_on="2015-03")
    assert summary(FORMS["malignancy"], row) == "Breast, 2015-03"


def test_the_patients_page_keeps_complications_from_secondary_procedures(desk, nurse, patient, procedure):
    add("complication", procedure, nurse, complication="vte_pe", happened_on="2024-03-05", clavien_dindo="II",
        lasting_disability="yes")  # fmt: skip
    add("secondary_procedure", procedure, nurse, secondary="neurolysis", happened_on="2024-08",
        reason="unresolved_pain")  # fmt: skip
    page = desk.get(reverse("patient-detail", args=[patient.pk])).content.decode()
    first, second = page.index("Complications and reoperations"), page.index("<h4>Secondary procedures")
    assert first < page.index("<b>Pulmonary embolism</b>") < second < page.index("<b>Neurolysis</b>")
    assert "Clavien-Dindo IId" in page and "day 4" in page and "counts for Cox" in page
    assert "74 years" in page  # born 1950, operated 2024


def test_the_patients_page_takes_as_many_queries_with_many_rows(desk, nurse, patient, procedure):
    address = reverse("patient-detail", args=[patient.pk])
    build_visit(procedure=procedure, timepoint="w6", visited_on=date(2024, 4, 12), scores={"pain": 3})
    empty = queries(desk, address)
    for name in ("breast", "thyroid", "melanoma"):
        add("malignancy", patient, nurse, primary_cancer=name)
    for place in ("s1", "s2"):
        add("implant", procedure, nurse, type="pdn", level=place)
    add("complication", procedure, nurse, complication="wound", happened_on="2024-03-05", clavien_dindo="I")
    for visit in procedure.visits.all():
        add("opioid_line", visit, nurse, drug="morphine", route="oral", strength="10", units_per_day="2", prn="no")
    build_cohort_rows(patient.study, patient.site, 20)
    assert queries(desk, address) == empty


def test_a_warning_is_saved_with_its_reason_which_becomes_a_waived_query(desk, patient, procedure):
    sent = typed(operative_time_min="900")
    answer = desk.post(page_of("operation", patient), sent)
    assert answer.status_code == 400 and 'name="override_T7"' in answer.content.decode()
    assert not Operation.objects.exists()
    assert desk.post(page_of("operation", patient), sent | {"override_T7": "staged in one session"}).status_code == 302
    row = Operation.objects.get()
    query = Query.objects.get(rule="T7")
    assert (query.row_id, query.status, query.waived_reason) == (row.pk, "waived", "staged in one session")


def test_an_opioid_line_is_summed_with_the_others_of_its_visit(desk, nurse, patient, procedure):
    visit = build_visit(procedure=procedure, timepoint="w6", visited_on=date(2024, 4, 12))
    add("opioid_line", visit, nurse, drug="oxycodone", route="oral", strength="10", units_per_day="2", prn="no")
    sent = typed(drug="hydrocodone", route="oral", strength="5", units_per_day="4", prn="no")
    page = desk.post(page_of("opioid_line", patient, visit, name="chart-derived"), sent).content.decode()
    assert "<b>20</b>" in page and "<b>50</b>" in page  # hydrocodone 5 mg x4 = 20, oxycodone 10 mg x2 = 30 (CDC 2022)
