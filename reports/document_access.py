"""Who may read a document: with the rights of now, at every one of its sites."""

from django.db.models import Q, QuerySet

from outcomes.models import Cohort
from registry.access import Permission
from reports.models import Document

TABLES = Document.Profile.TABLES


def readable(user) -> QuerySet[Document]:
    """The documents that the user may open: tables for who reads results, rows for who sees the patients.

    Who is to read a patient a second time sees no rows of that study and site before the reading is handed in.
    """
    tables = Document.objects.visible_to(user, Permission.READ_RESULTS).filter(profile=TABLES)
    rows = Document.objects.visible_to(user, Permission.VIEW_PATIENTS).exclude(profile=TABLES)
    return Document.objects.filter(Q(pk__in=tables.values("pk")) | Q(pk__in=rows.values("pk"))).exclude(blind(user))


def yet_to_read(user, cohort: Cohort, site_ids: list) -> QuerySet:
    """What the user has yet to read a second time of the cohort's studies at these sites."""
    open_readings = user.readings.filter(submitted_at=None, site__in=site_ids)
    return open_readings.filter(sample__study__in=cohort.studies.all())


def blind(user) -> Q:
    """Documents with rows of a patient whom the user has yet to read a second time."""
    found = Q(pk__in=[])
    for site, study in user.readings.filter(submitted_at=None).values_list("site", "sample__study"):
        found |= Q(site_ids__contains=[site], cohort__in=Cohort.objects.filter(studies=study))
    return found & ~Q(profile=TABLES)
