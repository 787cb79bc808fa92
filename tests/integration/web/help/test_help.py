"""Help pages: a task for every screen, shown in the console and found there."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import render_template_string

from cms.help import labels
from cms.help.model import HelpTopic
from cms.help.service import manuals
from cms.help.views.rendering import html_of
from tests.console import Console

OWN = frozenset({"web.help_index", "web.help_topic", "web.help_picture", "web.robots", "web.static"})


def test_every_screen_has_a_task_and_every_task_named_exists(console: Console) -> None:
    functions = console.app.view_functions
    screens = {
        rule.endpoint: labels.topic_of(rule.endpoint, functions[rule.endpoint].__module__)
        for rule in console.app.url_map.iter_rules()
        if rule.endpoint.startswith("web.") and "GET" in (rule.methods or ())
    }
    assert {endpoint for endpoint, topic in screens.items() if not topic} == OWN
    named = {*labels.TOPIC_OF_SCREEN.values(), *labels.TOPIC_OF_FEATURE.values()}
    assert {address for address in named if manuals.topic("vi", address) is None} == set()
    assert labels.TOPIC_OF_SCREEN.keys() - screens.keys() == set()
    modules = {functions[endpoint].__module__ for endpoint in screens}
    assert labels.TOPIC_OF_FEATURE.keys() - {".".join(each.split(".")[:2]) for each in modules} == set()


@pytest.mark.parametrize(
    ("path", "topic"),
    [
        ("/bulletins/new", "official/write-a-bulletin-and-let-the-voice-read-it"),
        ("/approvals", "official/approve-a-bulletin"),
        ("/stop", "disaster-response/stop-all-loudspeakers"),
        ("/sign-in", "disaster-response/sign-in-with-your-telephone"),
    ],
)
def test_the_link_of_a_page_opens_the_task_of_that_page(console: Console, path: str, topic: str) -> None:
    page = console.client("" if path == "/sign-in" else "approver" if path == "/approvals" else "operator").get(path)
    link = re.search(r'<a href="([^"]+)"[^>]* data-help ', page.text)
    assert link is not None
    assert link[1] == f"/help/{topic}"
    found = manuals.topic("vi", topic)
    assert found is not None
    assert f"<h1>{found.title}</h1>" in console.client().get(link[1]).text


def test_a_page_that_does_not_exist_leads_to_all_tasks(console: Console) -> None:
    page = console.client("operator").get("/no-such-page")
    assert page.status_code == 404
    assert re.search(r'<a href="/help"[^>]* data-help ', page.text)


def test_the_list_names_every_task_in_the_readers_language(console: Console) -> None:
    for language in ("vi", "en"):
        page = unescape(console.client(language=language).get("/help").text)
        topics = [topic for manual in manuals.manuals(language) for topic in manual.topics]
        assert [each.title for each in topics if f'href="/help/{each.address}">{each.title}<' not in page] == []


@pytest.mark.parametrize(
    ("login", "first"),
    [("", "official"), ("operator", "official"), ("technician", "technician"), ("officer", "disaster-response")],
)
def test_the_manual_of_ones_own_work_stands_first(console: Console, login: str, first: str) -> None:
    page = console.client(login).get("/help").text
    assert re.findall(r'class="card" aria-labelledby="([a-z-]+)"', page)[0] == first


def test_a_task_shows_its_pictures_in_their_size_and_links_stay_in_the_console(console: Console) -> None:
    page = console.client("operator").get("/help/official/approve-a-bulletin").text
    picture = re.search(r'<img src="(/help/pictures/[a-z]+\.png)" alt="[^"]+" width="(\d+)" height="(\d+)"', page)
    assert picture is not None
    answer = console.client().get(picture[1])
    assert answer.data[:8] == b"\x89PNG\r\n\x1a\n"
    assert answer.data[16:24] == int(picture[2]).to_bytes(4) + int(picture[3]).to_bytes(4)
    urgent = console.client().get("/help/disaster-response/urgent-but-not-an-alert").text
    assert '<a href="/help#official">cán bộ xã</a>' in urgent
    # A document that the console does not show is named only.
    assert (
        "<span>health.md</span>" in console.client().get("/help/technician/find-the-loudspeaker-that-cannot-speak").text
    )


@pytest.mark.parametrize("path", ["/help/official/none", "/help/none/drills", "/help/pictures/..%2fadr.png"])
def test_what_is_no_task_and_no_picture_is_not_found(console: Console, path: str) -> None:
    assert console.client("operator").get(path).status_code == 404


def test_no_markup_of_a_manual_reaches_the_page(console: Console) -> None:
    source = "### Giờ\n\n<script>x</script> [y](javascript:z)\n\n| a | b |\n|---|---|\n| c | d |"
    with console.app.test_request_context():
        text = html_of(HelpTopic("official", "x", "X", source, ""))
        assert render_template_string("{{ text }}", text=text) == text
    assert "<script" not in text
    assert "href" not in text
    assert "<h2>Giờ</h2>" in text
    assert "<td>d</td>" in text


def test_help_is_searched_on_its_own_page_and_from_everywhere(console: Console) -> None:
    own = console.client("operator").get("/help?q=phat+bu").text
    assert "<mark>phát bù</mark>" in own.split('id="found-help"')[1]
    everywhere = console.client("operator").get("/search?q=phat+bu").text
    assert 'href="/help/official/see-whether-it-played">Xem loa đã phát chưa' in everywhere
    assert "Không tìm thấy" in console.client("operator").get("/help?q=xyzzy").text
    assert "ít nhất hai chữ" in console.client("operator").get("/help?q=x").text
