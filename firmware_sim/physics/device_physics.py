"""One box on its pole: all models together, its heat, its sensors, and whether it could be heard now."""

import math
from dataclasses import dataclass, field
from typing import Final

from firmware_sim.core.events import Measurements
from firmware_sim.physics.amplifier import Amplifier, LoudspeakerLine
from firmware_sim.physics.battery import Battery
from firmware_sim.physics.dice import dice
from firmware_sim.physics.radio import Radio
from firmware_sim.physics.weather import DAY_MS, Weather

SUN_LIFT_C: Final = 16.0
"""A grey box in full sun is this much warmer inside than the air."""
BOX_C_PER_W: Final = 0.45
ENCLOSURE_TAU_S: Final = 2_400.0
SINK_C_PER_W: Final = 1.1
SINK_TAU_S: Final = 420.0
"""An amplifier's heat sink: minutes, where the box takes the better part of an hour."""


@dataclass(slots=True)
class Body:
    """Heated body. ``temp``: now, in °C; ``tau_s``: time constant, after which 63 % of a change has come."""

    temp: float
    tau_s: float

    def step(self, seconds: float, towards: float) -> None:
        """Advance the temperature under a load that leads to ``towards`` in the end. Exact for any length."""
        self.temp = towards + (self.temp - towards) * math.exp(-max(0.0, seconds) / self.tau_s)


def enclosure_settles_at(air_c: float, sun: float, loss_w: float) -> float:
    """Return the temperature in the box that air, sun and heat loss inside lead to."""
    return air_c + SUN_LIFT_C * sun + BOX_C_PER_W * loss_w


def sink_settles_at(box_c: float, loss_w: float) -> float:
    """Return the temperature that the amplifier's heat sink settles at, in the box."""
    return box_c + SINK_C_PER_W * loss_w


SUPPLY_V: Final = 27.6
BOARD_W: Final = 6.0
"""Processor, modem and the idle amplifier."""
PSU_HEAT_SHARE: Final = 0.15
IDLE_MB_H: Final = 0.12
"""Keep-alives, beacons and telemetry."""
DISK_BASE_PCT: Final = 22.0
DISK_MB: Final = 3_500.0
BOOT_MS: Final = 4_000
LAST_GASP_S: Final = 2.0
"""Time that the capacitors of a box without battery last when the mains fail."""


@dataclass(slots=True)
class DevicePhysics:
    """Box. A scenario's faults may change its parts; ``step`` has to be called first, so that the past stays as it was.

    ``battery`` None: none is built in. ``loudness`` is the card's present signal to the amplifier: root mean square
    times volume, 1.0 being full scale.
    """

    weather: Weather
    radio: Radio
    battery: Battery | None
    now_ms: int
    cert_until_ms: int
    line: LoudspeakerLine = field(default_factory=LoudspeakerLine)
    has_mains: bool = True
    door_open: bool = False
    disk_mb: float = 0.0
    disk_full: bool = False
    disk_ro: bool = False
    loudness: float = 0.0
    reset_reason: str = "power"
    underruns: int = 0
    mb_day: float = 0.0
    amplifier: Amplifier = field(init=False)
    _inside: Body = field(init=False)
    _sink: Body = field(init=False)
    _clipped_pct: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        air = self.weather.at(self.now_ms)
        self.amplifier = Amplifier(self.line)
        self._inside = Body(enclosure_settles_at(air.temp, air.sun, self._loss_w), ENCLOSURE_TAU_S)
        self._sink = Body(self._inside.temp, SINK_TAU_S)

    @property
    def temp(self) -> float:
        """Temperature in the box, °C."""
        return self._inside.temp

    @property
    def amp_temp(self) -> float:
        """Temperature of the amplifier's heat sink, °C. One set by a scenario cools down by itself."""
        return self._sink.temp

    @amp_temp.setter
    def amp_temp(self, temp: float) -> None:
        self._sink.temp = temp
        self.amplifier.feel(temp)

    @property
    def has_power(self) -> bool:
        return self.has_mains or (self.battery is not None and not self.battery.is_flat)

    @property
    def amps(self) -> float:
        """Current from the battery, when nothing else feeds the box."""
        return BOARD_W / 24 + self.amplifier.current_ma(self.loudness) / 1000

    def step(self, now_ms: int) -> None:
        """Advance all models to now, with conditions unchanged since the last step."""
        seconds = (now_ms - self.now_ms) / 1000
        if seconds <= 0:
            return
        air = self.weather.at((self.now_ms + now_ms) // 2)
        self._inside.step(seconds, enclosure_settles_at(air.temp, air.sun, self._loss_w))
        self._sink.step(seconds, sink_settles_at(self._inside.temp, self._amp_loss_w))
        self.amplifier.feel(self._sink.temp)
        if self.battery is not None:
            if self.has_mains:
                self.battery.recharge(seconds, self._inside.temp)
            else:
                self.battery.discharge(seconds, self.amps, self._inside.temp)
        self.radio.step(seconds)
        self._count_data(now_ms, seconds)
        self._clipped_pct = self.amplifier.clip_pct(self.loudness)
        self.now_ms = now_ms

    def lasts_s(self) -> float:
        """Return how long the power lasts under present conditions (s)."""
        if self.has_mains:
            return float("inf")
        return LAST_GASP_S if self.battery is None else self.battery.lasts_s(self.amps)

    def carried(self, size: int) -> None:
        """Count bytes sent or received over the air."""
        self.mb_day += size / 1e6

    def why_silent(self) -> tuple[str, ...]:
        """Return every reason for which a sound would not be heard now; none: it can be heard."""
        reasons = (
            (not self.has_power, "power"),
            (self.amplifier.is_dead, "amplifier"),
            (self.amplifier.is_hot, "hot"),
            (self.line.carries <= 0, self.line.state.value),
        )
        return tuple(reason for applies, reason in reasons if applies)

    def vitals(self) -> Measurements:
        """Return the sensors' readings at the last step."""
        radio, battery = self.radio, self.battery
        volts = SUPPLY_V if self.has_mains else 0.0 if battery is None else battery.volts(self.amps)
        return Measurements(
            disk_pct=self._disk_pct,
            disk_ro=self.disk_ro,
            rssi=round(radio.rssi, 1),
            rsrp=round(radio.rsrp, 1),
            rsrq=round(radio.rsrq, 1),
            sinr=round(radio.sinr, 1),
            tech="lte",
            oper=radio.oper,
            cell=radio.cell,
            mb_day=round(self.mb_day, 3),
            rtt_ms=radio.rtt_ms,
            mains=self.has_mains,
            vin=round(volts, 2),
            batt_v=None if battery is None else round(battery.volts(self.amps, is_charging=self.has_mains), 2),
            batt_pct=None if battery is None else round(battery.pct),
            amp_on=not self.amplifier.is_hot,
            amp_ma=self.amplifier.current_ma(self.loudness),
            line_ohm=round(self.line.ohm(self.temp), 2),
            ref_ohm=self.line.ref_ohm,
            spk=self.line.state.value,
            clip_pct=self._clipped_pct,
            amp_temp=round(self.amp_temp, 1),
            mic_db=self.amplifier.heard_db(self.loudness),
            underruns=self.underruns,
            temp=round(self.temp, 1),
            hum=round(self.weather.at(self.now_ms).hum),
            door=self.door_open,
            reset_reason=self.reset_reason,
            cert_days=(self.cert_until_ms - self.now_ms) // DAY_MS,
        )

    @property
    def _disk_pct(self) -> int:
        return 100 if self.disk_full else min(99, round(DISK_BASE_PCT + 100 * self.disk_mb / DISK_MB))

    @property
    def _amp_loss_w(self) -> float:
        return self.amplifier.loss_w(self.loudness, SUPPLY_V)

    @property
    def _loss_w(self) -> float:
        return (BOARD_W + self._amp_loss_w) * (1 + PSU_HEAT_SHARE)

    def _count_data(self, now_ms: int, seconds: float) -> None:
        offset_ms = self.weather.utc_offset_min * 60_000
        if (now_ms + offset_ms) // DAY_MS != (self.now_ms + offset_ms) // DAY_MS:
            self.mb_day = 0.0
        self.mb_day += IDLE_MB_H * seconds / 3600


def make_physics(
    device_id: str, seed: int, now_ms: int, *, weather: Weather, cert_until_ms: int, battery_share: float = 0.6
) -> DevicePhysics:
    """Make a box; each of a fleet differs in battery, age, line and signal."""
    chance = dice(seed, device_id, "box")
    has_battery = chance.random() < battery_share
    return DevicePhysics(
        weather=weather,
        radio=Radio(
            mean_dbm=chance.gauss(-92.0, 8.0),
            dice=dice(seed, device_id, "radio"),
            cell=f"{chance.randrange(2**20, 2**28):07x}",
        ),
        battery=Battery(health=chance.uniform(0.6, 1.0)) if has_battery else None,
        now_ms=now_ms,
        cert_until_ms=cert_until_ms,
        line=LoudspeakerLine(ref_ohm=round(chance.choice((8.0, 16.0, 33.0)) * chance.uniform(0.95, 1.05), 2)),
    )
