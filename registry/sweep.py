"""Holds the record against every rule: a query for each new finding, closed by itself once it is mended."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import transaction

from registry.actions.queries import close_for_finding, open_for_finding
from registry.addresses import Address
from registry.models import Patient, Query, User
from registry.rules import Finding, PatientRecord, findings_for
from registry.rules.loading import AT_ONCE, Definitions, load_records

LONGEST_TEXT = Query._meta.get_field("text").max_length
# One question of one rule about one value.
Place = tuple[str, Address]


def sweep(patients: Iterable[UUID], *, by: User) -> Counter:
    """Open a query for each finding that has none, close those whose finding is gone; how many of each.

    Twice is once. A waiver stands as long as its finding says the same; a finding with other values is a new one.
    """
    done: Counter = Counter(opened=0, closed=0, standing=0, waived=0)
    definitions, ids = Definitions(), list(patients)
    for start in range(0, len(ids), AT_ONCE):
        chunk = ids[start : start + AT_ONCE]
        standing = queries_of(chunk)
        for record in load_records(chunk, definitions=definitions):
            done += settle(record, standing.pop(record.patient.pk, {}), by=by)
        for left in standing.values():  # of patients who left
            done["closed"] += close_gone(left.values(), by=by)
    return done


def queries_of(patients: list[UUID]) -> dict[UUID, dict[Place, Query]]:
    """The queries that rules asked of these patients and that are not closed."""
    rows = Query.objects.filter(patient__in=patients).exclude(rule="").exclude(status=Query.Status.CLOSED)
    found: dict[UUID, dict[Place, Query]] = defaultdict(dict)
    for query in rows:
        found[query.patient_id][query.rule, Address(query.form, query.row_id, query.field)] = query
    return found


@transaction.atomic
def settle(record: PatientRecord, standing: Mapping[Place, Query], *, by: User) -> Counter:
    """Make the queries of one patient those of the findings of now."""
    done: Counter = Counter()
    found = findings_of(record)
    gone = [query for place, query in standing.items() if place not in found or not says(query, found[place])]
    done["closed"] += close_gone(gone, by=by)
    left = {place: query for place, query in standing.items() if query not in gone}
    for place, finding in found.items():
        if place not in left:
            done["opened"] += open_for_finding(finding=finding, patient=record.patient, by=by) is not None
        else:
            done["waived" if left[place].status == Query.Status.WAIVED else "standing"] += 1
    return done


def findings_of(record: PatientRecord) -> dict[Place, Finding]:
    """The findings by their place; nobody is asked about a patient who was withdrawn."""
    if record.patient.withdrawn_on is not None:
        return {}
    found: dict[Place, Finding] = {}
    for finding in findings_for(record):
        found.setdefault((finding.rule.code, finding.address), finding)
    return found


def says(query: Query, finding: Finding) -> bool:
    """Whether a query is about what the rule finds now, with the same values."""
    return query.text == finding.message[:LONGEST_TEXT]


def close_gone(queries: Iterable[Query], *, by: User) -> int:
    """Close queries whose finding is gone."""
    return sum(close_for_finding(query=query, by=by) is not None for query in queries)


def all_patients(study: str = "") -> list[UUID]:
    """Everybody who is in the record, or in one study."""
    rows = Patient.objects.valid()
    rows = rows.filter(study__slug=study) if study else rows
    return list(rows.order_by("pk").values_list("pk", flat=True))
