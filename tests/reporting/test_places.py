"""Where reports stand: every page leads to every other, and nowhere else."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atopic.errors import ReportError
from atopic.reporting.plan.manifest import read_manifest
from atopic.reporting.plan.places import Site, Standing, places
from tests.conftest import REPOSITORY

standings = st.lists(
    st.builds(
        Standing,
        st.from_regex("[a-z]{1,6}", fullmatch=True),
        st.text(min_size=1, max_size=8),
        st.sampled_from(["", "Results", "Trials", "Methods & data"]),
        st.fixed_dictionaries({}, optional={
            "study": st.sampled_from(["kim-2017", "a"]), "outcome": st.just("EASI-50"),
            "outcomes": st.lists(st.sampled_from(["EASI-50", "BSA"])), "weeks": st.just([12]),
        }),
    ),
    unique_by=lambda one: one.id, max_size=8,
)  # fmt: skip


@given(standings)
def test_links_lead_to_reports_of_the_site_and_turning_pages_visits_all(
    reports: list[Standing],
) -> None:
    found = places(Site(), reports)
    assert list(found) == [one.id for one in reports]
    pages = {f"{one.id}.html" for one in reports}
    for place in found.values():
        for _, address in (*place.bar, *place.akin, *place.studies):
            assert address.partition("#")[0] in pages | {"index.html", "search.html"}
        names = [name for name, _ in place.bar[1:]]
        assert len(names) == len(set(names))
    turned, at = [], next(iter(found), None)
    while at:
        turned.append(at)
        following = found[at].next
        at = following[1].removesuffix(".html") if following else None
    assert turned == list(found)


def test_the_front_report_is_no_stop_on_the_way() -> None:
    reports = [Standing(name, name.upper(), "", {}) for name in ("a", "front", "b")]
    found = places(Site(front="front"), reports)
    assert found["a"].next == ("B", "b.html")
    assert found["front"].next is None
    assert found["a"].bar == (("Answer", "index.html"), ("Search", "search.html"))


def test_what_a_site_may_say_is_refused_by_name(tmp_path: Path) -> None:
    report = '[[report]]\nid = "a"\ntitle = "A"\nnotebook = "a.ipynb"\n'
    for site, words in [
        ('[site]\ntitel = "x"\n', "site: unknown key 'titel'; the keys are name, title"),
        ("[site]\ntitle = 3\n", "site: title must be a text"),
        ('[site]\nfront = "b"\n', "site: front 'b' is the id of no report"),
        ('site = "x"\n', "site must be a table"),
    ]:
        path = tmp_path / "reports.toml"
        path.write_text(site + report)
        with pytest.raises(ReportError, match=re.escape(words)):
            read_manifest(path)


def test_every_report_of_ours_has_a_section_and_a_way_on() -> None:
    reports = read_manifest(REPOSITORY / "reports.toml")
    for report in reports:
        if report.id != report.place.site.front:
            assert report.section
            assert report.place.previous or report.place.next
    assert reports[0].place.site.cite
