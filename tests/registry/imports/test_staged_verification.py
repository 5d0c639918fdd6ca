"""A verified value that an import changes is verified no longer; one that it leaves alone still is."""

from registry.actions.verification import verify
from registry.addressed import place_of
from registry.addresses import Address
from registry.models import Verification
from tests.builders import build_patient, build_procedure, build_study, build_visit
from tests.registry.imports.staged import committed, long_file


def test_an_import_drops_the_verification_of_what_it_changes_and_no_other(north, nurse, surgeon):
    study = build_study(slug="checked", site=north)
    procedure = build_procedure(patient=build_patient(study=study, site=north, study_number="V-1"))
    visit = build_visit(procedure=procedure, timepoint="w6", scores={"pain": 3, "opioid": 1})
    for key in ("pain", "opioid"):
        address = Address("visit", visit.pk, key)
        verify(address=address, seen=str(place_of(address).standing), by=surgeon)
    standing = Verification.objects.filter(dropped_at=None)
    assert standing.count() == 2
    content = long_file(("V-1", "w6", "pain", "4"), ("V-1", "w6", "opioid", "1"))
    assert committed(content, study=study, site=north, by=nurse).state == "committed"
    assert [each.field for each in standing.all()] == ["opioid"]
