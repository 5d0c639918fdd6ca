"""What the database itself holds of dates of a row against those of another: birth, procedure, stay, events, death.

Each trigger fires only where its date is given, and looks at rows that are not marked as entered in error. Dates that
are known in part are out of order only where they certainly are: in_known_order, a function of the database.
"""

import pgtrigger

VALID = "error_marked_at IS NULL"


def in_order(first: str, second: str) -> str:
    """SQL: a date, as 'NEW.died', is not certainly after another; its columns are <stem>_on and <stem>_precision."""
    columns = ", ".join(f"{stem}_{part}" for stem in (first, second) for part in ("on", "precision"))
    return f"in_known_order({columns})"


def never_where(name: str, forbidden: str, *, given: str, on_insert: bool = True) -> pgtrigger.Trigger:
    """Refuses a valid row for which `forbidden` (SQL) holds, under its own name and without repeating the row."""
    refusal = f"RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';"
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update if on_insert else pgtrigger.Update,
        condition=pgtrigger.Condition(f'NEW."{given}" IS NOT NULL AND NEW."error_marked_at" IS NULL'),
        func=f"IF {forbidden} THEN {refusal} END IF; RETURN NEW;",
    )


def exists(table: str, *conditions: str) -> str:
    """SQL: there is a valid row in a table, called `r`, for which the conditions hold."""
    return f"EXISTS (SELECT 1 FROM registry_{table} r WHERE r.{VALID} AND {' AND '.join(conditions)})"


def born_before_all() -> pgtrigger.Trigger:
    """D1: birth is not after a procedure or a diagnosis."""
    ours = "r.patient_id = NEW.id"
    procedure = exists("procedure", ours, f"NOT {in_order('NEW.born', 'r.performed')}")
    malignancy = exists("malignancy", ours, f"NOT {in_order('NEW.born', 'r.diagnosed')}")
    return never_where("patient_born_before_all", f"{procedure} OR {malignancy}", given="born_on", on_insert=False)


def diagnosed_after_birth() -> pgtrigger.Trigger:
    """D1: a diagnosis is not before birth."""
    earlier = exists("patient", "r.id = NEW.patient_id", f"NOT {in_order('r.born', 'NEW.diagnosed')}")
    return never_where("malignancy_not_before_birth", earlier, given="diagnosed_on")


def procedure_in_time() -> list[pgtrigger.Trigger]:
    """D1, D4, D7, E1, E5: a procedure is not before birth or after death, lies in its stay, and before its events."""
    ours = "r.procedure_id = NEW.id"
    unborn = exists("patient", "r.id = NEW.patient_id", f"NOT {in_order('r.born', 'NEW.performed')}")
    dead = exists("vitalstatus", "r.patient_id = NEW.patient_id", f"NOT {in_order('NEW.performed', 'r.died')}")
    events = exists("event", ours, f"(NOT {in_order('NEW.performed', 'r.happened')} OR {part_of_it('NEW', 'r')})")
    away = f"(NOT {in_order('r.admitted', 'NEW.performed')} OR NOT {in_order('NEW.performed', 'r.discharged')})"
    given = {"given": "performed_on"}
    return [
        never_where("procedure_not_before_birth", unborn, **given),
        never_where("procedure_not_after_death", dead, **given),
        never_where("procedure_not_after_its_events", events, **given, on_insert=False),
        never_where("procedure_within_the_stay", exists("operation", ours, away), **given, on_insert=False),
    ]


def part_of_it(procedure: str, event: str) -> str:
    """SQL: a secondary procedure on the very day of the procedure."""
    days = f"'{{day,day}}' = ARRAY[{procedure}.performed_precision, {event}.happened_precision]::text[]"
    same = f"{procedure}.performed_on = {event}.happened_on"
    return f"({event}.kind = 'secondary_procedure' AND {days} AND {same})"


def within_its_stay() -> pgtrigger.Trigger:
    """D7: admission, procedure, discharge, in this order."""
    away = f"(NOT {in_order('NEW.admitted', 'r.performed')} OR NOT {in_order('r.performed', 'NEW.discharged')})"
    procedure = exists("procedure", "r.id = NEW.procedure_id", away)
    forbidden = f"NOT {in_order('NEW.admitted', 'NEW.discharged')} OR {procedure}"
    return never_where("operation_within_the_stay", forbidden, given="procedure_id")


def event_after_its_procedure() -> pgtrigger.Trigger:
    """E1, E5: an event is not before its procedure, a secondary procedure not on its day."""
    wrong = f"(NOT {in_order('r.performed', 'NEW.happened')} OR {part_of_it('r', 'NEW')})"
    forbidden = exists("procedure", "r.id = NEW.procedure_id", wrong)
    return never_where("event_not_before_its_procedure", forbidden, given="happened_on")


def dead_by(procedure: str, stem: str) -> str:
    """SQL: the patient of a procedure had certainly died before a date of the new row."""
    patient = f"r.patient_id = (SELECT patient_id FROM registry_procedure WHERE id = NEW.{procedure})"
    return exists("vitalstatus", patient, f"NOT {in_order(f'NEW.{stem}', 'r.died')}")


def event_before_death() -> pgtrigger.Trigger:
    """D4: no complication or secondary procedure after death."""
    forbidden = f"NEW.kind <> 'death' AND {dead_by('procedure_id', 'happened')}"
    return never_where("event_not_after_death", forbidden, given="happened_on")


def visit_before_death() -> pgtrigger.Trigger:
    """D4: no planned visit after death; an unscheduled contact without scores may be administrative."""
    forbidden = f"NEW.timepoint_id IS NOT NULL AND {dead_by('procedure_id', 'visited')}"
    return never_where("visit_not_after_death", forbidden, given="visited_on")


def death_is_last() -> pgtrigger.Trigger:
    """D4, D5: no procedure, planned visit or event is after death."""
    of_patient = "SELECT id FROM registry_procedure WHERE patient_id = NEW.patient_id AND " + VALID
    ours, visited = f"r.procedure_id IN ({of_patient})", in_order("r.visited", "NEW.died")
    later = [
        exists("procedure", "r.patient_id = NEW.patient_id", f"NOT {in_order('r.performed', 'NEW.died')}"),
        exists("event", ours, "r.kind <> 'death'", f"NOT {in_order('r.happened', 'NEW.died')}"),
        exists("followupvisit", ours, "r.timepoint_id IS NOT NULL", f"NOT {visited}"),
    ]
    return never_where("vitalstatus_death_is_last", " OR ".join(later), given="died_on")
