"""Royalties, language versions, remote signings, hazard tables and kinds in reports, alike in both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from broadcast.alerts.hazard_rules import RiskLevel, SirenPattern
from broadcast.alerts.model import HazardTableVersion
from broadcast.bulletins.approval_document import document_of
from broadcast.bulletins.model import Bulletin, BulletinId
from broadcast.reports.counting import Airtime, Cell
from broadcast.reports.model import Span
from broadcast.reports.spans import month_of
from broadcast.royalties.model import Royalty, RoyaltyRate, RoyaltyTable
from cms.accounts.model import FailureTally, Invitation, User
from cms.accounts.repository import Invitations, People, SignInTallies
from cms.accounts.service.throttle import mark_of
from cms.alerts.repository.alerts import Alerts, HazardTables
from cms.alerts.repository.orders import Orders
from cms.bulletins.model import LanguageVersion
from cms.bulletins.repository.approvals import Approvals
from cms.bulletins.repository.bulletins import Transmissions
from cms.bulletins.repository.language_versions import LanguageVersions
from cms.reports.repository.counting import DayCount, open_day, store_day
from cms.reports.tables import ReportAirtimeRow
from cms.royalties.queries import royalties_of, unrecorded
from cms.royalties.repository import Royalties, RoyaltyTables
from cms.signing.model import CertificateChoice, RemoteSigning, SigningState
from cms.signing.repository import RemoteSignings
from cms.user_tasks.queries import locked_accounts, unused_invitations
from province.errors import ConflictError
from province.people import UserId
from tests.contract.store.conftest import Store
from tests.fakes.programme import AUTHOR, BULLETINS, C1, NOW, REVIEWER, TREE, transmission
from tests.fakes.warnings import alert, order

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
RATES = (RoyaltyRate("news", "A", 250), RoyaltyRate("article", "B", None, 3_000_000_000))
TABLE = RoyaltyTable(1, "QĐ 12/2026", 234_000, RATES, REVIEWER.user_id, REVIEWER.name, NOW)
ROYALTY = Royalty(
    BULLETINS[0].id, "Lan", "news", "A", 3_000_000_000, 1, NOW.date(), REVIEWER.user_id, REVIEWER.name, NOW
)  # fmt: skip
MONTH = month_of(NOW.date())


def approved(store: Store) -> Bulletin:
    """Return the bulletin of a stored transmission."""
    with store.unit() as unit:
        unit[Transmissions].add(transmission("t1"))
        unit.commit()
    return next(each for each in BULLETINS if each.id == transmission("t1").bulletin_id)


def test_a_royalty_follows_a_version_of_the_table_and_is_changed_by_its_own_version(store: Store) -> None:
    with store.unit() as unit:
        unit[RoyaltyTables].add(TABLE)
        unit[RoyaltyTables].add(replace(TABLE, version=2, rates=RATES[:1]))
        unit[Royalties].add(ROYALTY)
        unit.commit()
    with store.unit() as unit:
        assert unit[RoyaltyTables].get(1) == TABLE
        assert unit[RoyaltyTables].current() == replace(TABLE, version=2, rates=RATES[:1])
        unit[Royalties].save(replace(ROYALTY, amount_vnd=1, version=2))
        assert unit[Royalties].find(ROYALTY.bulletin_id) == replace(ROYALTY, amount_vnd=1, version=2)
        with pytest.raises(ConflictError):
            unit[Royalties].save(replace(ROYALTY, amount_vnd=2, version=2))
        with pytest.raises(IntegrityError):
            unit[Royalties].add(ROYALTY)


def test_royalties_of_a_month_come_by_author_and_what_has_none_is_listed(store: Store) -> None:
    known = approved(store)
    areas, outside = known.targets.areas, Span(MONTH.first_on - 40 * DAY, MONTH.first_on - DAY)
    with store.unit() as unit:
        assert unrecorded(unit.session, areas, MONTH) == [(known.id, known.title)]
        unit[Royalties].add(replace(ROYALTY, bulletin_id=known.id))
        (author,) = royalties_of(unit.session, areas, MONTH)
        assert (author.author, author.total_vnd) == ("Lan", 3_000_000_000)
        assert unrecorded(unit.session, areas, MONTH) == []
        assert royalties_of(unit.session, areas, outside) == []


def test_versions_of_a_group_are_found_marked_and_settled(store: Store) -> None:
    first, second, third = (LanguageVersion(each.id, BULLETINS[0].id) for each in BULLETINS[:3])
    with store.unit() as unit:
        for each in (first, second, third):
            unit[LanguageVersions].add(each)
        unit[LanguageVersions].mark_others(first.bulletin_id, NOW)
        unit[LanguageVersions].mark_others(second.bulletin_id, NOW + MINUTE)
        marks = {each.bulletin_id: each.outdated_at for each in unit[LanguageVersions].beside(second.bulletin_id)}
        assert marks == {first.bulletin_id: NOW + MINUTE, third.bulletin_id: NOW}
        unit[LanguageVersions].settle(third.bulletin_id)
        assert unit[LanguageVersions].find(third.bulletin_id) == third
        assert unit[LanguageVersions].beside(BulletinId("none")) == ()


def test_a_remote_signing_moves_from_the_state_in_which_it_was_read(store: Store) -> None:
    known = approved(store)
    begun = RemoteSigning(transmission("t1").id, known.id, "a" * 64, "lan", AUTHOR.user_id, NOW, NOW)
    choices = (CertificateChoice("c1", "CN=Lan", NOW + DAY),)
    chosen = replace(begun, state=SigningState.CHOOSING, choices=choices, sealed="khoá", changed_at=NOW + MINUTE)
    with store.unit() as unit:
        unit[Approvals].add(document_of(known, transmission("t1")))
        unit[RemoteSignings].add(begun)
        assert unit[RemoteSignings].move(begun, chosen)
        assert not unit[RemoteSignings].move(begun, chosen)
        assert list(unit[RemoteSignings].unfinished(5)) == [chosen]
        assert unit[RemoteSignings].move(chosen, replace(chosen, state=SigningState.SIGNED))
        assert unit[RemoteSignings].unfinished(5) == []


def test_the_newest_hazard_table_holds_and_an_order_keeps_its_risk_and_siren(store: Store) -> None:
    version = HazardTableVersion(1, "Bình Thuận", "", NOW, AUTHOR.user_id, AUTHOR.name)
    siren = SirenPattern("wail", 3, 20_000, 10_000, 2)
    warned = replace(alert(), risk=RiskLevel(3), siren=siren)
    with store.unit() as unit:
        unit[HazardTables].add(version)
        unit[HazardTables].add(replace(version, version=2, name="Bình Thuận 2"))
        assert [each.name for each in unit[HazardTables].all()] == ["Bình Thuận 2", "Bình Thuận"]
        unit[Alerts].add(warned)
        unit[Orders].add(replace(order("o1"), risk=RiskLevel(3), siren=siren))
        unit.commit()
    with store.unit() as unit:
        stored = unit[Alerts].get(warned.id)
        assert (stored.risk, stored.siren) == (RiskLevel(3), siren)
        (sent,) = unit[Orders].open()
        assert (sent.risk, sent.siren) == (RiskLevel(3), siren)


def test_airtime_is_counted_by_kind_of_item_and_a_day_counted_again_replaces_it(store: Store) -> None:
    on, (area, topic) = date(2026, 3, 2), (C1, "health")
    news, none = (Cell(area, topic, "", BULLETINS[0].priority, genre) for genre in ("news", ""))
    found = DayCount(on, 1, NOW, {news: Airtime(2, 10), none: Airtime(1, 5)}, None, (), {}, closes=False)
    with store.unit() as unit:
        open_day(unit.session, on)
        open_day(unit.session, on)
        assert store_day(unit.session, replace(found, fleet={}))
        assert store_day(unit.session, replace(found, fleet={}, airtime={news: Airtime(3, 15)}))
        row = ReportAirtimeRow
        counted = unit.session.query(row.grain, row.genre, row.airings).order_by(row.grain, row.genre).all()
        assert [tuple(each) for each in counted] == [("d", "news", 3), ("m", "news", 3)]


def test_locked_accounts_and_unused_invitations_are_found(store: Store) -> None:
    lan = User(UserId("u-lan"), "lan", "Lan", "x", NOW)
    new = replace(lan, id=UserId("u-new"), login="new", password_hash="")
    pair, late = f"pair:{mark_of('lan')}", NOW + 4 * MINUTE
    with store.unit() as unit:
        unit[People].add_many([lan, new])
        unit[SignInTallies].put(
            [
                FailureTally(f"{pair}:10.0.0.1", 8, NOW, NOW, NOW + 2 * MINUTE),
                FailureTally(f"{pair}:10.0.0.2", 9, NOW, NOW, late),
                FailureTally(f"pair:{mark_of('new')}:10.0.0.2", 7, NOW, NOW, NOW + MINUTE),
                FailureTally(f"pair:{mark_of('gone')}:10.0.0.2", 9, NOW, NOW, late),
            ]
        )
        (locked,) = locked_accounts(unit.session, TREE, NOW + MINUTE)
        assert (locked.user_id, locked.until_at) == (lan.id, late)
        assert locked_accounts(unit.session, TREE, late) == []
        sent = Invitation("i1", new.id, lan.id, NOW, NOW + 7 * DAY)
        others = [{"is_reset": True}, {"revoked_at": NOW}, {"used_at": NOW}, {"user_id": lan.id}]
        unit[Invitations].add_many([sent, *(replace(sent, id=f"i{n}", **each) for n, each in enumerate(others, 2))])  # type: ignore[arg-type]
        (unused,) = unused_invitations(unit.session, NOW, NOW + 7 * DAY, lan.id)
        assert (unused.id, unused.user_id) == ("i1", new.id)
        assert unused_invitations(unit.session, NOW, NOW + 6 * DAY) == []
        assert unused_invitations(unit.session, NOW, NOW + 7 * DAY, new.id) == []
