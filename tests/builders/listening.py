"""Listening tests of two voices: begun by the operator, with sounds, and with answers."""

from __future__ import annotations

from broadcast.speech.listening import ListeningTest
from cms.listening import service
from cms.listening.repository import ListeningTests
from tests.console import Console

VOICES = ("espeak-ng", "espeak-ng:vi-vn-x-south")
TEXTS = ("Mời bà con đi họp lúc 7h30.", "Tàu thuyền không được ra khơi.")


def begun(console: Console, *, by: str = "operator") -> ListeningTest:
    """Begin a test, whose sounds are not made yet."""
    context, (a, b) = console.context, VOICES
    call = context.call(console.actor(by), console.clock())
    return service.begin(context.uow(), voice_a=a, voice_b=b, texts=TEXTS, offered=frozenset(VOICES), call=call)


def made(console: Console) -> ListeningTest:
    """Begin a test and make its sounds, which are bytes that name their voice."""
    context, test = console.context, begun(console)
    clips = tuple(context.content.put_bytes(f"{text}{voice}".encode()) for text in TEXTS for voice in "ab")
    service.finish(context.uow(), test.id, clips=clips, now=console.clock())
    return found(console, test)


def answered(console: Console, test: ListeningTest) -> None:
    """Let two people answer both texts: the editor prefers what came first, the approver hears no difference."""
    for login, is_first_clearer in (("editor", True), ("approver", None)):
        for number, heard in enumerate(("mời bà con đi họp lúc bảy giờ", "tàu thuyền được ra khơi")):
            call = console.context.call(console.actor(login), console.clock())
            uow = console.context.uow()
            service.answer(uow, test.id, number=number, heard=heard, is_first_clearer=is_first_clearer, call=call)


def found(console: Console, test: ListeningTest) -> ListeningTest:
    """Read the test as it is now."""
    with console.context.uow.reading() as uow:
        return uow[ListeningTests].get(test.id)
