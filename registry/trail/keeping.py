"""The triggers that write the history: one look a statement, each new history row with its entry in the chain.

An entry is the SHA-256 of the row, of its table's name and of what was said beside it (actor, route, reason). It is
written in the same statement as the row, so a history row that came by another way has none and is found. All entries
of a transaction at a site are one block, which is sealed when the transaction is committed (sealing.py).
"""

import re

import pghistory
import pgtrigger

from registry.trail.always import Always

# The chain of what belongs to no site.
NO_SITE = "00000000-0000-0000-0000-000000000000"
# A row of the chain's text: the history row with its columns by name, and the words of its context.
HASHED = "sha256(convert_to(concat_ws(E'\\n', '{table}', {row}, {words}), 'UTF8'))"

# What stands in the text of a statement for what it is given: the context and its words, the chain and its block, and
# which columns are hashed.
GIVEN = {"said": "uuid", "words": "text", "shape": "integer", "of_chain": "uuid", "in_block": "bigint"}


def columns_kept(event_model) -> list[str]:
    """The columns of a history table, in the order in which they are hashed."""
    return sorted(field.column for field in event_model._meta.concrete_fields)


def columns_tracked(event_model) -> list[str]:
    """Those that the table itself has."""
    ours = {field.column for field in event_model.pgh_tracked_model._meta.concrete_fields}
    return [column for column in columns_kept(event_model) if column in ours]


def listed(columns: list[str], row: str = "") -> str:
    return ", ".join(f'{row}."{column}"' if row else f'"{column}"' for column in columns)


def rows_of(operation: pgtrigger.Operation, event_model) -> str:
    """SQL: FROM and WHERE of the rows to keep, as r. Of an update those that are not what they were; a row whose key
    was changed is one of them."""
    if operation == pgtrigger.Insert:
        return "now r WHERE TRUE"
    if operation == pgtrigger.Delete:
        return "was r WHERE TRUE"
    key, columns = event_model.pgh_tracked_model._meta.pk.column, columns_tracked(event_model)
    same = f"ROW({listed(columns, 'o')}) IS NOT DISTINCT FROM ROW({listed(columns, 'r')})"
    return f'now r LEFT JOIN was o ON o."{key}" = r."{key}" WHERE (o."{key}" IS NULL OR NOT ({same}))'


def chain_of(event_model) -> str:
    """SQL: the chain of a row r."""
    none = f"'{NO_SITE}'::uuid"
    return f'COALESCE(r."site_id", {none})' if "site_id" in columns_tracked(event_model) else none


def keeping_sql(event_model, label: str, operation: pgtrigger.Operation) -> str:
    """SQL that writes history rows and their entries; the names of GIVEN stand for what is given to it."""
    model, table = event_model.pgh_tracked_model, event_model._meta.db_table
    tracked = columns_tracked(event_model)
    into = [*tracked, "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context_id"]
    values = f"{listed(tracked, 'r')}, now(), '{label}', r.\"{model._meta.pk.column}\", said"
    row = f"ROW({listed(columns_kept(event_model), 'e')})::text"
    return f"""WITH made AS (
        INSERT INTO "{table}" AS e ({listed(into)}) SELECT {values} FROM {rows_of(operation, event_model)}
        AND {chain_of(event_model)} = of_chain RETURNING e.pgh_id, {row} AS row_text)
        INSERT INTO registry_trailentry (block_id, id, shape_id, event_id, sha256)
        SELECT in_block, nextval('registry_trailentry_place'), shape, made.pgh_id,
        {HASHED.format(table=table, row="made.row_text", words="words")} FROM made"""


def planned(sql: str, operation: pgtrigger.Operation) -> str:
    """An update is planned for each statement: one row and twenty thousand are not found in the same way."""
    if operation != pgtrigger.Update:
        return f"{sql};"
    for number, name in enumerate(GIVEN, start=1):
        sql = re.sub(rf"\b{name}\b", f"${number}", sql)
    return f"EXECUTE $q${sql}$q$ USING {', '.join(GIVEN)};"


def keeping_func(event_model, label: str, operation: pgtrigger.Operation) -> str:
    """Chain by chain, because a block is of one; a block is opened once something stands in it."""
    rows = "was" if operation == pgtrigger.Delete else "now"
    columns = ", ".join(f"'{column}'" for column in columns_kept(event_model))
    return f"""
        IF NOT EXISTS (SELECT FROM {rows}) THEN RETURN NULL; END IF;
        said := _pgh_attach_context();
        SELECT metadata::text INTO words FROM pghistory_context WHERE id = said;
        shape := registry_trail_shape('{event_model._meta.db_table}', ARRAY[{columns}]);
        FOR of_chain IN SELECT DISTINCT {chain_of(event_model)} FROM {rows} r ORDER BY 1 LOOP
            in_block := registry_trail_block(of_chain);
            {planned(keeping_sql(event_model, label, operation), operation)}
            GET DIAGNOSTICS written = ROW_COUNT;
            IF written > 0 THEN
                INSERT INTO registry_trailblock (id, xid, chain, entries, db_role)
                VALUES (in_block, pg_current_xact_id()::text::bigint, of_chain, 0,
                    COALESCE(NULLIF(current_setting('role'), 'none'), session_user))
                ON CONFLICT (id) DO NOTHING;
            END IF;
        END LOOP;
        RETURN NULL;"""


class Keeps(Always):
    """Writes the history of a table, for one kind of statement."""

    def __init__(self, *, event_model, label: str, operation: pgtrigger.Operation, name: str):
        self.event_model, self.label = event_model, label
        names = {"old": None if operation == pgtrigger.Insert else "was",
                 "new": None if operation == pgtrigger.Delete else "now"}  # fmt: skip
        super().__init__(
            name=name, when=pgtrigger.After, operation=operation, level=pgtrigger.Statement,
            referencing=pgtrigger.Referencing(**names), declare=[*GIVEN.items(), ("written", "bigint")],
        )  # fmt: skip

    def get_func(self, model) -> str:
        return self.format_sql(keeping_func(self.event_model, self.label, self.operation))


def registered(tracker, event_model) -> None:
    keeps = Keeps(event_model=event_model, label=tracker.label, operation=tracker.operation, name=tracker.trigger_name)
    pgtrigger.register(keeps)(event_model.pgh_tracked_model)


class Inserted(pghistory.InsertEvent):
    add_event_trigger = registered


class Updated(pghistory.UpdateEvent):
    add_event_trigger = registered


class Deleted(pghistory.DeleteEvent):
    add_event_trigger = registered
