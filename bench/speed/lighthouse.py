"""``loa bench lighthouse``: Lighthouse's four figures of each public page, through the product's own front with TLS.

Lighthouse is a tool of developers: the bench installs it from the npm registry into a folder outside of the
repository. It opens each page as on a slow telephone, which it simulates; a page moves by its layout shift (CLS).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from bench.ports import free_port
from bench.speed.province import FurnishedProvince, Size, furnish
from bench.speed.rows import Row, print_rows
from bench.speed.watched_programs import watched_programs
from cms import bootstrap
from cms.accounts.service.vault import vault_of
from cms.citizens.service.links import choice_path
from cms.platform.cli import embedded
from cms.platform.cli.up import APP_DIR
from cms.platform.settings import Settings

PACKAGE: Final = "lighthouse@12.8.2"
"""The last one for the Node.js of Debian 13."""
BAR: Final = 95.0
SHIFT_BAR: Final = 0.02
CATEGORIES: Final = ("performance", "accessibility", "best-practices", "seo")
_DEADLINE_S: Final = 180.0
_FLAGS: Final = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"),
)
_NO_INDEX: Final = frozenset({"subscription"})
"""Pages for one person, which search engines are told to leave out: their SEO is not judged."""


@dataclass(frozen=True, slots=True)
class PublicPage:
    """Page to open."""

    name: str
    path: str


@click.command()
@click.option("--devices", default=1000, show_default=True, help="Devices, spread over 124 communes.")
@click.option("--only", default="", help="Only pages with this in their name.")
@click.option("--browser", default="chromium-headless-shell", show_default=True, help="Executable of the browser.")
@click.option("--tools", type=click.Path(path_type=Path), help="Folder that Lighthouse is installed in, and kept.")
@click.option("--keep", type=click.Path(path_type=Path), help="Folder for Lighthouse's own reports.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def lighthouse(*, devices: int, only: str, browser: str, tools: Path | None, keep: Path | None, as_json: bool) -> None:
    """Rate the public pages with Lighthouse; fails where one of its four figures is below 95, or a page moves."""
    executable = shutil.which(browser)
    if executable is None:
        raise click.UsageError(f"no {browser}: make setup-test installs it")
    with tempfile.TemporaryDirectory() as fresh:
        tool = installed(tools or Path(fresh) / "tools")
        home = Path(fresh) / "home"
        home.mkdir()
        province = furnish(home, Size(devices, rules=100, days=14))
        found: list[Row] = []
        with served(home) as address:
            chosen = [page for page in pages(province) if only in page.name]
            rated = (row for page in chosen for row in rate(tool, executable, address, page, keep))
            print_rows(_kept(rated, found), as_json=as_json)
        province.context.engine.dispose()
    low = [row.metric for row in found if row.baseline is not None and not _is_good(row)]
    if low:
        raise click.ClickException(f"below the bar: {', '.join(low)}")


def _kept(rows: Iterable[Row], into: list[Row]) -> Iterator[Row]:
    for row in rows:
        into.append(row)
        yield row


def installed(folder: Path) -> Path:
    """Return the executable of Lighthouse, installed into the folder if it is not there."""
    tool = folder / "node_modules" / ".bin" / "lighthouse"
    if not tool.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--silent", "--no-save", "--prefix", str(folder), PACKAGE]
        if subprocess.run(command, check=False, timeout=600).returncode:
            raise click.ClickException("Lighthouse could not be installed from the npm registry")
    return tool


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Run the front and the web processes over this home, with TLS; yield the address."""
    port = free_port()
    # An address that is not loopback makes the certificate; the front then listens on loopback alone.
    outside = Settings(home=home, web_host="0.0.0.0", web_port=port, public_url=f"https://127.0.0.1:{port}")  # noqa: S104
    bootstrap.prepare(outside)
    certificate, key = outside.web_certificate
    settings = outside.model_copy(update={"web_host": "127.0.0.1", "tls_certificate": certificate, "tls_key": key})
    chosen = embedded.programs(settings, APP_DIR, ["web"])
    with watched_programs(settings, chosen):
        yield settings.effective_public_url


def pages(province: FurnishedProvince) -> Iterator[PublicPage]:
    """Yield the public pages."""
    subjects, commune = province.subjects, f"/cong-khai/{province.commune}"
    heard = subjects["bulletin_id"]["aired"]
    choice = choice_path(vault_of(province.context), subjects["citizen_id"]["confirmed"], has_digest=False)
    yield PublicPage("home", "/cong-khai/")
    yield PublicPage("commune", f"{commune}/")
    yield PublicPage("bulletin", f"{commune}/tin/{heard}")
    yield PublicPage("alerts", "/cong-khai/canh-bao/")
    yield PublicPage("follow", f"{commune}/theo-doi")
    yield PublicPage("subscription", choice)
    yield PublicPage("feedback", f"{commune}/phan-anh")
    yield PublicPage("answer", "/cong-khai/phan-anh")
    yield PublicPage("data", "/cong-khai/du-lieu/")


def rate(tool: Path, browser: str, address: str, page: PublicPage, keep: Path | None) -> Iterator[Row]:
    """Yield the figures of one page; what lowers them is named on the error output."""
    report = _report(tool, browser, address, page)
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        (keep / f"{page.name}.json").write_text(json.dumps(report))
    for name in CATEGORIES:
        if name == "seo" and page.name in _NO_INDEX:
            continue
        category = report["categories"][name]
        yield Row.against(f"{page.name} {name}", 1, round((category["score"] or 0) * 100), "", baseline=BAR)
        for audit in _failed(category, report["audits"]):
            click.echo(f"{page.name} {name}: {audit}", err=True)
    shift = report["audits"]["cumulative-layout-shift"]["numericValue"]
    yield Row.against(f"{page.name} cls", 1, shift, "", baseline=SHIFT_BAR)


def _report(tool: Path, browser: str, address: str, page: PublicPage) -> dict[str, Any]:
    command = [
        *(str(tool), f"{address}{page.path}", "--quiet", "--output=json", "--output-path=stdout"),
        *(f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={' '.join(_FLAGS)}"),
    ]
    run = subprocess.run(
        command, env=_environment(browser), capture_output=True, text=True, check=False, timeout=_DEADLINE_S
    )
    try:
        report: dict[str, Any] = json.loads(run.stdout)
    except ValueError:
        raise click.ClickException(f"{page.name}: {run.stderr.strip()[-500:]}") from None
    if error := report.get("runtimeError"):
        raise click.ClickException(f"{page.name}: {error['message']}")
    return report


def _environment(browser: str) -> Mapping[str, str]:
    path = shutil.which("node") or "node"
    return {"PATH": f"{Path(path).parent}:/usr/bin:/bin", "HOME": tempfile.gettempdir(), "CHROME_PATH": browser}


def _failed(category: Mapping[str, Any], audits: Mapping[str, Any]) -> Iterator[str]:
    """Yield the title and the value of each audit that costs the category something."""
    for each in category["auditRefs"]:
        audit = audits[each["id"]]
        if each["weight"] and audit["score"] is not None and audit["score"] < 1:
            yield f"{audit['id']}, {audit.get('displayValue') or audit['title']}"


def _is_good(row: Row) -> bool:
    """Return whether the row keeps its bar: a figure at least, a shift at most."""
    assert row.baseline is not None
    return row.value <= row.baseline if row.metric.endswith(" cls") else row.value >= row.baseline
