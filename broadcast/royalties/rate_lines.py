"""Rates as lines of text, one a rate, as a spreadsheet's cells are pasted: kind of item, grade, and figure.

A figure is a coefficient ("2,5") or an amount in đồng ("250.000 đ").
"""

import re
from typing import Final

from broadcast.bulletins.genres import GENRES
from broadcast.royalties.model import RoyaltyRate
from province.errors import Problem

RATES_MAX: Final = 200
GRADE_MAX: Final = 40
AMOUNT_MAX_VND: Final = 1_000_000_000
_KEYS: Final = {name.casefold(): key for key, name in GENRES.items()}
_CELLS: Final = 3
_COEFFICIENT: Final = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))?")
_AMOUNT: Final = re.compile(r"(\d{1,3}(?:[. ]\d{3})*|\d+) ?(?:đ|đồng|vnđ|vnd)", re.IGNORECASE)
_DIGITS_MAX: Final = 10


def read_rates(text: str) -> tuple[tuple[RoyaltyRate, ...], list[Problem]]:
    """Read the rates, with a problem for each line that cannot be read or repeats a grade."""
    rates: list[RoyaltyRate] = []
    problems: list[Problem] = []
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip(" \t;")]
    if len(lines) > RATES_MAX:
        return (), [Problem("rates", "TOO_MANY", {"max": RATES_MAX})]
    for number, line in lines:
        rate = _rate(line)
        if rate is None:
            problems.append(Problem("rates", "RATE_LINE", {"line": number, "text": line.strip()[:60]}))
        elif any(each.key == rate.key for each in rates):
            problems.append(Problem("rates", "RATE_TWICE", {"line": number, "text": line.strip()[:60]}))
        else:
            rates.append(rate)
    return tuple(rates), problems


def rate_line(rate: RoyaltyRate) -> str:
    """Format a rate as :func:`read_rates` reads it."""
    return f"{GENRES[rate.genre]}; {rate.grade}; {figure_of(rate)}"


def figure_of(rate: RoyaltyRate) -> str:
    """Format the figure of a rate in Vietnamese: ``2,5`` or ``250.000 đ``."""
    if rate.coefficient is None:
        return f"{rate.amount_vnd:,} đ".replace(",", ".")
    whole, hundredths = divmod(rate.coefficient, 100)
    return f"{whole},{hundredths:02d}".rstrip("0").rstrip(",")


def _rate(line: str) -> RoyaltyRate | None:
    cells = [" ".join(cell.split()) for cell in re.split(r"[;\t]", line)]
    if len(cells) != _CELLS:
        return None
    name, grade, figure = cells
    genre = _KEYS.get(name.casefold())
    if genre is None or not grade or len(grade) > GRADE_MAX:
        return None
    coefficient = _COEFFICIENT.fullmatch(figure)
    if coefficient is not None:
        whole, part = coefficient.groups()
        return RoyaltyRate(genre, grade, coefficient=int(whole) * 100 + int((part or "").ljust(2, "0")))
    amount = _AMOUNT.fullmatch(figure)
    digits = re.sub(r"\D", "", amount[1]) if amount is not None else ""
    if not digits or len(digits) > _DIGITS_MAX or int(digits) > AMOUNT_MAX_VND:
        return None
    return RoyaltyRate(genre, grade, amount_vnd=int(digits))
