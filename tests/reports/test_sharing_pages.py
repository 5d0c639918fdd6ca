"""Pages of what leaves a site: a spec in words, a decision on it, a bundle, what stayed and why."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from outcomes.models import SentBundle, SiteKey
from outcomes.models import Spec as KnownSpec
from outcomes.pooling.proposals import approve_spec, propose_spec
from outcomes.tasks import summarise
from registry.access import Role
from registry.models import Job
from tests.builders import build_member
from tests.outcomes.pooling.cohorts import keep, loaded, spec_for
from tests.settled import settled

pytestmark = pytest.mark.django_db


@pytest.fixture
def cohort(db):
    return loaded("clunk2025")


@pytest.fixture
def site(cohort):
    return cohort.studies.get().sites.get()


@pytest.fixture
def boss(site):
    return build_member("boss", site, Role.SITE_ADMIN)


@pytest.fixture
def known(cohort, site, boss):
    return propose_spec(site=site, document=spec_for("clunk2025", cohort).document, by=boss)[0]


@pytest.fixture
def page(client, boss):
    client.force_login(boss)
    return lambda name, *args: client.get(reverse(name, args=args)).content.decode()


def test_a_spec_says_whom_it_counts_what_and_what_may_leave(page, known):
    text = page("sharing-spec", known.pk)
    for words in ("each patient, by the index procedure", "day 21 to 66 after the procedure", "Whole tables",
                  "A count below 5 is hidden", "waits for a decision", "20 invented patients"):  # fmt: skip
        assert words in text
    assert "Make a bundle" not in text
    assert "coarser bands" not in text


def test_what_is_approved_can_be_made_into_a_bundle_and_stands_in_the_ledger(client, page, known, cohort, site):
    kept = keep(cohort, site)
    approved = client.post(reverse("sharing-approve", args=[known.pk]), {"trusted": "on", "suppressed": "on"})
    assert approved.url == reverse("sharing-spec", args=[known.pk])
    assert "Make the bundle" in page("sharing-spec", known.pk)
    said = {"freeze": str(kept.pk), "level": "trusted", "overlap": "possible"}

    asked = client.post(reverse("sharing-send", args=[known.pk]), said)

    job = Job.objects.get(kind="outcomes.summarise")
    assert asked.url == reverse("job-detail", args=[job.pk])
    summarise(str(job.pk))
    row = SentBundle.objects.get()
    opened = client.get(reverse("job-open", args=[job.pk]))
    assert opened.url == reverse("sharing-bundle", args=[row.pk])
    told = page("sharing-bundle", row.pk)
    for words in (row.bundle_id, f"PUT /api/v1/pool/bundles/{row.sha256}/", "manage.py pool STUDY FILE"):
        assert words in told
    key = SiteKey.objects.get(site=site)
    assert f"{site.code} {key.kid} {key.public}" in page("sharing-list")
    file = client.get(reverse("sharing-file", args=[row.pk]))
    assert file.content == bytes(row.content)
    assert file.headers["Content-Disposition"].startswith('attachment; filename="clunk2025-')
    assert row.bundle_id[7:19] in page("sharing-list")


def test_what_stays_is_told_to_who_shares_in_words(client, page, known, cohort, site, boss):
    patients = cohort.studies.get().patients.order_by("study_number")
    patients.exclude(pk__in=patients[:3].values("pk")).update(withdrawn_on="2026-01-01", withdrawn_reason="left")
    approve_spec(spec=known, levels=["suppressed"], by=boss)
    said = {"freeze": str(keep(cohort, site).pk), "level": "suppressed", "overlap": "none_known"}
    client.post(reverse("sharing-send", args=[known.pk]), said)
    summarise(str(Job.objects.get(kind="outcomes.summarise").pk))
    row = SentBundle.objects.get()
    text = page("sharing-bundle", row.pk)
    assert row.told[0] in text
    assert "small groups could have been worked out" in text
    assert "nothing left" in page("sharing-list")
    assert client.get(reverse("sharing-file", args=[row.pk])).status_code == 404


def test_a_decision_that_is_none_is_refused_beside_its_field(client, known):
    refused = client.post(reverse("sharing-approve", args=[known.pk]), {})
    assert refused.status_code == 400
    assert "Choose one or more of trusted" in refused.content.decode()
    refused = client.post(reverse("sharing-approve", args=[known.pk]), {"coarsened": "on"})
    assert refused.status_code == 400
    refused = client.post(reverse("sharing-retire", args=[known.pk]), {"reason": " "})
    assert refused.status_code == 400
    assert KnownSpec.objects.get().status == "proposed"


@pytest.fixture(autouse=True)
def _logged_in(client, boss):
    client.force_login(boss)


def test_the_navigation_leads_there_for_who_shares_alone(client, site, page):
    assert reverse("sharing-list") in page("home")
    client.force_login(build_member("nurse-there", site, Role.COORDINATOR))
    assert reverse("sharing-list") not in page("home")


def test_whole_tables_are_not_there_for_who_does_not_share(client, known, cohort, site, boss):
    kept = keep(cohort, site)
    rows = {
        level: SentBundle.objects.create(
            site=site, spec=known, freeze=kept, level=level, overlap="none_known", bundle_id=known.spec_hash,
            sha256="0" * 64, content=b"{}", made_by=boss,
        ) for level in ("trusted", "suppressed")
    }  # fmt: skip
    client.force_login(build_member("nurse-there", site, Role.COORDINATOR))
    for name in ("sharing-bundle", "sharing-file"):
        found = {level: client.get(reverse(name, args=[row.pk])).status_code for level, row in rows.items()}
        assert found == {"trusted": 404, "suppressed": 403}


def queries_of(page, name, *args) -> int:
    with CaptureQueriesContext(connection) as asked:
        page(name, *args)
    return len(asked)


def test_a_list_of_many_bundles_asks_the_database_no_more(client, page, known, cohort, site, boss):
    kept = keep(cohort, site)

    def left(level: str) -> None:
        SentBundle.objects.create(
            site=site, spec=known, freeze=kept, level=level, overlap="none_known", bundle_id=known.spec_hash,
            sha256="0" * 64, content=b"{}", made_by=boss,
        )  # fmt: skip

    left("trusted")
    settled(client, boss)
    before = [queries_of(page, "sharing-list"), queries_of(page, "sharing-spec", known.pk)]
    left("suppressed")
    left("coarsened")
    assert [queries_of(page, "sharing-list"), queries_of(page, "sharing-spec", known.pk)] == before
