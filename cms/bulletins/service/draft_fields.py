"""Bulletin drafts: the fields a person fills in, and their validation."""

from dataclasses import dataclass, field, fields
from datetime import date, datetime

from broadcast.boards import board_text
from broadcast.bulletins.model import After, BoardText, Bulletin, Cues, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Schedule
from broadcast.relays.model import RelayOrder
from broadcast.relays.rules import order_problems
from broadcast.scheduling.recurrence import all_problems
from broadcast.scheduling.rescheduling import SCHEDULES_MAX
from broadcast.speech.dictionary import problems_of_saying, tidy
from broadcast.speech.languages import LANGUAGES
from broadcast.speech.readings import Saying
from province.areas import AreaId, AreaTree
from province.errors import Problem, too_long

TITLE_MAX = 200
TEXT_MAX = 20_000
TOPIC_MAX = 80
NAME_MAX = 200
SAYINGS_MAX = 100


@dataclass(frozen=True, slots=True)
class Draft:
    """The editable part of a bulletin. ``original_sha256`` names an uploaded recording already in the content store.

    ``cues`` hold for that recording; without one they are left out. ``board``: boards show it too; None: they do not.
    ``relay``: a source is heard, and the content here stands in where that fails.
    """

    title: str
    text: str = ""
    topic: str = ""
    priority: PriorityClass = PriorityClass.NORMAL
    language: str = "vi"
    targets: Targets = field(default_factory=Targets)
    original_sha256: str = ""
    original_name: str = ""
    origin: str = ""
    pen_name: str = ""
    valid_from_at: datetime | None = None
    valid_until_at: datetime | None = None
    schedules: tuple[Schedule, ...] = ()
    after: After = After.RESTART
    sayings: tuple[Saying, ...] = ()
    cues: Cues = field(default_factory=Cues)
    is_handed_down: bool = False
    board: BoardText | None = field(default_factory=BoardText)
    relay: RelayOrder | None = None


def redraft(bulletin: Bulletin) -> Draft:
    """Return the draft that would leave the bulletin as it is."""
    return Draft(**{each.name: getattr(bulletin, each.name) for each in fields(Draft)})


def problems_of(draft: Draft, tree: AreaTree, on: date) -> tuple[Problem, ...]:
    """Return all problems; ``on`` is the date on which the targets have to be in force."""
    found: list[Problem] = []
    if not draft.title.strip():
        found.append(Problem("title", "MISSING"))
    for name, text, most in (
        ("title", draft.title, TITLE_MAX),
        ("text", draft.text, TEXT_MAX),
        ("topic", draft.topic, TOPIC_MAX),
        ("original_name", draft.original_name, NAME_MAX),
        ("origin", draft.origin, NAME_MAX),
        ("pen_name", draft.pen_name, NAME_MAX),
    ):
        found += too_long(name, text, most)
    found += board_text.problems_of(draft.board)
    found += order_problems(draft.relay, is_handed_down=draft.is_handed_down)
    if draft.language not in LANGUAGES:
        found.append(Problem("language", "LANGUAGE_UNKNOWN", {"language": draft.language[:40]}))
    if len(draft.sayings) > SAYINGS_MAX:
        found.append(Problem("sayings", "TOO_MANY", {"max": SAYINGS_MAX}))
    found += [p for saying in draft.sayings for p in problems_of_saying(tidy(saying), "sayings.")]
    found += _target_problems(draft.targets, tree, on)
    if draft.valid_from_at and draft.valid_until_at and draft.valid_until_at <= draft.valid_from_at:
        found.append(Problem("valid_until_at", "BEFORE_VALID_FROM"))
    if len(draft.schedules) > SCHEDULES_MAX:
        found.append(Problem("schedules", "TOO_MANY", {"max": SCHEDULES_MAX}))
    else:
        found += all_problems(draft.schedules)
    return tuple(found)


def _target_problems(targets: Targets, tree: AreaTree, on: date) -> list[Problem]:
    found = [] if targets.areas else [Problem("targets", "MISSING")]
    found += [p for area_id in targets.areas for p in area_problems(area_id, "targets", tree, on)]
    found += [p for area_id in targets.exclude for p in area_problems(area_id, "exclude", tree, on)]
    return found


def area_problems(area_id: AreaId, field: str, tree: AreaTree, on: date) -> list[Problem]:
    """Check that an area named for something new exists and is still in force."""
    if area_id not in tree:
        return [Problem(field, "AREA_UNKNOWN", {"area": area_id[:40]})]
    area = tree.get(area_id)
    return [] if area.is_in_force(on) else [Problem(field, "AREA_CLOSED", {"area": area_id, "name": area.name})]
