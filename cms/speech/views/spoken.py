"""Spoken text beside the text: live during typing, corrected in place, and taught to the dictionary."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from flask import render_template, request
from werkzeug.wrappers import Response

from broadcast.bulletins.blanks import blanks
from broadcast.speech.dictionary import key_of, problems_of_saying, tidy
from broadcast.speech.languages import LANGUAGES
from broadcast.speech.normalization import VIETNAMESE, Reading
from broadcast.speech.normalization.abbreviations import ABBREVIATIONS
from broadcast.speech.normalization.doubtful_readings import Doubt, doubts
from broadcast.speech.phrase_bank import PhrasePiece, assembled, word_count
from broadcast.speech.readings import DictionaryEntry, PronunciationId, Saying, SpokenSubstitution
from broadcast.speech.sentence_bounds import Sentence, sentences
from cms.bulletins import forms as bulletin_form
from cms.bulletins.forms import BulletinForm
from cms.bulletins.service import drafts
from cms.bulletins.service.revisions import TEXT_MAX
from cms.platform.store.uow import UnitOfWork
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.request_context import call, new_unit, pages
from cms.platform.web.typed_form import TypedForm, entry, read_by
from cms.platform.web.wording import LabelText
from cms.speech.repository import Pronunciations
from cms.speech.service import dictionary, phrase_recordings
from media.speech import WORDS_PER_MINUTE
from province.areas import AreaId, AreaTree
from province.errors import InvalidError, NotAllowedError, Problem
from province.people import Action
from province.policy import visible_areas

ROWS = 300
WRITTEN_MOST: Final = 100
HEARD_MOST: Final = 1000
"""Letters of a text that may be heard as a whole before it is saved; its spoken form is longer."""
_MINUTE_MS: Final = 60_000


@dataclass(frozen=True)
class SpokenPiece:
    """A stretch of the spoken text; ``written`` is its source if that differs, or if it may be wrong."""

    spoken: str
    written: str | None = None
    doubt: str = ""
    """Reason for which it may be wrong, in the user's language."""
    parts: tuple[tuple[str, str], ...] = ()
    """The same in parts, each with the announcer whose recording says it, if there is one."""
    sentence: int | None = None
    """Number of the sentence that begins here."""

    @property
    def is_changed(self) -> bool:
        return self.written is not None and self.written != self.spoken


@dataclass(frozen=True)
class Correction(TypedForm):
    """Fields of "say this as", as typed."""

    written: str = entry(most=TEXT_MAX, sent_as="say_written")
    spoken: str = entry(most=TEXT_MAX, sent_as="say_spoken")
    scope: str = read_by(lambda sent, _name: "always" if sent.get("say_scope") == "always" else "here", "here")
    area_id: str = entry(sent_as="say_area")


def pieces(text: str, changes: Iterable[SpokenSubstitution], language: str = VIETNAMESE) -> Iterator[SpokenPiece]:
    """Return the spoken text in order; parts that were only removed or given a pause count as unchanged."""
    made = tuple(changes)
    unsure = {place.start: place for place in doubts(text, made)} if language == VIETNAMESE else {}
    kept = (SpokenSubstitution(each.start, each.end, text[each.start : each.end], "") for each in unsure.values())
    changed = {each.start: each for each in (*kept, *made)}
    at = 0
    for change in (changed[start] for start in sorted(changed)):
        yield SpokenPiece(text[at : change.start])
        written = text[change.start : change.end]
        is_said = any(c.isalnum() for c in change.spoken)
        doubt = unsure.get(change.start)
        is_unsaid = doubt is not None and doubt.doubt is Doubt.UNREADABLE
        said = written.strip() if is_said or is_unsaid else None
        yield SpokenPiece(written if is_unsaid else change.spoken, said, str(_DOUBTS[doubt.doubt]) if doubt else "")
        at = change.end
    yield SpokenPiece(text[at:])


def in_sentences(said: Iterable[SpokenPiece], found: Iterable[Sentence]) -> Iterator[SpokenPiece]:
    """Cut unchanged pieces where a sentence begins, and number the piece with which each begins."""
    left, at = list(enumerate(found))[::-1], 0
    for each in said:
        piece, end = each, at + len(each.spoken)
        while True:
            number = left.pop()[0] if left and left[-1][1].start <= at else None
            begins = left[-1][1].start if left else end
            if piece.written is not None or not at < begins < end:
                break
            yield replace(piece, spoken=piece.spoken[: begins - at], sentence=number)
            piece, at = replace(piece, spoken=piece.spoken[begins - at :]), begins
        yield replace(piece, sentence=number)
        at = end


def with_speakers(said: Iterable[SpokenPiece], assembly: Iterable[PhrasePiece]) -> Iterator[SpokenPiece]:
    """Fill the parts of all pieces: together they are the text of the assembly."""
    left = [(each.text, each.recording.by_name if each.recording else "") for each in reversed(tuple(assembly))]
    for each in said:
        rest, parts = each.spoken, list[tuple[str, str]]()
        while rest:
            text, by = left.pop()
            taken, text = text[: len(rest)], text[len(rest) :]
            rest = rest[len(taken) :]
            said_by = by if word_count(taken) else ""
            parts.append((f"{parts.pop()[0]}{taken}" if parts and parts[-1][1] == said_by else taken, said_by))
            if text:
                left.append((text, by))
        yield replace(each, parts=tuple(parts))


_DOUBTS: Mapping[Doubt, LabelText] = {
    Doubt.LETTERS: __("an unknown abbreviation, spelt"),
    Doubt.WORD: __("an unknown abbreviation, said as a word"),
    Doubt.JOINED: __("an abbreviation put together, said part by part"),
    Doubt.DATE: __("read as a date; it may be a fraction"),
    Doubt.SHARE: __("read as a fraction; it may be a date"),
    Doubt.NUMERAL: __("read as a Roman numeral"),
    Doubt.SCORE: __("read as a score; it may be a date"),
    Doubt.UNREADABLE: __("the voice cannot say this writing or picture"),
}


@pages.post("/bulletins/spoken")
def spoken_text() -> str:
    """Preview how the text is read, after one of the form's buttons: only "always" stores anything."""
    tree = messages.tree_for(Action.BULLETIN_WRITE)
    form, act = BulletinForm.of(request.form), request.form.get("spoken_act", "")
    typed = Correction.of(request.form)
    sayings, problems, told = list(form.sayings), list[Problem](), ""
    if act == "say":
        saying = tidy(Saying(typed.written, typed.spoken))
        problems = problems_of_saying(saying, "say_")
        if not problems and typed.scope == "always":
            problems, told = _taught(saying, AreaId(typed.area_id))
        elif not problems:
            sayings = [saying, *(each for each in sayings if each.written.casefold() != saying.written.casefold())]
        typed = typed if problems else Correction(scope=typed.scope, area_id=typed.area_id)
    elif act.startswith("drop-") and act[5:].isdecimal():
        sayings = [each for number, each in enumerate(sayings) if number != int(act[5:])]
    return render_template(
        "speech/_spoken.html",
        **parts_of(form, tuple(sayings), tree, typed=typed, problems=problems, told=told, is_open=bool(act)),
    )


def parts_of(
    form: BulletinForm,
    sayings: tuple[Saying, ...],
    tree: AreaTree,
    *,
    typed: Correction | None = None,
    problems: Sequence[Problem] = (),
    told: str = "",
    is_open: bool = False,
) -> dict[str, object]:
    """Return the variables of ``_spoken.html``."""
    draft, _faults = bulletin_form.draft_of(form, tree, request_context.today())
    with request_context.context().uow.reading() as uow:
        reading = _reading(uow, form, sayings, draft.targets.areas)
        bank = phrase_recordings.bank_of(uow, draft.targets.areas, form.language)
    said = list(pieces(reading.text, reading.changes, form.language))
    said = list(in_sentences(said, sentences("".join(each.spoken for each in said))))
    assembly = assembled("".join(each.spoken for each in said), bank)
    recorded = sum(map(word_count, (each.text for each in assembly if each.recording is not None)))
    return {
        "pieces": list(with_speakers(said, assembly)),
        "recorded_count": recorded,
        "words_count": sum(word_count(each.text) for each in assembly),
        "changes_count": sum(1 for each in said if each.is_changed),
        "doubts_count": sum(1 for each in said if each.doubt),
        "blanks": [(each, form.text[each.start : each.end]) for each in blanks(form.text)],
        "letters": len(form.text),
        "letters_max": TEXT_MAX,
        "heard_max": HEARD_MOST,
        "said_ms": round(sum(word_count(each.text) for each in assembly) * _MINUTE_MS / WORDS_PER_MINUTE),
        "sayings": sayings,
        "correction": typed or Correction(),
        "say_problems": messages.by_field(problems),
        "told": told,
        "is_open": is_open,
        "teach_areas": area_picker.options(area_picker.outermost_first(Action.WORD_TEACH, draft.targets.areas)),
    }


def said_text(form: BulletinForm) -> tuple[str, tuple[AreaId, ...]]:
    """Return what the voice says of the form as typed, and the areas whose dictionary and phrases it uses."""
    draft, _faults = bulletin_form.draft_of(form, messages.tree(), request_context.today())
    with request_context.context().uow.reading() as uow:
        reading = _reading(uow, form, form.sayings, draft.targets.areas)
    said = pieces(reading.text, reading.changes, form.language)
    return "".join(each.spoken for each in said), draft.targets.areas


def _reading(uow: UnitOfWork, form: BulletinForm, sayings: tuple[Saying, ...], areas: tuple[AreaId, ...]) -> Reading:
    return drafts.reading_of(uow, text=form.text[:TEXT_MAX], language=form.language, sayings=sayings, areas=areas)


def teach(saying: Saying, area_id: AreaId) -> DictionaryEntry:
    """Teach the pronunciation in that area, as the user. Raises as ``teaching.teach``."""
    return dictionary.teach(new_unit(), area_id=area_id, saying=saying, call=call())


def _taught(saying: Saying, area_id: AreaId) -> tuple[list[Problem], str]:
    try:
        teach(saying, area_id)
    except InvalidError as error:
        return [Problem(f"say_{each.field}", each.code, each.detail) for each in error.problems], ""
    except NotAllowedError:
        return [Problem("say_area", "NOT_YOURS", {"areas": messages.area_names([area_id])})], ""
    names = messages.area_names([area_id])
    told = {"written": saying.written, "spoken": saying.spoken, "area": names}
    return [], _("Remembered: “%(written)s” is said “%(spoken)s” in %(area)s.", **told)


@pages.get("/words")
def words(saying: Saying | None = None, area_id: AreaId | None = None, problems: Sequence[Problem] = ()) -> str:
    tree = messages.tree_for(Action.BULLETIN_READ)
    wanted = key_of(request.args.get("q", ""))
    with request_context.context().uow.reading() as uow:
        found = uow[Pronunciations].in_areas(visible_areas(request_context.actor(), Action.BULLETIN_READ, tree))
    shown = [word for word in found if wanted in key_of(f"{word.saying.written} {word.saying.spoken}")]
    built_in = [pair for pair in sorted(ABBREVIATIONS.items()) if wanted in key_of(" ".join(pair))]
    asked = request.args.get("written", "")[:WRITTEN_MOST]
    return render_template(
        "speech/words.html",
        rows=shown[:ROWS],
        left_out=len(shown) - len(shown[:ROWS]),
        teach_areas=area_picker.options(area_picker.outermost_first(Action.WORD_TEACH)),
        built_in=built_in[:ROWS],
        built_in_left=len(built_in) - len(built_in[:ROWS]),
        taught={key_of(word.saying.written) for word in found},
        key_of=key_of,
        typed=saying or Saying(asked, ABBREVIATIONS.get(asked, "")),
        area_id=area_id,
        problems=messages.by_field(problems),
    )


@pages.post("/words")
def teach_word() -> Answer:
    form = request.form
    saying = Saying(form.get("written", ""), form.get("spoken", ""), bool(form.get("is_case_sensitive")))
    area_id = AreaId(form.get("area", ""))
    with redisplay(words, saying, area_id, not_yours="area"):
        word = teach(saying, area_id)
    told = {"written": word.saying.written, "spoken": word.saying.spoken}
    return confirmed(_("Remembered: “%(written)s” is said “%(spoken)s”.", **told), "web.words")


@pages.post("/words/<pronunciation_id>/forget")
def forget_word(pronunciation_id: str) -> Response:
    word = dictionary.forget(new_unit(), PronunciationId(pronunciation_id), call=call())
    return confirmed(_("Forgotten: how “%(written)s” is said.", written=word.saying.written), "web.words")


@pages.get("/voices")
def voices() -> str:
    request_context.require(Action.BULLETIN_READ, (), messages.tree())
    known = request_context.context().voices
    rows = [(language, known.name(language)) for language in LANGUAGES]
    return render_template("speech/voices.html", rows=rows)
