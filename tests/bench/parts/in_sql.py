"""Many visits, made by PostgreSQL itself: five to a procedure, one procedure to a patient, told to the change feed."""

from django.db import connection, transaction

from registry.actions import people
from registry.models import FollowUpVisit, Site, Study
from tests.bench.parts.triggers import silenced
from tests.builders import build_site, build_study

VISITS_EACH = 5
TABLES = ("registry_patient", "registry_procedure", "registry_followupvisit")
FILL = """
INSERT INTO registry_patient (id, site_id, study_id, study_number, sex, withdrawn_reason, version, error_reason)
SELECT gen_random_uuid(), %(site)s, %(study)s, 'S-' || n, CASE n %% 2 WHEN 0 THEN 'F' ELSE 'M' END, '', 1, ''
FROM generate_series(1, %(patients)s) n;
INSERT INTO registry_procedure (id, site_id, patient_id, kind, performed_on, performed_precision, is_index, version,
    error_reason)
SELECT gen_random_uuid(), site_id, id, 'pdn', date '2020-01-01' + substr(study_number, 3)::int %% 1000, 'day', TRUE, 1,
    '' FROM registry_patient WHERE study_id = %(study)s;
INSERT INTO registry_followupvisit (id, site_id, procedure_id, timepoint_id, timepoint_asserted, visited_on,
    visited_precision, day, "window", window_reason, missed_comment, submission_key, recorded_by_id, recorded_at,
    version, error_reason, collection_method, source_document, certainty)
SELECT gen_random_uuid(), p.site_id, p.id, t.id, TRUE, p.performed_on + t.place * 40, 'day', t.place * 40, 'inside', '',
    '', gen_random_uuid(), %(by)s, clock_timestamp(), 1, '', 'chart_review', '', ''
FROM registry_procedure p JOIN registry_patient o ON o.id = p.patient_id AND o.study_id = %(study)s
CROSS JOIN (SELECT id, row_number() OVER (ORDER BY "order")::int AS place FROM registry_timepoint
    WHERE schedule_id = %(schedule)s AND kind = 'follow_up' ORDER BY "order" LIMIT %(each)s) t;
ANALYZE registry_patient, registry_procedure, registry_followupvisit;
INSERT INTO registry_change (epoch, xid, resource, row_id, patient_id, site_id)
SELECT 1, pg_current_xact_id()::text::bigint, 'visit', v.id, p.patient_id, v.site_id
FROM registry_followupvisit v JOIN registry_procedure p ON p.id = v.procedure_id
JOIN registry_patient o ON o.id = p.patient_id AND o.study_id = %(study)s
"""


def fill(slug: str, visits: int) -> tuple[Site, Study]:
    """A study of that many visits, analysed."""
    site = build_site(slug)
    study = build_study(slug=slug, site=site)
    about = {"site": site.pk, "study": study.pk, "schedule": study.schedule_id, "by": people.system_user().pk,
             "patients": visits // VISITS_EACH, "each": VISITS_EACH}  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        again = silenced(cursor, list(TABLES))
        for statement in FILL.split(";\n"):
            cursor.execute(statement, about)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in again:
            cursor.execute(statement)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    made = FollowUpVisit.objects.filter(site=site).count()
    if made != visits:
        raise SystemExit(f"{made} visits instead of {visits}.")
    return site, study
