"""Templates of bulletins and voices, shared down the area tree."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from broadcast.bulletins.priority import PriorityClass
from province.areas import AreaId
from province.people import UserId

TemplateId = NewType("TemplateId", str)
ShareId = NewType("ShareId", str)


@dataclass(frozen=True, slots=True)
class BulletinTemplate:
    """Template that a bulletin can start from, by ``name``. It belongs to one area; others have it by a share."""

    id: TemplateId
    area_id: AreaId
    name: str
    changed_at: datetime
    changed_by: UserId
    changed_by_name: str
    title: str
    text: str
    topic: str = ""
    priority: PriorityClass = PriorityClass.NORMAL
    language: str = "vi"


class ShareKind(StrEnum):
    """TEMPLATE: one template · VOICE: all that an area's announcers have recorded, and will."""

    TEMPLATE = "template"
    VOICE = "voice"


@dataclass(frozen=True, slots=True)
class Share:
    """``subject_id`` (a template, or the area of a voice) may be used in ``area_id`` and below, until taken back.

    ``origin_id`` is the area that owns it.
    """

    id: ShareId
    kind: ShareKind
    subject_id: str
    origin_id: AreaId
    area_id: AreaId
    shared_at: datetime
    shared_by: UserId
    shared_by_name: str
