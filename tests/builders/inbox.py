"""Bulletins handed down by the province through the real use cases: builders for tests of a commune's inbox."""

from __future__ import annotations

from broadcast.inbox.model import HandedDown
from cms.inbox.jobs import InboxJob
from cms.inbox.repository import HandedDowns
from cms.inbox.service import answers
from province.areas import AreaId
from tests.builders.bulletins import approve, make_sound, submit, write
from tests.console import COMMUNE, Console


def hand_down(
    console: Console,
    *,
    starts: str = "",
    priority: str = "normal",
    area_id: AreaId = COMMUNE,
    title: str = "Tin của tỉnh",
) -> HandedDown:
    """Hand down a bulletin of the province to one commune, and return its item in that commune's inbox."""
    draft = write(console, title, areas=(area_id,), starts=starts, priority=priority, is_handed_down=True)
    sent = approve(console, submit(console, make_sound(console, draft)))
    with console.context.uow() as uow:
        (item,) = uow[HandedDowns].of_bulletin(sent.id)
    return item


def decline(console: Console, *, starts: str = "", by: str = "operator") -> HandedDown:
    """Hand down a bulletin that the commune declines."""
    item = hand_down(console, starts=starts)
    call = console.context.call(console.actor(by))
    return answers.decline(console.context.uow(), item.id, reason="Đã phát tuần trước", call=call)


def collide(console: Console, starts: str) -> HandedDown:
    """Hand down a priority bulletin that clashes with the commune's own, and waits for the commune to order them."""
    own = write(console, "Tin ưu tiên của xã", starts=starts, priority="priority")
    approve(console, submit(console, make_sound(console, own)))
    item = hand_down(console, starts=starts, priority="priority")
    InboxJob(console.context).step()
    with console.context.uow() as uow:
        return uow[HandedDowns].get(item.id)
