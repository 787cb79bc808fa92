"""Live publisher: a sender thread of its own for live speech, which waits for nothing but the next frame.

::

    browser ──► web ──► live pipe ──► publisher ──► a/{area}/live/{session}
                          store ──►   │     └──► tape, and at the end the content store
                                      └────────► a/{area}/cmd   start, renewals, end

The session's key is here and nowhere else. A gateway that is killed ends its sessions: the devices fall silent by their
watchdog, and the next gateway, which has no key, stores the end and publishes it.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from broadcast.alerts.model import OrderId
from broadcast.live import model
from broadcast.live.model import LiveEnd, LiveId, LiveRecording, LiveSession, LiveState
from cms.alerts.repository.orders import Orders
from cms.live.messages import live as live_messages
from cms.live.messages.live import START_LASTS, LiveMessages, LiveTape, release_letters, stop_letters
from cms.live.repository import LiveSessions
from cms.live.service import addresses
from cms.live.service.pipe import LiveInlet, UnsealedFrame
from cms.platform.context import Context
from cms.platform.gateway.messages import OutgoingMessage
from cms.platform.gateway.outbox_dispatcher import BrokerLink, post
from cms.platform.gateway.outbox_handlers import OutboxSender, kinds_of
from cms.platform.process.loops import until_turn_s
from cms.platform.store.engine import reading
from cms.platform.store.outbox import Outbox, OutboxMessage
from cms.platform.store.pending_look import PendingLook
from devices.errors import LinkError, TooBigError
from devices.protocol.errors import OversizeError
from media.errors import ContentAwayError
from province.errors import ConflictError, NotFoundError

log = logging.getLogger(__name__)

_KINDS: Final = kinds_of(OutboxSender.LIVE)

AT_ONCE: Final = 20
POLL_S: Final = 0.1
IDLE_S: Final = 1.0
"""Intervals of looks: while an address is open, or commits on other hosts wake nobody here; and otherwise."""
LOOK_S: Final = 0.5
PUBACK_WAIT_S: Final = 2.0
RETRY_S: Final = 0.5
TAPES_S: Final = 60.0
"""Between two looks for tapes that could not be stored when their session ended."""
FIRST_RENEWAL_S: Final = 5.0
"""Soon after the first frame: the answers to a renewal tell how late the devices play."""


@dataclass(slots=True)
class _Address:
    """Session that this gateway opened. Instants are monotonic seconds."""

    session: LiveSession
    letters: LiveMessages
    tape: LiveTape
    opened_s: float
    heard_s: float | None = None
    renew_s: float = float("inf")
    reached_s: float = 0.0
    seen: set[int] = field(default_factory=set)


class LivePublisher:
    """Sender thread of live speech. ``hear`` sends the frames, ``step`` does what is due besides."""

    def __init__(self, context: Context, link: BrokerLink, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._context = context
        self._link = link
        self._monotonic = monotonic
        self._tapes: Path = context.settings.run_dir / "live"
        self._open: dict[str, _Address] = {}
        self._again_s: dict[str, float] = {}
        self._pending = PendingLook(context.engine, _is_pending)
        self._look_s = 0.0
        self._tapes_s = 0.0
        self._is_first = True

    def run(self, inlet: LiveInlet, stopping: threading.Event) -> None:
        while not stopping.is_set():
            try:
                self.hear(inlet.take(POLL_S if self._open or self._context.has_hosts else until_turn_s(IDLE_S)))
                self.step()
            except Exception:
                log.exception("the live publisher failed; retry in %.1f s", RETRY_S)
                stopping.wait(RETRY_S)
        self.close()

    def close(self) -> None:
        """Close the tapes; the next gateway finds them."""
        for address in self._open.values():
            address.tape.close()
        self._open.clear()

    def hear(self, said: Iterable[UnsealedFrame]) -> None:
        """Seal and send each frame of a session that is open here; the tape also gets frames that could not be sent."""
        for each in said:
            address = self._open.get(each.session)
            if address is None or each.frame.seq in address.seen:
                continue
            address.seen.add(each.frame.seq)
            address.heard_s = self._monotonic()
            try:
                letters = address.letters.frames(each.frame)
            except OversizeError:
                continue
            if self._post(letters):
                address.reached_s = address.heard_s
            address.tape.write(each.frame)

    def step(self) -> None:
        """Send the orders that wait in the outbox; now and then renew sessions, and end those that have run out."""
        if self._is_first:
            self._end_orphans()
            self._is_first = False
        now_s = self._monotonic()
        if self._open or self._pending.may_be_due():
            self._send()
            if now_s >= self._look_s:
                self._look_s = now_s + LOOK_S
                self._look(now_s)
        if now_s >= self._tapes_s and not self._open:
            self._tapes_s = now_s + TAPES_S
            self._keep_left()

    def _end_orphans(self) -> None:
        """End the sessions that another gateway had opened: their keys are gone."""
        with reading(self._context.engine) as session:
            waiting = {row.subject_id for row in Outbox(session).take(self._context.now(), AT_ONCE, _KINDS)}
            opened = [each for each in LiveSessions(session).open() if each.sound is None]
            orphans = [each for each in opened if each.id not in waiting]
        for each in orphans:
            self._close(each.id, LiveEnd.GATEWAY)

    def _send(self) -> None:
        if not self._link.is_ready:
            return
        with reading(self._context.engine) as session:
            due = Outbox(session).take(self._context.now(), AT_ONCE, _KINDS)
            found = [(row, LiveSessions(session).find(LiveId(row.subject_id))) for row in due]
            counts = {row.id: len(Orders(session).reaches(OrderId(row.id))) for _, row in found if row is not None}
        for message, live in found:
            if live is None or self._sent(self._letters_of(live, counts[live.id])):
                self._settle(message, live)

    def _letters_of(self, live: LiveSession, devices: int) -> Sequence[OutgoingMessage]:
        """Build the messages by what the store holds now: a session that ended meanwhile is not started."""
        now = self._context.now()
        if live.state is LiveState.ENDED:
            # A recording that was played to its end may still sound where an alert delayed it.
            return [] if live.end is LiveEnd.HEARD else stop_letters(self._context.keyring, live, now)
        if live.recording is not None:
            return self._letters_of_release(live, live.recording, now)
        if live.id in self._open:
            return []
        if now - live.prepared_at > START_LASTS:
            self._close(live.id, LiveEnd.GATEWAY)
            return []
        letters = LiveMessages(self._context.keyring, live, model.frame_ms(devices))
        tape = LiveTape(self._tapes, live.id)
        self._open[live.id] = _Address(live, letters, tape, self._monotonic())
        return letters.start(now)

    def _letters_of_release(self, live: LiveSession, sound: LiveRecording, now: datetime) -> Sequence[OutgoingMessage]:
        """Build the messages of a recorded address: no key is needed, any gateway sends it while it may still begin."""
        if now >= live.until_at:
            self._close(live.id, LiveEnd.GATEWAY)
            return []
        self._again_s[live.id] = self._monotonic() + model.RENEW.total_seconds()
        return release_letters(self._context.keyring, live, sound, now)

    def _settle(self, message: OutboxMessage, live: LiveSession | None) -> None:
        with self._context.uow() as unit:
            unit.outbox.mark_sent(message.ids, self._context.now())
            unit.commit()
        if live is not None and not live.is_open:
            self._keep(live)

    def _keep(self, live: LiveSession) -> None:
        """Store the recording of the session in the content store, and delete the tape."""
        address = self._open.pop(live.id, None)
        if address is not None:
            address.tape.close()
        path = self._tapes / f"{live.id}{live_messages.SUFFIX}"
        try:
            recording = live_messages.keep(path, live, self._context.content)
        except ContentAwayError as error:
            log.warning("live.tape_left %s: the content store does not answer: %s", live.id, error.detail)
            return
        if recording is not None:
            addresses.keep_recording(self._context.uow(), live.id, recording, now=self._context.now())
        path.unlink(missing_ok=True)

    def _keep_left(self) -> None:
        """Store the tapes of sessions that ended while the content store did not answer, or this gateway was killed."""
        for path in sorted(self._tapes.glob(f"*{live_messages.SUFFIX}")):
            with reading(self._context.engine) as session:
                live = LiveSessions(session).find(LiveId(path.name.removesuffix(live_messages.SUFFIX)))
            if live is not None and not live.is_open and live.recording is None:
                self._keep(live)

    def _look(self, now_s: float) -> None:
        with reading(self._context.engine) as session:
            stored = {each.id: each for each in LiveSessions(session).open()}
        now = self._context.now()
        for live in stored.values():
            if live.sound is not None:
                self._look_at_release(live, now, now_s)
        for name, address in list(self._open.items()):
            address.session = stored.get(LiveId(name), address.session)
            if LiveId(name) not in stored:
                continue  # its end is in the outbox
            if (why := self._why_over(address, now, now_s)) is not None:
                self._close(address.session.id, why)
            elif now_s >= address.renew_s and self._sent(address.letters.renew(now)):
                address.renew_s = now_s + model.RENEW.total_seconds()
            elif address.heard_s is not None and address.renew_s == float("inf"):
                address.renew_s = now_s + FIRST_RENEWAL_S

    def _look_at_release(self, live: LiveSession, now: datetime, now_s: float) -> None:
        """End it with its sound; until then resend it for devices that were offline, or busy with a higher priority."""
        if now >= live.until_at:
            self._again_s.pop(live.id, None)
            self._close(live.id, LiveEnd.HEARD)
        elif live.recording is not None and now_s >= self._again_s.get(live.id, 0.0):
            self._sent(self._letters_of_release(live, live.recording, now))

    def _why_over(self, address: _Address, now: datetime, now_s: float) -> LiveEnd | None:
        if now >= address.session.until_at:
            longest = timedelta(minutes=self._context.settings.live_max_minutes)
            is_whole = address.session.until_at - address.session.prepared_at >= longest
            return LiveEnd.TIME_LIMIT if is_whole else LiveEnd.QUIET_HOURS
        silent_s = model.SILENT.total_seconds()
        if address.heard_s is None:
            waited_s = now_s - address.opened_s
            return LiveEnd.NEVER if waited_s > model.WAIT.total_seconds() else None
        if now_s - address.heard_s > silent_s:
            return LiveEnd.SILENT
        return LiveEnd.BROKER if now_s - max(address.reached_s, address.opened_s) > silent_s else None

    def _close(self, live_id: LiveId, why: LiveEnd) -> None:
        try:
            closed = addresses.close(self._context.uow(), live_id, why, now=self._context.now())
        except (ConflictError, NotFoundError):
            return  # changed by somebody else at this moment: the next look does the rest
        if closed.state is LiveState.ENDED:
            log.info("live address %s ended: %s", live_id, closed.end)

    def _post(self, letters: Sequence[OutgoingMessage]) -> bool:
        """Publish without waiting for confirmation: a frame that cannot be sent now is lost."""
        if not self._link.is_ready:
            return False
        try:
            for letter in letters:
                post(self._link, letter)
        except (LinkError, TooBigError) as error:
            log.warning("a live frame is lost: %r", error)
            return False
        return True

    def _sent(self, letters: Sequence[OutgoingMessage]) -> bool:
        """Publish them and wait; return whether the broker confirmed all."""
        try:
            confirmed: list[Future[None]] = [post(self._link, letter) for letter in letters]
        except LinkError as error:
            log.warning("the broker is not reachable: %s", error)
            return False
        wait(confirmed, PUBACK_WAIT_S)
        return all(each.done() and each.exception() is None for each in confirmed)


def _is_pending(session: Session) -> bool:
    return Outbox(session).is_waiting(_KINDS) or bool(LiveSessions(session).open())
