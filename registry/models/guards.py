"""Triggers that hold for every patient table, whatever route a change comes by."""

import pgtrigger


def nothing_is_deleted() -> pgtrigger.Protect:
    """A patient leaves by withdrawal, a wrong row is marked as entered in error; both stay."""
    return pgtrigger.Protect(name="nothing_is_deleted", operation=pgtrigger.Delete)


def written_once() -> pgtrigger.Protect:
    """The row is what was published: a correction makes a new one."""
    return pgtrigger.Protect(name="written_once", operation=pgtrigger.Update | pgtrigger.Delete)


def stays_as_written() -> pgtrigger.Protect:
    """What was written down is not written over."""
    return pgtrigger.Protect(name="append_only", operation=pgtrigger.Update)


def refuse_unless(
    name: str, condition: str, *, declare: str = "", prepare: str = "", when_null: bool = True
) -> pgtrigger.Trigger:
    """A BEFORE trigger that raises a check violation under its own name, without repeating the row."""
    refusal = f"RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';"
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        declare=[tuple(part.split(" ", 1)) for part in declare.split(";") if part],
        func=f"{prepare} IF NOT COALESCE(({condition}), {str(when_null).upper()}) THEN {refusal} END IF; RETURN NEW;",
    )
