"""A word that stands in every text of south's rows is on no page and in no answer that north's people get."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import models
from django.test import Client
from django.urls import reverse

from outcomes.models import Cohort, FreezeName
from registry.access import Role
from registry.actions import events, patients, people, standing, studies, visits
from registry.feed.horizon import begin_epoch
from registry.models import Event, Job, Procedure, TimeToEvent
from reports.models import Document, DocumentFile
from tests.builders import build_cohort_rows, build_member, build_patient, build_procedure, build_study, new_visit
from tests.canary_rows import desk_in_words, pooling_in_words
from tests.cast import build_cast
from tests.cohort_doors import cohort_rows
from tests.document_doors import document_rows
from tests.document_text import text_of
from tests.doors import DOORS, WHO, Paper, address, analysed, rows_of
from tests.once import made_once
from tests.people_doors import people_rows
from tests.pull_doors import pull_rows
from tests.registry.record import models_of_ours
from tests.release_doors import release_rows

pytestmark = pytest.mark.django_db
CANARY = "kanarienvogel"
IDENTIFIED = Document.Profile.IDENTIFIED
# Text that nobody writes: where a row stands, what it is made of, how it is kept.
NOT_WORDS = {
    "ApiToken.digest", "ApiToken.name", "ApiToken.prefix", "ColumnMapping.signature", "ContributorKey.kid",
    "ContributorKey.public", "Document.key", "Document.plan", "DocumentFile.media_type", "DocumentFile.name",
    "DocumentFile.sha256", "Draft.form", "Epoch.cluster", "Freeze.digest", "ImportBatch.digest", "ImportBatch.sha256",
    "ImportedCell.field", "ImportedCell.form", "Job.idempotency_key", "Job.kind", "PooledResult.level",
    "PooledResult.payload_sha256", "PooledResult.payload_text", "PooledResult.type", "Pooling.digest", "Pooling.level",
    "Pooling.program_version", "PoolingStudy.spec_hash", "Pseudonym.code", "Pull.route", "Query.field", "Query.form",
    "Query.rule", "ReceivedBundle.bundle_id", "ReceivedBundle.level", "ReceivedBundle.overlap",
    "ReceivedBundle.release_digest", "ReceivedBundle.release_id", "ReceivedBundle.sha256", "ReceivedBundle.supersedes",
    "Release.digest", "Release.key", "Release.profile_hash", "ReleaseFile.media_type", "ReleaseFile.name",
    "ReleaseFile.sha256", "Resolution.field", "Result.payload_sha256", "Result.payload_text", "Result.plan",
    "Result.type", "SentBundle.bundle_id", "SentBundle.kid", "SentBundle.level", "SentBundle.overlap",
    "SentBundle.sha256", "SentBundle.supersedes", "SentBundle.withheld", "SiteKey.kid", "SiteKey.public",
    "Spec.spec_hash", "Study.default_plan", "TrailBlock.db_role", "TrailShape.event_table",
    "User.password", "Verification.field", "Verification.form",
}  # fmt: skip
PLAN = {"name": CANARY, "analyses": [{"id": CANARY, "type": "describe_by_timepoint", "instrument": f"{CANARY}_scale"}]}


def site_of_birds():
    """The other site, under the name of the bird."""
    return studies.add_site(code=CANARY, name=f"The {CANARY} hospital", by=people.system_user())


def bird_at(south):
    """A person at south."""
    user = build_member(CANARY, south, Role.SITE_ADMIN)
    user.first_name = user.last_name = CANARY
    user.email = f"{CANARY}@example.org"
    user.save()
    return user


def study_of_south(south, by):
    """A study with a schedule and an instrument of its own."""
    moments = [{"code": f"{CANARY}-pre", "label": CANARY, "order": 0, "kind": "baseline", "target_day": 0},
               {"code": f"{CANARY}-post", "label": CANARY, "order": 1, "kind": "follow_up", "target_day": 42,
                "opens_on_day": 40, "closes_on_day": 44}]  # fmt: skip
    studies.add_schedule(slug=f"plan-{CANARY}", name=CANARY, timepoints=moments, by=by)
    study = build_study(
        slug=f"study-{CANARY}", name=f"Study {CANARY}", site=south, schedule=f"plan-{CANARY}", instruments=(),
        description=CANARY, arm=f"{CANARY} arm",
    )  # fmt: skip
    scale = studies.add_instrument(
        key=f"{CANARY}_scale", site=south, name=CANARY, unit=CANARY, minimum=Decimal(0), maximum=Decimal(3),
        step=Decimal(1), levels={"1": CANARY}, instrument_version=CANARY, source=CANARY, licence=CANARY, by=by,
    )  # fmt: skip
    studies.ask_instrument(study=study, instrument=scale, by=by)
    studies.add_covariate(study=study, name=f"{CANARY} arm", label=CANARY, kind="category", by=by)
    return study


def patient_of_south(study, south, by, number: int) -> Procedure:
    """A patient with everything that can be said of one."""
    patient = build_patient(study=study, site=south, study_number=f"{CANARY}-{number}")
    arm = patients.covariate_value(patient=patient, covariate=study.covariates.get(), value=f"{CANARY} {number % 2}")
    patients.record_covariates([arm], by=by)
    procedure = build_procedure(patient=patient, performed_on=date(2024, 3, 1))
    late = new_visit(procedure, f"{CANARY}-post", visited_on=date(2024, 6, 1), window_reason=CANARY,
                     scores={f"{CANARY}_scale": 1})  # fmt: skip
    visits.record_visits([late, new_visit(procedure, f"{CANARY}-pre", day=0, scores={f"{CANARY}_scale": 3})], by=by)
    events.record_event(Event(procedure=procedure, kind="complication", description=CANARY), by=by)
    time = TimeToEvent(site=south, procedure=procedure, name=CANARY, time=Decimal(90), event=True)
    patients.record_times([time], by=by)
    return procedure


def rows_of_south(south, birds) -> dict:
    """South's rows with the word in every text."""
    study = study_of_south(south, birds)
    procedures = [patient_of_south(study, south, birds, number) for number in range(6)]
    standing.withdraw_patient(patient=procedures[-1].patient, on=date(2024, 5, 1), reason=CANARY, by=birds)
    wrong = procedures[-2].visits.first()
    visits.mark_visit_as_error(wrong, version=1, reason=CANARY, by=birds)
    Event.objects.filter(procedure=procedures[-2]).update(error_reason=CANARY)
    Procedure.objects.filter(pk=procedures[-2].pk).update(error_reason=CANARY)
    analysed(study, birds, plan=None)
    rows = analysed(study, birds, plan=PLAN)
    rows |= document_rows(rows["job"], birds, IDENTIFIED) | release_rows(rows["freeze"], birds, CANARY)
    Job.objects.filter(pk=rows["job"].pk).update(step=CANARY, error=CANARY)
    Cohort.objects.filter(pk=rows["cohort"].pk).update(description=CANARY)
    called = {"name": CANARY, "note": CANARY, "named_by": birds}
    FreezeName.objects.create(freeze=rows["result"].freeze, cohort=rows["cohort"], **called)
    build_study(slug="cox-demo", name=f"Cox {CANARY}", site=south)
    visit = procedures[0].visits.last()
    first = {"patient": procedures[0].patient, "procedure": procedures[0], "visit": visit, "score": visit.scores.get()}
    rows |= cohort_rows(study, birds, CANARY) | pull_rows(visit, birds, CANARY)
    rows |= people_rows(south, birds)
    rows |= pooling_in_words(south, rows["freeze"], CANARY, birds)
    return {"study": study, "paper": Paper("cox2025"), **first, **rows, **desk_in_words(south, CANARY, birds)}


def rows_of_north(north, south, admin) -> dict:
    """North's rows, among them a study in which both sites enrol."""
    rows = rows_of(north, "hips", admin)
    studies.join_study(study=rows["study"], site=south, by=admin)
    build_patient(study=rows["study"], site=south, study_number=f"{CANARY}-in-hips")
    build_cohort_rows(rows["study"], south, 6)
    again = analysed(rows["study"], admin, plan=None)
    rows |= again | document_rows(again["job"], admin, IDENTIFIED)
    begin_epoch()  # the feed serves nothing of a transaction that is open, and all of an earlier life of the database
    return rows


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """The cast, and the rows of both sites; no test changes them."""
    with made_once(django_db_blocker):
        yield rows_of_both()


def rows_of_both() -> dict:
    """The cast with a person at south, and the rows of both sites."""
    cast = build_cast(south := site_of_birds())
    cast["birds"] = bird_at(south)
    south_rows = rows_of_south(south, cast["birds"])
    return cast | {"south_rows": south_rows, "north_rows": rows_of_north(cast["north"], south, cast["admin"])}


@pytest.fixture
def south_rows(world):
    return world["south_rows"]


@pytest.fixture
def north_rows(world):
    return world["north_rows"]


def browser(user) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


def seen_by(user, *worlds: dict) -> dict[str, str]:
    """Everything that a person gets to read: at each door, at its rows of each site."""
    pages, client = {}, browser(user)
    for name, door in sorted(DOORS.items(), key=lambda each: each[0] != "job-news"):  # is told until it was seen
        if name != "logout":
            for place in {address(name, rows) for rows in worlds if door.row or rows is worlds[0]}:
                pages |= read_by(client, name, place)
    for file in DocumentFile.objects.filter(document__in=[rows["document"] for rows in worlds]).only(
        "name", "document"
    ):
        pages |= read_by(client, "document-file", reverse("document-file", args=[file.document_id, file.name]))
    return pages


def read_by(client: Client, name: str, place: str) -> dict[str, str]:
    """What a person gets to read at one place, without the place itself."""
    answer = client.get(place)
    said = text_of(answer.headers.get("Content-Type", ""), answer.getvalue()) + " ".join(answer.headers.values())
    return {f"{name} {answer.status_code} {place}": said.lower().replace(place.lower(), "")}


@pytest.mark.parametrize("who", [name for name in WHO if name != "neighbour"])
def test_north_and_who_has_no_site_read_no_word_of_souths(world, north_rows, south_rows, who):
    pages = seen_by(world.get(who), north_rows, south_rows)
    assert [place for place, text in pages.items() if CANARY in text] == []


def test_the_search_would_find_the_word_because_souths_people_read_it_everywhere(world, north_rows, south_rows):
    pages = seen_by(world["birds"], south_rows, north_rows)
    shown = {place.partition(" ")[0] for place, text in pages.items() if CANARY in text}
    without = {
        "login",
        "logout",
        "job-progress",
        "api-schema",
        "api-plan-schema",
        "api-unknown",
        "api-docs",
        "api-rules",
        "redcap-api",
        "session",
        "account_login",
        "account_logout",
        "livez",
        "readyz",
    }
    without |= {
        "mfa_authenticate",
        "mfa_login_webauthn",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
    }  # lead on
    without |= {"api-release-list", "api-release-detail", "api-release-manifest", "api-release-file"}  # tokens alone
    without |= {"freeze-release", "freeze-verify", "job-cancel", "job-retry", "job-seen"}
    without |= {"sharing-approve", "sharing-retire", "sharing-send"}  # lead elsewhere
    without |= {"api-bundle", "api-pooling-study-sums"}  # take only
    without |= {"problem", "api-capabilities", "cohort-preview", "draft", "visit-check", "visit-correct-check"}
    assert set(DOORS) - shown <= without


def test_the_word_stands_in_every_text_of_the_record(north_rows, south_rows):
    lacking = []
    for model in models_of_ours():
        for field in model._meta.concrete_fields:
            is_text = isinstance(field, models.CharField | models.TextField) and not field.choices
            name = f"{model.__name__}.{field.name}"
            if is_text and name not in NOT_WORDS and not model.objects.filter(**{f"{field.name}__icontains": CANARY}):
                lacking.append(name)
    assert lacking == []
