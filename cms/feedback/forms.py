"""Fields of a citizen's feedback: as typed, as read into a draft, and as shown for a stored one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from broadcast.bulletins.model import BulletinId
from broadcast.feedback.model import Channel, Feedback, FeedbackKind
from cms.feedback.service.register import CONTACT_MAX, TEXT_MAX, FeedbackDraft
from cms.platform.web import formats
from devices.model import DeviceId
from province.areas import AreaId
from province.errors import InvalidError, Problem

_ID_MAX = 40
_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True)
class FeedbackForm:
    """Feedback form as typed. ``key`` becomes the id of a new one, so that a form sent twice is recorded once."""

    area: str = ""
    channel: str = Channel.PHONE.value
    kind: str = FeedbackKind.OTHER.value
    text: str = ""
    said_at: str = ""
    contact: str = ""
    bulletin: str = ""
    device: str = ""
    version: str = ""
    key: str = ""


def typed(form: MultiDict[str, str]) -> FeedbackForm:
    def line(name: str, most: int = _ID_MAX) -> str:
        return form.get(name, "").strip()[:most]

    return FeedbackForm(
        area=line("area"),
        channel=line("channel"),
        kind=line("kind"),
        # One more than the rules allow, so that text that is too long is refused instead of cut.
        text=form.get("text", "").replace("\r\n", "\n").strip()[: TEXT_MAX + 1],
        said_at=line("said_at"),
        contact=line("contact", CONTACT_MAX + 1),
        bulletin=line("bulletin"),
        device=line("device"),
        version=line("version"),
        key=line("key"),
    )


def read(form: FeedbackForm) -> FeedbackDraft:
    """Convert the form. Raise InvalidError with every field that cannot be read."""
    problems: list[Problem] = []
    said_at = formats.read_instant(form.said_at, "said_at", problems)
    if not form.said_at:
        problems.append(Problem("said_at", "MISSING"))
    channel = _choice(Channel, form.channel, "channel", problems)
    kind = _choice(FeedbackKind, form.kind, "kind", problems)
    if not form.text:
        problems.append(Problem("text", "MISSING"))
    if not form.area:
        problems.append(Problem("area", "MISSING"))
    if problems or said_at is None or channel is None or kind is None:
        raise InvalidError(problems)
    return FeedbackDraft(
        area_id=AreaId(form.area),
        channel=channel,
        kind=kind,
        text=form.text,
        said_at=said_at,
        contact=form.contact,
        bulletin_id=BulletinId(form.bulletin) if form.bulletin else None,
        device_id=DeviceId(form.device) if form.device else None,
    )


def blank(now: datetime, key: str, *, area: str = "", bulletin: str = "", device: str = "") -> FeedbackForm:
    return FeedbackForm(
        area=area[:_ID_MAX],
        bulletin=bulletin[:_ID_MAX],
        device=device[:_ID_MAX],
        said_at=formats.as_typed(now),
        key=key,
    )


def shown(feedback: Feedback) -> FeedbackForm:
    return FeedbackForm(
        area=feedback.area_id,
        channel=feedback.channel,
        kind=feedback.kind,
        text=feedback.text,
        said_at=formats.as_typed(feedback.said_at),
        contact=feedback.contact,
        bulletin=feedback.bulletin_id or "",
        device=feedback.device_id or "",
        version=str(feedback.version),
    )


def _choice(kind: type[_Choice], text: str, field: str, problems: list[Problem]) -> _Choice | None:
    if text in set(kind):
        return kind(text)
    problems.append(Problem(field, "MISSING"))
    return None
