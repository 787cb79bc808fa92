"""Roll-outs for their page: devices by state, and their list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cms.firmware.tables import DeviceFirmwareRow, RolloutMemberRow
from cms.platform.store.paging import ResultPage, page_of
from cms.platform.store.rows import value_of
from devices.firmware.model import Member, MemberState, RolloutId, Wave


@dataclass(frozen=True, slots=True)
class MemberCount:
    """Number of a wave's devices in one state, for one reason."""

    wave: Wave
    state: MemberState
    code: str
    image_id: str
    count: int


def member_counts(session: Session, rollout_id: RolloutId) -> Sequence[MemberCount]:
    """Count a roll-out's devices: a dozen lines for thousands of devices."""
    row = RolloutMemberRow
    rows = session.execute(
        select(row.wave, row.state, row.code, row.image_id, func.count())
        .where(row.rollout_id == rollout_id)
        .group_by(row.wave, row.state, row.code, row.image_id)
        .order_by(row.wave, row.state, row.code, row.image_id)
    )
    return [MemberCount(*each) for each in rows]


def settled_counts(session: Session) -> Mapping[RolloutId, tuple[int, int, int]]:
    """Count of every roll-out its devices, and those done and failed."""
    row = RolloutMemberRow
    rows = session.execute(
        select(
            row.rollout_id,
            func.count(),
            func.count().filter(row.state == MemberState.DONE),
            func.count().filter(row.state == MemberState.FAILED),
        ).group_by(row.rollout_id)
    )
    return {rollout_id: (size, done, failed) for rollout_id, size, done, failed in rows}


def running_counts(session: Session) -> Sequence[tuple[str, str, int]]:
    """Count devices by model and installed version."""
    row = DeviceFirmwareRow
    found = session.execute(
        select(row.model, row.version, func.count()).group_by(row.model, row.version).order_by(row.model, row.version)
    )
    return [(model, version, count) for model, version, count in found]


def member_list(
    session: Session, rollout_id: RolloutId, state: MemberState | None = None, *, after: str = "", limit: int = 100
) -> ResultPage[Member]:
    """List a roll-out's devices by id, those of one state where it is named."""
    row = RolloutMemberRow
    query = select(row).where(row.rollout_id == rollout_id, row.device_id > after)
    if state is not None:
        query = query.where(row.state == state)
    rows = [value_of(Member, each) for each in session.scalars(query.order_by(row.device_id).limit(limit + 1))]
    return page_of(rows, limit, lambda member: member.device_id)
