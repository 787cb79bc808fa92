"""How loud an item has to be, and what to try next where it is not: figures only.

An item is raised or lowered to the target, then limited. Where loudness and peak contradict each other the peak wins
and loudness is sought by more limiting: the gain before the limiter rises, and from :data:`COMPRESS_FROM_DB` of
reduction on a compressor in front of it takes the peaks down first, because a limiter alone distorts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from media.model import Loudness

TARGET_LUFS = -16.0
"""Integrated loudness of everything that is aired (issue 2, point 5)."""
TOLERANCE_LU = 1.0
"""Allowed distance from the target."""
AIM_LU = 0.3
"""Distance at which no further try is made."""
MAX_TRUE_PEAK_DBTP = -1.0
"""Highest true peak of everything that is aired, after encoding."""
FIRST_CEILING_DBTP = -2.0
"""Where the limiter starts: a lossy codec overshoots by about a decibel, the rest is found by measuring."""
LOWEST_CEILING_DBTP = -12.0
"""Below this the target itself could not be reached."""
DECODE_HEADROOM_DB = 12.0
"""Taken off when decoding: a lossy file of clipped sound decodes to as much as 6 dB above full scale."""
SILENT_BELOW_LUFS = -57.0
"""As recorded. Nothing but noise: gain would only raise hiss, and the meter ends at -70 with the headroom taken off."""
OUT_OF_PHASE_LU = 12.0
"""A stereo recording whose mono sum is this much softer has one channel turned round; in phase it is 3 to 6."""
COMPRESS_FROM_DB = 12.0
"""Peak reduction from which a compressor helps the limiter."""
COMPRESS_BELOW_SLOPE = 0.25
"""LU gained by a decibel of gain, below which a compressor is put in."""
MAX_GAIN_DB = 80.0
"""More gain than this is never of use: the quietest accepted item lies 49 dB below the target, 12 more
are the decoder's headroom."""
_LEAST_SLOPE = 0.2
"""No step is more than five times what was missed."""
_PEAK_MARGIN_DB = 0.15
"""Aimed at below a limit, so that the meter's rounding (0.1 dB) cannot pass it."""


NOTHING = Loudness(-120.0, -120.0, 0.0, -120.0)
"""Silence's figures."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What levelling is asked to do: gain, the limiter's ceiling, whether a compressor stands before it."""

    gain_db: float
    ceiling_dbtp: float = FIRST_CEILING_DBTP
    compress: bool = False


def is_silent(decoded: Loudness) -> bool:
    """Nothing in the item can be heard; ``decoded`` was measured with the headroom taken off."""
    return decoded.integrated_lufs + DECODE_HEADROOM_DB < SILENT_BELOW_LUFS


def is_out_of_phase(stereo: Loudness, decoded: Loudness) -> bool:
    """The channels cancel each other in the mono sum."""
    return stereo.integrated_lufs - decoded.integrated_lufs - DECODE_HEADROOM_DB > OUT_OF_PHASE_LU


def distance_lu(loudness: Loudness) -> float:
    """How far from the target, without sign."""
    return abs(loudness.integrated_lufs - TARGET_LUFS)


def is_on_target(loudness: Loudness, tolerance_lu: float = TOLERANCE_LU) -> bool:
    return distance_lu(loudness) <= tolerance_lu


def peak_excess_db(loudness: Loudness) -> float:
    """How far the true peak is above the limit; zero or less is good."""
    return loudness.true_peak_dbtp - MAX_TRUE_PEAK_DBTP


def first_setting(source: Loudness) -> Setting:
    """The plain gain to the target, and a compressor where the peaks would stand far above the ceiling."""
    gain_db = _bounded(TARGET_LUFS - source.integrated_lufs)
    over_db = source.true_peak_dbtp + gain_db - FIRST_CEILING_DBTP
    return Setting(gain_db, compress=over_db > COMPRESS_FROM_DB)


def louder_or_softer(setting: Setting, measured: Loudness, slope: float = 1.0) -> Setting:
    """The next try after ``setting`` gave ``measured``.

    ``slope`` is how many LU the last decibel of gain brought: against a limiter it is less than one. Below
    :data:`COMPRESS_BELOW_SLOPE` the limiter is doing a compressor's work.
    """
    missed_lu = TARGET_LUFS - measured.integrated_lufs
    gain_db = setting.gain_db + missed_lu / max(_LEAST_SLOPE, min(1.0, slope))
    compress = setting.compress or (missed_lu > 0 and slope < COMPRESS_BELOW_SLOPE)
    return replace(setting, gain_db=_bounded(gain_db), compress=compress)


def lower_ceiling(setting: Setting, excess_db: float) -> Setting:
    """The next try after an encoding passed the peak limit by ``excess_db``."""
    ceiling_dbtp = max(LOWEST_CEILING_DBTP, setting.ceiling_dbtp - excess_db - _PEAK_MARGIN_DB)
    return replace(setting, ceiling_dbtp=round(ceiling_dbtp, 2))


def _bounded(gain_db: float) -> float:
    return round(max(-MAX_GAIN_DB, min(MAX_GAIN_DB, gain_db)), 2)
