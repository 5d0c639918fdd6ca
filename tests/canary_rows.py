"""Rows of the chart and of the desk at one site, with a word in every text that somebody could have written."""

from django.db import models

from outcomes.models import SentBundle
from outcomes.pooling.adding import add_up
from outcomes.pooling.keys import key_for
from outcomes.pooling.proposals import approve_spec, propose_spec
from outcomes.pooling.receiving import import_bundle
from outcomes.pooling.signing import Signer, as_text
from outcomes.pooling.spec import read_spec, spec_from
from outcomes.pooling.studies import join, make_study
from registry.chart import FORMS
from registry.models import (
    ColumnMapping,
    FollowUpVisit,
    ImportBatch,
    ImportedCell,
    Patient,
    Procedure,
    Query,
    QueryStep,
    Resolution,
    ScreenedCase,
)
from tests.builders import build_patient, build_procedure, build_study, build_visit
from tests.chart_doors import chart_rows as rows_of_the_chart
from tests.outcomes.cohorts import columns
from tests.outcomes.pooling.specs import frozen_of, instrument, sent
from tests.registry.chart_record import chart_rows, desk_rows
from tests.registry.imports.doors import import_rows
from tests.second_reading_doors import second_reading_rows
from tests.trust_doors import trust_rows

PAIN = {"type": "describe_by_timepoint", "instrument": "pain"}


def desk_in_words(site, word: str, by) -> dict:
    """A study of the shipped scales at a site, a row of every form and of every table of the desk in it."""
    study = build_study(slug=f"desk-{word}", name=f"Desk {word}", site=site, instruments=("pain", "opioid"))
    procedure = build_procedure(patient=build_patient(study=study, site=site, study_number=f"{word}-desk"))
    visit = build_visit(procedure=procedure, timepoint="w6", scores={"pain": 3}, day=42)
    chart_rows(procedure.patient, procedure, visit, by)
    desk_rows(study, procedure.patient, visit, by)
    rows = rows_of_the_chart(procedure.patient, by) | import_rows(study, site, by) | trust_rows(visit, by)
    write_everywhere(site, word)
    return rows | second_reading_rows(study, site, by)


def pooling_in_words(site, freeze, word: str, by) -> dict:
    """A spec that the site approved, what left by it, and a study that pools by it."""
    few = columns(scores={("pain", "pre"): ["3", "4", None], ("pain", "6w"): ["1", None, "2"]})
    frozen = frozen_of(few, {"pain": instrument()})
    plan = {"name": word, "title": word, "preset": "modern", "analyses": [{"id": word, **PAIN}]}
    spec = read_spec(spec_from(plan, frozen, name=word))
    known, _ = propose_spec(site=site, document=spec.document, by=by)
    approve_spec(spec=known, levels=["trusted"], by=by)
    study = make_study(site=site, slug=f"pool-{word}", spec=spec.document, name=f"Pool {word}", by=by)
    signer = Signer(word.ljust(32, ".").encode())
    join(study=study, code=word, name=word, public=as_text(signer.public), by=by)
    content = sent(spec, frozen, site=word, key=signer).content
    received, _ = import_bundle(study, content, by=by)
    left = SentBundle.objects.create(
        site=site, spec=known, freeze=freeze, level="trusted", overlap="none_known", bundle_id=received.bundle_id,
        sha256=received.sha256, kid=signer.kid, content=content, told=[word], made_by=by,
    )  # fmt: skip
    key_for(site=site, by=by)
    return {"pooling_study": study, "pooled_result": add_up(study, by=by).results.first(), "spec": known,
            "sent_bundle": left}  # fmt: skip


def write_everywhere(site, word: str) -> None:
    """Put the word in each text of the site's rows."""
    for form in FORMS.values():
        for field in texts_of(form.model):
            write(form.model.objects.filter(site=site, **form.fixed), field.name, word, shown(form, field.name))
    Patient.objects.filter(site=site).update(error_reason=word)
    Procedure.objects.filter(site=site).update(error_reason=word)
    FollowUpVisit.objects.filter(site=site).update(source_document=word, missed_comment=word)
    case = ScreenedCase.objects.filter(site=site).first()
    ScreenedCase.objects.filter(pk=case.pk).update(log_number=f"{word}-1")
    said = {ScreenedCase: ("not_entered_reason", "error_reason"), ImportBatch: ("file_name", "reason", "problem"),
            ImportedCell: ("place", "conflict"), Query: ("text",)}  # fmt: skip
    for model, names in said.items():
        model.objects.filter(site=site).update(**dict.fromkeys(names, word))
    one = Query.objects.filter(site=site, status="open").first()
    Query.objects.filter(pk=one.pk).update(status="waived", waived_reason=word, ended_at=one.opened_at)
    QueryStep.objects.create(site=site, query=one, action="answered", comment=word, by=one.opened_by, at=one.opened_at)
    settled = Resolution.objects.filter(site=site).first()
    Resolution.objects.create(
        site=site, reading=settled.reading, field="opioid", taken="first", reason=word, by=settled.by
    )
    ColumnMapping.objects.filter(site=site).update(columns={word: word})


def texts_of(model) -> list[models.Field]:
    """The columns in which somebody writes words."""
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField) and not field.choices
    ]


def shown(form, name: str) -> dict:
    """The answer without which the text is not asked."""
    other, values = form.shown_if.get(name, ("", ()))
    if not other:
        return {}
    column = form.model._meta.get_field(other)
    return {other: [values[0]] if hasattr(column, "base_field") else values[0]}


def write(rows, name: str, word: str, asked: dict) -> None:
    rows.update(**{name: word}, **asked)
