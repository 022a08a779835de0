import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from atopic.reporting.pages.glossary import explained

GLOSSARY = {"EASI": "Eczema Area & Severity Index", "RoB 2": "a tool", "IGA": "a grade"}
WORDS = {"responder": "whose score fell", "P value": "how often by chance", "phase": "a stage"}


class _Text(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.feed(page)
        self.close()

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


pages = st.lists(
    st.sampled_from(
        ["EASI", "EASI-50", "RoB 2", "xIGA", " ", "<p>", "</p>", "<svg>", "</svg>", "<b>", "</b>",
         "<abbr title='EASI'>", "</abbr>", "&lt;EASI&gt;", "<!-- EASI -->", "<a href='#EASI'>",
         "</a>", "IGA"]
    ), max_size=30,
).map("".join)  # fmt: skip


@given(pages)
def test_nothing_is_said_twice_and_no_word_of_the_page_changes(page: str) -> None:
    made, used = explained(page, GLOSSARY)
    pieces = _Text(page).pieces
    assert "".join(_Text(made).pieces) == "".join(pieces)
    for term in GLOSSARY:
        assert made.count(f'">{term}</abbr>') <= 1
        form = rf"(?<![\w-]){re.escape(term)}(?!\w)"
        assert (term in used) == any(re.search(form, piece) for piece in pieces)


def test_links_figures_and_code_are_left_alone() -> None:
    for apart in ("<a href='#'>EASI</a>", "<svg><text>EASI</text></svg>", "<code>EASI</code>"):
        assert explained(apart, GLOSSARY) == (apart, {"EASI": GLOSSARY["EASI"]})
    made, _ = explained("EASI", GLOSSARY)
    assert made == '<abbr title="Eczema Area &amp; Severity Index">EASI</abbr>'
    assert explained("EASI", {}) == ("EASI", {})


def test_words_of_the_language_are_listed_in_any_form_and_never_marked() -> None:
    for page in ("Responders in phase 3", "<p>Phases, responder</p>"):
        assert explained(page, WORDS) == (page, {one: WORDS[one] for one in ("responder", "phase")})
    assert explained("paraphased, P values", WORDS)[1] == {"P value": WORDS["P value"]}
