"""Fields of a citizen's feedback: as typed, as read into a draft, and as shown for a stored one."""

from dataclasses import dataclass
from datetime import datetime

from broadcast.bulletins.model import BulletinId
from broadcast.feedback.model import Channel, Feedback, FeedbackKind
from cms.feedback.service.register import CONTACT_MAX, TEXT_MAX, FeedbackDraft
from cms.platform.web import formats
from cms.platform.web.typed_form import ENTRY_MAX, TypedForm, entry, read_choice
from devices.model import DeviceId
from province.areas import AreaId
from province.errors import InvalidError, Problem, problem_if


@dataclass(frozen=True)
class FeedbackForm(TypedForm):
    """Feedback form as typed. ``key`` becomes the id of a new one, so that a form sent twice is recorded once."""

    area: str = entry()
    channel: str = entry(Channel.PHONE.value)
    kind: str = entry(FeedbackKind.OTHER.value)
    text: str = entry(most=TEXT_MAX + 1)
    said_at: str = entry()
    contact: str = entry(most=CONTACT_MAX + 1)
    bulletin: str = entry()
    device: str = entry()
    version: str = entry()
    key: str = entry()


def read(form: FeedbackForm) -> FeedbackDraft:
    """Convert the form. Raise InvalidError with every field that cannot be read."""
    problems: list[Problem] = []
    said_at = formats.read_instant(form.said_at, "said_at", problems)
    problems += problem_if(not form.said_at, "said_at", "MISSING")
    channel = read_choice(Channel, form.channel, "channel", problems)
    kind = read_choice(FeedbackKind, form.kind, "kind", problems)
    problems += problem_if(not form.text, "text", "MISSING")
    problems += problem_if(not form.area, "area", "MISSING")
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
        area=area[:ENTRY_MAX],
        bulletin=bulletin[:ENTRY_MAX],
        device=device[:ENTRY_MAX],
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
