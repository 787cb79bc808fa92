"""Digest: one mail with all that waits for an address: incidents beyond the hourly limit, faults, ended faults."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cms.health.queries.faults import FaultLine
from cms.health.repository.notices import Notice
from cms.health.service.notice_labels import fault_name
from cms.health.service.ranking import AreaStakes
from devices.health import notices as rules
from devices.health.kinds import RULES, FaultRisk, Severity
from devices.health.notices import LOCAL
from devices.tickets.model import TicketId
from province.areas import AreaId, AreaTree

NAMED_MOST: Final = 5
LISTED_MOST: Final = 40
TITLE_MOST: Final = 300
MUTE: Final = "KHÔNG PHÁT ĐƯỢC:"


@dataclass
class Digest:
    """Content of a digest. ``incidents``: notices not sent on their own; ``ended``: faults closed before their turn."""

    incidents: list[Notice] = field(default_factory=list)
    faults: list[FaultLine] = field(default_factory=list)
    ended: list[FaultLine] = field(default_factory=list)

    @property
    def is_urgent(self) -> bool:
        return bool(self.incidents or self.ended or any(rules.is_urgent(each.fault) for each in self.faults))

    def is_due(self, last_at: datetime | None, now: datetime) -> bool:
        """Return whether to send it now. ``last_at``: time of the address's last digest."""
        cannot_wait = bool(self.incidents) or any(rules.is_told_at_once(each.fault) for each in self.faults)
        return cannot_wait or rules.digest_due(last_at, now, urgent=self.is_urgent)

    def text(
        self, tree: AreaTree, tickets: Mapping[str, TicketId], public_url: str, ahead: AreaStakes
    ) -> tuple[str, str]:
        """Return title and text. ``tickets``: by fault; ``ahead``: what is at stake in each area."""
        mute = [each for each in self.faults if RULES[each.fault.kind].danger is FaultRisk.SPEECH]
        others = [each for each in self.faults if each not in mute]
        parts = [each.text for each in self.incidents]
        for heading, lines in (
            (MUTE, _listed(mute, tree, tickets, public_url)),
            ("Việc khác:" if mute else "", _listed(others, tree, tickets, public_url)),
            ("Đã tự hết trước khi kịp báo:", _listed(self.ended, tree, {}, "")),
        ):
            found = list(lines)
            if found and heading == MUTE:
                found += at_stake(ahead, {each.area_id for each in mute})
            if found:
                parts.append("\n".join([heading, *found] if heading else found))
        parts.append(f"{public_url}/tickets")
        return self._title([*mute, *others])[:TITLE_MOST], "\n\n".join(parts)

    def _title(self, faults: Sequence[FaultLine]) -> str:
        count = len(self.incidents) + len(self.faults) + len(self.ended)
        more = f" và {count - 1} việc khác" if count > 1 else ""
        if self.incidents:
            return self.incidents[0].title + more
        first = (faults or self.ended)[0]
        is_over = "" if faults else "Đã tự hết: "
        return f"[Loa] {is_over}{fault_name(first.fault.kind)}: {first.device_name}{more}"


def _listed(
    faults: Sequence[FaultLine], tree: AreaTree, tickets: Mapping[str, TicketId], public_url: str
) -> Iterator[str]:
    for each in faults[:LISTED_MOST]:
        fault = each.fault
        line = f"{fault_name(fault.kind)}: {each.device_name} ({fault.device_id}), {names_of([each.area_id], tree)}"
        line += f", từ {local(fault.since_at)}"
        if fault.closed_at is not None:
            line += f" đến {local(fault.closed_at)}"
        elif fault.clear_at is not None:
            line += f"; đã hết từ {local(fault.clear_at)}, đang theo dõi"
        if public_url and (ticket_id := tickets.get(fault.id)):
            line += f"\n  {public_url}/tickets/{ticket_id}"
        yield line
    if len(faults) > LISTED_MOST:
        yield f"… và {len(faults) - LISTED_MOST} việc nữa."


def at_stake(ahead: AreaStakes, areas: Collection[AreaId]) -> list[str]:
    """Return lines about what will not be heard there: an alert in force, and what airs next."""
    stake = ahead.stake(areas, 1, Severity.CRITICAL)
    lines = ["Đang có cảnh báo hiệu lực ở đó."] if stake.is_alerted else []
    return lines if stake.next_at is None else [*lines, f"Phát tiếp theo ở đó: {local(stake.next_at)}."]


def names_of(areas: Collection[AreaId], tree: AreaTree) -> str:
    """Return the first area names, and the number of the others."""
    names = sorted(tree.get(each).name for each in areas if each in tree)
    more = f" và {len(names) - NAMED_MOST} nơi khác" if len(names) > NAMED_MOST else ""
    return ", ".join(names[:NAMED_MOST]) + more


def local(at: datetime) -> str:
    return at.astimezone(LOCAL).strftime("%H:%M %d/%m/%Y")
