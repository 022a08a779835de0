"""Every page of the site, at every width, by day and by night."""

import re
from pathlib import Path
from typing import Any

import pytest

import atopic
from atopic.display.numbers import outcome_text
from atopic.evidence.core import read_package
from atopic.paths import bundled
from atopic.reporting.build import build, plan
from atopic.reporting.plan.manifest import read_manifest
from tests.conftest import REPOSITORY

pytestmark = [pytest.mark.browser, pytest.mark.slow]

REPORTS = read_manifest(REPOSITORY / "reports.toml")
#: Bytes that a page may have, by its name; a reader on a phone waits for them.
LARGEST = {"claims": 400_000, "evidence-map": 400_000, "certainty": 330_000}


@pytest.fixture(scope="module")
def whole_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole")
    built = build(plan(REPORTS), data=bundled("data"), out=out, site=REPORTS)
    assert [one.failure for one in built] == [None] * len(REPORTS)
    return out


def pages(site: Path) -> list[Path]:
    return sorted([*site.glob("*.html"), *site.glob("data/*.html")])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_scrolls_sideways_complains_or_asks_for_anything(
    browser: Any, whole_site: Path, theme: str
) -> None:
    context = browser.new_context(color_scheme=theme)
    page = context.new_page()
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text))
    page.on("request", lambda request: trouble.append(request.url)
            if not request.url.startswith(("file:", "data:")) else None)  # fmt: skip
    for path in pages(whole_site):
        page.goto(path.as_uri())
        for width in (1200, 800, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide == width, (path.name, width, wide)
        assert trouble == [], path.name
    context.close()


@pytest.mark.parametrize(("theme", "width"), [("light", 1200), ("dark", 390)])
def test_axe_finds_no_barrier_on_any_page(
    browser: Any, whole_site: Path, theme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 900})
    page, axe = context.new_page(), Axe()
    for path in sorted(whole_site.glob("*.html")):
        page.goto(path.as_uri())
        violations = axe.run(page).response["violations"]
        found = [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in violations]
        assert found == [], path.name
    context.close()


@pytest.mark.parametrize("width", [1200, 390])
def test_every_report_states_a_finding_on_its_first_screen(
    browser: Any, whole_site: Path, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    for report in REPORTS:
        page.goto((whole_site / f"{report.id}.html").as_uri())
        lead = page.locator(".finding .lead")
        box = lead.bounding_box()
        assert box["y"] + box["height"] <= 800, report.id
        assert re.search(r"\d", page.locator(".finding").inner_text()), report.id
    page.close()


@pytest.mark.parametrize("width", [1200, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_in_figures_can_be_read(
    browser: Any, whole_site: Path, theme: str, width: int
) -> None:
    size = {"width": width, "height": 800}  # figures have a form of their own on phones
    context = browser.new_context(color_scheme=theme, viewport=size)
    page = context.new_page()
    for path in sorted(whole_site.glob("*.html")):
        page.goto(path.as_uri())
        low = page.evaluate(CONTRAST)
        assert low == [], path.name
    context.close()


#: Texts of figures on the bare page whose contrast with it is below 4.5 (WCAG 2.2). A text that
#: stands on a filled shape is left to those who look: which shape it is, no rule tells for sure.
CONTRAST = """() => {
  const parts = colour => (colour.match(/[\\d.]+/g) || []).slice(0, 3).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(x => x / 255)
    .map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4)
    .reduce((sum, x, i) => sum + x * [0.2126, 0.7152, 0.0722][i], 0);
  const paper = light(parts(getComputedStyle(document.documentElement).backgroundColor));
  const filled = svg => [...svg.querySelectorAll('path, rect, circle, use')].filter(shape => {
    const fill = getComputedStyle(shape).fill;
    return fill !== 'none' && Math.abs(light(parts(fill)) - paper) > 0.02;
  }).map(shape => shape.getBoundingClientRect());
  const found = [];
  for (const svg of document.querySelectorAll('figure svg')) {
    if (!svg.getClientRects().length) continue;  // the form for another width
    const shapes = filled(svg);
    for (const text of svg.querySelectorAll('text')) {
      const box = text.getBoundingClientRect();
      if (shapes.some(one => one.left < box.right && box.left < one.right
                          && one.top < box.bottom && box.top < one.bottom)) continue;
      const own = light(parts(getComputedStyle(text).fill));
      const [low, high] = [own, paper].sort((a, b) => a - b);
      if ((high + 0.05) / (low + 0.05) < 4.5) found.push(text.textContent);
    }
  }
  return found;
}"""


#: Texts of figures that do not have the colour that they were drawn in.
RECOLOURED = """() => {
  const drawn = document.createElement('i');
  document.body.append(drawn);
  const found = [];
  for (const text of document.querySelectorAll('figure svg text')) {
    const rule = [...document.styleSheets].flatMap(sheet => [...sheet.cssRules])
      .find(one => text.className.baseVal && one.selectorText === `.${text.className.baseVal}`);
    const own = text.style.fill || (rule ? rule.style.fill : '');
    if (!own) continue;
    drawn.style.color = own;
    if (getComputedStyle(drawn).color !== getComputedStyle(text).fill) found.push(text.textContent);
  }
  drawn.remove();
  return found;
}"""


def test_text_in_figures_keeps_its_colour(browser: Any, whole_site: Path) -> None:
    page = browser.new_page()
    for path in sorted(whole_site.glob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate(RECOLOURED) == [], path.name
    page.close()


@pytest.mark.parametrize("width", [390, 320])
def test_figures_are_seen_whole_on_a_phone(browser: Any, whole_site: Path, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    for path in sorted(whole_site.glob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate(FITS) == [], path.name
    page.close()


#: What of a figure, as it is shown, is wider than its box, scrolls, is cut, lies on another text
#: or is too small to be read. Browsers measure a text by its lines, which stand a little apart.
FITS = """() => {
  const found = [];
  const seen = one => one.checkVisibility() && one.getClientRects().length;
  for (const fold of document.querySelectorAll('details:has(figure)')) fold.open = true;
  for (const figure of document.querySelectorAll('figure')) {
    const edge = figure.getBoundingClientRect().right + 0.5;
    for (const part of [figure, ...figure.querySelectorAll('div, svg, table, img')].filter(seen)) {
      const name = `${part.tagName} ${part.className.baseVal ?? part.className}`;
      if (part.getBoundingClientRect().right > edge) found.push(`wider: ${name}`);
      if (!part.ownerSVGElement && part.tagName !== 'svg' && part.scrollWidth > part.clientWidth)
        found.push(`scrolls: ${name}`);
    }
    for (const svg of [...figure.querySelectorAll('svg')].filter(seen)) {
      const box = svg.getBoundingClientRect();
      const inner = svg.viewBox.baseVal;
      const scale = inner && inner.width ? box.width / inner.width : 1;
      const texts = [...svg.querySelectorAll('text')].filter(one => one.textContent.trim());
      const boxes = texts.map(one => one.getBoundingClientRect());
      texts.forEach((text, i) => {
        const said = text.textContent, own = boxes[i];
        const size = scale * parseFloat(getComputedStyle(text).fontSize);
        if (size < 9.5) found.push(`small (${size.toFixed(1)}): ${said}`);
        if (own.left < box.left - 1 || own.right > box.right + 1
            || own.top < box.top - 3 || own.bottom > box.bottom + 3) found.push(`cut: ${said}`);
        for (let j = i + 1; j < boxes.length; j++) {
          const across = Math.min(own.right, boxes[j].right) - Math.max(own.left, boxes[j].left);
          const down = Math.min(own.bottom, boxes[j].bottom) - Math.max(own.top, boxes[j].top);
          if (across > 2 && down > 0.45 * Math.min(own.height, boxes[j].height))
            found.push(`on each other: ${said} / ${texts[j].textContent}`);
        }
      });
    }
  }
  return found;
}"""


def test_no_page_is_heavy(whole_site: Path) -> None:
    for path in pages(whole_site):
        assert path.stat().st_size < LARGEST.get(path.stem, 300_000), path.name


#: What a reader can meet on a page: also what is folded, and what only a screen reader says.
WORDS = """() => {
  const words = [document.title];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, parent = node.parentElement;
    if (parent.closest('.code, code, pre, script, style, .provenance')) continue;
    // An abbreviation that is spelled out is part of its word: IGA of IGA-0/1.
    if ([parent.tagName, (node.previousSibling || {}).tagName].includes('ABBR'))
      words[words.length - 1] += node.data;
    else words.push(node.data);
  }
  for (const one of document.querySelectorAll('[title], [aria-label], [alt]'))
    for (const name of ['title', 'aria-label', 'alt']) words.push(one.getAttribute(name) || '');
  return words.join('\\n');
}"""


@pytest.fixture(scope="module")
def words(browser: Any, whole_site: Path) -> dict[str, str]:
    page = browser.new_page()
    told = {}
    for path in sorted(whole_site.glob("*.html")):
        page.goto(path.as_uri())
        told[path.stem] = page.evaluate(WORDS)
    page.close()
    return told


def test_readers_meet_names_and_no_ids(words: dict[str, str]) -> None:
    evidence = atopic.load()
    ids = {*evidence.studies["study_id"], *evidence.arms["arm_id"]}
    sure = sorted(one for one in ids if "-" in one)  # else it may be a word
    # An id in the name of a file, or of a source, is no name of a study.
    found = re.compile(rf"(?<![\w/.-])(?:{'|'.join(map(re.escape, sure))})(?![\w-]|\.\w)")
    met = {name: sorted(set(found.findall(text))) for name, text in words.items()}
    assert {name: ids for name, ids in met.items() if ids} == {}


#: Codes that are also English, or what the field calls the thing.
TERMS = {
    *("EASI-50", "bone-marrow", "dose-response", "follow-up"),
    *("umbilical-cord", "umbilical-cord-blood"),
}


def test_readers_meet_words_in_place_of_codes(words: dict[str, str]) -> None:
    tables = read_package(bundled("data")).tables.values()
    codes = {str(one) for table in tables for field in table.fields for one in field.enum}
    codes |= {one for one in atopic.load().instruments["outcome"] if outcome_text(one) != one}
    sure = sorted((one for one in codes - TERMS if "-" in one), key=len, reverse=True)
    assert {"as-reported", "ae-any", "any-improvement", "journal-abstract"} <= {*sure}
    found = re.compile(rf"(?<![\w/.-])(?:{'|'.join(map(re.escape, sure))})(?![\w-]|\.\w)")
    # The page of changes quotes rows as the tables have them.
    met = {
        name: sorted(set(found.findall(text))) for name, text in words.items() if name != "changes"
    }
    assert {name: codes for name, codes in met.items() if codes} == {}


def test_readers_meet_methods_by_their_names(words: dict[str, str]) -> None:
    # Codes of the tables and of the statistics; one word that is also English is no sure sign.
    codes = {
        "hartung-knapp", "hartung-knapp-safeguarded", "wald", "reml", "clopper-pearson",
        "newcombe", "chi-square-corrected", "conditional-exact", "emax", "sigmoid-emax",
        "inf", "nan", "tau2", "I2",
    }  # fmt: skip
    found = re.compile(rf"(?<![\w/.=-])(?:{'|'.join(map(re.escape, codes))})(?![\w-]|\.\w)")
    # Methods and Validation name functions with their options.
    left_out = {"methods", "validation", "search"}
    met = {
        name: sorted(set(found.findall(text)))
        for name, text in words.items()
        if name not in left_out
    }
    assert {name: codes for name, codes in met.items() if codes} == {}


def test_p_values_are_written_alike(words: dict[str, str]) -> None:
    loose = re.compile(r"\bP ?[=<>] ?0?\.\d+|\bP\s?[=<>]\s?0\.\d+|\bP \.\d+|\bP below")
    met = {name: sorted(set(loose.findall(text))) for name, text in words.items()}
    assert {name: written for name, written in met.items() if written} == {}


@pytest.fixture(scope="module")
def read(browser: Any, whole_site: Path) -> dict[str, str]:
    """What stands on each page with its folds shut, line by line, cells parted by tabs."""
    page = browser.new_page()
    told = {}
    for path in sorted(whole_site.glob("*.html")):
        page.goto(path.as_uri())
        told[path.stem] = page.locator("main").inner_text()
    page.close()
    return told


def test_numbers_have_one_decimal_at_most_and_minus_is_a_minus(words: dict[str, str]) -> None:
    # An index of what sources say, and numbers worked to the digit.
    left_out = {"search", "methods", "validation"}
    # What is negative is a change or a difference, but for the statistic of a test.
    loose = re.compile(
        r"\d\.\d{2,} ?(?:%|points)|\d %|\d per ?cent\b|(?<![\w./-])-\d(?!/)"  # IGA-0/1
        r"|[+\N{MINUS SIGN}]\d+\.\d{2}(?!\d)"
    )
    met = {name: loose.findall(text) for name, text in words.items() if name not in left_out}
    assert {name: written for name, written in met.items() if written} == {}
    assert re.findall(r"(?<![\d./])0\.\d{3,}", words["changes"]) == []


#: The cells of each table, with the heads of their columns; folded ones, too.
CELLS = """() => [...document.querySelectorAll('main table')].flatMap(table => {
  const heads = [...table.querySelectorAll('thead tr:last-child > *')].map(one => one.textContent);
  return [...table.querySelectorAll('tbody tr')].flatMap(
    row => [...row.children].map((cell, place) => [heads[place] || '', cell.textContent.trim()]));
})"""


def test_shares_and_probabilities_are_in_percent(browser: Any, whole_site: Path) -> None:
    share = re.compile(r"rate|share|respon|probab|weight|power|chance|assurance|benefit", re.I)
    raw = re.compile(r"(above |below )?[01]?\.\d+( to [01]?\.\d+)?(,.*)?")
    page, seen = browser.new_page(), 0
    for path in sorted(whole_site.glob("*.html")):
        page.goto(path.as_uri())
        cells = [cell for head, cell in page.evaluate(CELLS) if share.search(head)]
        assert [cell for cell in cells if raw.fullmatch(cell)] == [], path.name
        seen += sum("%" in cell for cell in cells)
    assert seen > 100
    page.close()


def test_no_sentence_stands_on_three_pages(read: dict[str, str]) -> None:
    where: dict[str, set[str]] = {}
    for name, text in read.items():
        if name == "search":  # it says what other pages say
            continue
        for part in re.split(r"[\n\t]+", text):
            for sentence in re.split(r"(?<=[.?!])\s+(?=[A-Z])", part.strip()):
                if sentence.endswith((".", "?", "!")) and len(sentence.split()) >= 8:
                    # The front page is a report, too.
                    where.setdefault(sentence, set()).add("index" if name == "answer" else name)
    often = {sentence: names for sentence, names in where.items() if len(names) > 2}
    assert often == {}


def test_every_link_within_the_site_leads_somewhere(whole_site: Path) -> None:
    ids = {
        path: set(re.findall(r'\bid="([^"]+)"', path.read_text("utf-8")))
        for path in pages(whole_site)
    }
    for path in ids:
        for link in re.findall(r'href="([^":]+)"', path.read_text("utf-8")):
            name, _, anchor = link.partition("#")
            target = (path.parent / name).resolve() if name else path
            assert target.is_file(), (path.name, link)
            if anchor and target.suffix == ".html":
                assert anchor in ids[target], (path.name, link)


def test_printed_pages_are_whole(browser: Any, whole_site: Path, tmp_path: Path) -> None:
    page = browser.new_page()
    page.emulate_media(media="print")
    # A4 without its margins; a fold with a table of twelve columns lies on a wide page.
    for width, wide in ((688, False), (1032, True)):
        page.set_viewport_size({"width": width, "height": 1123})
        for report in REPORTS:
            page.goto((whole_site / f"{report.id}.html").as_uri())
            outside = page.evaluate(
                "wide => [...document.querySelectorAll('main table, main figure svg, main p')]"
                ".filter(one => wide === !!one.closest('.fold:has(thead th:nth-child(12))'))"
                ".filter(part => part.getBoundingClientRect().right > innerWidth + 1)"
                ".map(part => part.outerHTML.slice(0, 120))",
                wide,
            )
            assert outside == [], (report.id, width)
    page.close()
