"""The page of what changed since a release, and the feed to subscribe to."""

import json
import re
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import replace
from datetime import datetime
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from atopic.errors import ReportError
from atopic.paths import bundled
from atopic.reporting.build import build, plan
from atopic.reporting.compare import State, compare
from atopic.reporting.plan.manifest import Report, read_manifest
from atopic.reporting.plan.releases import of_these_tables
from atopic.reporting.plan.table_files import TableFiles, read_tables
from atopic.reporting.site.changes_files import Changes, changes_since, feed
from tests.conftest import REPOSITORY

ATOM = "{http://www.w3.org/2005/Atom}"
SITE = read_manifest(REPOSITORY / "reports.toml")
TABLES = read_tables(bundled("data"))
ESTIMATES = (REPOSITORY / "reports" / "estimates.csv").read_text("utf-8")
#: A report that is quick to build, over the tables of the project.
MANIFEST = f"""
[site]
name = "atopic"
title = "A review"
{{address}}
[[report]]
id = "methods"
title = "Methods"
notebook = "{REPOSITORY}/notebooks/start.ipynb"
"""
RELEASE = """
[[release]]
name = "version {name}"
day = {day}
tables = "{name}.zip"
"""


def changes(site: tuple[Report, ...] = SITE, estimates: str = ESTIMATES) -> Changes:
    place = replace(site[0].place, section="")
    found = changes_since(site, TABLES, estimates, [one.id for one in site], "0", place)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def present() -> Changes:
    return changes()


@pytest.fixture(scope="module")
def page(present: Changes) -> str:
    return present.files["changes.html"]


def kept(folder: Path, name: str, estimates: str, tables: TableFiles = TABLES) -> None:
    with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
        for file, content in tables.files.items():
            archive.writestr(f"data/{file}", content)
        archive.writestr("estimates.csv", estimates)


def released(folder: Path, *releases: tuple[str, str], address: str = "") -> tuple[Report, ...]:
    said = f'address = "{address}"' if address else ""
    text = MANIFEST.replace("{address}", said)
    text += "".join(RELEASE.format(name=name, day=day) for name, day in releases)
    (folder / "reports.toml").write_text(text)
    return read_manifest(folder / "reports.toml")


def test_the_page_begins_with_the_answer_and_says_what_is_compared(
    page: str, present: Changes
) -> None:
    lead = re.search(r'<p class="lead">(.*?)</p>', page)
    assert lead is not None
    assert present.words.startswith(unescape(lead[1]))
    release = SITE[0].place.site.releases[-1]
    assert f"<h1>What changed since {release.name}?</h1>" in page
    assert release.note in page


def test_the_page_leads_to_rows_and_reports_that_are_there(page: str) -> None:
    rows = re.findall(r'href="data/([a-z_]+)\.html#row-(\d+)"', page)
    assert rows
    for table, row in rows:
        lines = TABLES.files[f"{table}.csv"].decode().count("\n")
        assert 2 <= int(row) <= lines, (table, row)
    held = {f"{one.id}.html" for one in SITE}
    held |= {"index.html", "search.html", "changes.html", "data/studies.html"}
    linked = {one.partition("#")[0] for one in re.findall(r'href="([^"]+\.html[^"]*)"', page)}
    assert {one for one in linked if not one.startswith("data/")} <= held


def test_the_page_is_small_and_loads_nothing(page: str) -> None:
    assert len(page.encode()) < 300_000
    assert "<script" not in page
    assert not re.search(r'src="', page)


def test_of_reports_that_are_not_built_nothing_is_said() -> None:
    head, *rows = ESTIMATES.splitlines(keepends=True)
    some = "".join([head, *(row for row in rows if row.startswith("safety,"))])
    place = replace(SITE[0].place, section="")
    found = changes_since(SITE, TABLES, some, ["safety"], "0", place)
    assert found is not None
    assert " gone" not in found.words


def test_a_site_with_no_release_has_no_page_of_changes_and_loses_the_old_one(
    tmp_path: Path,
) -> None:
    kept(tmp_path, "1.0", "report,table,estimate\n")
    out = tmp_path / "out"
    for releases in ([("1.0", "2026-01-31")], []):
        site = released(tmp_path, *releases)
        [built] = build(plan(site), data=bundled("data"), out=out, site=site)
        assert built.failure is None
        index = (out / "index.html").read_text("utf-8")
        assert (out / "changes.html").is_file() is bool(releases)
        assert (out / "feed.xml").is_file() is bool(releases)
        assert ('<link rel="alternate" type="application/atom+xml"' in index) is bool(releases)
        assert ("changes.html" in index) is bool(releases)
        assert ("changes.html" in (out / "search.html").read_text("utf-8")) is bool(releases)


def test_a_release_of_another_review_is_not_compared(tmp_path: Path) -> None:
    descriptor = json.loads(TABLES.files["datapackage.json"]) | {"name": "another"}
    another = TableFiles({"datapackage.json": json.dumps(descriptor).encode()})
    kept(tmp_path, "1.0", "report,table,estimate\n", another)
    kept(tmp_path, "2.0", "report,table,estimate\n")
    site = released(tmp_path, ("1.0", "2026-01-31"), ("2.0", "2026-02-28"))
    [left] = of_these_tables(site, bundled("data"))[0].place.site.releases
    assert left.name == "version 2.0"


@pytest.mark.parametrize(
    ("release", "words"),
    [
        ('name = "a"\nday = 2026-01-31', "must be a [[release]] table with name, day, tables"),
        ('name = "a"\nday = "2026-01-31"\ntables = "a.zip"', "day must be a date without quotes"),
        ('name = ""\nday = 2026-01-31\ntables = "a.zip"', "name must be a text"),
        ('name = "a"\nday = 2026-01-31\ntables = "/a.zip"', "must be a path below the folder"),
    ],
)
def test_a_wrong_release_is_refused(tmp_path: Path, release: str, words: str) -> None:
    manifest = tmp_path / "reports.toml"
    manifest.write_text(f"{MANIFEST.replace('{address}', '')}\n[[release]]\n{release}\n")
    with pytest.raises(ReportError, match="release 1") as refusal:
        read_manifest(manifest)
    assert words in str(refusal.value)


def test_a_record_that_is_none_is_refused(tmp_path: Path) -> None:
    site = released(tmp_path, ("1.0", "2026-01-31"))
    with pytest.raises(ReportError, match="there is no such record of a release"):
        of_these_tables(site, bundled("data"))
    (tmp_path / "1.0.zip").write_bytes(b"no archive")
    with pytest.raises(ReportError, match="no record of a release"):
        of_these_tables(site, bundled("data"))


def atom(text: str) -> ET.Element:
    """Check a feed by the rules of RFC 4287, and return it."""
    top = ET.fromstring(text.encode())
    assert top.tag == f"{ATOM}feed"
    for one in (top, *top.iter(f"{ATOM}entry")):
        names = [child.tag.removeprefix(ATOM) for child in one]
        for name in ("id", "title", "updated"):
            assert names.count(name) == 1, name  # 4.1.1, 4.1.2
            assert one.findtext(f"{ATOM}{name}")
        assert urlsplit(one.findtext(f"{ATOM}id") or "").scheme in ("urn", "https")  # 4.2.6
        moment = datetime.fromisoformat(one.findtext(f"{ATOM}updated") or "")
        assert moment.tzinfo is not None  # 3.3
        links = one.findall(f"{ATOM}link")
        said = [(link.get("rel"), link.get("type"), link.get("hreflang")) for link in links]
        assert len(said) == len(set(said))  # 4.1.1: one alternate of a type and language
        assert all(link.get("href") for link in links)  # 4.2.7.1
        known = {"id", "title", "updated", "author", "link", "entry", "content"}
        assert set(names) <= known
    assert top.findtext(f"{ATOM}author/{ATOM}name")  # 4.1.1: one for all entries
    for entry in top.iter(f"{ATOM}entry"):
        content = entry.find(f"{ATOM}content")
        alternate = [one for one in entry.iter(f"{ATOM}link") if one.get("rel") == "alternate"]
        assert content is not None or alternate  # 4.1.2
        assert content is None or (content.get("type") == "text" and len(content) == 0)  # 4.1.3.3
    ids = [one.text for one in top.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))
    return top


def test_the_feed_keeps_the_rules_and_tells_what_the_page_tells(present: Changes) -> None:
    found = present
    top = atom(found.files["feed.xml"])
    entry = top.find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}content") == found.words
    assert found.files["feed.xml"] == changes().files["feed.xml"]
    assert all("://" not in (one.get("href") or "") for one in top.iter(f"{ATOM}link"))


def test_text_that_no_xml_can_hold_breaks_no_feed(present: Changes) -> None:
    site = replace(SITE[0].place.site, title="a\x00b\x1b]]>&<c>\ufffe")
    first = State("", estimates=[])
    top = atom(feed(site, first, [compare(first, first)], "2026-11-27"))
    assert top.findtext(f"{ATOM}title") == "What changed: a\ufffdb\ufffd]]>&<c>\ufffd"
    assert present.files["feed.xml"].startswith('<?xml version="1.0" encoding="utf-8"?>')


def test_addresses_are_whole_where_the_manifest_says_where_the_site_is(tmp_path: Path) -> None:
    kept(tmp_path, "1.0", ESTIMATES)
    site = released(tmp_path, ("1.0", "2026-01-31"), address="https://example.org/review/")
    top = atom(changes(site).files["feed.xml"])
    links = {one.get("href") for one in top.iter(f"{ATOM}link")}
    assert links == {
        "https://example.org/review/index.html", "https://example.org/review/feed.xml",
        "https://example.org/review/changes.html",
    }  # fmt: skip


def test_what_is_news_today_is_the_same_entry_when_it_is_released(tmp_path: Path) -> None:
    head, first, *rest = ESTIMATES.splitlines(keepends=True)
    kept(tmp_path, "1.0", "".join([head, *rest]))
    kept(tmp_path, "2.0", ESTIMATES)
    before = atom(changes(released(tmp_path, ("1.0", "2026-01-31"))).files["feed.xml"])
    both = released(tmp_path, ("1.0", "2026-01-31"), ("2.0", "2026-12-24"))
    after = atom(changes(both).files["feed.xml"])
    ids = [[one.text for one in top.iter(f"{ATOM}id")] for top in (before, after)]
    assert ids[1][0] == ids[0][0]  # the feed
    assert ids[1][2:] == ids[0][1:]  # its entries, after a new one
    titles = [one.findtext(f"{ATOM}title") for one in after.iter(f"{ATOM}entry")]
    assert titles == ["Changes since version 2.0", "version 2.0", "First record: version 1.0"]
    assert first
