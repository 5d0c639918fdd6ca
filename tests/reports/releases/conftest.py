"""A freeze that may be released, a release of it, and a token that pulls it."""

import pytest

from reports.models import Release
from tests.reports.releases.released import build_alike, frozen_now, released, token


@pytest.fixture
def kept(north, surgeon):
    return frozen_now(build_alike(north, surgeon), surgeon)


@pytest.fixture
def release(kept, pool) -> Release:
    return released(kept, pool)


@pytest.fixture
def headers(pool, north) -> dict[str, str]:
    return token(pool, north)
