"""What could not be read again is refused before it is kept: moments, names, numbers, tables that hide."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.timezone import get_fixed_timezone

from outcomes.models import ReceivedBundle
from outcomes.pooling.jcs import jcs
from outcomes.pooling.receiving import import_bundle
from outcomes.pooling.refusals import BundleRefused
from outcomes.pooling.signing import sign
from tests.outcomes.pooling.studies import document_of, hiding_document, pooling_study, signer

FAR_EAST = get_fixed_timezone(14 * 60)


@pytest.fixture
def study(north):
    return pooling_study(north)


def refused(study, content: bytes, by) -> str:
    """The name of the reason; nothing was kept."""
    with pytest.raises(BundleRefused) as error:
        import_bundle(study, content, by=by)
    assert not ReceivedBundle.objects.exists()
    return error.value.problem_type


@pytest.mark.parametrize("level", ["suppressed", "coarsened"])
def test_tables_that_hide_are_taken_as_a_site_makes_them_and_not_where_a_cell_is_missing(study, system, level):
    document = hiding_document("north", level=level)
    broken = json.loads(json.dumps(document))
    broken["tables"][0]["cells"].pop()
    assert refused(study, jcs(sign(broken, signer("north"))), system) == "validation"
    kept, is_new = import_bundle(study, jcs(document), by=system)
    assert (is_new, kept.level, kept.n) == (True, level, 10)


def test_a_number_of_rows_too_large_to_keep_is_refused(study, system):
    whole = json.loads(json.dumps(document_of("north")))
    whole["about"]["flow"]["patients"] = 2**31
    assert refused(study, jcs(sign(whole, signer("north"))), system) == "validation"
    assert refused(study, jcs(hiding_document("north", n=2**31)), system) == "validation"


BOMB = "9999-12-31T23:59:59-14:00"


@pytest.mark.parametrize("field", ["as_of", "created"])
@pytest.mark.parametrize("text", [BOMB, "0001-01-01T00:00:00+14:00", "1999-12-31T23:59:59Z", "2999-01-01T00:00:00Z"])
def test_a_moment_that_cannot_have_been_is_refused_before_anything_is_kept(study, system, field, text):
    document = document_of("north")
    if field == "as_of":
        document = document | {"release": document["release"] | {"as_of": text}}
    else:
        document = document | {"created": text}
    assert refused(study, jcs(sign(document, signer("north"))), system) == "validation"


def test_a_moment_is_kept_in_utc_and_a_clock_may_be_some_hours_ahead(study, system):
    ahead = (timezone.now() + timedelta(hours=20)).astimezone(FAR_EAST)
    document = document_of("north")
    document |= {"release": document["release"] | {"as_of": ahead.isoformat(timespec="seconds")}}
    kept, _ = import_bundle(study, jcs(sign(document, signer("north"))), by=system)
    assert kept.as_of.utcoffset() == timedelta(0) and kept.as_of == ahead.replace(microsecond=0)


@pytest.mark.parametrize("field", ["digest", "supersedes"])
def test_a_name_with_a_line_end_is_no_name(study, system, field):
    document = document_of("north")
    document |= {"release": document["release"] | {field: f"sha256:{'1' * 64}\n"}}
    assert refused(study, jcs(sign(document, signer("north"))), system) == "validation"
