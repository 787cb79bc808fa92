"""Office data of the bench province besides bulletins: recordings, handed-down items, templates, citizens' feedback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from bench import gauge_series
from bench.speed.reports import furnish_reports
from broadcast.bulletins.model import Bulletin, BulletinId, Rendition, Sound, SoundState, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Schedule
from broadcast.citizens.model import CitizenSubscription
from broadcast.citizens.rules import recipient_of
from broadcast.feedback.model import Channel, FeedbackId, FeedbackKind
from broadcast.gauges.model import GaugeId, GaugeRuleId
from broadcast.live.model import LiveId
from broadcast.notifications.model import NotificationChannel, NotificationKind, NotificationUrgency
from broadcast.relays.model import RelaySourceId, SourceKind, StreamForm
from broadcast.royalties.model import Royalty
from broadcast.scheduling.recurrence import WEEKDAYS
from broadcast.sessions.model import Overrun
from broadcast.speech.listening import SAMPLE_TEXTS
from broadcast.stations.model import StationId
from cms.accounts.repository import Invitations
from cms.accounts.service import people
from cms.accounts.service.person_drafts import PersonDraft
from cms.accounts.service.vault import vault_of
from cms.bulletins.queries import bulletin_list
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.bulletins.service import drafts, review, sharing, sound
from cms.bulletins.service.revisions import Draft
from cms.bulletins.service.sharing import TemplateWording
from cms.citizens.repository import CitizenSubscriptions
from cms.exchange.service import subscriptions
from cms.exchange.service.subscriptions import WebhookDraft
from cms.feedback.service import register as feedback_register
from cms.feedback.service.register import FeedbackDraft
from cms.gauges.repository import GaugeRules, Gauges
from cms.gauges.service.intake import GaugeIntake
from cms.inbox.repository import HandedDowns
from cms.listening import service as listening
from cms.live.service import addresses
from cms.notifications.repository import NEWS_MOST
from cms.notifications.service.news import News
from cms.notifications.service.writer import NotificationWriter
from cms.platform.context import Context
from cms.relays.service import sources
from cms.relays.service.sources import SourceDraft
from cms.royalties import service as royalties
from cms.royalties.repository import Royalties
from cms.sessions.service import running_orders, sessions
from cms.sessions.service.sessions import SessionDraft
from cms.speech.model import SpeechPreview
from cms.speech.repository import SpeechPreviews
from cms.stations.service import register as station_register
from cms.stations.service.register import StationDraft
from province.areas import AreaId
from province.call import Call
from province.people import Actor, Grant, Role
from province.wall_clock import local_date

_LENGTH_MS = 60_000
_FEEDBACK = 300
_TEMPLATES = 40
_ITEMS = 10
_ROYALTIES = 600
_PEOPLE_OF_A_ROLE = 2
_BETWEEN_SESSIONS = time(9, 30)
_WAITING = 60
_READINGS = 144
_WITH_SESSIONS = 124
_MEDIA = (("device-opus", "audio/ogg"), ("browser-mp3", "audio/mpeg"))


class Office:
    """People of one province, who call the screens' use cases on its store."""

    def __init__(self, context: Context, actors: Mapping[str, Actor], province: AreaId) -> None:
        self._context = context
        self._actors = actors
        self._province = province
        self._now = context.now()

    def _call(self, role: str) -> Call:
        """Return a call of the person of this role, at the instant of the whole bench."""
        return self._context.call(self._actors[role], self._now)


def furnish_office(
    context: Context, communes: list[AreaId], actors: Mapping[str, Actor], approved_id: BulletinId
) -> dict[str, dict[str, str]]:
    """Map each route argument to the ids put in; ``approved_id`` was approved before this."""
    with context.uow.reading() as unit:
        (approved,) = unit[Transmissions].of_bulletin(approved_id)
    _waiting(context, communes, actors[Role.PROVINCE_EDITOR])
    _told(context, actors)
    return {
        "manual": {"help": "official"},
        "task": {"own": "approve-a-bulletin"},
        "picture": {"own": "write.png"},
        "report_id": {"made": furnish_reports(context, communes, actors[Role.PROVINCE_EDITOR])},
        "item_id": {"offered": _handed_down(context, communes[0], actors)},
        "transmission_id": {"approved": approved.id},
        "feedback_id": {"open": _said_by_citizens(context, communes, actors[Role.PROVINCE_EDITOR])},
        "live_id": {"open": _speaking(context, communes[0], actors[Role.PROVINCE_EDITOR])},
        "test_id": {"answered": _compared(context, actors[Role.PROVINCE_EDITOR])},
        "station_id": {"own": _station(context, communes[0], actors[Role.PROVINCE_EDITOR])},
        "source_id": {"own": _source(context, communes[0], actors[Role.PROVINCE_EDITOR])},
        "session_id": {"own": _sessions(context, communes, actors[Role.PROVINCE_EDITOR])},
        "preview_id": {"made": _preview(context, actors[Role.PROVINCE_EDITOR])},
        **_people(context, communes, actors[Role.ADMIN]),
        "sheet": {"xlsx": _royalties(context, communes, actors)},
        "citizen_id": {"confirmed": _citizen(context, communes[0])},
        **_gauges(context, communes),
        "template_id": {"own": _templates(context, communes, actors[Role.PROVINCE_EDITOR])},
    }


def _gauges(context: Context, communes: list[AreaId]) -> dict[str, dict[str, str]]:
    """Register a gauge in each commune, with a day of readings and a rule of its own."""
    intake = GaugeIntake(context.uow, context.voices, context.now, context.new_id)
    made = [
        replace(
            gauge_series.gauge(area_ids=(area_id,)),
            id=GaugeId(context.new_id()),
            name=f"Trạm {number}",
            secret_hash=context.new_id(),
            added_at=context.now(),
        )
        for number, area_id in enumerate(communes)
    ]
    rules = [replace(gauge_series.rule(each), id=GaugeRuleId(context.new_id()), name=each.name) for each in made]
    with context.uow() as unit:
        unit[Gauges].add_many(made)
        unit[GaugeRules].add_many(rules)
        unit.commit()
    chance = Random(1)  # noqa: S311 - the same readings in each run
    begin = context.now().replace(microsecond=0) - gauge_series.EVERY * _READINGS
    for each in made:
        intake.take(each.id, gauge_series.calm(chance, _READINGS, begin))
    return {"gauge_id": {"own": made[0].id}, "rule_id": {"own": rules[0].id}}


def _royalties(context: Context, communes: list[AreaId], actors: Mapping[str, Actor]) -> str:
    """Enter a table, and record the royalties of a busy month; return the kind of file that lists them."""
    table = royalties.change_table(
        context.uow(),
        source="QĐ 12/2026/QĐ-UBND",
        unit_vnd=234_000,
        rates="Tin; A; 2,5",
        expected_version=0,
        call=context.call(actors[Role.ADMIN]),
    )
    approver, today = actors[Role.APPROVER], local_date(context.now())
    with context.uow() as unit:
        chosen = bulletin_list(unit.session, communes, approver.user_id, limit=_ROYALTIES).rows
        by = (approver.user_id, approver.name, context.now())
        unit[Royalties].add_many(
            Royalty(each.id, f"Tác giả {number % 40}", "news", "A", 585_000, table.version, today, *by)
            for number, each in enumerate(chosen)
        )
        unit.commit()
    return "xlsx"


def _citizen(context: Context, area_id: AreaId) -> str:
    """Let a citizen follow a commune, and return the id of the subscription."""
    channel, address, now = NotificationChannel.EMAIL, "dan@example.vn", context.now()
    recipient = recipient_of(channel, address)
    made = CitizenSubscription(context.new_id(), area_id, channel, recipient, address, now, confirmed_at=now)
    with context.uow() as unit:
        unit[CitizenSubscriptions].subscribe(made)
        unit.commit()
    return made.id


def _station(context: Context, area_id: AreaId, editor: Actor) -> str:
    station_id = StationId(context.new_id())
    draft = StationDraft(area_id, "Đài tỉnh", frequency_khz=92_300, power_w=5_000)
    return station_register.register(context.uow(), station_id, draft=draft, call=context.call(editor)).id


def _sessions(context: Context, communes: list[AreaId], editor: Actor) -> str:
    """Set up a morning and an afternoon session in each commune, one of them with items; return its id."""
    made = []
    for area_id in communes[:_WITH_SESSIONS]:
        for name, hour in (("Buổi sáng", 5), ("Buổi chiều", 17)):
            draft = SessionDraft(area_id, name, time(hour), WEEKDAYS, 1_800_000, overrun=Overrun.DROP)
            made.append(sessions.create(context.uow(), draft=draft, call=context.call(editor)))
    session, area_id = made[1], communes[0]
    on = local_date(context.now()) + timedelta(days=1)
    for _ in range(_ITEMS):
        item = sounded(context, editor, area_id, schedules=())
        running_orders.add_bulletin(
            context.uow(),
            item.id,
            session_id=session.id,
            on=on,
            expected_version=item.version,
            call=context.call(editor),
        )
    return session.id


def _preview(context: Context, editor: Actor) -> str:
    """Make a preview of ten seconds, and return its id."""
    made = SpeechPreview(context.new_id(), "vi", "Kính mời bà con.", (), editor.user_id, context.now(), bytes(80_000))
    with context.uow() as unit:
        unit[SpeechPreviews].add(made)
        unit.commit()
    return made.id


def _people(context: Context, communes: list[AreaId], admin: Actor) -> dict[str, dict[str, str]]:
    """Invite the people of every commune."""
    call, writer = context.call(admin), NotificationWriter(frozenset(), context.new_id)
    roles = (Role.COMMUNE_OPERATOR, Role.APPROVER, Role.STATION, Role.TECHNICIAN)
    drafts = [
        PersonDraft(f"{role}.{area_id}.{number}", f"Nguyễn Văn {number}", grants=(Grant(role, area_id),))
        for area_id in communes
        for role in roles
        for number in range(_PEOPLE_OF_A_ROLE)
    ]
    made = people.invite(context.uow(), drafts, vault=vault_of(context), call=call, writer=writer)
    with context.uow.reading() as unit:
        link = unit[Invitations].open_of(made[0].user.id, context.now())
    assert link is not None
    draft = WebhookDraft("Báo tỉnh", "https://bao.example/nhan")
    webhook, _secret = subscriptions.add_webhook(context.uow(), draft, vault=vault_of(context), call=call)
    subjects = {"webhook_id": {"new": webhook.id}}
    return subjects | {"user_id": {"invited": made[0].user.id}, "invitation_id": {"open": link.id}}


def _waiting(context: Context, communes: list[AreaId], editor: Actor) -> None:
    """Submit bulletins, one a commune, which their approver's own page lists; they air between two sessions."""
    at = datetime.combine(local_date(context.now()) + timedelta(days=1), _BETWEEN_SESSIONS)
    for area_id in communes[:_WAITING]:
        draft = sounded(context, editor, area_id, schedules=(Schedule("1", at),))
        review.submit(context.uow(), draft.id, expected_version=draft.version, call=context.call(editor))


def _told(context: Context, actors: Mapping[str, Actor]) -> None:
    """Write the most news that a person's page shows, to everybody."""
    writer = NotificationWriter((NotificationChannel.SCREEN,), context.new_id)
    with context.uow() as unit:
        for number in range(NEWS_MOST):
            news = News(
                f"approved:{number}",
                NotificationKind.APPROVED,
                NotificationUrgency.LOW,
                f"Đã duyệt: Tin số {number}",
                "",
                "/bulletins",
                context.now() + timedelta(days=1),
            )
            writer.notify(unit, [each.user_id for each in actors.values()], news, context.now())
        unit.commit()


def _source(context: Context, area_id: AreaId, editor: Actor) -> str:
    source_id = RelaySourceId(context.new_id())
    urls = ("https://stream.example/vov1.mp3",)
    draft = SourceDraft(area_id, "VOV1", SourceKind.NATIONAL, StreamForm.STREAM, urls)
    return sources.write_down(context.uow(), source_id, draft=draft, call=context.call(editor)).id


def recorded(context: Context, actors: Mapping[str, Actor], area_id: AreaId) -> str:
    """Create a draft that is a recording, with its sound ready; return its id."""
    draft = {"original_sha256": context.content.put_bytes(b"\1" * 1000), "original_name": "ban-tin.mp3"}
    return sounded(context, actors[Role.PROVINCE_EDITOR], area_id, **draft).id


def _handed_down(context: Context, area_id: AreaId, actors: Mapping[str, Actor]) -> str:
    editor, approver = actors[Role.PROVINCE_EDITOR], actors[Role.APPROVER]
    draft = sounded(context, editor, area_id, is_handed_down=True, schedules=())
    sent = review.submit(context.uow(), draft.id, expected_version=draft.version, call=context.call(editor))
    review.approve(context.uow(), sent.id, expected_version=sent.version, call=context.call(approver))
    with context.uow.reading() as unit:
        (item,) = unit[HandedDowns].of_bulletin(sent.id)
    return item.id


def _said_by_citizens(context: Context, communes: list[AreaId], actor: Actor) -> str:
    """Fill the register of feedback for some months; return the id of the last entry."""
    now = context.now()
    found = FeedbackId("")
    for number in range(_FEEDBACK):
        draft = FeedbackDraft(
            area_id=communes[number % len(communes)],
            channel=Channel.PHONE,
            kind=FeedbackKind.NOISE,
            text="Loa đầu ngõ to quá.",
            said_at=now - timedelta(hours=number),
        )
        found = FeedbackId(context.new_id())
        feedback_register.take_down(context.uow(), found, draft=draft, call=context.call(actor))
    return found


def _speaking(context: Context, area_id: AreaId, actor: Actor) -> str:
    """Prepare a live address; return its id."""
    made = addresses.prepare(
        context.uow(),
        LiveId(context.new_id()),
        areas=[area_id],
        topic="Nhắc nộp thuế",
        longest=timedelta(minutes=10),
        call=context.call(actor),
    )
    return made.id


def _compared(context: Context, actor: Actor) -> str:
    """Begin a listening test, make its sounds, and answer for one person; return its id."""
    a, b = "espeak-ng", "espeak-ng:vi-vn-x-south"
    call = context.call(actor)
    test = listening.begin(
        context.uow(), voice_a=a, voice_b=b, texts=SAMPLE_TEXTS, offered=frozenset({a, b}), call=call
    )
    clips = tuple(context.content.put_bytes(f"{text}{voice}".encode()) for text in SAMPLE_TEXTS for voice in (a, b))
    listening.finish(context.uow(), test.id, clips=clips, now=context.now())
    for number, text in enumerate(SAMPLE_TEXTS):
        listening.answer(context.uow(), test.id, number=number, heard=text, is_first_clearer=True, call=call)
    return test.id


def _templates(context: Context, communes: list[AreaId], actor: Actor) -> str:
    """Write templates of some communes; return the id of the last."""
    wording = TemplateWording("Tiêm phòng", "Lịch tiêm phòng dại", "Trạm y tế mời bà con đưa chó, mèo đi tiêm.")
    made = [
        sharing.write_template(context.uow(), area_id=area_id, wording=wording, call=context.call(actor))
        for area_id in communes[:_TEMPLATES]
    ]
    return made[-1].id


def sounded(context: Context, actor: Actor, area_id: AreaId, **more: Any) -> Bulletin:
    """Create a draft for one area, with its sound ready."""
    now = context.now()
    tomorrow = (now + timedelta(days=1)).date()
    asked = {
        "title": "Tin riêng của xã",
        "text": "Kính mời bà con đi họp.",
        "topic": "notice",
        "priority": PriorityClass.NORMAL,
        "targets": Targets((area_id,)),
        "schedules": (Schedule("1", datetime.combine(tomorrow, datetime.min.time()).replace(hour=7)),),
    }
    found = drafts.create(context.uow(), draft=Draft(**{**asked, **more}), call=context.call(actor))
    sha256 = context.content.put_bytes(b"\0" * 1000)
    sound.finish(
        context.uow(),
        found.id,
        Sound(
            SoundState.READY,
            made_from=found.sound_input,
            job_id=found.sound.job_id,
            renditions=tuple(Rendition(kind, sha256, 1000, _LENGTH_MS, media) for kind, media in _MEDIA),
            loudness_lufs=-16.0,
            true_peak_dbtp=-1.3,
        ),
        now=now,
    )
    with context.uow.reading() as unit:
        return unit[Bulletins].get(found.id)
