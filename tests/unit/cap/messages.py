"""A plain message, and any valid one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from hypothesis import strategies as st

from broadcast.alerts.cap.message import (
    CapArea,
    CapCircle,
    CapInfo,
    CapMessage,
    CapScope,
    CapSeverity,
    Category,
    Certainty,
    MsgType,
    NamedValue,
    Polygon,
    Reference,
    Resource,
    ResponseType,
    Status,
    Urgency,
)

VIETNAM = timezone(timedelta(hours=7))
SENT = datetime(2026, 10, 20, 7, 0, tzinfo=VIETNAM)
SENDER = "pctt@lamdong.example.vn"
FIRST = Reference(SENDER, "LD-1", SENT - timedelta(hours=1))
SQUARE = Polygon(((11.0, 108.0), (11.0, 108.1), (11.1, 108.1), (11.1, 108.0), (11.0, 108.0)))
INFO = CapInfo(
    (Category.MET,),
    "Lũ quét",
    Urgency.IMMEDIATE,
    CapSeverity.EXTREME,
    Certainty.OBSERVED,
    language="vi-VN",
    expires=SENT + timedelta(hours=5),
    headline="Cảnh báo lũ quét",
    description="Nước sông Lũy lên nhanh.",
    areas=(CapArea("Xã Hồng Thái", (SQUARE,)),),
)
MESSAGE = CapMessage("LD-2", SENDER, SENT, Status.ACTUAL, MsgType.ALERT, CapScope.PUBLIC, infos=(INFO,))

# Characters that XML can carry and stripping leaves alone.
_characters = st.characters(
    exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="\ufffe\uffff", include_characters="\n\t\r"
)
texts = st.text(_characters, max_size=20).map(str.strip)
words = st.text(_characters, min_size=1, max_size=12).map(str.strip).filter(bool)
names = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn", "Z"], exclude_characters=",<&\ufffe\uffff"),
    min_size=1,
    max_size=12,
)
phrases = words.filter(lambda text: '"' not in text)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_FIRST, _LAST = datetime.fromisoformat("1971-01-01"), datetime.fromisoformat("2998-01-01")
instants = st.datetimes(_FIRST, _LAST, timezones=offsets).map(lambda at: at.replace(microsecond=0))
degrees = st.floats(-60, 60, allow_nan=False).map(lambda value: round(value, 6))
named_values = st.builds(NamedValue, texts, texts)
feet = st.none() | st.integers(-100_000, 6_000_000).map(lambda hundredths: hundredths / 100)


@st.composite
def polygons(draw: st.DrawFn) -> Polygon:
    """Draw a rectangle, its corners given in order."""
    lat, lon = draw(degrees), draw(degrees)
    high, wide = draw(st.integers(1, 20)), draw(st.integers(1, 20))
    return Polygon(((lat, lon), (lat, lon + wide), (lat + high, lon + wide), (lat + high, lon), (lat, lon)))


@st.composite
def areas(draw: st.DrawFn) -> CapArea:
    altitude = draw(feet)
    return CapArea(
        draw(words),
        tuple(draw(st.lists(polygons(), max_size=2))),
        tuple(draw(st.lists(st.builds(CapCircle, degrees, degrees, st.floats(0, 500)), max_size=2))),
        tuple(draw(st.lists(named_values, max_size=2))),
        altitude,
        None if altitude is None else draw(feet),
    )


resources = st.builds(
    Resource, texts, texts, st.none() | st.integers(0, 10**9), uri=texts, deref_uri=texts, digest=texts
)


@st.composite
def infos(draw: st.DrawFn) -> CapInfo:
    return CapInfo(
        tuple(draw(st.lists(st.sampled_from(Category), min_size=1, max_size=3))),
        draw(words),
        draw(st.sampled_from(Urgency)),
        draw(st.sampled_from(CapSeverity)),
        draw(st.sampled_from(Certainty)),
        language=draw(st.sampled_from(["vi-VN", "en-US", "cjm", "zh-Hant-TW"])),
        response_types=tuple(draw(st.lists(st.sampled_from(ResponseType), max_size=2))),
        audience=draw(texts),
        event_codes=tuple(draw(st.lists(named_values, max_size=2))),
        effective=draw(st.none() | instants),
        onset=draw(st.none() | instants),
        expires=draw(st.none() | instants),
        sender_name=draw(texts),
        headline=draw(texts),
        description=draw(texts),
        instruction=draw(texts),
        web=draw(texts),
        contact=draw(texts),
        parameters=tuple(draw(st.lists(named_values, max_size=2))),
        resources=tuple(draw(st.lists(resources, max_size=1))),
        areas=tuple(draw(st.lists(areas(), max_size=2))),
    )


references = st.builds(Reference, names, names, instants)


@st.composite
def messages(draw: st.DrawFn) -> CapMessage:
    """Draw a message that can be written; the rules may refuse it."""
    return CapMessage(
        draw(names),
        draw(names),
        draw(instants),
        draw(st.sampled_from(Status)),
        draw(st.sampled_from(MsgType)),
        draw(st.sampled_from(CapScope)),
        source=draw(texts),
        restriction=draw(texts),
        addresses=tuple(draw(st.lists(phrases, max_size=2))),
        codes=tuple(draw(st.lists(words, max_size=2))),
        note=draw(texts),
        references=tuple(draw(st.lists(references, max_size=2))),
        incidents=tuple(draw(st.lists(phrases, max_size=2))),
        infos=tuple(draw(st.lists(infos(), max_size=2))),
    )


# For rules: few texts, times close together, references that meet.
_near = st.integers(-2, 2).map(lambda hours: SENT + timedelta(hours=hours))
_names = st.sampled_from(["a", "b"])
_quick_infos = st.builds(
    lambda urgency, effective, onset, expires: replace(
        INFO, urgency=urgency, effective=effective, onset=onset, expires=expires
    ),
    st.sampled_from(Urgency),
    st.none() | _near,
    st.none() | _near,
    st.none() | _near,
)
quick_messages = st.builds(
    CapMessage,
    _names,
    _names,
    _near,
    st.sampled_from(Status),
    st.sampled_from(MsgType),
    st.sampled_from(CapScope),
    restriction=st.sampled_from(["", "x"]),
    addresses=st.sampled_from([(), ("x",)]),
    note=st.sampled_from(["", "x"]),
    references=st.lists(st.builds(Reference, _names, _names, _near), max_size=2).map(tuple),
    infos=st.lists(_quick_infos, max_size=2).map(tuple),
)
