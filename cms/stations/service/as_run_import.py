"""Import of a station's as-run log: each line of a programme of ours is taken or refused by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from broadcast.stations.as_run_log import LogLine
from broadcast.stations.model import Programme, Station, StationId
from cms.areas.repository import Places
from cms.platform.store.uow import UnitOfWork
from cms.stations.repository import Programmes, Stations
from cms.stations.service.programmes import programme_for, receipt_of, truth_problems
from province.call import Call
from province.errors import InvalidError, Problem
from province.people import Action

OURS_MAX: Final = 2_000
"""Lines of our programmes in one log: a station airs some twenty a day, and may send a quarter at once."""


class LogLineState(StrEnum):
    """Outcome of a line. KNOWN: the report was sent before."""

    NEW = "new"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """Outcome of a line of one of the station's programmes; ``problems`` say why it was refused."""

    line: LogLine
    title: str
    state: LogLineState
    problems: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True)
class LogOutcome:
    """Outcome of a log: its lines of programmes of ours, in order, and the number of lines of other cuts."""

    lines: Sequence[LineOutcome]
    foreign: int

    def count(self, state: LogLineState) -> int:
        return sum(each.state == state for each in self.lines)


def import_log(uow: UnitOfWork, station_id: StationId, lines: Sequence[LogLine], *, call: Call) -> LogOutcome:
    """Store the reports of a station's as-run log that can be true; the same log again adds nothing.

    Raises:
        NotFoundError: no such station.
        NotAllowedError: the actor does not take programmes for it.
        InvalidError: more lines of our programmes than a log has.
    """
    with uow:
        station = uow[Stations].get(station_id)
        tree = uow[Places].tree()
        call.require(Action.PROGRAMME_TAKE, [station.area_id], tree)
        named = dict.fromkeys(each.programme_id for each in lines)
        programmes = {each: found for each in named if (found := programme_for(uow, station, tree, each)) is not None}
        ours = [(each, programmes[each.programme_id]) for each in lines if each.programme_id in programmes]
        if len(ours) > OURS_MAX:
            raise InvalidError([Problem("lines", "TOO_MANY", {"max": OURS_MAX})])
        outcome = LogOutcome([_taken(uow, station, *each, call) for each in ours], len(lines) - len(ours))
        new, refused = outcome.count(LogLineState.NEW), outcome.count(LogLineState.REFUSED)
        if new or refused:
            detail: dict[str, object] = {"area": station.area_id, "count": new, "refused": refused}
            uow.record(call.event("station.reported", station.id, **detail))
            uow.commit()
    return outcome


def _taken(uow: UnitOfWork, station: Station, line: LogLine, programme: Programme, call: Call) -> LineOutcome:
    if line.report is None:
        unreadable = Problem(f"lines.{line.number}", "LINE_UNREADABLE", {"line": line.number, "at": line.at})
        return LineOutcome(line, programme.title, LogLineState.REFUSED, [unreadable])
    problems = truth_problems(programme, line.report, call.now)
    if problems:
        return LineOutcome(line, programme.title, LogLineState.REFUSED, problems)
    is_new = uow[Programmes].tell([receipt_of(station.id, line.report, call)])
    return LineOutcome(line, programme.title, LogLineState.NEW if is_new else LogLineState.KNOWN)
