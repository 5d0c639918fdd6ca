"""Triggers that no setting of a session switches off, and that write the same text whoever's session it is."""

import pgtrigger
from pgtrigger.compiler import Trigger, UpsertTriggerSql


class AlwaysSql(UpsertTriggerSql):
    """Fires for replicas too, does not ask whether it shall be ignored, and acts with the rights of the tables' owner.

    What the settings of a session would change in the text of a row (time zone, dates, floats, bytes) is fixed.
    Old migrations point here: what stands below is never changed, a new form gets a class of its own.
    """

    def get_template(self) -> str:
        return """
            CREATE OR REPLACE FUNCTION {pgid}()
            RETURNS TRIGGER AS $trail$
                {declare}
                BEGIN
                    {func}
                END;
            $trail$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET "TimeZone" = 'UTC'
                SET "DateStyle" = 'ISO, MDY' SET "IntervalStyle" = 'postgres' SET extra_float_digits = 1
                SET bytea_output = 'hex';

            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE {constraint} TRIGGER {pgid}
                {when} {operation} ON {table}
                {timing}
                {referencing}
                FOR EACH {level} {condition}
                EXECUTE PROCEDURE {execute};
            ALTER TABLE {table} ENABLE ALWAYS TRIGGER {pgid};

            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """


class Always(pgtrigger.Trigger):
    """A trigger of ours that is always on."""

    def compile(self, model) -> Trigger:
        sql = AlwaysSql(
            pgid=self.get_pgid(model),
            declare=self.render_declare(model),
            func=self.render_func(model),
            table=model._meta.db_table,
            constraint="CONSTRAINT" if self.timing else "",
            when=self.when,
            operation=self.operation,
            timing=f"DEFERRABLE INITIALLY {self.timing}" if self.timing else "",
            referencing=self.referencing or "",
            level=self.level,
            condition=self.render_condition(model),
            execute=self.render_execute(model),
        )
        return Trigger(name=self.name, sql=sql)


def stays(unless: str = "FALSE") -> Always:
    """Rows are neither changed nor deleted, but for a change of which this holds."""
    refusal = "RAISE EXCEPTION 'trail: Cannot % rows of %', lower(TG_OP), TG_TABLE_NAME USING ERRCODE = '42501';"
    return Always(
        name="stays",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"IF TG_OP = 'UPDATE' AND ({unless}) THEN RETURN NEW; END IF; {refusal}",
    )
