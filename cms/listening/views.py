"""Listening tests: begun and read by people who record phrases, answered by everybody who is signed in."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request

from broadcast.speech.listening import SAMPLE_TEXTS, ListeningErrors, ListeningTest, ListeningTestId
from cms.alerts.views import plot
from cms.alerts.views.plot import Bar
from cms.audit.queries import jobs_progress
from cms.listening import service
from cms.listening.labels import CLEARER
from cms.listening.repository import ListeningAnswers, ListeningTests
from cms.platform.web import messages, request_context, wording
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, context, new_unit, pages
from cms.platform.web.typed_form import TypedForm, entry
from media.kokoro import voice as kokoro
from province.errors import Problem, problem_if, refuse
from province.people import Action

SHOWN = 50


@dataclass(frozen=True)
class ListeningTestForm(TypedForm):
    """Fields of a new test, as typed."""

    voice_a: str = entry(most=service.TEXT_MAX)
    voice_b: str = entry(most=service.TEXT_MAX)
    texts: str = entry("\n".join(SAMPLE_TEXTS), most=service.TEXTS_MAX * service.TEXT_MAX * 2)


@dataclass(frozen=True)
class ListeningAnswerForm(TypedForm):
    """Answer as typed; ``clearer``: first, second or same."""

    heard: str = entry(most=service.HEARD_MAX)
    clearer: str = entry()


@pages.get("/listening")
def listening_tests(form: ListeningTestForm | None = None, problems: Sequence[Problem] = ()) -> str:
    with context().uow.reading() as uow:
        tests = uow[ListeningTests].latest(SHOWN)
        jobs = jobs_progress(uow.session, [each.job_id for each in tests])
    offered = [(each, voice_label(each)) for each in service.offered_voices(context().settings.voices)]
    return render_template(
        "listening/tests.html",
        tests=tests,
        jobs=jobs,
        offered=offered,
        typed=form or ListeningTestForm(voice_b=offered[-1][0]),
        problems=messages.by_field(problems),
    )


@pages.post("/listening")
def begin_listening_test() -> Answer:
    request_context.require(Action.PHRASE_RECORD, (), messages.tree())
    form, offered = ListeningTestForm.of(request.form), frozenset(service.offered_voices(context().settings.voices))
    with redisplay(listening_tests, form):
        voices = {"voice_a": form.voice_a, "voice_b": form.voice_b}
        service.begin(new_unit(), **voices, texts=tuple(form.texts.splitlines()), offered=offered, call=call())
    return confirmed(_("The sounds are being made. Then everybody who is signed in may listen."), "web.listening_tests")


@pages.get("/listening/<test_id>")
def listening_test(test_id: str, form: ListeningAnswerForm | None = None, problems: Sequence[Problem] = ()) -> str:
    """Show the first text that the user has not answered, as two sounds without names; else thank them."""
    test, listener = _found(test_id), request_context.actor().user_id
    with context().uow.reading() as uow:
        answered = {each.number for each in uow[ListeningAnswers].of_test(test.id, listener)}
    number = next((each for each in range(len(test.texts)) if each not in answered), None)
    return render_template(
        "listening/test.html",
        test=test,
        number=number,
        clips=test.clips_for(listener, number) if test.is_open and number is not None else (),
        typed=form or ListeningAnswerForm(),
        problems=messages.by_field(problems),
    )


@pages.post("/listening/<test_id>")
def answer_listening_test(test_id: str) -> Answer:
    form, number = ListeningAnswerForm.of(request.form), request.form.get("number", "")
    with redisplay(listening_test, test_id, form):
        refuse(problem_if(form.clearer not in CLEARER or not number.isdecimal(), "clearer", "MISSING"))
        is_first_clearer = None if form.clearer == "same" else form.clearer == "first"
        service.answer(
            new_unit(),
            ListeningTestId(test_id),
            number=int(number[:3]),
            heard=form.heard,
            is_first_clearer=is_first_clearer,
            call=call(),
        )
    return confirmed(_("Thank you. Your answer is saved."), "web.listening_test", test_id=test_id)


@pages.get("/listening/<test_id>/results")
def listening_results(test_id: str) -> str:
    request_context.require(Action.PHRASE_RECORD, (), messages.tree())
    test = _found(test_id)
    with context().uow.reading() as uow:
        figures = service.figures_of(uow, test)
    names = [f"{letter}: {voice_label(each)}" for letter, each in zip("AB", (test.voice_a, test.voice_b), strict=True)]
    rates = [_bar(letter, each) for letter, each in zip("AB", (figures.heard_a, figures.heard_b), strict=True)]
    counts = zip("AB", (figures.prefer_a, figures.prefer_b), strict=True)
    both = figures.prefer_a + figures.prefer_b
    preferred = [Bar(letter, count, None, str(count), "", full=both) for letter, count in counts]
    return render_template(
        "listening/results.html",
        test=test,
        figures=figures,
        names=names,
        rates=[each.said_now for each in rates],
        preference_plot=plot.bars(preferred, _("Answers that found a voice clearer")),
        errors_plot=plot.bars(rates, _("Words misheard, of 100")),
    )


@pages.post("/listening/<test_id>/end")
def end_listening_test(test_id: str) -> Answer:
    service.end(new_unit(), ListeningTestId(test_id), call=call())
    return confirmed(_("The test is ended."), "web.listening_results", test_id=test_id)


def voice_label(choice: str) -> str:
    """Return the name of a voice for people, and as ``LOA_VOICES`` has it."""
    built_in = choice.partition("-")[0].replace(":", " ") if choice.startswith(kokoro.NAME) else choice
    return f"{wording.voice(built_in)} ({choice})"


def _bar(name: str, heard: ListeningErrors) -> Bar:
    rate = heard.error_rate
    said = "–" if rate is None else f"{rate * 100:.0f} %"
    return Bar(name, 100 * (rate or 0.0), None, said, "", full=100.0)


def _found(test_id: str) -> ListeningTest:
    with context().uow.reading() as uow:
        return uow[ListeningTests].get(ListeningTestId(test_id))
