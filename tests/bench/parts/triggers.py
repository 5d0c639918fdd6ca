"""Tables filled without their triggers, which are as they were afterwards: some fire always, and none may fire less."""

ALWAYS = """SELECT format('ALTER TABLE %%I ENABLE ALWAYS TRIGGER %%I', relname, tgname)
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal AND tgenabled = 'A' AND relname = ANY(%s) ORDER BY 1"""


def silenced(cursor, tables: list[str]) -> list[str]:
    """Switch the triggers of these tables off; the statements that switch them on again as they were."""
    again = [sql for (sql,) in cursor.execute(ALWAYS, [tables]).fetchall()]
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    return [*(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables), *again]
