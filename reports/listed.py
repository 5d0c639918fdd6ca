"""The listing of patients on a report's page: of a small cohort, for who may see the patients at every site."""

from collections.abc import Mapping

from django.db.models import Exists

from outcomes.freeze import load
from outcomes.models import Cohort, Freeze
from registry.access import Permission
from reports.document_access import yet_to_read
from reports.layout import Table
from reports.listing import listing
from reports.models import Document

MOST_ON_A_PAGE = 60


def listing_for(user, cohort: Cohort, freeze: Freeze, plan: Mapping | None = None) -> Table | None:
    """The freeze's rows with study numbers, in the columns that the plan names; None for who may not see them now, and
    of more rows than a page holds: the files have them all."""
    rows = freeze.manifest.get("tables", {}).get("procedures", {}).get("rows", 0)
    is_short = 0 < rows <= MOST_ON_A_PAGE
    allowed = Freeze.objects.visible_to(user, Permission.VIEW_PATIENTS).filter(
        ~Exists(yet_to_read(user, cohort, freeze.site_ids)), pk=freeze.pk
    )
    kept = (allowed if is_short else allowed.defer(*Freeze.TABLES)).first()  # as many queries for any number of rows
    if kept is None or not is_short:
        return None
    return listing(load(kept), (plan or {}).get("listing", ()), Document.Profile.IDENTIFIED)
