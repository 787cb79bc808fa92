"""Loudness levelling: the target of an item, and the next setting to try where it is missed: figures only.

An item is raised or lowered to the target, then limited. Where loudness and peak contradict each other the peak wins
and loudness is sought by more limiting: the gain before the limiter rises, and from :data:`TAME_FROM_DB` of reduction
on a second, fast limiter in front of it takes knocks down first, because the slow one would pull the speech after a
knock down with it. (Measured on knocks over speech at -45 dBFS with 42 dB of gain: -16.4 LUFS with one limiter, -15.6
with two, -19.9 with a 4:1 compressor in front.)
"""

from dataclasses import dataclass, replace

from media.model import Loudness

TARGET_LUFS = -16.0
"""Integrated loudness of everything that is aired (issue 2, point 5)."""
TOLERANCE_LU = 1.0
"""Allowed distance from the target."""
AIM_LU = 0.3
"""Distance at which no further try is made."""
REPEAT_AIM_LU = 0.8
"""The same once an encoding has overshot: codecs are moody, and the tolerance is there to be used."""
MAX_TRUE_PEAK_DBTP = -1.0
"""Highest true peak of everything that is aired, after encoding."""
FIRST_CEILING_DBTP = -2.0
"""Ceiling of the first try: a lossy codec overshoots by about a decibel, the rest is found by measuring."""
LOWEST_CEILING_DBTP = -12.0
"""Below this the target itself could not be reached."""
LOST_IN_CODEC_LU = 20.0
"""An encoding that is this much softer than its source has lost the audible part: the codecs of devices
carry nothing above some 16 kHz. Speech and music lose 0.6, white noise 1.3, a tone of 17 kHz 42 (measured).
"""
DECODE_HEADROOM_DB = 12.0
"""Taken off when decoding: a lossy file of clipped sound decodes to as much as 6 dB above full scale."""
SILENT_BELOW_LUFS = -57.0
"""As recorded. Nothing but noise: gain would only raise hiss, and the meter ends at -70 with the headroom taken off."""
OUT_OF_PHASE_LU = 12.0
"""A stereo recording whose mono sum is this much softer has one channel turned round; in phase it is 3 to 6."""
TAME_FROM_DB = 12.0
"""Peak reduction from which the fast limiter helps."""
MAX_GAIN_DB = 80.0
"""More gain than this is never of use: the quietest accepted item lies 49 dB below the target, 12 more
are the decoder's headroom."""
_LIMITED_SLOPE = 0.5
_GAIN_PER_DB_OVER = 0.5
"""Speech of 5.4 dB above the ceiling loses 1.3 LU to the limiter, and 2.7 dB of gain bring it back (measured)."""
_AT_CEILING_DB = 0.3
_LEAST_SLOPE = 0.1
"""No step is more than ten times the distance missed."""
_PEAK_MARGIN_DB = 0.15
"""Aimed at below a limit, so that the meter's rounding (0.1 dB) cannot pass it."""


NOTHING = Loudness(-120.0, -120.0, 0.0, -120.0)
"""Silence's figures."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Setting of the levelling: gain, the limiter's ceiling, whether a fast limiter stands before it."""

    gain_db: float
    ceiling_dbtp: float = FIRST_CEILING_DBTP
    tame_peaks: bool = False


def is_silent(decoded: Loudness) -> bool:
    """Return whether nothing in the item is audible; ``decoded`` was measured with the headroom taken off."""
    return decoded.integrated_lufs + DECODE_HEADROOM_DB < SILENT_BELOW_LUFS


def is_out_of_phase(stereo_lufs: float, decoded: Loudness) -> bool:
    """Return whether the channels cancel each other in the mono sum."""
    return stereo_lufs - decoded.integrated_lufs - DECODE_HEADROOM_DB > OUT_OF_PHASE_LU


def distance_lu(loudness: Loudness) -> float:
    """Return the distance from the target, without sign."""
    return abs(loudness.integrated_lufs - TARGET_LUFS)


def is_on_target(loudness: Loudness, tolerance_lu: float = TOLERANCE_LU) -> bool:
    return distance_lu(loudness) <= tolerance_lu


def peak_excess_db(loudness: Loudness) -> float:
    """Return the excess of the true peak over the limit; zero or less is good."""
    return loudness.true_peak_dbtp - MAX_TRUE_PEAK_DBTP


def first_setting(source: Loudness) -> Setting:
    """Return the gain to the target, with an allowance for the limiter, or a fast limiter if peaks are far above."""
    gain_db = TARGET_LUFS - source.integrated_lufs
    over_db = source.true_peak_dbtp + gain_db - FIRST_CEILING_DBTP
    if over_db > TAME_FROM_DB:
        return Setting(_bounded(gain_db), tame_peaks=True)
    return Setting(_bounded(gain_db + _GAIN_PER_DB_OVER * max(0.0, over_db)))


def first_slope(setting: Setting, measured: Loudness) -> float:
    """Return the guessed loudness gain of the next decibel, from one try: about half where the limiter is at work."""
    return _LIMITED_SLOPE if measured.true_peak_dbtp > setting.ceiling_dbtp - _AT_CEILING_DB else 1.0


def louder_or_softer(setting: Setting, measured: Loudness, slope: float = 1.0) -> Setting:
    """Return the next try after ``setting`` gave ``measured``.

    ``slope`` is how many LU the last decibel of gain brought: against a limiter it is less than one.
    """
    missed_lu = TARGET_LUFS - measured.integrated_lufs
    gain_db = setting.gain_db + missed_lu / max(_LEAST_SLOPE, min(1.0, slope))
    return replace(setting, gain_db=_bounded(gain_db))


def after_overshoot(setting: Setting, excess_db: float, softest_lufs: float, *, is_last: bool) -> Setting:
    """Return the next try after an encoding passed the peak limit by ``excess_db``; uses the softest one's loudness.

    Where the tolerance has room, or no further try is left, gain and ceiling fall together: the same shape, only
    softer, overshoots alike and so holds. Else the ceiling falls alone and the limiter has more to do.
    """
    step_db = excess_db + _PEAK_MARGIN_DB
    ceiling_dbtp = round(max(LOWEST_CEILING_DBTP, setting.ceiling_dbtp - step_db), 2)
    if is_last or softest_lufs - step_db >= TARGET_LUFS - REPEAT_AIM_LU:
        return replace(setting, ceiling_dbtp=ceiling_dbtp, gain_db=_bounded(setting.gain_db - step_db))
    return replace(setting, ceiling_dbtp=ceiling_dbtp)


def _bounded(gain_db: float) -> float:
    return round(max(-MAX_GAIN_DB, min(MAX_GAIN_DB, gain_db)), 2)
