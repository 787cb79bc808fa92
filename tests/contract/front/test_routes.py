"""Routes of the console and the API, and the web process to which the front passes each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from cms.platform import api as v1
from cms.platform.cli.front import configuration
from cms.platform.settings import Settings
from tests.console import Console, open_console

URGENT: Final = frozenset(
    {
        *("web.sign_in", "web.sign_in_form", "web.sign_out"),
        *("web.second_factor_form", "web.give_code", "web.enrol_form", "web.enrol"),
        *("web.alerts", "web.alert", "web.new_alert", "web.raise_alert", "web.edit_alert", "web.save_alert"),
        *("web.autosave_alert", "web.decide_alert", "web.cancel_alert", "web.all_clear", "web.update_alert"),
        *("web.sign_off_alert", "web.stop", "web.stop_now", "web.stopped", "web.lift_stop", "web.stop_live"),
        *("web.approvals", "web.approval", "web.decide"),
        *("v1.draft_alert", "v1.replace_alert", "v1.submit_alert", "v1.approve_alert", "v1.cancel_alert"),
        *("v1.send_all_clear", "v1.stop_everything", "v1.stop_live", "v1.approve_bulletin"),
    }
)
"""Endpoints that declare, release, end or silence an alert, and the pages that lead to them."""
STARVING: Final = frozenset(
    {
        *("web.upload", "web.send_part", "web.alert_live", "web.alert_news", "web.alert_state", "web.alert_recording"),
        *("web.approval_ahead", "v1.upload_audio", "v1.send_part", "v1.preflight", "v1.list_alerts", "v1.get_reach"),
        *("v1.list_bulletins", "public.send_feedback", "public.index"),
    }
)
"""Endpoints that are large, slow, public, polled each second, or asked for by programs."""
ORDINARY: Final = frozenset(
    {
        *("web.today", "web.bulletins", "web.calendar", "web.reports", "web.move_clashes", "web.approval_document"),
        *("web.approval_area", "web.content", "web.autosave_bulletin"),
    }
)
"""Endpoints that a person waits for, and nobody's life."""


_ARGUMENT: Final = re.compile(r"<[^>]+>")


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with open_console(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def locations(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """Patterns in nginx's order, each with its process; one more asks the web only for its permit."""
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    text = configuration.write_config(settings).read_text()
    found = [
        (pattern.replace("(?<", "(?P<"), process)
        for pattern, process in re.findall(r'location ~ "([^"]+)" \{[^}]*proxy_pass http://(\$?\w+);', text)
    ]
    assert len(found) == text.count("location ~ ") - text.count("auth_request /_permit;")
    below = re.findall(r"location (/[a-z-]+/) \{[^}]*proxy_pass http://(\$?\w+);", text)
    return [*found, *(("^" + path, process) for path, process in below)]


def process_of(method: str, path: str, locations: list[tuple[str, str]]) -> str:
    """Return the process of the first matching pattern; without a match, the general web process."""
    process = next((process for pattern, process in locations if re.search(pattern, path)), "web")
    asked = {
        **dict.fromkeys(("recordings", "polled", "fetches"), "background_web"),
        "$writing_web": "background_web" if method == "GET" else "urgent_web",
        "$approving_web": "urgent_web",
    }
    return asked.get(process, process)


def routes(console: Console) -> dict[str, tuple[str, str]]:
    """Map each endpoint to its method, and a path as a browser asks for it."""
    apps = {"": console.app, v1.PREFIX: console.app.extensions[v1.EXTENSION]}
    return {
        rule.endpoint: (
            min((rule.methods or set()) - {"HEAD", "OPTIONS"}),
            prefix + re.sub(r"<[^>]+>", "01hq", rule.rule),
        )
        for prefix, app in apps.items()
        for rule in app.url_map.iter_rules()
    }


@pytest.mark.parametrize(
    ("process", "named"), [("urgent_web", URGENT), ("web", ORDINARY), ("background_web", STARVING)]
)
def test_nothing_large_slow_or_public_shares_a_process_with_alerts_or_with_peoples_pages(
    process: str, named: frozenset[str], console: Console, locations: list[tuple[str, str]]
) -> None:
    paths = routes(console)
    assert {endpoint: process_of(*paths[endpoint], locations) for endpoint in named} == dict.fromkeys(named, process)
