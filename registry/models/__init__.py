"""The record: one file a noun."""

from registry.models.covariate import Covariate, CovariateValue
from registry.models.event import Event
from registry.models.instrument import Instrument
from registry.models.job import Job
from registry.models.missing import MissingReason
from registry.models.patient import Patient
from registry.models.procedure import Procedure
from registry.models.schedule import Schedule, Timepoint
from registry.models.score import Score
from registry.models.site import Site
from registry.models.study import Study, StudyInstrument, StudySite
from registry.models.time_to_event import TimeToEvent
from registry.models.token import ApiToken
from registry.models.user import Membership, User
from registry.models.visit import FollowUpVisit

__all__ = [
    "ApiToken",
    "Covariate",
    "CovariateValue",
    "Event",
    "FollowUpVisit",
    "Instrument",
    "Job",
    "Membership",
    "MissingReason",
    "Patient",
    "Procedure",
    "Schedule",
    "Score",
    "Site",
    "Study",
    "StudyInstrument",
    "StudySite",
    "TimeToEvent",
    "Timepoint",
    "User",
]
