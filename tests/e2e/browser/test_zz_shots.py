from __future__ import annotations
from playwright.sync_api import ViewportSize
from tests import newsroom as news
from tests.e2e.browser.conftest import *
def test_shots(visitor, newsroom):
    console = newsroom.console
    text="UBND phường thông báo: họp lúc 8g30 ngày 2/12/2026 tại số 12/3 đường Lê Lợi, P. Đức Nghĩa.\n- Mang theo CCCD\n- Gọi 1900 9095 hoặc 114"
    news.teach(console, "Mũi Né", "Mũi Né"); news.teach(console,"La Ngà","Lờ a Ngà")
    r=news.submit(console, news.make_sound(console, news.write(console, text=text, starts="2026-11-28T09:00")))
    for name,size in (("wide",ViewportSize(width=1280,height=900)),("narrow",ViewportSize(width=360,height=740))):
        v=visitor("editor",size=size); v.go("/bulletins/new"); p=v.page
        p.get_by_label("Lời đọc").fill(text); p.wait_for_selector(".said")
        p.locator(".said").nth(1).click()
        p.screenshot(path=f"/tmp/shot-editor-{name}.png",full_page=True)
        v.go("/words"); p.screenshot(path=f"/tmp/shot-words-{name}.png",full_page=True)
        a=visitor("approver",size=size); a.go(f"/bulletins/{r.id}/approval"); a.page.screenshot(path=f"/tmp/shot-approval-{name}.png",full_page=True)
