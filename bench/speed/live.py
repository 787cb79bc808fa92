"""``loa bench live``: latency from the microphone to the loudspeakers, through the real web, gateway and broker.

A signed-in user posts frames as the screen's script does, each when it has been spoken; the devices are the simulator's
swarm, whose cores decide when each frame sounds. A frame that is lost on the way, or comes too late, does not count as
heard.
"""

from __future__ import annotations

import re
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final

import click
import urllib3

from bench.ports import free_port
from bench.signing import local_keyring
from bench.speed.alert_field import alert_field
from bench.speed.field import AREA, BenchError, SwarmProcesses, alone, counts_of, furnish, running_broker, running_swarm
from bench.speed.rows import Row, print_rows
from broadcast.live import model
from broadcast.live.model import LiveId
from broadcast.scheduling.area_rules import AreaRules
from cms import bootstrap
from cms.accounts.model import SignedIn, User
from cms.accounts.repository import People
from cms.accounts.service.vault import new_secret, secret_hash
from cms.areas.repository import Places
from cms.live.service import addresses
from cms.platform.context import Context
from cms.platform.settings import Settings
from cms.platform.web.request_context import SESSION_COOKIE
from devices.protocol.live import pack
from media import opus
from province.areas import AreaId
from province.machine_clock import unix_ms
from province.people import Grant, Role, UserId

SECONDS: Final = 20
SPEAKERS: Final = 4
"""Frames on their way to the web at once: a browser keeps up to six connections."""
PACKET: Final = opus.SILENCE_20_MS + bytes(57)
"""Packet of the size of 20 ms of speech at 24 kbit/s; the swarm does not decode it."""
BARS_MS: Final = ((1_000, 700.0), (10**9, 1_500.0))
"""Largest delay, by number of devices (issue 5)."""
_CSRF: Final = re.compile(r"X-CSRFToken&#34;: &#34;([^&]+)|X-CSRFToken\": \"([^\"]+)")


@click.command()
@click.option("--devices", default="50,5000", show_default=True, help="How many devices; several with commas.")
@click.option("--seconds", default=SECONDS, show_default=True, help="How long somebody speaks.")
@click.option("--processes", default=2, show_default=True, help="Processes of the swarm: one a core.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def live(devices: str, seconds: int, processes: int, *, as_json: bool) -> None:
    """Measure the latency of a live address, and the share of it that is heard."""
    counts = counts_of(devices)
    with alone() as root:
        settings = Settings(home=root, mqtt_port=free_port(), web_port=free_port(), enrol_port=0)
        print_rows(_rows(settings, counts, seconds, processes), as_json=as_json)


def _rows(settings: Settings, counts: list[int], seconds: int, processes: int) -> Iterator[Row]:
    keyring = local_keyring(settings)
    furnish(settings, keyring, counts[-1])
    for count in counts:
        with running_broker(settings), running_swarm(settings, count, processes) as swarm:
            swarm.connect_s()
            with alert_field(settings, count) as field, field.web(), field.gateway():
                yield from _spoken(bootstrap.build(settings), swarm, count, seconds)


def _spoken(context: Context, swarm: SwarmProcesses, count: int, seconds: int) -> Iterator[Row]:
    """Speak live and yield the rows. ``context`` has no hook: the gateway finds the prepared address by polling."""
    speaker = Speaker(context)
    swarm.arm(1, bare=False)
    live_id = speaker.prepare()
    swarm.round()
    threading.Event().wait(model.PREPARE.total_seconds())
    speaker.go_on_air(live_id)
    swarm.listen()
    frame_ms = model.frame_ms(count)
    sent = speaker.speak(live_id, frame_ms, seconds * 1000 // frame_ms)
    threading.Event().wait(1.0)
    delays = swarm.delays_ms()
    speaker.stop(live_id)
    context.engine.dispose()
    if not delays:
        raise BenchError("no device heard anything")
    bar_ms = next(bar for most, bar in BARS_MS if count <= most)
    yield Row.against("mouth_to_speaker_ms p95", count, _share(delays, 0.95), "ms", baseline=bar_ms)
    yield Row("mouth_to_speaker_ms p50", count, _share(delays, 0.5), "ms")
    yield Row("mouth_to_speaker_ms max", count, max(delays), "ms")
    yield Row("frame_ms", count, frame_ms, "ms")
    yield Row("frames_heard_pct", count, round(100 * delays.total() / (sent * count), 2), "%")
    yield Row("web_frame_ms p95", count, round(statistics.quantiles(speaker.trips_ms, n=20)[-1], 1), "ms")


def _share(delays: Counter[int], share: float) -> float:
    """Return the least delay within which this share of all frames on all devices sounded."""
    left = delays.total() * share
    for delay_ms, frames in sorted(delays.items()):
        left -= frames
        if left <= 0:
            return delay_ms
    return max(delays)


class Speaker:
    """Speaker: a signed-in official of the bench's one area, with one address open at a time."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._url = context.settings.effective_public_url
        self._http = urllib3.PoolManager(maxsize=SPEAKERS)
        self.trips_ms: list[float] = []
        secret, now = new_secret(), context.now()
        user = User(UserId("bench"), "bench", "Bench", "", now, grants=(Grant(Role.PROVINCE_EDITOR, AreaId(AREA)),))
        with context.uow() as unit:
            unit[People].add(user)
            until_at = now + timedelta(days=1)
            session = SignedIn(context.new_id(), user.id, secret_hash(secret), now, until_at, second_factor_at=now)
            unit[People].add_session(session)
            # The bench may run at any time of day.
            unit[Places].set_rules(AreaId(AREA), AreaRules(quiet=()))
            unit.commit()
        self._actor = user.actor
        page = self._http.request("GET", f"{self._url}/live", headers={"Cookie": f"{SESSION_COOKIE}={secret}"})
        found = _CSRF.search(page.data.decode())
        if found is None:
            raise BenchError(f"the page of live addresses came with {page.status}")
        form = page.headers["Set-Cookie"].partition(";")[0]
        self._headers = {
            "Cookie": f"{SESSION_COOKIE}={secret}; {form}",
            "X-CSRFToken": found[1] or found[2],
            "Content-Type": "application/octet-stream",
        }

    def prepare(self) -> LiveId:
        context = self._context
        made = addresses.prepare(
            context.uow(),
            LiveId(context.new_id()),
            areas=[AreaId(AREA)],
            topic="bench",
            longest=timedelta(minutes=context.settings.live_max_minutes),
            call=context.call(self._actor),
        )
        return made.id

    def go_on_air(self, live_id: LiveId) -> None:
        context = self._context
        addresses.go_on_air(context.uow(), live_id, call=context.call(self._actor))

    def stop(self, live_id: LiveId) -> None:
        context = self._context
        addresses.stop(context.uow(), live_id, call=context.call(self._actor))

    def speak(self, live_id: LiveId, frame_ms: int, frames: int) -> int:
        """Send each frame when it has been spoken; return how many the web accepted."""
        body = pack((PACKET,) * (frame_ms // 20))
        began_s = time.monotonic()
        with ThreadPoolExecutor(SPEAKERS) as speakers:
            sent = []
            for seq in range(frames):
                due_s = began_s + (seq + 1) * frame_ms / 1000
                threading.Event().wait(max(0.0, due_s - time.monotonic()))
                sent.append(speakers.submit(self._send, live_id, seq, frame_ms, body))
        return sum(each.result() for each in sent)

    def _send(self, live_id: LiveId, seq: int, frame_ms: int, body: bytes) -> bool:
        at = unix_ms() - frame_ms
        began_s = time.monotonic()
        path = f"{self._url}/live/{live_id}/frames?seq={seq}&at={at}"
        answer = self._http.request("POST", path, body=body, headers=self._headers, redirect=False)
        self.trips_ms.append((time.monotonic() - began_s) * 1000)
        return bool(answer.status == 204)  # noqa: PLR2004
