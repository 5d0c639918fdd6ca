"""The campaign of imports, with few of them: ./dev campaign imports has five hundred and fifty."""

import pytest

from tests.campaigns import imports

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ground(transactional_db):
    return imports.Ground.made()


def test_a_file_that_is_wrong_in_one_place_changes_no_row(ground):
    ends, rows, taken = imports.bad_imports(ground, count=8, seed=imports.SEED)
    assert (dict(ends), rows, taken) == ({"refused": 8}, 0, [])
    assert imports.lets_through(ground) > imports.ROWS, "an import that nothing is wrong with writes its rows"


def test_an_import_killed_in_the_middle_changes_no_row(ground):
    killed, rows = imports.killed_imports(ground, count=2, seed=imports.SEED, rows=150)
    assert (killed, rows) == (2, 0)


def test_a_commit_without_its_transaction_leaves_rows_behind(ground):
    """Negative control."""
    _, rows = imports.killed_imports(ground, count=3, seed=imports.SEED, app_name=imports.TORN, rows=150)
    assert rows > 0
