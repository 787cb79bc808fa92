"""Training world of the demo: there is something to approve, to return and to answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.demo import practice as demo_practice
from bench.demo.world import DemoUser, World
from broadcast.inbox.model import HandedDownState
from cms.inbox.repository import HandedDowns
from cms.platform.cli.api_client import ApiClient
from tests.builders import bulletins
from tests.console import COMMUNE, COMMUNE_2, PEOPLE, open_console
from tests.web_server import served


def test_two_bulletins_wait_for_approval_and_one_for_the_answer_of_each_commune(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_console(tmp_path / "home") as console, served(console.app) as port:
        settings = console.context.settings.model_copy(update={"public_url": f"http://127.0.0.1:{port}"})
        people = [DemoUser(login, "", PEOPLE[login][0], "", console.tokens[login]) for login in ("editor", "approver")]
        editor = ApiClient(settings.public_url, console.tokens["editor"])
        made: list[str] = []

        def sound_of(_: ApiClient, path: str) -> dict[str, str]:
            made.append(bulletins.make_sound(console, bulletins.stored(console, path.rpartition("/")[2])).id)
            return {"state": "ready"}

        monkeypatch.setattr(demo_practice, "sound_of", sound_of)
        said: list[str] = []
        world = World(people, (), (), (COMMUNE, COMMUNE_2))
        demo_practice.furnish(settings, world, now=console.clock(), say=said.append)
        states = {each: editor.get(f"/bulletins/{each}").body["status"] for each in made}
        assert list(states.values()) == ["submitted", "submitted", "handed_down"]
        with console.context.uow() as uow:
            items = uow[HandedDowns].of_bulletin(bulletins.stored(console, made[-1]).id)
        assert {each.area_id: each.state for each in items} == dict.fromkeys(
            (COMMUNE, COMMUNE_2), HandedDownState.OFFERED
        )
        assert said == ["to practise: two bulletins wait for approval, and one waits for the answer of 2 communes"]
