"""Powers and laboratory counts: 10^6 CFU/ml, 2x10^3 MPN/100ml, 10⁹."""

import re

from broadcast.speech.normalization.numbers import NUMBER, cardinal, letters, said
from broadcast.speech.normalization.rules import ReadingRule, rule
from broadcast.speech.normalization.units import UNITS

_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def _power(match: re.Match[str]) -> str:
    return f" mũ {'âm ' if match['sign'] else ''}{cardinal(int(match['n'].translate(_RAISED)))}"


def _square(match: re.Match[str]) -> str:
    """100 m^2, 5 m^3."""
    return f"{said(match['n'])} {UNITS[match['u'] + match['p']]}"


def _counted(match: re.Match[str]) -> str:
    said_parts = [letters(match["what"])]
    if match["per"]:
        said_parts += ["trên", *([said(match["n"])] if match["n"] else []), UNITS[match["per"]]]
    return " ".join(said_parts)


RULES: tuple[ReadingRule, ...] = (
    rule("measure", rf"(?<!\w)(?<!\d[.,])(?P<n>{NUMBER})\s?(?P<u>[kcdm]?m)\^(?P<p>[23])(?!\w)", _square),
    rule("number", r"\s?\^\s?(?P<sign>[-−])?(?P<n>\d{1,3})(?<=\d)(?!\d)", _power),
    rule("number", r"(?<=(?<!\d)10)(?P<sign>⁻)?(?P<n>[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})(?!\d)", _power),
    rule(
        "measure",
        rf"(?<!\w)(?P<what>CFU|MPN|PFU)(?:/(?P<n>{NUMBER})?\s?(?P<per>ml|mL|l|L|g|kg|m3|m³|cm2|cm²))?(?!\w)",
        _counted,
    ),
)
