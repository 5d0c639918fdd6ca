import pytest
from django.core.management import call_command
from django.db import connection
from tests.registry.record import full_record
from registry.trail.verify import verify

pytestmark = pytest.mark.django_db

def test_the_trail_holds():
    full_record()
    with connection.cursor() as c: c.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    v = verify()
    assert v.breaks == []
    assert v.entries > 100
    print(v.heads, v.entries)
