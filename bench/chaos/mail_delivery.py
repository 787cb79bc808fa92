"""Judgement of what approvers were told: each submission against the mails that a mail server took."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.chaos.kills import Kill

TOLD_WITHIN_S: Final = 5.0
STARTS_WITHIN_S: Final = 15.0
"""A program that is back loads for seconds before it works; on a busy machine for this long."""


@dataclass(frozen=True, slots=True)
class Submission:
    """Submission of the event log, by its number there, with the ids of the mails written for it."""

    key: str
    at_s: float
    mail_ids: Collection[str]


@dataclass(frozen=True, slots=True)
class MailArrival:
    """Mail that the server took: the id in its ``Message-ID``, the bulletin it leads to, and when it came."""

    mail_id: str
    bulletin_id: str
    at_s: float


@dataclass(frozen=True)
class MailDelivery:
    """Mails by submission. Delays are seconds from a submission to its first mail.

    ``doubled``: submissions told under two ids, and mails of no submission. ``repeated``: mails that came again under
    one ``Message-ID``, of which a reader that knows it shows one. ``calm_s``: of submissions beside no restart.
    """

    submissions: int
    lost: Sequence[str]
    doubled: Sequence[str]
    repeated: int
    calm_s: Sequence[float]
    disturbed_s: Sequence[float]

    @property
    def late(self) -> int:
        """Return how many were told late although nothing was restarted."""
        return sum(each > TOLD_WITHIN_S for each in self.calm_s)

    @property
    def is_ok(self) -> bool:
        return not (self.lost or self.doubled or self.late) and bool(self.calm_s)


def is_calm(at_s: float, kills: Iterable[Kill]) -> bool:
    """Return whether no program was away or starting from then until the approver has to be told."""
    return not any(
        each.at_s <= at_s + TOLD_WITHIN_S and at_s <= each.at_s + each.back_s + STARTS_WITHIN_S for each in kills
    )


def judged(submissions: Sequence[Submission], arrivals: Sequence[MailArrival], kills: Sequence[Kill]) -> MailDelivery:
    """Compare what was submitted with what arrived."""
    came: dict[str, list[float]] = defaultdict(list)
    for each in arrivals:
        came[each.mail_id].append(each.at_s)
    lost, doubled, delays = [], [], {True: list[float](), False: list[float]()}
    known: Counter[str] = Counter()
    for submission in submissions:
        told = [each for each in submission.mail_ids if each in came]
        known.update(told)
        if len(told) > 1:
            doubled.append(submission.key)
        if not told:
            lost.append(submission.key)
            continue
        first_s = min(min(came[each]) for each in told)
        delays[is_calm(submission.at_s, kills)].append(first_s - submission.at_s)
    doubled += [mail_id for mail_id in came if known[mail_id] != 1]
    repeated = len(arrivals) - len(came)
    return MailDelivery(len(submissions), lost, doubled, repeated, delays[True], delays[False])
