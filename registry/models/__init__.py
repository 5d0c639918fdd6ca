"""The record: one file a noun."""

from registry.models.bone_health import BoneDrug, BoneHealth
from registry.models.change import Change, Epoch
from registry.models.chart import ChartRow
from registry.models.comorbidity import Comorbidity, Katagiri
from registry.models.covariate import Covariate, CovariateValue
from registry.models.draft import Draft
from registry.models.event import Event
from registry.models.fracture import Fracture
from registry.models.implant import AblationSession, CementInjection, Implant
from registry.models.imported import ColumnMapping, ImportBatch, ImportedCell, PreviewPage
from registry.models.instrument import Instrument
from registry.models.job import Job
from registry.models.malignancy import Malignancy, Metastasis
from registry.models.missing import MissingReason
from registry.models.operation import Operation
from registry.models.opioid_line import OpioidLine
from registry.models.patient import Patient
from registry.models.procedure import Procedure
from registry.models.pseudonym import Pseudonym
from registry.models.pull import Pull, TokenCalls
from registry.models.query import Query, QueryStep
from registry.models.reabstraction import ReabstractionSample, Reading, Resolution
from registry.models.schedule import Schedule, Timepoint
from registry.models.score import Score
from registry.models.screening import ScreenedCase
from registry.models.site import Site
from registry.models.study import Study, StudyInstrument, StudySite
from registry.models.time_to_event import TimeToEvent
from registry.models.token import ApiToken
from registry.models.trail import TrailBlock, TrailCheck, TrailEntry, TrailHead, TrailShape
from registry.models.treatment import RadiationCourse, SystemicTherapy
from registry.models.user import Membership, User
from registry.models.verification import Verification
from registry.models.visit import FollowUpVisit
from registry.models.visit_details import VisitDetails
from registry.models.vital_status import VitalStatus

__all__ = [
    "AblationSession",
    "ApiToken",
    "BoneDrug",
    "BoneHealth",
    "CementInjection",
    "Change",
    "ChartRow",
    "ColumnMapping",
    "Comorbidity",
    "Covariate",
    "CovariateValue",
    "Draft",
    "Epoch",
    "Event",
    "FollowUpVisit",
    "Fracture",
    "Implant",
    "ImportBatch",
    "ImportedCell",
    "Instrument",
    "Job",
    "Katagiri",
    "Malignancy",
    "Membership",
    "Metastasis",
    "MissingReason",
    "Operation",
    "OpioidLine",
    "Patient",
    "PreviewPage",
    "Procedure",
    "Pseudonym",
    "Pull",
    "Query",
    "QueryStep",
    "RadiationCourse",
    "ReabstractionSample",
    "Reading",
    "Resolution",
    "Schedule",
    "Score",
    "ScreenedCase",
    "Site",
    "Study",
    "StudyInstrument",
    "StudySite",
    "SystemicTherapy",
    "TimeToEvent",
    "Timepoint",
    "TokenCalls",
    "TrailBlock",
    "TrailCheck",
    "TrailEntry",
    "TrailHead",
    "TrailShape",
    "User",
    "Verification",
    "VisitDetails",
    "VitalStatus",
]
