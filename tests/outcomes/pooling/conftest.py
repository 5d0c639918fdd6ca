"""A site with the demonstration cohort of one paper, and who decides there what leaves."""

import pytest

from registry.access import Role
from tests.builders import build_member
from tests.outcomes.pooling.cohorts import loaded


@pytest.fixture
def cohort(db):
    return loaded("clunk2025")


@pytest.fixture
def site(cohort):
    return cohort.studies.get().sites.get()


@pytest.fixture
def boss(site):
    return build_member("boss", site, Role.SITE_ADMIN)
