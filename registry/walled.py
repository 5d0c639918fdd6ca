"""By what each table belongs to sites, and why a table belongs to none: the walls of PostgreSQL, as data.

A wall is a row-level security policy, forced, so that it holds for the tables' owner too. Reading and writing have one
rule: who is not within a row's sites finds nothing, changes nothing and adds nothing there. registry/walls.py says who
is within which sites. outcomes and reports say it of their own tables, in the same words.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import migrations

POLICY = "within_sites"
EVERYWHERE = "(SELECT walls_are_open())"
HERE = "(SELECT walls_around())::uuid[]"
# Asked once a statement, not once a row. Nothing said: the array is NULL or empty, and no row is at one of its sites.
FUNCTIONS = """
CREATE OR REPLACE FUNCTION walls_are_open() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT COALESCE(current_setting('app.sites', true), '') = '*' $$;
CREATE OR REPLACE FUNCTION walls_around() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT string_to_array(NULLIF(current_setting('app.sites', true), '*'), ',')::uuid[] $$;
CREATE OR REPLACE FUNCTION walls_show(named regclass, row_id uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    found boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE id = $1)', named) INTO found USING row_id;
    RETURN found;
END $$;
"""


@dataclass(frozen=True)
class Wall:
    """Which rows are found (`using`), and which may be written (`check`). Each is SQL."""

    using: str
    check: str

    def sees(self, table: str, **parents: str) -> "Wall":
        """Written are only rows whose parents (column=table) are found too: foreign keys look past all walls.

        The parent is looked up by a function, because a policy may not ask its own table.
        """
        seen = "".join(
            f" AND ({column} IS NULL OR walls_show('{parent}', {table}.{column}))" for column, parent in parents.items()
        )
        return Wall(self.using, f"({self.check}){seen}")

    def sql(self, table: str) -> str:
        return f"""ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            DROP POLICY IF EXISTS {POLICY} ON {table};
            CREATE POLICY {POLICY} ON {table} USING ({EVERYWHERE} OR ({self.using}))
                WITH CHECK ({EVERYWHERE} OR ({self.check}));"""


def at_its_site() -> Wall:
    """A row of one site."""
    return Wall(*[f"site_id = ANY ({HERE})"] * 2)


def at_every_site_of_it() -> Wall:
    """A row that was made of several sites' rows: for who is within all of them. A row of no site is nobody's."""
    return Wall(*[f"site_ids <@ {HERE} AND site_ids <> '{{}}'"] * 2)


def at_any_site_of_it() -> Wall:
    """A row that each of its sites may read; written by who is within all of them."""
    return Wall(f"site_ids && {HERE}", f"site_ids <@ {HERE}")


def with_its(table: str, **parents: str) -> Wall:
    """A row that is found where all of its parents (column=table) are."""
    found = " AND ".join(
        f"EXISTS (SELECT FROM {parent} parent WHERE parent.id = {table}.{column})"
        for column, parent in parents.items()
    )  # fmt: skip
    return Wall(found, found)


def raised(walls: Mapping[str, Wall], *tables: str) -> list[migrations.RunSQL]:
    """For a migration: the walls of these tables, or of all that are there by then."""
    return [
        migrations.RunSQL(
            where_there(table, walls[table].sql(table)),
            where_there(table, f"DROP POLICY IF EXISTS {POLICY} ON {table}; ALTER TABLE {table} NO FORCE ROW LEVEL"
                               f" SECURITY; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"),
        )
        for table in tables or walls
    ]  # fmt: skip


def where_there(table: str, statements: str) -> str:
    return f"DO $do$ BEGIN IF to_regclass('{table}') IS NOT NULL THEN {statements} END IF; END $do$"


def of_one_site(*names: str) -> dict[str, Wall]:
    """Tables with a column for the site, by name; a star stands for the table and its history."""
    tables = [table for name in names for table in ([name[:-1], f"{name[:-1]}event"] if name[-1] == "*" else [name])]
    return {f"registry_{table}": at_its_site() for table in tables}


WALLS: dict[str, Wall] = {
    **of_one_site(
        "patient*", "procedure*", "followupvisit*", "score*", "event*", "timetoevent*", "covariatevalue*",
        "vitalstatus*", "bonehealth*", "bonedrug*", "malignancy*", "metastasis*", "fracture*", "radiationcourse*",
        "systemictherapy*", "comorbidity*", "katagiri*", "operation*", "implant*", "cementinjection*",
        "ablationsession*", "opioidline*", "visitdetails*", "screenedcase*", "query*", "querystep", "verification*",
        "reabstractionsample*", "reading*", "resolution", "columnmapping*", "importbatch*", "previewpage",
        "importedcell", "draft", "change", "pseudonym",
    ),
    "registry_event": at_its_site().sees("registry_event", linked_procedure_id="registry_procedure"),
    "registry_importbatch": at_its_site().sees("registry_importbatch", job_id="registry_job"),
    "registry_previewpage": at_its_site().sees("registry_previewpage", batch_id="registry_importbatch"),
    "registry_job": at_every_site_of_it().sees("registry_job", retry_of_id="registry_job"),
    "registry_pull": at_any_site_of_it(),
}  # fmt: skip

# What the program, which is not the tables' owner, may do with them; and where it may do less.
TRAIL = ("registry_trailshape", "registry_trailblock", "registry_trailentry", "registry_trailhead")
PROGRAM_MAY = "SELECT, INSERT, UPDATE, DELETE"
PROGRAM_MAY_LESS = {
    "django_migrations": "SELECT",
    **dict.fromkeys(TRAIL, "SELECT"),
}

PEOPLE = "who works where, and with which rights"
DEFINED = "what is asked and counted, not what was answered: protocols, instruments, schedules"
# Tables of ours that hold nothing of a patient, and what they hold instead.
WITHOUT_PATIENTS: dict[str, str] = {
    **dict.fromkeys(
        ["registry_user", "registry_userevent", "registry_user_groups", "registry_user_user_permissions",
         "registry_membership", "registry_membershipevent", "registry_apitoken", "registry_apitokenevent",
         "registry_apitoken_sites", "registry_tokencalls", "registry_site", "registry_siteevent"], PEOPLE,
    ),
    **dict.fromkeys(
        ["registry_study", "registry_studyevent", "registry_studysite", "registry_studysiteevent",
         "registry_studyinstrument", "registry_studyinstrumentevent", "registry_instrument", "registry_instrumentevent",
         "registry_schedule", "registry_scheduleevent", "registry_timepoint", "registry_timepointevent",
         "registry_covariate", "registry_covariateevent"], DEFINED,
    ),
    **dict.fromkeys([*TRAIL, "registry_trailcheck"], "digests of the history, and which site's block they stand in"),
    "registry_cache": "how often a name and an address were refused",
    "registry_epoch": "how often the database was restored",
}  # fmt: skip
