"""Vietnamese lunar calendar: the Gregorian date of a lunar date.

After Hồ Ngọc Đức, "Computing the Vietnamese lunar calendar" (Leipzig, 2004), which follows Jean Meeus, "Astronomical
Algorithms" (1998), for new moons and for the longitude of the sun. Reckoned for UTC+7, so that it parts from the
Chinese calendar where a new moon falls between the two midnights (Tết of 1985, 2007, 2030).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

_ORDINAL_TO_JD = 1721425
_MONTH_DAYS = 29.530588853
_FIRST_NEW_MOON = 2415021.076998695
_OFFSET_DAYS = 7 / 24
_RAD = math.pi / 180
_NOVEMBER = 11


def solar_date(day: int, month: int, year: int) -> date:
    """Return the Gregorian date of a day of a lunar month; of a month that comes twice (a leap month), the first."""
    eleventh = year - 1 if month < _NOVEMBER else year
    begins, ends = _eleventh_month(eleventh), _eleventh_month(eleventh + 1)
    moon = math.floor(0.5 + (begins - _FIRST_NEW_MOON) / _MONTH_DAYS)
    offset = (month - _NOVEMBER) % 12
    # A lunar year of thirteen months has its leap month where the sun enters no new sign.
    if ends - begins > 365 and offset >= _leap_offset(moon):  # noqa: PLR2004 - days of a year of twelve months at most
        offset += 1
    return date.fromordinal(_new_moon_day(moon + offset) + day - 1 - _ORDINAL_TO_JD)


@dataclass(frozen=True, slots=True)
class LunarMonth:
    """Lunar month: its first date, and its 29 or 30 days."""

    first_on: date
    days: int

    def day(self, number: int) -> date | None:
        """Return the date of a day, -1 for the last one; None where the month has no such day."""
        at = self.days if number < 0 else number
        return self.first_on + timedelta(days=at - 1) if at <= self.days else None


def lunar_months(from_on: date) -> Iterator[LunarMonth]:
    """Yield the lunar months from the one before that of ``from_on`` on; the caller ends the search."""
    moon = math.floor((from_on.toordinal() + _ORDINAL_TO_JD - _FIRST_NEW_MOON) / _MONTH_DAYS) - 1
    begins = _new_moon_day(moon)
    while True:
        moon, ends = moon + 1, _new_moon_day(moon + 1)
        yield LunarMonth(date.fromordinal(begins - _ORDINAL_TO_JD), ends - begins)
        begins = ends


@lru_cache(maxsize=1024)
def new_year(year: int) -> date:
    """Return the first day of Tết."""
    return solar_date(1, 1, year)


@lru_cache(maxsize=1024)
def _eleventh_month(year: int) -> int:
    """Return the day on which the lunar month of the winter solstice begins."""
    moon = math.floor((date(year, 12, 31).toordinal() + _ORDINAL_TO_JD - 2415021) / _MONTH_DAYS)
    day = _new_moon_day(moon)
    return _new_moon_day(moon - 1) if _sun_sign(day) >= 9 else day  # noqa: PLR2004 - the sign of the solstice


def _leap_offset(moon: int) -> int:
    signs = [_sun_sign(_new_moon_day(moon + number)) for number in range(1, 15)]
    return next(number for number in range(1, 14) if signs[number] == signs[number - 1])


def _sun_sign(day: int) -> int:
    """Return the twelfth of the ecliptic (0–11) in which the sun is at the day's beginning; 0 begins at the equinox."""
    t = (day - 0.5 - _OFFSET_DAYS - 2451545.0) / 36525
    anomaly = _RAD * (357.52910 + 35999.05030 * t - 0.0001559 * t**2 - 0.00000048 * t**3)
    mean = 280.46645 + 36000.76983 * t + 0.0003032 * t**2
    centre = (
        (1.914600 - 0.004817 * t - 0.000014 * t**2) * math.sin(anomaly)
        + (0.019993 - 0.000101 * t) * math.sin(2 * anomaly)
        + 0.000290 * math.sin(3 * anomaly)
    )
    return math.floor(((mean + centre) % 360) / 30)


def _new_moon_day(number: int) -> int:
    """Return the Julian day, in Việt Nam, of the new moon so many after that of 1 January 1900."""
    t = number / 1236.85
    mean = 2415020.75933 + 29.53058868 * number + 0.0001178 * t**2 - 0.000000155 * t**3
    mean += 0.00033 * math.sin(_RAD * (166.56 + 132.87 * t - 0.009173 * t**2))
    sun = _RAD * (359.2242 + 29.10535608 * number - 0.0000333 * t**2 - 0.00000347 * t**3)
    moon = _RAD * (306.0253 + 385.81691806 * number + 0.0107306 * t**2 + 0.00001236 * t**3)
    node = _RAD * (21.2964 + 390.67050646 * number - 0.0016528 * t**2 - 0.00000239 * t**3)
    true = (
        (0.1734 - 0.000393 * t) * math.sin(sun)
        + 0.0021 * math.sin(2 * sun)
        - 0.4068 * math.sin(moon)
        + 0.0161 * math.sin(2 * moon)
        - 0.0004 * math.sin(3 * moon)
        + 0.0104 * math.sin(2 * node)
        - 0.0051 * math.sin(sun + moon)
        - 0.0074 * math.sin(sun - moon)
        + 0.0004 * math.sin(2 * node + sun)
        - 0.0004 * math.sin(2 * node - sun)
        - 0.0006 * math.sin(2 * node + moon)
        + 0.0010 * math.sin(2 * node - moon)
        + 0.0005 * math.sin(2 * moon + sun)
    )
    drift = -0.000278 + 0.000265 * t + 0.000262 * t**2
    return math.floor(mean + true - drift + 0.5 + _OFFSET_DAYS)
