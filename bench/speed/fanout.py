"""``loa bench fanout``: one signed area command to thousands of devices, until the last has accepted it.

The broker runs as in production (TLS, a certificate a device, access list). Rounds alternate: in a full round every
device parses, verifies, judges and accepts the command; in a bare round the same bytes go to the same connections and
the receiver only notes that they came. Flash is in memory: one disk for all would measure that disk.

Then alerts that two officers signed: half of the rounds with a keyset of officers that requires their signatures. What
a device does for them in all is measured apart, in processor time: the swarm does it once for all its devices.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

import click
import msgspec
from ulid import ULID

from bench.ports import free_port
from bench.signed_alerts import SoftwareOfficers, processor_us
from bench.signing import local_keyring
from bench.speed.field import (
    AREA,
    BenchError,
    SwarmProcesses,
    alone,
    counts_of,
    furnish,
    gateway_link,
    running_broker,
    running_programs,
    running_swarm,
)
from bench.speed.rows import Row, print_rows
from cms.platform.cli import embedded
from cms.platform.cli.up import APP_DIR
from cms.platform.keyring import Keyring
from cms.platform.settings import Settings
from devices.mqtt.link import MqttDeviceLink
from devices.protocol import topics, verdict
from devices.protocol.authorisation import SignaturePolicy
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import Command, CommandType, KeyRole, Target
from devices.protocol.officers import TrustedOfficers
from province.machine_clock import unix_ms

VERIFY_TIMES: Final = 500
"""Repetitions: enough for a steady figure, 50 ms in all."""
PAUSE_S: Final = 1.2
"""Pause before each round: the acknowledgements of the last one, spread over a second, are in."""
ANSWERS_PER_S: Final = 500
"""The sender spreads the answers so that a gateway can take them; the next round waits until they are in."""
JITTER_LEAST_MS: Final = 2_000
FIRST_SIGNED: Final = 1_000
"""Number of the first round of signed alerts: above those of the others."""


@click.command()
@click.option("--devices", default="1000,5000,10000", show_default=True, help="How many devices; several with commas.")
@click.option("--rounds", default=5, show_default=True, help="Full rounds, each with a bare one beside it.")
@click.option("--processes", default=2, show_default=True, help="Processes of the swarm: one a core.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def fanout(devices: str, rounds: int, processes: int, *, as_json: bool) -> None:
    """Measure the time until the last device has accepted a command."""
    counts = counts_of(devices)
    with alone() as root:
        print_rows(_rows(Settings(home=root, mqtt_port=free_port()), counts, rounds, processes), as_json=as_json)


def _rows(settings: Settings, counts: Sequence[int], rounds: int, processes: int) -> Iterator[Row]:
    keyring = local_keyring(settings)
    began_s = time.monotonic()
    made = furnish(settings, keyring, counts[-1])
    if made:
        yield Row("certificates_s", made, round(time.monotonic() - began_s, 1), "s")
    yield Row("verify_us", 1, _verify_us(keyring), "us")
    officers = SoftwareOfficers(AREA)
    yield from _approval_rows(keyring, officers)
    yield Row("sign_us", 1, _sign_us(keyring), "us")
    with running_programs([embedded.alone(settings, "signer", APP_DIR)], settings.log_dir):
        yield Row("signer_us", 1, _sign_us(Keyring.load(settings)), "us")
    for count in counts:
        with (
            running_broker(settings),
            running_swarm(settings, count, processes) as swarm,
            gateway_link(settings, keyring) as gateway,
        ):
            yield Row("connect_s", count, swarm.connect_s(), "s")
            full_ms, bare_ms = [], []
            for number in range(1, rounds + 1):
                jitter_ms = max(JITTER_LEAST_MS, 1000 * count // ANSWERS_PER_S)
                command = signed_command(keyring, jitter_ms)
                bare_ms.append(_round(swarm, gateway, command, number=2 * number, bare=True))
                full_ms.append(_round(swarm, gateway, command, number=2 * number + 1, bare=False))
                threading.Event().wait(jitter_ms / 1000)
            baseline = statistics.median(bare_ms)
            yield Row.against("last_verified_ms", count, statistics.median(full_ms), "ms", baseline=baseline)
            yield _signed_row(settings, keyring, officers, swarm, gateway, count=count, rounds=rounds)
            yield Row("swarm_rss_mb", count, swarm.rss_mb(), "MB")


def _signed_row(
    settings: Settings,
    keyring: Keyring,
    officers: SoftwareOfficers,
    swarm: SwarmProcesses,
    gateway: MqttDeviceLink,
    *,
    count: int,
    rounds: int,
) -> Row:
    """Measure rounds of signed alerts. Baseline: the same with the policy off, as if devices checked no people."""
    jitter_ms = max(JITTER_LEAST_MS, 1000 * count // ANSWERS_PER_S)
    took: dict[SignaturePolicy, list[float]] = {SignaturePolicy.OFF: [], SignaturePolicy.REQUIRED: []}
    for number in range(2 * rounds):
        policy = SignaturePolicy.REQUIRED if number % 2 else SignaturePolicy.OFF
        gateway.publish(topics.officers(), officers.signed_keyset(settings, policy), retain=True)
        swarm.arm(FIRST_SIGNED + number, bare=False)
        threading.Event().wait(PAUSE_S)
        # Signed now: a device waits for the server's word where an alert is some seconds old.
        alert = officers.alert(jitter_ms)
        took[policy].append(_last_ms(swarm, gateway, topics.area_alert(AREA), keyring.sign_alert(alert)))
        threading.Event().wait(jitter_ms / 1000)
        gateway.publish(topics.area_command(AREA), keyring.sign_alert(_end_of(alert)), expiry_s=60)
    required, off = (statistics.median(took[policy]) for policy in (SignaturePolicy.REQUIRED, SignaturePolicy.OFF))
    return Row.against("signed_alert_ms", count, required, "ms", baseline=off)


def _end_of(alert: Command) -> Command:
    ending = {"cid": f"{alert.cid}-end", "type": CommandType.CANCEL, "refs": [alert.cid]}
    return msgspec.structs.replace(alert, alert=None, authorisation=None, **ending)


def _approval_rows(keyring: Keyring, officers: SoftwareOfficers) -> Iterator[Row]:
    """Measure one device: the signatures of two people, and the whole verdict. Baseline: that with the policy off."""
    keys = TrustedKeys.from_root(keyring.root_x, keyring.keyset_jws)
    required, off = (TrustedOfficers(officers.keyset(each)) for each in (SignaturePolicy.REQUIRED, SignaturePolicy.OFF))
    alert = officers.alert(0)
    data, areas, now_ms = keyring.sign_alert(alert), (AREA,), unix_ms()

    def judge(held: TrustedOfficers) -> verdict.Verdict:
        return verdict.weigh(
            data, keys, device_id="bench", areas=areas, groups=(), now_ms=now_ms, seen=(), officers=held
        )

    if not judge(required).is_accepted:
        raise BenchError("a device refuses what two officers signed")
    signatures_us = processor_us(partial(verdict.unapproved, alert, required, areas=areas, now_ms=now_ms), VERIFY_TIMES)
    yield Row("approvals_us", 1, signatures_us, "us")
    whole_us, before_us = (processor_us(partial(judge, each), VERIFY_TIMES) for each in (required, off))
    yield Row.against("verdict_us", 1, whole_us, "us", baseline=before_us)


def _round(swarm: SwarmProcesses, gateway: MqttDeviceLink, command: bytes, *, number: int, bare: bool) -> float:
    """Return the ms from publishing to the last device; connections and bytes are the same in both kinds of round."""
    swarm.arm(number, bare=bare)
    threading.Event().wait(PAUSE_S)
    return _last_ms(swarm, gateway, topics.area_command(AREA), command)


def _last_ms(swarm: SwarmProcesses, gateway: MqttDeviceLink, topic: str, data: bytes) -> float:
    began_ns = time.monotonic_ns()
    gateway.publish(topic, data, expiry_s=60)
    return (swarm.last_ns() - began_ns) / 1e6


def signed_command(keyring: Keyring, jitter_ms: int = JITTER_LEAST_MS) -> bytes:
    """Return a command that a device obeys without a sound: only the way to its acceptance is measured."""
    now_ms = unix_ms()
    command = Command(
        v=1,
        cid=str(ULID()).lower(),
        type=CommandType.SELFTEST,
        prio=4,
        iat=now_ms,
        nbf=now_ms - 1000,
        exp=now_ms + 600_000,
        target=Target(areas=[AREA]),
        jitter_ms=jitter_ms,
        approved_by=["an-official", "another-official"],
    )
    return keyring.sign_plan(command)


def _sign_us(keyring: Keyring) -> float:
    """Measure one signature, in µs: by keys in this process, or by the signer's program over its socket."""
    signed_command(keyring)  # connects
    began_ns = time.perf_counter_ns()
    for _ in range(VERIFY_TIMES):
        signed_command(keyring)
    return round((time.perf_counter_ns() - began_ns) / VERIFY_TIMES / 1000, 1)


def _verify_us(keyring: Keyring) -> float:
    """Measure one signature check, in µs: the swarm makes it once for the same bytes, real devices one each."""
    keys = TrustedKeys.from_root(keyring.root_x, keyring.keyset_jws)
    command = signed_command(keyring)
    now_ms = unix_ms()
    began_ns = time.perf_counter_ns()
    for _ in range(VERIFY_TIMES):
        keys.verify(command, KeyRole.PLAN, now_ms)
    return round((time.perf_counter_ns() - began_ns) / VERIFY_TIMES / 1000, 1)
