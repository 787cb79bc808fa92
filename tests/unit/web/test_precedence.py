"""Requests of people go before work that keeps the interpreter busy."""

import threading

from cms.platform.process.precedence import Precedence

LONG_S = 60.0


def test_heavy_work_goes_on_when_the_last_request_is_answered() -> None:
    precedence, begun, order = Precedence(LONG_S), threading.Event(), []

    def work() -> None:
        begun.set()
        precedence.give_way()
        order.append("work")

    with precedence.request():
        busy = threading.Thread(target=work)
        busy.start()
        assert begun.wait(LONG_S)
        order.append("answer")
    busy.join(LONG_S)
    assert order == ["answer", "work"]


def test_heavy_work_goes_on_at_last_however_many_ask() -> None:
    precedence, went_on = Precedence(wait_s=0.0), threading.Event()

    def work() -> None:
        precedence.give_way()
        went_on.set()

    with precedence.request():
        threading.Thread(target=work).start()
        assert went_on.wait(LONG_S)


def test_heavy_work_does_not_wait_for_its_own_request() -> None:
    precedence, went_on = Precedence(LONG_S), threading.Event()

    def answer() -> None:
        with precedence.request():
            precedence.give_way()
            went_on.set()

    threading.Thread(target=answer).start()
    assert went_on.wait(LONG_S / 2)
