from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from broadcast.bulletins.model import Bulletin, BulletinId, BulletinStatus, Targets
from broadcast.bulletins.priority import PriorityClass
from cms.bulletins.queries import BulletinFilter, BulletinLine, approval_inbox, bulletin_list
from cms.bulletins.repository.bulletins import Bulletins
from cms.platform.store.engine import reading
from cms.platform.store.paging import ResultPage
from cms.platform.store.uow import UowFactory
from province.areas import AreaId
from province.people import UserId

NOW = datetime(2025, 3, 1, 0, 0, tzinfo=UTC)
PROVINCE, ONE, TWO = AreaId("p"), AreaId("c-1"), AreaId("c-2")
READER = UserId("reader")


def bulletin(name: str, minutes: int, *areas: AreaId, **changes: object) -> Bulletin:
    made = Bulletin(
        id=BulletinId(name),
        title=f"Tin {name}",
        text="Lịch tiêm chủng ở Mũi Né",
        topic="health",
        priority=PriorityClass.NORMAL,
        language="vi",
        targets=Targets(areas),
        author_id=UserId("author"),
        author_name="A",
        created_at=NOW,
        changed_at=NOW + timedelta(minutes=minutes),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def names(rows: Iterable[BulletinLine]) -> list[str]:
    return [row.id for row in rows]


def test_one_sees_what_addresses_ones_areas_and_what_one_wrote(units: UowFactory) -> None:
    with units() as unit:
        unit[Bulletins].add(bulletin("here", 1, ONE, TWO))
        unit[Bulletins].add(bulletin("there", 2, TWO))
        unit[Bulletins].add(bulletin("mine", 3, author_id=READER))
        unit[Bulletins].add(bulletin("nobodys", 4))
        unit.commit()
    with reading(units.engine) as session:
        assert names(bulletin_list(session, [ONE, PROVINCE], READER).rows) == ["mine", "here"]
        assert names(bulletin_list(session, [], UserId("stranger")).rows) == []


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (BulletinFilter(words="tiem CHUNG mui ne"), {"a", "b", "c"}),
        (BulletinFilter(words="Tin b"), {"b"}),
        (BulletinFilter(words="100%"), set()),
        (BulletinFilter(status=BulletinStatus.SUBMITTED), {"b"}),
        (BulletinFilter(priority=PriorityClass.PRIORITY), {"c"}),
        (BulletinFilter(topic="disaster"), {"a"}),
        (BulletinFilter(area_ids=[TWO]), {"c"}),
        (BulletinFilter(author_ids=[UserId("other")]), {"b"}),
        (BulletinFilter(changed_from_at=NOW + timedelta(minutes=2)), {"b", "c"}),
        (BulletinFilter(changed_until_at=NOW + timedelta(minutes=2)), {"a"}),
        (BulletinFilter(words="tin", topic="health", status=BulletinStatus.DRAFT), {"c"}),
    ],
)
def test_a_list_is_narrowed_by_what_is_chosen(units: UowFactory, chosen: BulletinFilter, found: set[str]) -> None:
    with units() as unit:
        unit[Bulletins].add(bulletin("a", 1, ONE, topic="disaster"))
        unit[Bulletins].add(bulletin("b", 2, ONE, status=BulletinStatus.SUBMITTED, author_id=UserId("other")))
        unit[Bulletins].add(bulletin("c", 3, ONE, TWO, priority=PriorityClass.PRIORITY))
        unit.commit()
    with reading(units.engine) as session:
        assert set(names(bulletin_list(session, [ONE], READER, chosen).rows)) == found


def test_pages_follow_each_other_without_gap_or_repetition(units: UowFactory) -> None:
    with units() as unit:
        for n in range(7):
            unit[Bulletins].add(bulletin(f"b{n}", n // 3, ONE, status=BulletinStatus.SUBMITTED))
        unit.commit()
    with reading(units.engine) as session:
        listed = _all_pages(lambda after: bulletin_list(session, [ONE], READER, after=after, limit=3))
        waiting = _all_pages(lambda after: approval_inbox(session, [ONE], after=after, limit=3))
    assert listed == ["b6", "b5", "b4", "b3", "b2", "b1", "b0"]
    assert waiting == ["b0", "b1", "b2", "b3", "b4", "b5", "b6"]


def _all_pages(page_after: Callable[[str], ResultPage[BulletinLine]]) -> list[str]:
    page = page_after("")
    seen = names(page.rows)
    while page.next_cursor:
        page = page_after(page.next_cursor)
        seen += names(page.rows)
    return seen


def test_the_inbox_holds_what_may_be_reviewed_as_a_whole(units: UowFactory) -> None:
    with units() as unit:
        unit[Bulletins].add(bulletin("mine", 2, ONE, status=BulletinStatus.SUBMITTED))
        unit[Bulletins].add(bulletin("older", 1, ONE, status=BulletinStatus.SUBMITTED))
        unit[Bulletins].add(bulletin("partly", 1, ONE, TWO, status=BulletinStatus.SUBMITTED))
        unit[Bulletins].add(bulletin("draft", 1, ONE))
        unit.commit()
    with reading(units.engine) as session:
        assert names(approval_inbox(session, [ONE]).rows) == ["older", "mine"]
        assert names(approval_inbox(session, [ONE, TWO]).rows) == ["older", "partly", "mine"]
