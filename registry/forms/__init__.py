"""What people type, checked and turned into what the actions take."""

from registry.forms.numbers import NumberField
from registry.forms.visit import VisitForm
from registry.forms.visit_start import BY_DATE, UNSCHEDULED, starting_values

__all__ = ["BY_DATE", "UNSCHEDULED", "NumberField", "VisitForm", "starting_values"]
