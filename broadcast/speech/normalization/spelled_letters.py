"""Letters in mixed case and between dots: pH, SpO2, biến thể NB.1.8.1."""

import re

from broadcast.speech.normalization.numbers import letters
from broadcast.speech.normalization.rules import ReadingRule, before, rule

_MIXED = {
    "bOPV": "bê o pê vê", "tCO2": "tấn xê o hai", "mAh": "mi-li am-pe giờ", "pH": "pê hát", "Td": "tê đê",
    "SpO2": "ét pê o hai", "HbA1c": "hát bê a một xê", "mRNA": "em rờ nờ a",
    "RNA": "rờ nờ a", "DNA": "đê nờ a", "iOS": "ai ô ét", "IU": "i u", "UI": "u i",
}  # fmt: skip


def _dotted(match: re.Match[str]) -> str:
    """JN.1, NB.1.8.1: variants and versions, part by part."""
    return " chấm ".join(letters(part) for part in match[0].split("."))


def _rhesus(match: re.Match[str]) -> str:
    return "rờ hát" + {"+": " dương", "-": " âm"}.get((match["sign"] or "").strip(" ()"), "")


def _blood(match: re.Match[str]) -> str | None:
    """Nhóm máu A-, AB+: after words of blood, else it is a mark of a school or a firm."""
    if not re.search(r"(?<!\w)máu(?!\w)[^.;\n]*$|(?<!\w)nhóm\s\(?$", before(match, 60), re.IGNORECASE):
        return None
    group = "a bê" if match["group"] == "AB" else match["group"]
    if match["sign"]:
        return f"{group} {'dương' if '+' in match['sign'] else 'âm'}"
    return group


RULES: tuple[ReadingRule, ...] = (
    rule("spelt", r"(?<![\w.])[A-Z]{1,3}(?:\.\d{1,3}){1,4}(?!\w|[.,/-]\d)", _dotted),
    rule("spelt", r"(?<!\w)DO(?=\s?0[,.]\d)", "{0:letters}"),
    rule("spelt", r"(?<=[Kk]hí )CO(?!\w)|(?<!\w)CO(?=(?:,|\svà)\s(?:[SN]O2|H2S|bụi))", "{0:letters}"),
    rule("spelt", r"(?<!\w)Rh(?P<sign>[+-]|\s?\([+-]\))?(?!\w)", _rhesus),
    rule("spelt", r"(?<!\w)(?P<group>AB|[ABO])(?P<sign>[-−+]|\s?\([-−+]\))?(?!\w|\snhóm)", _blood),
    rule("spelt", r"(?<!\w)OM(?=\s\d)|(?<=Zalo )OA(?!\w)", "{0:letters}"),
    rule("spelt", rf"(?<![\w/])(?:{'|'.join(_MIXED)})(?!\w)|(?<=\d)(?:IU|UI)(?!\w)", lambda match: _MIXED[match[0]]),
)
