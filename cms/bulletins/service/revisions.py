"""Fields of a draft, and the next version of a bulletin with its event."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from broadcast.boards import board_text
from broadcast.bulletins.genres import GENRES
from broadcast.bulletins.lifecycle import next_status
from broadcast.bulletins.model import After, BoardText, Bulletin, BulletinAction, Cues, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Schedule
from broadcast.relays.model import RelayOrder, order_problems
from broadcast.scheduling.recurrence import all_problems
from broadcast.scheduling.rescheduling import SCHEDULES_MAX
from broadcast.speech.dictionary import problems_of_saying, tidy
from broadcast.speech.languages import LANGUAGES
from broadcast.speech.readings import Saying
from cms.platform.store.rows import value_of
from province.areas import AreaId, AreaTree
from province.errors import ConflictError, Problem, problem_if, too_long
from province.events import Event
from province.people import Actor, UserId

TITLE_MAX = 200
TEXT_MAX = 20_000
TOPIC_MAX = 80
NAME_MAX = 200
SAYINGS_MAX = 100


def require_current(bulletin: Bulletin, expected_version: int) -> None:
    """Require that the person saw the current version; versions saved by our own processes do not count.

    Raises:
        ConflictError: another person changed it meanwhile.
    """
    if not bulletin.version - bulletin.sound.own_versions <= expected_version <= bulletin.version:
        raise ConflictError("bulletin", bulletin.id, expected_version, bulletin.version)


def with_hands(bulletin: Bulletin, *user_ids: UserId) -> tuple[UserId, ...]:
    """Return the new ``editors``: known ones, the submitter, and these; none may be its second person.

    The author needs no mention; a submitter does, as another may take their place (``Bulletin.is_own``).
    """
    hands = dict.fromkeys((*bulletin.editors, bulletin.submitter_id, *user_ids))
    return tuple(each for each in hands if each and each != bulletin.author_id)


def revised(bulletin: Bulletin, action: BulletinAction, now: datetime, **changes: Any) -> Bulletin:
    """Return the next version, in the state that ``action`` leads to.

    Raises:
        NotPossibleError: the table has no such step.
    """
    return replace(
        bulletin,
        status=next_status(bulletin.status, action),
        version=bulletin.version + 1,
        changed_at=now,
        sound=replace(bulletin.sound, own_versions=0),
        **changes,
    )


def progressed(bulletin: Bulletin, now: datetime, action: BulletinAction | None = None, **changes: Any) -> Bulletin:
    """Return the next version, made by one of our processes: a person who saw the one before may still act on it.

    Raises:
        NotPossibleError: the table has no such step.
    """
    sound = changes.pop("sound", bulletin.sound)
    return replace(
        bulletin,
        status=bulletin.status if action is None else next_status(bulletin.status, action),
        version=bulletin.version + 1,
        changed_at=now,
        sound=replace(sound, own_versions=bulletin.sound.own_versions + 1),
        **changes,
    )


def event_of(name: str, bulletin: Bulletin, actor: Actor, **detail: object) -> Event:
    """Build the event of an action on a bulletin by a person or one of our processes, with its title of that time."""
    frozen = {"version": bulletin.version, "title": bulletin.title, **detail}
    return Event.of(actor, f"bulletin.{name}", bulletin.id, bulletin.changed_at, **frozen)


@dataclass(frozen=True, slots=True)
class Draft:
    """The editable part of a bulletin. ``original_sha256`` names an uploaded recording already in the content store.

    ``cues`` hold for that recording; without one they are left out, and so is its ``transcript``. ``board``: boards
    show it too; None: they do not. ``genre`` is a key of ``GENRES``; empty: not stated. ``relay``: a source is heard,
    and the content here stands in where that fails.
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
    genre: str = ""
    transcript: str = ""


def redraft(bulletin: Bulletin) -> Draft:
    """Return the draft that would leave the bulletin as it is."""
    return value_of(Draft, bulletin)


def problems_of(draft: Draft, tree: AreaTree, on: date) -> tuple[Problem, ...]:
    """Return all problems; ``on`` is the date on which the targets have to be in force."""
    found: list[Problem] = []
    found += problem_if(not draft.title.strip(), "title", "MISSING")
    for name, text, most in (
        ("title", draft.title, TITLE_MAX),
        ("text", draft.text, TEXT_MAX),
        ("transcript", draft.transcript, TEXT_MAX),
        ("topic", draft.topic, TOPIC_MAX),
        ("original_name", draft.original_name, NAME_MAX),
        ("origin", draft.origin, NAME_MAX),
        ("pen_name", draft.pen_name, NAME_MAX),
    ):
        found += too_long(name, text, most)
    found += board_text.problems_of(draft.board)
    found += order_problems(draft.relay, is_handed_down=draft.is_handed_down)
    found += problem_if(draft.language not in LANGUAGES, "language", "LANGUAGE_UNKNOWN", language=draft.language[:40])
    found += problem_if(bool(draft.genre) and draft.genre not in GENRES, "genre", "GENRE_UNKNOWN")
    found += problem_if(len(draft.sayings) > SAYINGS_MAX, "sayings", "TOO_MANY", max=SAYINGS_MAX)
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
