"""Exchange: its whole store on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from broadcast.alerts.cap.verdict import CapVerdict
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders
from cms.areas.repository import Places
from cms.exchange.cap.writer import write
from cms.exchange.model import CapFeed, CapSender, ExchangeOutcome, FeedTrouble, Webhook
from cms.exchange.queries.exchange import cap_list, open_questions
from cms.exchange.repository.exchange import CapSenders
from cms.exchange.repository.feeds import CapFeeds
from cms.exchange.repository.outbound import CapDocuments, WebhookRecords
from cms.exchange.service.inbox import Inbox
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory, new_ulid
from media.storage import FolderContentStore
from tests.console import AREAS, START
from tests.fakes.sound import FigureVoice
from tests.unit.exchange.messages import SENDER, cancel, message, signer, update

SAMPLES = Path(__file__).parents[2] / "contract" / "cap" / "samples"


def inbox_on(units: UowFactory, folder: Path) -> Inbox:
    folder.mkdir()
    with units() as uow:
        uow[Places].add(AREAS)
        uow[CapSenders].put(CapSender(SENDER, "KTTV", signer().pem, (), (), "", START))
        uow.commit()
    return Inbox(units, FolderContentStore(folder), FigureVoice(), lambda: START, new_ulid)


def test_messages_are_known_by_name_and_references(units: UowFactory, engine: Engine, tmp_path: Path) -> None:
    inbox = inbox_on(units, tmp_path / "content")
    first = inbox.receive(signer().signed(message()), "file")
    assert (first.verdict, first.outcome) == (CapVerdict.ACCEPT, ExchangeOutcome.DRAFTED)
    assert inbox.receive(signer().signed(message()), "file").times_heard == 2
    many = tuple(message(f"old-{n}").key for n in range(600))
    late = update("m-2", message(), references=(message().key, *many))
    assert inbox.receive(signer().signed(late), "file").outcome is ExchangeOutcome.DRAFTED
    assert inbox.receive(write(cancel("m-3", message(), sent=START)), "file").outcome is ExchangeOutcome.NOTHING
    assert inbox.receive(b"<alert", "file").verdict is CapVerdict.REFUSE
    with reading(engine) as session:
        page = cap_list(session, limit=2)
        assert len(page.rows) == 2
        assert len(cap_list(session, after=page.next_cursor, limit=9).rows) == 2
        assert open_questions(session) == []


def test_feeds_documents_and_webhooks_are_kept(units: UowFactory, engine: Engine) -> None:
    feed = CapFeed("f1", "kttv", "https://a.example/", ("a.example",), (), False, 60, 300, 0, START, START)
    hook = Webhook("w1", "hook", "https://b.example/", False, False, False, "sealed", START)
    with units() as uow:
        feeds, hooks = uow[CapFeeds], uow[WebhookRecords]
        feeds.add(feed)
        feeds.see("f1", "e1", START)
        feeds.see("f1", "e1", START)
        hooks.add(hook)
        uow.commit()
    with reading(engine) as session:
        feeds, hooks, documents = CapFeeds(session), WebhookRecords(session), CapDocuments(session)
        assert feeds.due(START) == [feed]
        assert feeds.unseen("f1", ["e1", "e2"]) == {"e2"}
        assert feed.trouble_at(START + timedelta(seconds=301)) is FeedTrouble.FAILING
        assert hooks.named("hook") == hook
        assert hooks.due(START, 10) == []
        assert hooks.counts("w1") == (0, 0, 0)
        assert documents.unpublished(START, START) == []
        assert documents.uncancelled(START) == []
        assert documents.latest(START, 10) == []
        assert documents.named(message().key) is None


def test_every_sample_is_written_down_and_none_goes_further_than_a_draft(
    units: UowFactory, engine: Engine, tmp_path: Path
) -> None:
    inbox = inbox_on(units, tmp_path / "content")
    paths = sorted(SAMPLES.glob("*.xml"))
    for path in paths:
        record = inbox.receive(path.read_bytes(), path.name)
        assert record.verdict is not CapVerdict.REFUSE or record.alert_id is None, path.name
        assert record.outcome is not ExchangeOutcome.FAILED, path.name
    with units() as uow:
        assert list(uow[Alerts].active()) == []
        assert list(uow[Orders].open()) == []
