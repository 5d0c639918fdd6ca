"""The functions under the trail, and the operations by which migrations leave every table guarded."""

from django.db import migrations

# A context is written once: what is said later in the same request is a context of its own. (pghistory's function
# writes the new words over the old ones, under everything that was done before.)
ATTACH_CONTEXT = """
CREATE OR REPLACE FUNCTION _pgh_attach_context() RETURNS uuid AS $$
DECLARE
    given text := NULLIF(current_setting('pghistory.context_id', true), '');
    words jsonb := NULLIF(current_setting('pghistory.context_metadata', true), '')::jsonb;
    known jsonb;
    said uuid := given::uuid;
BEGIN
    IF given IS NULL OR words IS NULL THEN RETURN NULL; END IF;
    SELECT metadata INTO known FROM pghistory_context WHERE id = said;
    IF known = words THEN RETURN said; END IF;
    IF known IS NOT NULL THEN said := md5(given || words::text)::uuid; END IF;
    INSERT INTO pghistory_context (id, metadata, created_at, updated_at) VALUES (said, words, now(), now())
        ON CONFLICT (id) DO NOTHING;
    RETURN said;
END $$ LANGUAGE plpgsql
"""
FUNCTIONS = """
CREATE SEQUENCE IF NOT EXISTS registry_trailblock_place;
CREATE SEQUENCE IF NOT EXISTS registry_trailentry_place;

CREATE OR REPLACE FUNCTION registry_trail_shape(kept text, names text[]) RETURNS integer AS $$
DECLARE found_id integer;
BEGIN
    SELECT id INTO found_id FROM registry_trailshape WHERE event_table = kept AND columns = to_jsonb(names);
    IF found_id IS NULL THEN
        INSERT INTO registry_trailshape (event_table, columns) VALUES (kept, to_jsonb(names))
            ON CONFLICT (event_table, columns) DO NOTHING RETURNING id INTO found_id;
        IF found_id IS NULL THEN
            SELECT id INTO found_id FROM registry_trailshape WHERE event_table = kept AND columns = to_jsonb(names);
        END IF;
    END IF;
    RETURN found_id;
END $$ LANGUAGE plpgsql;

CREATE OR REPLACE FUNCTION registry_trail_block(of_chain uuid) RETURNS bigint AS $$
    SELECT COALESCE((SELECT id FROM registry_trailblock WHERE xid = pg_current_xact_id()::text::bigint
        AND chain = of_chain AND seq IS NULL), nextval('registry_trailblock_place'))
$$ LANGUAGE sql VOLATILE;
"""
NEVER_EMPTIED = """
CREATE OR REPLACE FUNCTION registry_never_emptied() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'trail: Cannot truncate %', TG_TABLE_NAME USING ERRCODE = '42501'; END $$ LANGUAGE plpgsql
"""
CONTEXT_STAYS = """
CREATE OR REPLACE FUNCTION registry_context_stays() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'trail: Cannot % rows of %', lower(TG_OP), TG_TABLE_NAME USING ERRCODE = '42501';
END $$ LANGUAGE plpgsql;
DROP TRIGGER IF EXISTS registry_context_stays ON pghistory_context;
CREATE TRIGGER registry_context_stays BEFORE UPDATE OR DELETE ON pghistory_context
    FOR EACH ROW EXECUTE FUNCTION registry_context_stays();
ALTER TABLE pghistory_context ENABLE ALWAYS TRIGGER registry_context_stays
"""
# What was kept before there was a chain: one block for each chain.
SO_FAR = """
DO $so_far$
DECLARE each record; names text[]; row_text text; chain_sql text; shape integer;
BEGIN
    CREATE TEMP TABLE trail_so_far (chain uuid PRIMARY KEY, block bigint) ON COMMIT DROP;
    FOR each IN SELECT c.oid, c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE a.attname = 'pgh_id' AND c.relkind = 'r' AND c.relname LIKE '{app}\\_%' ORDER BY c.relname
    LOOP
        SELECT array_agg(attname::text ORDER BY attname::text COLLATE "C"),
            string_agg(format('e.%I', attname), ', ' ORDER BY attname::text COLLATE "C") INTO names, row_text
        FROM pg_attribute WHERE attrelid = each.oid AND attnum > 0 AND NOT attisdropped;
        chain_sql := quote_literal('00000000-0000-0000-0000-000000000000') || '::uuid';
        IF 'site_id' = ANY(names) THEN chain_sql := format('COALESCE(e.site_id, %s)', chain_sql); END IF;
        EXECUTE format('INSERT INTO trail_so_far SELECT chain, nextval(''registry_trailblock_place'') FROM'
            ' (SELECT DISTINCT %s AS chain FROM %I e) d ON CONFLICT DO NOTHING',
            chain_sql, each.relname);
        shape := registry_trail_shape(each.relname, names);
        EXECUTE format($q$INSERT INTO registry_trailentry (block_id, id, shape_id, event_id, sha256)
            SELECT s.block, nextval('registry_trailentry_place'), %s, e.pgh_id, sha256(convert_to(
                concat_ws(E'\\n', %L, ROW(%s)::text,
                    (SELECT metadata::text FROM pghistory_context WHERE id = e.pgh_context_id)), 'UTF8'))
            FROM %I e JOIN trail_so_far s ON s.chain = %s ORDER BY e.pgh_id$q$,
            shape, each.relname, row_text, each.relname, chain_sql);
    END LOOP;
    INSERT INTO registry_trailblock (id, xid, chain, entries, db_role)
        SELECT block, pg_current_xact_id()::text::bigint, chain, 0, session_user FROM trail_so_far;
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
    DROP TABLE trail_so_far;
END $so_far$
"""
# The same text whoever's session it is; as the triggers have it (registry/trail/always.py).
PLAIN_TEXT = """
SET LOCAL "TimeZone" = 'UTC'; SET LOCAL "DateStyle" = 'ISO, MDY'; SET LOCAL "IntervalStyle" = 'postgres';
SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'
"""
# Nothing that is recorded, kept or chained can be emptied, and what protects the history is always on.
GUARD_ALL = """
DO $guard$
DECLARE each record;
BEGIN
    FOR each IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind = 'r'
        AND (c.relname ~ '^(registry|outcomes|reports)_' OR c.relname = 'pghistory_context')
    LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER registry_never_emptied BEFORE TRUNCATE ON %I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION registry_never_emptied()', each.relname);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER registry_never_emptied', each.relname);
    END LOOP;
    FOR each IN SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE t.tgname LIKE 'pgtrigger\\_append\\_only\\_%' AND t.tgenabled <> 'A'
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', each.relname, each.tgname);
    END LOOP;
END $guard$
"""
# pgtrigger lets a session switch triggers off by a setting; here it does not. Each migration that makes a trigger of
# pgtrigger's own puts the function back as it was, so what makes one ends with GUARDED.
IGNORES_NOTHING = """
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean AS $$
BEGIN RETURN FALSE; END $$ LANGUAGE plpgsql
"""


def sealed_so_far(app: str) -> list[migrations.RunSQL]:
    """Puts what an app's history tables hold into the chain."""
    return [once(PLAIN_TEXT), once(SO_FAR.replace("{app}", app))]


def once(sql: str) -> migrations.RunSQL:
    return migrations.RunSQL([(sql, None)], migrations.RunSQL.noop)


def functions() -> list[migrations.RunSQL]:
    return [once(sql) for sql in (ATTACH_CONTEXT, FUNCTIONS, NEVER_EMPTIED, CONTEXT_STAYS)]


def guarded() -> list[migrations.RunSQL]:
    """The last operations of a migration that makes tables or triggers."""
    return [once(GUARD_ALL), once(IGNORES_NOTHING)]
