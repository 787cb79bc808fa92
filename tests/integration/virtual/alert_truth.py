"""Ground truth of an alert against every screen about it: finds each number that was not true at any recent instant.

A device's report takes time and is batched for half a second: a number may be that of any instant of the last
``LAG_MS``. Health delays a fault for its time, and may know of a mute device before it has ended its round.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from flask.testing import FlaskClient

from bench.virtual_fleet.ground_truth import TrueSound
from broadcast.alerts.model import Alert
from broadcast.alerts.rounds import due_at, round_at
from tests.console import COMMUNE
from tests.integration.virtual.stage import LOUDSPEAKERS, SECOND_MS, UNHEARD, VirtualStage

LAG_MS: Final = 2_000
STEP_MS: Final = 100
NOBODY: Final = "Lúc này không có loa nào phát."
_EVER: Final = 2**60


@dataclass
class AlertTruth:
    """Ground truth of one order at an instant. ``inherited`` are soundings of the order that it replaced."""

    stage: VirtualStage
    alert: Alert
    order_id: str
    inherited: tuple[TrueSound, ...] = ()
    taken_over_at: int = 0
    stopped_at: int = _EVER

    @classmethod
    def of(cls, stage: VirtualStage, alert: Alert, predecessor: Alert | None = None) -> AlertTruth:
        """Make the ground truth of an alert; ``predecessor``: its rounds that sound now count for the alert."""
        old = [] if predecessor is None else stage.soundings(str(predecessor.order_id))
        on = tuple(each for each in old if each.ended_at is None and each.device in LOUDSPEAKERS)
        return cls(stage, alert, str(alert.order_id), on, stage.timeline.now_ms)

    @property
    def soundings(self) -> list[TrueSound]:
        own = [each for each in self.stage.soundings(self.order_id) if each.device in LOUDSPEAKERS]
        return [*self.inherited, *own]

    def began(self, each: TrueSound) -> int:
        return max(each.started_at, self.taken_over_at) if each in self.inherited else each.started_at

    def count(self, which: Callable[[TrueSound], bool]) -> int:
        return len({each.device for each in self.soundings if which(each)})

    def figures(self, at_ms: int) -> dict[str, int]:
        def over(each: TrueSound) -> bool:
            return each.ended_at is not None and each.ended_at <= at_ms

        def on(each: TrueSound) -> bool:
            return self.began(each) <= at_ms and not over(each)

        begun = self.count(lambda each: self.began(each) <= at_ms)
        return {
            "loa": len(LOUDSPEAKERS),
            "đã nhận": begun,
            "không trả lời": len(LOUDSPEAKERS) - begun,
            "đang phát": self.count(on),
            "phát xong": self.count(lambda each: over(each) and each.is_whole),
            "nghe được": self.count(lambda each: over(each) and each.is_heard),
            "không nghe được": self.count(lambda each: over(each) and not each.is_heard),
            "không đo được": 0,
            "từ chối": 0,
        }

    def round_now(self) -> tuple[int, int]:
        """Return the number of the current round, and when it was due."""
        order, now = self.stage.order(self.order_id), self.stage.console.context.now()
        number = round_at(order.issued_at, order.rounds, min(now, order.expires_at))
        due = due_at(order.issued_at, order.rounds, number)
        assert due is not None
        return number, 0 if number == 1 else round(due.timestamp() * 1000)

    def in_round(self, at_ms: int, due_ms: int) -> dict[str, int]:
        """Count the loudspeakers by their state in the round that was due then."""
        counts = dict.fromkeys(("đang phát", "phát xong", "chưa bắt đầu", "đã dừng"), 0)
        for device in LOUDSPEAKERS:
            mine = [each for each in self.soundings if each.device == device and self.began(each) <= at_ms]
            of_it = [each for each in mine if each.ended_at is None or each.ended_at >= due_ms]
            last = max(of_it, key=lambda each: each.started_at, default=None)
            if last is None:
                counts["đã dừng" if mine and self.stopped_at <= at_ms else "chưa bắt đầu"] += 1
            elif last.ended_at is None or last.ended_at > at_ms:
                counts["đang phát"] += 1
            else:
                counts["phát xong" if last.is_whole else "đã dừng"] += 1
        return counts

    def lately(self, figures: Callable[[int], dict[str, int]]) -> dict[str, set[int]]:
        """Return the values of each figure at the instants of the last ``LAG_MS``."""
        values: dict[str, set[int]] = {}
        now_ms = self.stage.timeline.now_ms
        for at_ms in range(now_ms - LAG_MS, now_ms + 1, STEP_MS):
            for name, count in figures(at_ms).items():
                values.setdefault(name, set()).add(count)
        return values

    def possible(self) -> dict[str, set[int]]:
        values, now_ms = self.lately(self.figures), self.stage.timeline.now_ms
        # A device answers up to a second before the first sample.
        for at_ms in range(now_ms, now_ms + SECOND_MS, STEP_MS):
            figures = self.figures(at_ms)
            for name in ("đã nhận", "không trả lời"):
                values[name].add(figures[name])
        # Health knows of the mute ones by itself.
        values["không nghe được"] |= set(range(min(values["không nghe được"]), len(UNHEARD) + 1))
        return values


def shown(html: str) -> dict[str, int]:
    found = re.findall(r"<li[^>]*><b>(\d+)</b> <span>(?:\S )?([^<]+)</span>", html)
    return {name: int(count) for count, name in found}


def check(client: FlaskClient, truth: AlertTruth) -> list[str]:
    """Check the page of one alert, its table, its map, and the answers of the API."""
    stage, alert, allowed = truth.stage, truth.alert, truth.possible()
    html = client.get(f"/alerts/{alert.id}/live?area={COMMUNE}").text
    found = shown(html)
    wrong = [
        f"page {name}: {found.get(name)} not in {sorted(values)}"
        for name, values in allowed.items()
        if found.get(name) not in values
    ]
    row = re.findall(r'data-label="([^"]+)">(\d+)</td>', html[html.index('id="by-area"') : html.index('id="devices"')])
    names = {"Đã nhận": "đã nhận", "Đang phát": "đang phát", "Phát xong": "phát xong", "Nghe được": "nghe được"}
    names |= {"Chưa trả lời": "không trả lời", "Từ chối": "từ chối", "Không nghe được": "không nghe được"}
    wrong += [f"table {label}: {count}" for label, count in row if int(count) not in allowed[names[label]]]
    rows = re.findall(r'<th scope="row">(Cụm[^<]*)</th>\s*<td[^>]*>(.*?)</td>', html[html.index('id="devices"') :])
    sounding = sum("Đang phát" in state for _, state in rows)
    if len(rows) != len(LOUDSPEAKERS) or sounding not in allowed["đang phát"]:
        wrong.append(f"devices: {sounding} of {len(rows)} sound")
    wrong += _round_line(truth, html)
    calls = client.get(f"/alerts/{alert.id}/calls").text
    mute = re.search(r"Phát nhưng không nghe được: (\d+)", calls)
    if mute is not None and int(mute[1]) not in allowed["không nghe được"]:
        wrong.append(f"calls: {mute[1]} mute")
    for linked, of in re.findall(r"(\d+)/(\d+) loa đang nối", calls):
        if int(of) != len(LOUDSPEAKERS) or int(linked) > int(of):
            wrong.append(f"call: {linked}/{of} connected")
    body = client.get(f"/api/v1/alerts/{alert.id}/reach", headers=stage.console.bearer("officer")).get_json()
    (area,) = body["areas"]
    for name, count in (
        ("loa", area["meant"]),
        ("đã nhận", area["answered"]),
        ("nghe được", area["heard"]),
        ("không nghe được", area["not_heard"]),
        ("không đo được", area["unmeasured"]),
        ("đang phát", area["now"].get("sounding", 0)),
        ("phát xong", area["states"].get("done", 0)),
    ):
        if count not in allowed[name]:
            wrong.append(f"api {name}: {count} not in {sorted(allowed[name])}")
    drawn = client.get(f"/alerts/{alert.id}/map?box=8,102,24,110").get_json()["devices"]
    on_map = {name: state for _, _, state, name in drawn}
    # A loudspeaker that is known to be mute is drawn as that, whether or not it sounds.
    drawn_sounding = sum(state == "sounding" for name, state in on_map.items() if name.startswith("Cụm"))
    possible = {count - mute for count in allowed["đang phát"] for mute in range(len(UNHEARD) + 1)}
    if drawn_sounding not in possible:
        wrong.append(f"map: {on_map}, not {sorted(possible)}")
    return [f"{stage.timeline.now_ms // SECOND_MS}: {alert.headline}: {each}" for each in wrong]


def _round_line(truth: AlertTruth, html: str) -> list[str]:
    """Check the sentence about the current round: its number and its counts, which add up to all loudspeakers."""
    found = re.search(r'id="round"><strong>Đợt (\d+)</strong>(.*?)</p>', html)
    if found is None:
        return [] if truth.stage.order(truth.order_id).ended_at else ["no round"]
    number, due_ms = truth.round_now()
    allowed = truth.lately(lambda at_ms: truth.in_round(at_ms, due_ms))
    result = dict.fromkeys(allowed, 0)
    for count, name in re.findall(r"(\d+) (đang phát|phát xong|chưa bắt đầu|bị ngắt|đã dừng)", found[2]):
        result["đã dừng" if name == "bị ngắt" else name] += int(count)
    odd = {name: count for name, count in result.items() if count not in allowed[name]}
    wrong = [f"round: {odd} not in {allowed}"] if odd else []
    if int(found[1]) != number or sum(result.values()) != len(LOUDSPEAKERS):
        wrong.append(f"round {found[1]}, not {number}: {result}")
    return wrong


def check_others(client: FlaskClient, streets: Iterable[AlertTruth]) -> list[str]:
    """Check who sounds now on the first page, the public page, the device list, their map and each device's page."""
    followed = list(streets)
    stage = followed[0].stage
    wrong: list[str] = []
    allowed = {each.alert.headline: each.possible()["đang phát"] for each in followed}
    cards = {"/": ("day-line", "missed", "line-item[^>]*"), f"/cong-khai/{COMMUNE}/": ("on-air", "coming", 'row"')}
    for path, (begin, end, kind) in cards.items():
        html = client.get(path).text
        card = html[html.index(f'id="{begin}"') : html.index(f'id="{end}"')]
        rows = [row for row in re.findall(rf'<li class="{kind}>(.*?)</li>', card, re.DOTALL) if "loa đang phát" in row]
        details = {name: _loudspeakers(row) for row in rows for name in allowed if name in row}
        for name, counts in allowed.items():
            if details.get(name, 0) not in counts:
                wrong.append(f"{path}: {name}: {details.get(name, 0)} not in {sorted(counts)}")
        if path != "/" and (NOBODY in card) == bool(details):
            wrong.append(f"{path}: {details}, and nobody plays: {NOBODY in card}")
    total = _sums(allowed.values())
    listed = client.get(f"/devices?area={COMMUNE}").text
    if listed.count("data-sounding") not in total:
        wrong.append(f"devices: {listed.count('data-sounding')} not in {sorted(total)}")
    on_map = re.search(r"(\d+) thiết bị đang phát cảnh báo", client.get(f"/devices/map?area={COMMUNE}").text)
    mapped = int(on_map[1]) if on_map else 0
    if mapped not in total:
        wrong.append(f"device map: {mapped} not in {sorted(total)}")
    pages = sum('id="sounding"' in client.get(f"/devices/{each}").text for each in LOUDSPEAKERS)
    if pages not in total:
        wrong.append(f"device pages: {pages} not in {sorted(total)}")
    return [f"{stage.timeline.now_ms // SECOND_MS}: {each}" for each in wrong]


def _loudspeakers(row: str) -> int:
    found = re.search(r"(\d+)/(\d+) loa đang phát", row)
    assert found is not None
    assert int(found[2]) == len(LOUDSPEAKERS)
    return int(found[1])


def _sums(counts: Iterable[set[int]]) -> set[int]:
    totals = {0}
    for each in counts:
        totals = {total + count for total in totals for count in each}
    return totals
