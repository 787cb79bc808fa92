"""Fuzzing of CAP documents, to see that the checker answers them all. The same seed gives the same documents."""

from __future__ import annotations

import json
import random
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

import click

from broadcast.alerts.cap.verdict import CapVerdict, Judgement
from cms.exchange.cap.check import check

_INFO: Final = (
    "<info><language>vi-VN</language><category>Met</category><event>Lũ quét</event>"
    "<responseType>Evacuate</responseType>"
    "<urgency>Immediate</urgency><severity>Extreme</severity><certainty>Observed</certainty>"
    "<eventCode><valueName>list</valueName><value>FFW</value></eventCode><onset>2026-10-12T14:05:00+07:00</onset>"
    "<expires>2026-10-12T20:00:00+07:00</expires><headline>Cảnh báo</headline>"
    "<description>Nước lên &lt;br/&gt; nhanh<![CDATA[ & mạnh]]></description><instruction>Sơ tán</instruction>"
    "<resource><resourceDesc>bản đồ</resourceDesc><mimeType>image/png</mimeType><size>12</size></resource>"
    "<area><areaDesc>Xã A</areaDesc><polygon>11.1,108.1 11.2,108.1 11.2,108.2 11.1,108.1</polygon>"
    "<circle>11.1,108.1 2.5</circle><geocode><valueName>VN:maDVHC</valueName><value>22933</value></geocode>"
    "<altitude>0</altitude><ceiling>100</ceiling></area></info>"
)


def _alert(kind: str, status: str, *, references: bool, info: str) -> str:
    named = "<references>a@b.vn,one,2026-10-12T13:00:00+07:00</references>" if references else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
        "<identifier>two</identifier><sender>a@b.vn</sender><sent>2026-10-12T14:05:00+07:00</sent>"
        f"<status>{status}</status><msgType>{kind}</msgType><scope>Public</scope><note>x</note>{named}{info}</alert>"
    )


SEEDS: Final = tuple(
    text.encode()
    for text in (
        _alert("Alert", "Actual", references=False, info=_INFO),
        _alert("Update", "Actual", references=True, info=_INFO + _INFO),
        _alert("Cancel", "Actual", references=True, info=""),
        _alert("Alert", "Exercise", references=False, info=_INFO),
        _alert("Alert", "System", references=False, info=""),
    )
)
_SPLICES: Final = (
    b"<!-- -->", b"<!DOCTYPE a>", b"&lt;", b"&amp;", b"&x;", b"&#0;", b"<![CDATA[", b"]]>", b"<?x y?>", b"\0", b"\xff",
    b"\xef\xbb\xbf", b"</alert>", b"<info>", b"<alert>", b"Z", b",", b" ", b"-", b"nan", b"1e999", b"9" * 400, b"=",
    b' a="b"', b' xmlns=""', b' xmlns:p="u:p"', b"p:", b"<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'/>",
    "\u202e".encode(), "ệ".encode(), b"\r\n", b"<a>" * 50, b"System", b"Cancel", b"Past",
)  # fmt: skip


@dataclass
class FuzzResult:
    """Result of a run. ``raised``: tracebacks, each with the document that caused it."""

    verdicts: Counter[CapVerdict] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    raised: list[str] = field(default_factory=list)
    slowest_ms: float = 0.0


def fuzz(
    n: int, seed: int, look: Callable[[bytes, Judgement], None] = lambda _document, _judgement: None
) -> FuzzResult:
    """Check ``n`` mutated documents; ``look`` sees each with its verdict."""
    done = FuzzResult()
    for document in mutated(n, seed):
        begun = perf_counter()
        try:
            judgement = check(document)
        except Exception:  # noqa: BLE001 - finding one is the purpose
            done.raised.append(f"{traceback.format_exc()}\n{document!r}")
            continue
        done.slowest_ms = max(done.slowest_ms, (perf_counter() - begun) * 1000)
        done.verdicts[judgement.verdict] += 1
        done.codes[judgement.code] += 1
        look(document, judgement)
    return done


def mutated(n: int, seed: int) -> Iterator[bytes]:
    """Yield ``n`` documents, each a seed document mutated in one to four places."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    for _ in range(n):
        document = chance.choice(SEEDS)
        for _ in range(chance.choice((1, 1, 1, 2, 3, 4))):
            document = chance.choice(_WAYS)(document, chance)
        yield document


def _flip(document: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(document) + 1)
    return document[:at] + bytes([chance.randrange(256)]) + document[at + 1 :]


def _splice(document: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(document) + 1)
    return document[:at] + chance.choice(_SPLICES) + document[at:]


def _cut(document: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(document) + 1)
    return document[:start] + document[start + chance.randrange(1, 60) :]


def _repeat(document: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(document) + 1)
    piece = document[start : start + chance.randrange(1, 200)]
    return document[:start] + piece * chance.randrange(2, 5) + document[start:]


def _text(document: bytes, chance: random.Random) -> bytes:
    """Replace the text of one element by a splice: the document stays well-formed more often."""
    opens = [at for at, byte in enumerate(document) if byte == ord(">")]
    if not opens:
        return document
    at = chance.choice(opens) + 1
    end = document.find(b"<", at)
    return document[:at] + chance.choice(_SPLICES) + document[max(end, at) :]


def _drop(document: bytes, chance: random.Random) -> bytes:
    """Drop one element, or move it to the end of its neighbours."""
    opens = [
        at for at in range(len(document) - 1) if document[at : at + 1] == b"<" and document[at + 1 : at + 2].isalpha()
    ]
    if not opens:
        return document
    at = chance.choice(opens)
    name = document[at + 1 :].split(b">", 1)[0].split(b" ", 1)[0]
    closing = b"</" + name + b">"
    end = document.find(closing, at)
    if end < 0:
        return document
    end += len(closing)
    piece, rest = document[at:end], document[:at] + document[end:]
    if chance.random() < 0.5:  # noqa: PLR2004 - one of the two
        return rest
    to = rest.rfind(b"</")
    return rest[:to] + piece + rest[to:]


def _recode(document: bytes, chance: random.Random) -> bytes:
    text = document.decode("utf-8", "replace")
    encoding = chance.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "latin-1", "utf-8-sig", "cp037"))
    return text.encode(encoding, "replace")


_WAYS: Final = (_flip, _flip, _splice, _splice, _text, _text, _text, _cut, _repeat, _drop, _drop, _recode)


@click.command("cap-fuzz", hidden=True)
@click.option("--n", default=100_000, show_default=True, help="How many mutated documents.")
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def fuzz_command(*, n: int, seed: int, as_json: bool) -> None:
    """Check N mutated documents: none may raise."""
    begun = perf_counter()
    done = fuzz(n, seed)
    row = {"documents": n, "seed": seed, "raised": len(done.raised), "slowest_ms": round(done.slowest_ms, 1)}
    row |= {f"verdict_{name}": count for name, count in sorted(done.verdicts.items())}
    row["codes"] = len(done.codes)
    row["seconds"] = round(perf_counter() - begun, 1)
    click.echo(json.dumps(row) if as_json else "\n".join(f"{name}: {value}" for name, value in row.items()))
    for raised in done.raised[:5]:
        click.echo(raised, err=True)
    sys.exit(1 if done.raised else 0)
