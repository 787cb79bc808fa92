"""Signs that are said, and pauses: bullets, headings, quotation marks, brackets."""

from broadcast.speech.normalization.rules import ReadingRule, rule

_SIGNS = {"&": "và", "≥": "lớn hơn hoặc bằng", "≤": "nhỏ hơn hoặc bằng", "±": "cộng trừ", "≈": "xấp xỉ", "×": "nhân",
          "÷": "chia", "§": "mục", "№": "số", "½": "một phần hai", "¼": "một phần tư", "¾": "ba phần tư", "°": "độ",
          "º": "độ", "%": "phần trăm", "‰": "phần nghìn", "=": "bằng", "+": "cộng", "@": "a còng", "→": "đến",
          "↑": "tăng", "↓": "giảm",
          "₫": "đồng", "$": "đô la", "€": "ơ-rô", "#": "số", "~": "khoảng", "µ": "mi-crô"}  # fmt: skip

RULES: tuple[ReadingRule, ...] = (
    rule("pause", r"(?:(?<=\n)|^)[ \t]*[-–—•●▪◦*+✓➢>][ \t]+", ""),
    rule("pause", r"(?<=\s)[*•✓➢]\s+(?=\w)", ""),
    rule("pause", r"(?<=[^\s.,;:!?…])[ \t]*(?P<x>\n)(?=[ \t]*\S)", ".\n"),
    rule("pause", r"(?<=\d[hg:]\d\d)\s?[-–—]\s?(?=\d[.,]\d+\s?m(?!\w))", ", "),
    rule("range", r"(?<=\w)\s?[-–—]\s?(?=hết\s(?:ngày\s)?\d)", " đến "),
    rule(
        "range",
        r"(?:(?<=\d)|(?<=\d[hgm'])|(?<=%)|(?<=[°º]C))\s?[-–—]\s?(?=\d)(?!1[89]00|1022(?!\d)|0\d{2}|(?:19|20)\d\d(?!\d))",
        " đến ",
    ),
    rule("pause", r"(?<=\S)\s?/\s?(?=\S)", ", "),
    rule("pause", r"(?<=\S)[ \t]*\((?=\S)", ", "),
    rule("pause", r"\(", ""),
    rule("pause", r"\)(?=\s*[.,;:!?…])", ""),
    rule("pause", r"\)(?=\s+\S)", ","),
    rule("pause", r"\)", ""),
    rule("pause", r"[“”\"«»„]", ""),
    rule("sign", r"(?<=\d)\s?[-–—]\s?<\s?(?=\d)", " đến dưới "),
    rule("sign", r"\s?(?:[-–=]>|⇒|➔)\s?", " đến "),
    rule("sign", r"\s?>=\s?(?=\w)", " lớn hơn hoặc bằng "),
    rule("sign", r"\s?<=\s?(?=\w)", " nhỏ hơn hoặc bằng "),
    rule("sign", r"\s?>\s?(?=\w)", " trên "),
    rule("sign", r"\s?<\s?(?=\w)", " dưới "),
    rule("sign", r"\(\+\)\s?", "cộng "),
    rule("sign", r"\([-–−]\)\s?", "âm "),
    rule("sign", "[" + "".join(map("\\{}".format, _SIGNS)) + "]", lambda match: _SIGNS[match[0]]),
)
