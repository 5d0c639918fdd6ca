"""A study with two patients at north, and a token of its coordinator."""

import pytest

from tests.registry.redcap_api.study import a_study, fill, token_of


@pytest.fixture
def study(north):
    return a_study(north)


@pytest.fixture
def patients(study, north):
    return [fill(study, north, number, pain=int(number[-1])) for number in ("N-1", "N-2")]


@pytest.fixture
def token(study, patients, nurse, north) -> str:
    return token_of(nurse, north, study=study)
