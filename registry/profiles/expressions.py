"""The parts that rows are made of, as PostgreSQL computes them: the database sends what may leave and nothing else."""

from collections.abc import Iterable, Mapping

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, IntegerField, JSONField, TextField, Value
from django.db.models.expressions import Expression

# Names that the queries give: the patient's index procedure, and the recipient's code of the patient.
INDEX, GIVEN = "the_index", "given"
OLDEST = 90


def sql(template: str, *parts, output=TextField, joined: str = ", ") -> Func:
    """An expression in PostgreSQL's own words, its parts put where %(expressions)s stands."""
    return Func(*parts, template=template, arg_joiner=joined, output_field=output())


def row_id(key: str) -> Func:
    """A row's id for the recipient: without the secret of the patient's code it says nothing of the row's own.

    The same for the same recipient, so that a later pull finds the row again; another one for each other recipient.
    """
    template = "encode(substring(sha256(%(expressions)s)) from 1 for 16), 'hex')"
    return sql(template, F(f"{GIVEN}__secret"), F(key), joined=" || uuid_send(")


def number(name: str) -> Func:
    """A number of the record as a string without an exponent and without trailing zeros: "7", "0.5"."""
    return sql("trim_scale(%(expressions)s)::text", F(name))


def moment(name: str) -> Func:
    return sql("""to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""", F(name))


def days_from_index(date: str, precision: str) -> Func:
    """Days from the index procedure, where both dates are known to the day."""
    template = (
        "(SELECT CASE WHEN p = 'day' AND q = 'day' THEN d - i END FROM (VALUES (%(expressions)s)) AS _(d, p, i, q))"
    )
    parts = (F(date), F(precision), F(f"{INDEX}__performed_on"), F(f"{INDEX}__performed_precision"))
    return sql(template, *parts, output=IntegerField)


def visit_day() -> Func:
    """The day of a visit: of one after the index procedure, the day that it has; of another, from the dates."""
    template = "(SELECT CASE WHEN x THEN n ELSE o END FROM (VALUES (%(expressions)s)) AS _(x, n, o))"
    parts = (F("procedure__is_index"), F("day"), days_from_index("visited_on", "visited_precision"))
    return sql(template, *parts, output=IntegerField)


LAST_DAY = """(performed + CASE how WHEN 'year' THEN interval '1 year' WHEN 'month' THEN interval '1 month'
    ELSE interval '1 day' END - interval '1 day')"""


def age() -> Func:
    """Whole years at the index procedure; where the known parts of the dates leave more than one, the oldest."""
    template = f"""(SELECT CASE WHEN born <= performed THEN date_part('year', age({LAST_DAY}, born::timestamp))::int END
        FROM (VALUES (%(expressions)s)) AS _(born, performed, how))"""
    parts = (F("born_on"), F(f"{INDEX}__performed_on"), F(f"{INDEX}__performed_precision"))
    return sql(template, *parts, output=IntegerField)


def age_in_words() -> Func:
    return sql("%(expressions)s::text", age())


def year() -> Func:
    """The year of the index procedure."""
    return sql("date_part('year', %(expressions)s)::int", F(f"{INDEX}__performed_on"), output=IntegerField)


# The last day on which something is recorded of a patient: it says how old somebody became.
SEEN = """(SELECT max(seen.d) FROM (
    SELECT COALESCE(v.visited_on, p.performed_on + v.day) AS d FROM registry_procedure p
        LEFT JOIN registry_followupvisit v ON v.procedure_id = p.id WHERE p.patient_id = %(expressions)s
    UNION ALL SELECT GREATEST(e.happened_on, e.resolved_on) FROM registry_procedure p
        JOIN registry_event e ON e.procedure_id = p.id WHERE p.patient_id = %(expressions)s
    UNION ALL SELECT GREATEST(t.started_on, t.ended_on) FROM registry_radiationcourse t
        WHERE t.patient_id = %(expressions)s
    UNION ALL SELECT GREATEST(t.started_on, t.ended_on) FROM registry_systemictherapy t
        WHERE t.patient_id = %(expressions)s) seen)"""


def oldest_age(kept: Iterable) -> Func:
    """The oldest age that the record shows of a patient: at the last day of which it tells, or as a study keeps it."""
    last = sql(SEEN.replace("%(expressions)s", '"registry_patient"."id"'))
    ages = sql(
        """(SELECT max(c.number) FROM registry_covariatevalue c
        WHERE c.patient_id = "registry_patient"."id" AND c.covariate_id::text = ANY(%(expressions)s))""",
        Value([str(each) for each in kept], output_field=ArrayField(TextField())),
        output=IntegerField,
    )
    template = """(SELECT GREATEST(kept, years,
        CASE WHEN born <= seen::date THEN date_part('year', age(seen::date, born)) END)::int
        FROM (VALUES (%(expressions)s)) AS _(born, years, seen, kept))"""
    return sql(template, F("born_on"), age(), last, ages, output=IntegerField)


def told_age(kept: Iterable) -> Func:
    """The age as it may leave: from 90 on, no more than that."""
    template = f"""(SELECT CASE WHEN oldest >= {OLDEST} THEN '{OLDEST}+' ELSE years::text END
        FROM (VALUES (%(expressions)s)) AS _(years, oldest))"""
    return sql(template, age(), oldest_age(kept))


def told_year(kept: Iterable) -> Func:
    """The year of the index procedure, unless it shows, with the age beside it, that somebody is 90 or older by now."""
    template = f"""(SELECT CASE WHEN oldest >= {OLDEST} THEN NULL
        WHEN GREATEST(years, oldest) + date_part('year', now()) - date_part('year', performed) >= {OLDEST} THEN NULL
        ELSE date_part('year', performed)::int END FROM (VALUES (%(expressions)s)) AS _(performed, years, oldest))"""
    return sql(template, F(f"{INDEX}__performed_on"), age(), oldest_age(kept), output=IntegerField)


def reasons(fields: Iterable[str]) -> Func:
    """The reasons for missing, of these fields alone."""
    known = Value(sorted(fields), output_field=ArrayField(TextField()))
    template = """(SELECT COALESCE(json_object_agg(key, value ORDER BY key), '{}'::json)
        FROM jsonb_each_text(%(expressions)s))"""
    return sql(template, F("missing"), known, output=JSONField, joined=") WHERE key = ANY(")


VALUES = f"""(SELECT COALESCE(json_object_agg(c.name, json_build_object('value', CASE
    WHEN v.covariate_id::text = ANY(sets.ages) AND v.number >= {OLDEST} THEN '{OLDEST}+'
    ELSE COALESCE(v.text, trim_scale(v.number)::text) END, 'missing', v.missing) ORDER BY c."order", c.name),
    '{{}}'::json)
    FROM (VALUES (%(expressions)s)) AS sets(told, ages)
    JOIN registry_covariatevalue v ON sets.told IS NULL OR v.covariate_id::text = ANY(sets.told)
    JOIN registry_covariate c ON c.id = v.covariate_id WHERE v.patient_id = "registry_patient"."id")"""


def covariates(told: Iterable | None, ages: Iterable = ()) -> Func:
    """What a study keeps of a patient, by name: of the covariates that are told (None: all), ages cut at the oldest."""
    sets = (None if told is None else [str(each) for each in told], [str(each) for each in ages])
    return sql(VALUES, *(Value(each, output_field=ArrayField(TextField())) for each in sets), output=JSONField)


def line_of(fields: Mapping[str, Expression]) -> Func:
    """A row as one JSON object, as text, with its fields in this order."""
    parts = [part for name, value in fields.items() for part in (Value(name, output_field=TextField()), value)]
    return sql("json_build_object(%(expressions)s)::text", *parts)
