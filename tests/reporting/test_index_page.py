import re

from atopic.reporting.pages.index_page import Entry, render_index
from atopic.reporting.plan.places import Place, Site


def test_reports_stand_under_their_groups_in_the_order_of_the_first() -> None:
    entries = [
        Entry("a", "A", "", True, False, section="One & only"),
        Entry("b", "B", "4 more per 100", True, False, section="Two", group="Near"),
        Entry("c", "C", "", False, True, "broke", section="One & only"),
        Entry("d", "D", "", True, False, section="Two", group="Far"),
    ]
    page = render_index(entries, "0")
    found = re.findall(r"<h3>(.*?)</h3>|<li>(?:<a[^>]*>|<b>)(\w)", page)
    told = [first or second for first, second in found]
    assert told == ["One &amp; only", "A", "C", "Near", "B", "Far", "D"]
    assert "The latest build failed: broke" in page
    assert "<span>4 more per 100</span>" in page
    # Links to a section lead to its first group.
    assert re.findall(r'<div id="([a-z-]+)"><h3>(\w+)', page) == [
        ("section-one-only", "One"), ("section-two", "Near"),
    ]  # fmt: skip


def test_without_sections_there_is_no_heading_for_them() -> None:
    assert "<h3>" not in render_index([Entry("a", "A", "", True, False)], "0")


def test_the_front_report_takes_the_list_in_and_is_not_in_it() -> None:
    entries = [Entry("front", "Front", "", True, False), Entry("a", "A", "", True, False)]
    front = '<a href="index.html">Answer</a><p>Found.</p><!-- reports -->'
    page = render_index(entries, "0", place=Place(Site(front="front")), front=front)
    assert page.startswith('<a href="index.html">Answer</a><p>Found.</p>')
    assert '<a href="a.html">A</a>' in page
    assert "front.html" not in page


def test_a_front_report_that_failed_is_told_of_on_the_page_of_before() -> None:
    failed = Entry("front", "Front", "", True, True, "no table was read")
    page = render_index([failed], "0", place=Place(Site(front="front")), front="<!-- reports -->")
    assert "no table was read" in page
