"""Every table of the store. Only ``cms.store`` and the migrations import from here."""

from __future__ import annotations

from cms.store.tables.acting import BatchRow, LogPartRow, RemoteCommandRow, TestHourRow, WindowRow
from cms.store.tables.alerts import (
    AlertAreaRow,
    AlertPolicyRow,
    AlertRow,
    DeclarationRightRow,
    DrillPlanRow,
    OrderRow,
    ReachRow,
    StopRow,
)
from cms.store.tables.calendar import CalendarFeedRow, DateSetRow
from cms.store.tables.central import CentralBulletinRow, CentralDeviceRow, CentralLinkRow, CentralReportRow
from cms.store.tables.chimes import ChimeRow
from cms.store.tables.columns import Base, Choice, Frozen, Grade, Utc
from cms.store.tables.exchange import (
    CapDocumentRow,
    CapFeedEntryRow,
    CapFeedRow,
    CapMessageRow,
    CapReferenceRow,
    CapSenderRow,
    WebhookDeliveryRow,
    WebhookRow,
)
from cms.store.tables.feedback import FeedbackRow
from cms.store.tables.firmware import DeviceFirmwareRow, FirmwareImageRow, RolloutMemberRow, RolloutRow
from cms.store.tables.fleet import DeviceRow, DeviceStatusRow, SavedFilterRow
from cms.store.tables.health import (
    AcknowledgementRow,
    BrokerLineRow,
    DeviceSupplyRow,
    DutyRow,
    FaultRow,
    IncidentRow,
    NoticeRow,
    ToldFaultRow,
)
from cms.store.tables.inbox import HandedDownRow, InboxRulesRow
from cms.store.tables.live import LivePlaceRow, LiveRow
from cms.store.tables.lives import IssuedCertificateRow, LifeRow
from cms.store.tables.make_good import MakeGoodRuleRow, MissedRow
from cms.store.tables.people import GrantRow, RecoveryCodeRow, SecondFactorRow, SessionRow, TokenRow, UserRow
from cms.store.tables.phrases import PhraseRow
from cms.store.tables.places import (
    AreaContactsRow,
    AreaKindRow,
    AreaOutlineRow,
    AreaRow,
    AreaRulesRow,
    ExemptionRow,
)
from cms.store.tables.programme import (
    ApprovalDocumentRow,
    ApprovalSignatureRow,
    BoardPlanRow,
    BulletinAreaRow,
    BulletinLookRow,
    BulletinRow,
    DayPlanRow,
    PlanItemRow,
    SlotRow,
    TransmissionAreaRow,
    TransmissionRow,
)
from cms.store.tables.proof import AsRunRow, AsRunSealRow, DeliveryRow
from cms.store.tables.public import PublicUseRow, UnlistedBulletinRow
from cms.store.tables.relays import RelaySourceRow, SourceHealthRow
from cms.store.tables.reports import (
    PresenceChangeRow,
    ReportAirtimeRow,
    ReportAlertRow,
    ReportAreaRow,
    ReportDayRow,
    ReportFleetRow,
    ReportRow,
    SubscriptionRow,
)
from cms.store.tables.sharing import ShareRow, TemplateRow
from cms.store.tables.stations import (
    OfferRow,
    ProgrammeReceiptRow,
    ProgrammeRow,
    StandingOrderRow,
    StationFeedRow,
    StationRow,
    TakenRow,
)
from cms.store.tables.telemetry import (
    DeviceHourlyRow,
    DeviceLastRow,
    DeviceRawRow,
    TelemetryBatchRow,
    TelemetryCountRow,
    TelemetryMarkRow,
)
from cms.store.tables.tickets import TicketEntryRow, TicketRow
from cms.store.tables.words import WordRow
from cms.store.tables.work import EventRow, IdempotencyRow, JobRow, OutboxRow

__all__ = [
    "AcknowledgementRow",
    "AlertAreaRow",
    "AlertPolicyRow",
    "AlertRow",
    "ApprovalDocumentRow",
    "ApprovalSignatureRow",
    "AreaContactsRow",
    "AreaKindRow",
    "AreaOutlineRow",
    "AreaRow",
    "AreaRulesRow",
    "AsRunRow",
    "AsRunSealRow",
    "Base",
    "BatchRow",
    "BoardPlanRow",
    "BrokerLineRow",
    "BulletinAreaRow",
    "BulletinLookRow",
    "BulletinRow",
    "CalendarFeedRow",
    "CapDocumentRow",
    "CapFeedEntryRow",
    "CapFeedRow",
    "CapMessageRow",
    "CapReferenceRow",
    "CapSenderRow",
    "CentralBulletinRow",
    "CentralDeviceRow",
    "CentralLinkRow",
    "CentralReportRow",
    "ChimeRow",
    "Choice",
    "DateSetRow",
    "DayPlanRow",
    "DeclarationRightRow",
    "DeliveryRow",
    "DeviceFirmwareRow",
    "DeviceHourlyRow",
    "DeviceLastRow",
    "DeviceRawRow",
    "DeviceRow",
    "DeviceStatusRow",
    "DeviceSupplyRow",
    "DrillPlanRow",
    "DutyRow",
    "EventRow",
    "ExemptionRow",
    "FaultRow",
    "FeedbackRow",
    "FirmwareImageRow",
    "Frozen",
    "Grade",
    "GrantRow",
    "HandedDownRow",
    "IdempotencyRow",
    "InboxRulesRow",
    "IncidentRow",
    "IssuedCertificateRow",
    "JobRow",
    "LifeRow",
    "LivePlaceRow",
    "LiveRow",
    "LogPartRow",
    "MakeGoodRuleRow",
    "MissedRow",
    "NoticeRow",
    "OfferRow",
    "OrderRow",
    "OutboxRow",
    "PhraseRow",
    "PlanItemRow",
    "PresenceChangeRow",
    "ProgrammeReceiptRow",
    "ProgrammeRow",
    "PublicUseRow",
    "ReachRow",
    "RecoveryCodeRow",
    "RelaySourceRow",
    "RemoteCommandRow",
    "ReportAirtimeRow",
    "ReportAlertRow",
    "ReportAreaRow",
    "ReportDayRow",
    "ReportFleetRow",
    "ReportRow",
    "RolloutMemberRow",
    "RolloutRow",
    "SavedFilterRow",
    "SecondFactorRow",
    "SessionRow",
    "ShareRow",
    "SlotRow",
    "SourceHealthRow",
    "StandingOrderRow",
    "StationFeedRow",
    "StationRow",
    "StopRow",
    "SubscriptionRow",
    "TakenRow",
    "TelemetryBatchRow",
    "TelemetryCountRow",
    "TelemetryMarkRow",
    "TemplateRow",
    "TestHourRow",
    "TicketEntryRow",
    "TicketRow",
    "TokenRow",
    "ToldFaultRow",
    "TransmissionAreaRow",
    "TransmissionRow",
    "UnlistedBulletinRow",
    "UserRow",
    "Utc",
    "WebhookDeliveryRow",
    "WebhookRow",
    "WindowRow",
    "WordRow",
]
