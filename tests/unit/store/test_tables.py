from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Dialect, create_mock_engine

from broadcast.alerts.drills import DrillPlan
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import Alert
from broadcast.alerts.orders import DeclarationRight, Order, OrderReach, Stop
from broadcast.bulletins.deliveries import AsRun, Delivery
from broadcast.bulletins.make_good_rules import MakeGoodRule
from broadcast.bulletins.model import Bulletin, BulletinStatus
from broadcast.bulletins.transmissions import Transmission
from broadcast.relays.model import RelaySource, SourceHealth
from broadcast.scheduling.make_good import Missed
from cms.accounts.model import SecondFactor, SignedIn, Token, User
from cms.accounts.tables import GrantRow, SecondFactorRow, SessionRow, TokenRow, UserRow
from cms.alerts.tables import AlertRow, DeclarationRightRow, DrillPlanRow, OrderRow, ReachRow, StopRow
from cms.areas.tables import AreaRow
from cms.bulletins.repository.bulletins import StoredPlan
from cms.bulletins.tables.bulletins import BulletinRow, DayPlanRow, TransmissionRow
from cms.commands.tables import BatchRow, RemoteCommandRow, WindowRow
from cms.exchange.model import CapDocument, CapFeed, CapSender, ReceivedCap, Webhook, WebhookDelivery
from cms.exchange.tables import CapDocumentRow, CapFeedRow, CapMessageRow, CapSenderRow, WebhookDeliveryRow, WebhookRow
from cms.fleet.tables import DeviceRow, DeviceStatusRow, IssuedCertificateRow, LifecycleRow
from cms.health.repository.faults import Acknowledgement, Supply
from cms.health.repository.notices import Notice
from cms.health.tables import AcknowledgementRow, DeviceSupplyRow, DutyRow, FaultRow, IncidentRow, NoticeRow
from cms.platform.clean_text import folded
from cms.platform.store.columns import Base, EnumColumn, Frozen, Grade, Utc
from cms.platform.store.idempotency import KeptAnswer
from cms.platform.store.paging import cursor_at, page_of, read_cursor_at
from cms.platform.store.tables import IdempotencyRow
from cms.relays.tables import RelaySourceRow, SourceHealthRow
from cms.schedule.tables import AsRunRow, DeliveryRow, MakeGoodRuleRow, MissedRow
from devices.commands.model import Batch, RemoteCommand, Window
from devices.health.faults import Fault
from devices.health.incidents import Incident
from devices.health.notices import Duty
from devices.lifecycle import DeviceLifecycle, IssuedCertificate
from devices.model import Device, DeviceStatus
from province.areas import Area, Point
from province.people import Grant

LITE, GREAT = (create_mock_engine(f"{name}://", print).dialect for name in ("sqlite", "postgresql+psycopg"))
BERLIN_SUMMER = timezone(timedelta(hours=2))

# Columns that the value does not have; the row class documents their purpose.
OWN = {
    BulletinRow: {"folded"},
    TransmissionRow: {"ends_at", "relay_source_id"},
    DeliveryRow: {"rank"},
    ReachRow: {"rank", "latest_rank", "point", "is_placed"},
    DayPlanRow: {"area_id", "on", "sent_at"},
    GrantRow: {"user_id"},
}


@pytest.mark.parametrize(
    ("row", "value"),
    [
        (AreaRow, Area),
        (DeviceRow, Device),
        (DeviceStatusRow, DeviceStatus),
        (LifecycleRow, DeviceLifecycle),
        (IssuedCertificateRow, IssuedCertificate),
        (BulletinRow, Bulletin),
        (TransmissionRow, Transmission),
        (DayPlanRow, StoredPlan),
        (DeliveryRow, Delivery),
        (AsRunRow, AsRun),
        (MissedRow, Missed),
        (RelaySourceRow, RelaySource),
        (SourceHealthRow, SourceHealth),
        (BatchRow, Batch),
        (RemoteCommandRow, RemoteCommand),
        (WindowRow, Window),
        (MakeGoodRuleRow, MakeGoodRule),
        (AlertRow, Alert),
        (OrderRow, Order),
        (ReachRow, OrderReach),
        (StopRow, Stop),
        (DeclarationRightRow, DeclarationRight),
        (DrillPlanRow, DrillPlan),
        (GrantRow, Grant),
        (SessionRow, SignedIn),
        (SecondFactorRow, SecondFactor),
        (TokenRow, Token),
        (IdempotencyRow, KeptAnswer),
        (CapSenderRow, CapSender),
        (CapMessageRow, ReceivedCap),
        (CapFeedRow, CapFeed),
        (CapDocumentRow, CapDocument),
        (FaultRow, Fault),
        (IncidentRow, Incident),
        (AcknowledgementRow, Acknowledgement),
        (DeviceSupplyRow, Supply),
        (DutyRow, Duty),
        (NoticeRow, Notice),
        (WebhookRow, Webhook),
        (WebhookDeliveryRow, WebhookDelivery),
    ],
)
def test_every_field_of_a_value_has_its_column(row: type[Base], value: type[Area]) -> None:
    columns = {column.key for column in row.__table__.columns}
    assert columns - OWN.get(row, set()) == {field.name for field in fields(value)}


def test_every_field_of_a_user_but_the_rights_has_its_column() -> None:
    columns = {column.key for column in UserRow.__table__.columns}
    assert columns == {field.name for field in fields(User)} - {"grants"}


@pytest.mark.parametrize("dialect", [LITE, GREAT], ids=["sqlite", "postgresql"])
def test_an_instant_is_stored_in_utc_and_comes_back_aware(dialect: Dialect) -> None:
    at = datetime(2025, 3, 1, 10, 0, tzinfo=BERLIN_SUMMER)
    stored = Utc().process_bind_param(at, dialect)
    assert stored is not None
    assert stored.replace(tzinfo=None) == datetime(2025, 3, 1, 8, 0)  # noqa: DTZ001 what is stored
    back = Utc().process_result_value(stored, dialect)
    assert back == at
    assert back is not None
    assert back.tzinfo is UTC


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        Utc().process_bind_param(datetime(2025, 3, 1), LITE)  # noqa: DTZ001 the fault


def test_nothing_stays_nothing() -> None:
    for kind in (Utc(), EnumColumn(BulletinStatus), Grade(AlertLevel), Frozen(Point)):
        assert kind.process_bind_param(None, LITE) is None
        assert kind.process_result_value(None, LITE) is None


def test_a_frozen_value_comes_back_as_its_own_class() -> None:
    kind = Frozen(tuple[Point, ...])
    stored = kind.process_bind_param((Point(10.9, 108.1),), LITE)
    assert stored == '[{"lat":10.9,"lon":108.1}]'
    assert kind.process_result_value(stored, LITE) == (Point(10.9, 108.1),)


def test_words_are_found_without_case_and_diacritics() -> None:
    assert folded("Phường MŨI NÉ – Đặc khu Phú Quý") == "phuong mui ne – dac khu phu quy"


def test_a_cursor_leads_back_to_its_place() -> None:
    at = datetime(2025, 3, 1, 8, 30, 15, 123456, tzinfo=UTC)
    assert read_cursor_at(cursor_at(at, "b1")) == (at, "b1")


@pytest.mark.parametrize("cursor", ["", "x", "nan~b", "1e400~b", "~"])
def test_a_cursor_that_was_not_made_here_is_none(cursor: str) -> None:
    assert read_cursor_at(cursor) is None


def test_the_last_page_has_no_cursor() -> None:
    assert page_of([1, 2, 3], 2, str).next_cursor == "2"
    assert page_of([1, 2], 2, str).next_cursor == ""
    assert page_of([], 2, str).rows == []
