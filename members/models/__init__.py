"""Tables of the member register, one module per concept."""

from members.models.areas import JoinedAreas
from members.models.cards import CardKey
from members.models.community import CommunityGroup, CommunityTerm, GroupMember, PartyTerm
from members.models.consents import ConsentEvent, ConsentPurpose, ConsentText
from members.models.data_requests import DataRequest, Erasure
from members.models.duplicates import DuplicatePair
from members.models.emails import EmailChange
from members.models.holdings import FeeBasisKind, FeeBasisValue, Holding, HoldingMember
from members.models.imports import ImportBatch, ImportMapping, ImportRow
from members.models.joining import FormToken, JoinRequest
from members.models.leaving import Expulsion, Resignation
from members.models.mandates import Capability, Mandate, PartyLogin, RoleGrant, RoleTemplate
from members.models.marks import DataMark
from members.models.meetings import BoardMeeting, MeetingItem
from members.models.memberships import Decision, Membership, MembershipEvent, MembershipType
from members.models.merging import Merge
from members.models.numbers import FormerNumber
from members.models.parties import ContactPoint, MemberNumberCounter, Organisation, Party, PartyLink, Person
from members.models.quality import QualityDismissal, QualityIssue, QualityScore, QualityWatermark
from members.models.reorganising import OrgChange, OrgChangeMember, OrgChangeMove, OrgChangePost
from members.models.retention import ErasureItem, ErasureRun, RetentionCount, RetentionRule
from members.models.segments import Segment
from members.models.statistics import (
    AgeCount,
    CountedDay,
    CountingMark,
    MemberFlow,
    PlaceCount,
    TypeCount,
)
from members.models.training import Training
from members.models.units import OrgUnit, UnitClosure, UnitKind, UnitParent, UnitRules
from members.models.views import SavedView

__all__ = [
    "AgeCount",
    "BoardMeeting",
    "Capability",
    "CardKey",
    "CommunityGroup",
    "CommunityTerm",
    "ConsentEvent",
    "ConsentPurpose",
    "ConsentText",
    "ContactPoint",
    "CountedDay",
    "CountingMark",
    "DataMark",
    "DataRequest",
    "Decision",
    "DuplicatePair",
    "EmailChange",
    "Erasure",
    "ErasureItem",
    "ErasureRun",
    "Expulsion",
    "FeeBasisKind",
    "FeeBasisValue",
    "FormToken",
    "FormerNumber",
    "GroupMember",
    "Holding",
    "HoldingMember",
    "ImportBatch",
    "ImportMapping",
    "ImportRow",
    "JoinRequest",
    "JoinedAreas",
    "Mandate",
    "MeetingItem",
    "MemberFlow",
    "MemberNumberCounter",
    "Membership",
    "MembershipEvent",
    "MembershipType",
    "Merge",
    "OrgChange",
    "OrgChangeMember",
    "OrgChangeMove",
    "OrgChangePost",
    "OrgUnit",
    "Organisation",
    "Party",
    "PartyLink",
    "PartyLogin",
    "PartyTerm",
    "Person",
    "PlaceCount",
    "QualityDismissal",
    "QualityIssue",
    "QualityScore",
    "QualityWatermark",
    "Resignation",
    "RetentionCount",
    "RetentionRule",
    "RoleGrant",
    "RoleTemplate",
    "SavedView",
    "Segment",
    "Training",
    "TypeCount",
    "UnitClosure",
    "UnitKind",
    "UnitParent",
    "UnitRules",
]
