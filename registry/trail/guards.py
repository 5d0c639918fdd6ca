"""Whether everything that keeps the trail is there and on: it is the owner of the tables who could take it away."""

from collections.abc import Iterator

import pgtrigger
from django.apps import apps
from django.db import connection

from registry.trail.always import Always

APPS = ("registry", "outcomes", "reports")
NEVER_EMPTIED = "registry_never_emptied"


def triggers_that_are_on() -> set[tuple[str, str]]:
    """(table, trigger) of those that fire for everybody, replicas too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE NOT t.tgisinternal AND t.tgenabled = 'A'"
        )
        return set(cursor.fetchall())


def triggers_that_must_be_on() -> Iterator[tuple[str, str]]:
    for model in (each for app in APPS for each in apps.get_app_config(app).get_models()):
        yield model._meta.db_table, NEVER_EMPTIED
    for model, trigger in pgtrigger.registered():
        if isinstance(trigger, Always) or (hasattr(model, "pgh_tracked_model") and trigger.name == "append_only"):
            yield model._meta.db_table, trigger.get_pgid(model)
    yield "pghistory_context", NEVER_EMPTIED
    yield "pghistory_context", "registry_context_stays"


def guards_missing() -> Iterator[str]:
    """What does not guard the trail and should."""
    on = triggers_that_are_on()
    for table, trigger in sorted(set(triggers_that_must_be_on()) - on):
        yield f"the trigger {trigger} of {table} is missing, or is not always on"
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = '_pgtrigger_should_ignore'")
        if any("RETURN FALSE; END" not in source for (source,) in cursor.fetchall()):
            yield "a session can switch triggers off by the setting pgtrigger.ignore"
