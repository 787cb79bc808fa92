"""The editor's fields: as typed, as read into a draft, and as shown for a stored bulletin."""

from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from werkzeug.datastructures import MultiDict

from broadcast.boards.board_text import MINUTES_MAX, PAGE_LEAST_S, PAGE_MOST_S
from broadcast.bulletins.board_appearance import PAGE_S, AppearancePicture, BoardAppearance
from broadcast.bulletins.model import After, BoardText, Bulletin, Targets
from broadcast.bulletins.official_papers import OfficialPaper
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.sharing import BulletinTemplate
from broadcast.relays.model import RelayOrder, RelaySourceId
from broadcast.speech.dictionary import tidy
from broadcast.speech.normalization import VIETNAMESE
from broadcast.speech.readings import Saying
from cms.bulletins.service.recordings import KeptRecording
from cms.bulletins.service.revisions import NAME_MAX, SAYINGS_MAX, Draft
from cms.platform.web import area_picker, formats, typed_time
from cms.platform.web.typed_form import TypedForm, chosen, entry, read_by, ticked
from cms.schedule.forms import schedule as schedule_form
from cms.schedule.forms.schedule import ScheduleForm
from devices.protocol.boards import Colour, Motion, Template
from province.areas import AreaId, AreaTree
from province.errors import Problem

NOWHERE = Targets()
REMARKS = ("CLIPPED", "QUIET")
"""Remarks on a recording that is accepted; each has its sentence."""
TYPED_MAX = 200_000
"""Letters of the text that are shown again: what the rules find too long is refused, not cut."""
LINE_TYPED_MAX = 2000
_DIGITS_MAX = 7
_MINUTE_MS = 60_000
_Choice = TypeVar("_Choice", PriorityClass, After, Template, Colour, Motion)


def _remarks(sent: MultiDict[str, str], _name: str) -> tuple[str, ...]:
    return tuple(each for each in sent.getlist("original_remark") if each in REMARKS)


@dataclass(frozen=True)
class BulletinForm(TypedForm):
    """Bulletin form as typed, so that any input can be shown again. ``kind`` is text or audio.

    ``original_ms``, ``original_remarks``, ``is_original_checked``: findings in the recording, for display only.
    ``bulletin_id`` is the id that a new bulletin gets, so that a form sent twice makes one; ``copied_from`` names the
    bulletin whose cues a copied recording keeps. ``script`` is the text of a recording.
    """

    title: str = entry(most=LINE_TYPED_MAX)
    kind: str = read_by(lambda sent, _name: "audio" if sent.get("kind") == "audio" else "text", "text")
    text: str = entry(most=TYPED_MAX)
    script: str = entry(most=TYPED_MAX)
    transcript: str = entry(most=TYPED_MAX)
    original_sha256: str = entry(most=NAME_MAX)
    original_name: str = entry(most=NAME_MAX)
    original_ms: str = entry()
    original_remarks: tuple[str, ...] = read_by(_remarks, ())
    is_original_checked: bool = read_by(lambda sent, _name: sent.get("original_checked") != "no", default=True)
    topic: str = entry("notice", NAME_MAX)
    genre: str = entry("notice", NAME_MAX)
    priority: str = entry(PriorityClass.NORMAL.value)
    language: str = entry("vi", NAME_MAX)
    origin: str = entry(most=NAME_MAX)
    pen_name: str = entry(most=NAME_MAX)
    valid_from: str = entry(sent_as="valid_from_at")
    valid_until: str = entry(sent_as="valid_until_at")
    after: str = entry(After.RESTART.value)
    areas: tuple[str, ...] = chosen()
    rows: tuple[ScheduleForm, ...] = read_by(lambda sent, _name: tuple(schedule_form.typed(sent)), (ScheduleForm("1"),))
    sayings: tuple[Saying, ...] = read_by(lambda sent, _name: typed_sayings(sent), ())
    version: str = entry()
    is_handed_down: bool = read_by(lambda sent, _name: sent.get("is_handed_down") == "yes", default=False)
    is_on_boards: bool = ticked(sent_as="on_boards", default=True)
    board_text: str = entry(most=LINE_TYPED_MAX)
    board_minutes: str = entry("0")
    board_template: str = entry(Template.BANNER.value)
    board_colour: str = entry(Colour.AMBER.value)
    board_motion: str = entry(Motion.PAGES.value)
    board_page_s: str = entry(str(PAGE_S))
    board_picture: str = entry(most=NAME_MAX)
    board_picture_bytes: str = entry("0")
    relay_source: str = entry(most=NAME_MAX)
    relay_minutes: str = entry("30")
    bulletin_id: str = entry(sent_as="draft")
    autosave_version: str = entry("0")
    copied_from: str = entry()
    version_of: str = entry()
    paper_number: str = entry(most=NAME_MAX)
    paper_date: str = entry()
    paper_issuer: str = entry(most=LINE_TYPED_MAX)
    paper_file: str = entry(most=NAME_MAX)
    paper_sha256: str = entry(most=NAME_MAX)


def begun_with(template: BulletinTemplate, begun: BulletinForm) -> BulletinForm:
    """Prefill a new bulletin from a template."""
    return replace(
        begun,
        title=template.title,
        text=template.text,
        topic=template.topic,
        priority=template.priority.value,
        language=template.language,
    )


def copied(source: Bulletin, areas: tuple[AreaId, ...], airs_after: datetime | None) -> BulletinForm:
    """Prefill a new bulletin with everything of another but its times.

    ``airs_after``, a wall time: it airs again then, at the other's time of day.
    """
    row = ScheduleForm("1")
    if airs_after is not None and source.schedules:
        at = source.schedules[0].starts.time()
        on = airs_after.date() + timedelta(days=at <= airs_after.time())
        row = ScheduleForm("1", on=on.isoformat(), at=f"{at:%H:%M}")
    return replace(
        shown(source), areas=areas, rows=(row,), version="", valid_from="", valid_until="", copied_from=source.id
    )


def translated(source: Bulletin, areas: tuple[AreaId, ...]) -> BulletinForm:
    """Prefill a version of a bulletin in another language: the text is there to be translated, a recording is not."""
    return replace(
        copied(source, areas, None),
        kind="text",
        text=source.text,
        original_sha256="",
        original_name="",
        script="",
        transcript="",
        copied_from="",
        language="en" if source.language == VIETNAMESE else VIETNAMESE,
        version_of=source.id,
    )


def with_recording(form: BulletinForm, taken: KeptRecording) -> BulletinForm:
    """Return the form with an uploaded recording."""
    found = taken.checked
    return replace(
        form,
        kind="audio",
        original_sha256=taken.stored.sha256,
        original_name=taken.name,
        original_ms="" if found is None else str(found.duration_ms),
        original_remarks=() if found is None else found.remarks,
        is_original_checked=found is not None,
    )


def with_paper(form: BulletinForm, paper: OfficialPaper | None, sealed_sha256: str) -> BulletinForm:
    """Return the form with the fields of an official paper, and its hash in the form in which a browser gets it."""
    if paper is None:
        return form
    return replace(
        form,
        paper_number=paper.number,
        paper_date=paper.issued_on.isoformat() if paper.issued_on else "",
        paper_issuer=paper.issuer,
        paper_file=paper.file_name,
        paper_sha256=sealed_sha256,
    )


def paper_of(form: BulletinForm, problems: list[Problem]) -> OfficialPaper:
    """Read the official paper; a date that cannot be read is added to the problems."""
    issued_on = None
    if form.paper_date:
        try:
            issued_on = typed_time.read_day(form.paper_date)
        except ValueError:
            problems.append(Problem("paper_date", "NOT_A_DATE"))
    return OfficialPaper(form.paper_number, issued_on, form.paper_issuer, form.paper_file, form.paper_sha256)


def begun_fields(form: BulletinForm) -> tuple[tuple[str, str], ...]:
    """Return the fields of a new form as a browser would send them, without schedule."""
    plain = ((each.name, getattr(form, each.name)) for each in fields(form))
    texts = [(name, value) for name, value in plain if isinstance(value, str)]
    return (*texts, *(("areas", area) for area in form.areas), ("on_boards", "1"), ("s", "1"), ("s-1-kind", "once"))


def board_of(form: BulletinForm, problems: list[Problem]) -> BoardText | None:
    """Read the text for boards; a number that cannot be read is added to the problems."""
    if not form.is_on_boards:
        return None
    minutes = _figure(form.board_minutes or "0", MINUTES_MAX + 1)
    if minutes > MINUTES_MAX:
        problems.append(Problem("board_minutes", "MINUTES", {"max": MINUTES_MAX}))
        minutes = 0
    page_s = _figure(form.board_page_s or str(PAGE_S), 0)
    if not PAGE_LEAST_S <= page_s <= PAGE_MOST_S:
        problems.append(Problem("board_page_s", "SECONDS", {"min": PAGE_LEAST_S, "max": PAGE_MOST_S}))
        page_s = PAGE_S
    look = BoardAppearance(
        template=_choice(Template, form.board_template, Template.BANNER),
        colour=_choice(Colour, form.board_colour, Colour.AMBER),
        motion=_choice(Motion, form.board_motion, Motion.PAGES),
        page_s=page_s,
        picture=AppearancePicture(form.board_picture, _figure(form.board_picture_bytes, 0))
        if form.board_picture
        else None,
    )
    return BoardText(form.board_text, is_own=bool(form.board_text), minutes=minutes, look=look)


def _figure(digits: str, otherwise: int) -> int:
    return int(digits) if digits.isdecimal() and len(digits) <= _DIGITS_MAX else otherwise


def _board_shown(board: BoardText | None) -> dict[str, Any]:
    """Return the fields of a stored look, and of the text if a person wrote it."""
    if board is None:
        return {}
    look, picture = board.look, board.look.picture
    return {
        "board_text": board.text if board.is_own else "",
        "board_minutes": str(board.minutes),
        "board_template": look.template.value,
        "board_colour": look.colour.value,
        "board_motion": look.motion.value,
        "board_page_s": str(look.page_s),
        "board_picture": picture.sha256 if picture is not None else "",
        "board_picture_bytes": str(picture.bytes if picture is not None else 0),
    }


def relay_of(form: BulletinForm, problems: list[Problem]) -> RelayOrder | None:
    """Read the programme to relay; a number that cannot be read is added to the problems."""
    if not form.relay_source:
        return None
    digits = form.relay_minutes
    minutes = int(digits) if digits.isdecimal() and len(digits) <= _DIGITS_MAX else 0
    if not minutes:
        problems.append(Problem("relay.length_ms", "RELAY_LENGTH"))
        return None
    return RelayOrder(RelaySourceId(form.relay_source), minutes * _MINUTE_MS)


def typed_sayings(form: MultiDict[str, str]) -> tuple[Saying, ...]:
    """Return the pronunciations that the page sent for this bulletin only."""
    pairs = zip(form.getlist("saying_written"), form.getlist("saying_spoken"), strict=False)
    kept = (tidy(Saying(written, spoken)) for written, spoken in pairs)
    return tuple(saying for saying in kept if saying.written and saying.spoken)[:SAYINGS_MAX]


def draft_of(form: BulletinForm, tree: AreaTree, on: date) -> tuple[Draft, list[Problem]]:
    """Convert the form to a draft, with all problems, not only the first. An untouched schedule row is ignored."""
    problems: list[Problem] = []
    schedules, faults = schedule_form.read(
        [row for row in form.rows if row.on or row.at or row.session or row.kind != "once"]
    )
    problems += faults
    is_audio = form.kind == "audio"
    draft = Draft(
        title=form.title,
        text=form.script if is_audio else form.text,
        transcript=form.transcript if is_audio else "",
        topic=form.topic,
        genre=form.genre,
        priority=_choice(PriorityClass, form.priority, PriorityClass.NORMAL),
        language=form.language,
        targets=area_picker.targets_of(form.areas, tree, on),
        schedules=schedules,
        original_sha256=form.original_sha256 if is_audio else "",
        original_name=form.original_name if is_audio else "",
        origin=form.origin,
        pen_name=form.pen_name,
        valid_from_at=formats.read_instant(form.valid_from, "valid_from_at", problems),
        valid_until_at=formats.read_instant(form.valid_until, "valid_until_at", problems),
        after=_choice(After, form.after, After.RESTART),
        sayings=form.sayings,
        is_handed_down=form.is_handed_down,
        board=board_of(form, problems),
        relay=relay_of(form, problems),
    )
    return draft, problems


def shown(bulletin: Bulletin) -> BulletinForm:
    is_audio = bool(bulletin.original_sha256)
    return BulletinForm(
        title=bulletin.title,
        kind="audio" if is_audio else "text",
        text="" if is_audio else bulletin.text,
        script=bulletin.text if is_audio else "",
        transcript=bulletin.transcript,
        original_sha256=bulletin.original_sha256,
        original_name=bulletin.original_name,
        topic=bulletin.topic,
        genre=bulletin.genre,
        priority=bulletin.priority,
        language=bulletin.language,
        origin=bulletin.origin,
        pen_name=bulletin.pen_name,
        valid_from=formats.as_typed(bulletin.valid_from_at),
        valid_until=formats.as_typed(bulletin.valid_until_at),
        after=bulletin.after,
        areas=bulletin.targets.areas,
        rows=tuple(schedule_form.shown(bulletin.schedules)) or (ScheduleForm("1"),),
        sayings=bulletin.sayings,
        version=str(bulletin.version),
        is_handed_down=bulletin.is_handed_down,
        is_on_boards=bulletin.board is not None,
        **_board_shown(bulletin.board),
        relay_source=bulletin.relay.source_id if bulletin.relay is not None else "",
        relay_minutes=str(bulletin.relay.length_ms // _MINUTE_MS) if bulletin.relay is not None else "30",
    )


def _choice(kind: type[_Choice], value: str, default: _Choice) -> _Choice:
    return kind(value) if value in set(kind) else default
