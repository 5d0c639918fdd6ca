"""New patients of a file who could be somebody who is there already, or each other: shown, never decided here."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.db.models import Prefetch

from registry.duplicates import alike, both_ways, folded
from registry.errors import Problem
from registry.imports.planned import PatientPlan
from registry.imports.said import Said
from registry.models import Patient, Procedure, Site, User

RULE = "U1"


def possible_duplicates_in(
    plans: Iterable[PatientPlan], said: Said, site: Site, by: User
) -> Iterator[tuple[int, Problem]]:
    """(row, what is alike) of each new patient; the same few queries for any number of them."""
    new = [plan for plan in plans if plan.is_new]
    if not new:
        return
    known = Known(site, by)
    for plan in new:
        row = said.rows_of[plan.number]
        for number, why in known.like(plan):
            message = f"Is this {number}? {why.capitalize()}. If so, take the row out, or correct the number."
            yield row, Problem(rule=RULE, field="", value=plan.number, message=message, where=said.sheet.where(row))
        known.add(plan.patient, [plan.procedure])


class Known:
    """The patients of a site, as one person sees them, by what they can be alike in."""

    def __init__(self, site: Site, by: User):
        self.by_number, self.by_birth = defaultdict(list), defaultdict(list)
        procedures = Prefetch("procedures", Procedure.objects.valid())
        rows = Patient.objects.visible_to(by).valid().filter(site=site)
        for patient in rows.select_related("study").prefetch_related(procedures):
            self.add(patient, list(patient.procedures.all()))

    def add(self, patient: Patient, procedures: list[Procedure]) -> None:
        patient._prefetched_objects_cache = {"procedures": procedures}
        self.by_number[patient.study_id, folded(patient.study_number)].append(patient)
        if patient.sex and patient.born_on:
            self.by_birth[patient.sex, patient.born_on].append(patient)

    def like(self, plan: PatientPlan) -> Iterator[tuple[str, str]]:
        """The study numbers of those who are alike, and in what."""
        patient, procedure = plan.patient, plan.procedure
        born, performed = (patient.born_on, patient.born_precision), (procedure.performed_on,
                                                                      procedure.performed_precision)  # fmt: skip
        found = {each.pk: each for each in self.by_number[patient.study_id, folded(plan.number)]}
        if patient.sex and patient.born_on:
            found |= {each.pk: each for day in both_ways(born) for each in self.by_birth[patient.sex, day]}
        for each in found.values():
            why = list(alike(each, patient.study, plan.number, patient.sex, born, performed))
            if each.pk != patient.pk and why:
                yield each.study_number, "; ".join(why)
