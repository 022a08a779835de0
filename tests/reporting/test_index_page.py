import re

from atopic.reporting.pages.index_page import Entry, render_index


def test_reports_stand_under_their_sections_in_the_order_of_the_first() -> None:
    entries = [
        Entry("a", "A", "", True, False, section="One & only"),
        Entry("b", "B", "", True, False, section="Two"),
        Entry("c", "C", "", False, True, "broke", section="One & only"),
    ]
    page = render_index(entries, "0")
    found = re.findall(r"<h2>(.*?)</h2>|<h3>(?:<a[^>]*>)?(\w)", page)
    assert [first or second for first, second in found] == ["One &amp; only", "A", "C", "Two", "B"]
    assert "The latest build failed: broke" in page


def test_without_sections_there_is_no_heading_for_them() -> None:
    assert "<h2>" not in render_index([Entry("a", "A", "", True, False)], "0")
