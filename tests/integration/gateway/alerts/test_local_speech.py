"""Speech of local alerts: made once they are agreed on, kept by loudspeakers, and used by alerts with these words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from broadcast.alerts.model import AlertKind, Audience
from broadcast.bulletins.model import Rendition, SoundState, Targets
from cms.alerts.service import drafts
from cms.alerts.service.draft_fields import AlertDraft, WordingDraft
from cms.local_alerts.queries import speech_on_flash
from cms.local_alerts.repository import LocalAlerts
from cms.local_alerts.service import speech
from cms.platform.store.engine import reading
from devices.protocol import topics
from devices.protocol.messages import Code, LocalOrders
from firmware_sim.core.events import ContentHeld
from tests.integration.gateway.local_boxes import Province
from tests.integration.gateway.station import LOA_1, LOA_2, XA_1, Station


@pytest.fixture
def province(station: Station) -> Province:
    return Province(station)


def test_speech_is_made_beforehand_kept_by_every_loudspeaker_there_and_used_by_alerts_with_these_words(
    province: Province,
) -> None:
    local = province.agreed()
    province.issue(LOA_1)
    context, uow = province.station.context, province.station.context.uow
    with uow() as unit:
        asked = unit[LocalAlerts].get(local.id)
    assert asked.sound.state is asked.again.state is SoundState.MAKING
    first, again = (Rendition("alert-opus", digit * 64, 20_000, 9_000, "audio/ogg") for digit in "ab")
    for sound, clip, is_again in ((asked.sound, first, False), (asked.again, again, True)):
        made = replace(sound, state=SoundState.READY, renditions=(clip,))
        other = replace(made, job_id="another")
        assert not speech.finish(uow(), local.id, other, is_again=is_again, now=province.station.now)
        assert speech.finish(uow(), local.id, made, is_again=is_again, now=province.station.now)
    province.dispatch()
    for device_id, holders_there in ((LOA_1, 1), (LOA_2, 0)):
        sent = [each for each in province.station.link.published if each.topic == topics.device_local(device_id)][-1]
        body = sent.read(LocalOrders)
        (order,) = body.orders
        assert len(body.holders) == holders_there
        clips = [(clip.sha256, clip.bytes) for clip in (*order.alert.speech, *order.alert.again)]
        assert clips == [(first.sha256, 20_000), (again.sha256, 20_000)]
    assert province.box(LOA_2).turn("000000") is Code.NO_ORDER, "it keeps the speech; nobody has its key"
    box = province.box()
    for clip in (first, again):
        box.feed(ContentHeld(clip.sha256))
    box.connect()
    province.hear(box)
    with reading(context.engine) as session:
        assert speech_on_flash(session, [XA_1]) == (1, 2)
    draft = AlertDraft(
        kind=AlertKind.LIVE,
        hazard=local.hazard,
        level=local.level,
        headline=local.headline,
        audience=Audience(Targets((XA_1,))),
        wordings=(WordingDraft("vi", local.text),),
    )
    alert = drafts.draft_alert(uow(), draft=draft, call=province.call(), voices=context.voices)
    assert [alert.wordings[0].sound.renditions, alert.wordings[0].again.renditions] == [(first,), (again,)]
    changed = replace(draft, wordings=(WordingDraft("vi", f"{local.text} Ngay bây giờ."),))
    waiting = drafts.draft_alert(uow(), draft=changed, call=province.call(), voices=context.voices)
    assert waiting.wordings[0].sound.state is SoundState.MAKING
