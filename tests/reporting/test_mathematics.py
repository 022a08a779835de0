"""Formulas in pages: MathML for what is a formula, and nothing else touched."""

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atopic.errors import ReportError
from atopic.paths import bundled
from atopic.reporting.build import build, plan
from atopic.reporting.pages.cells import read_cells
from atopic.reporting.pages.mathematics import latex, markdown
from atopic.reporting.pages.mathml import formula
from atopic.reporting.pages.report_page import render
from atopic.reporting.plan.job import Context, Failure
from atopic.reporting.plan.manifest import Report


def element(tex: str, **options: bool) -> ElementTree.Element:
    return ElementTree.fromstring(formula(tex, **options))


def test_a_fraction_is_a_fraction_and_its_tex_is_the_alternative() -> None:
    root = element(r"\frac{x}{n}")
    assert root.attrib == {"display": "inline", "alttext": r"\frac{x}{n}"}
    assert " ".join(part.tag for part in root.iter()) == "math mrow mfrac mrow mi mrow mi"
    assert element("x", display=True).get("display") == "block"


def test_signs_names_and_functions_are_set_as_such() -> None:
    assert [part.tag for part in element(r"a \pm b \sim c")[0]] == ["mi", "mo", "mi", "mo", "mi"]
    assert element(r"\mathrm{OR}_i").findtext(".//msub/mrow/mi") == "OR"
    assert element(r"\log x")[0][1].tag == "mspace"
    assert element(r"\log \mathrm{OR}")[0][1].tag == "mspace"
    assert element(r"\log(x)")[0][1].text == "("
    assert element(r"\max_x y", display=True)[0][0].tag == "munder"
    assert element(r"\max_x y")[0][0].tag == "msub"


@pytest.mark.parametrize("letter", ["d", "E", "T", "m"])
@pytest.mark.parametrize(
    "form", [r"\mathrm{%s}x", r"\mathrm %s x", r"y^\mathrm{%s}", r"\mathrm{ %s }^2"]
)
def test_one_upright_letter_is_upright(form: str, letter: str) -> None:
    (found,) = (one for one in element(form % letter).iter("mi") if one.text == letter)
    assert found.get("mathvariant") == "normal"


@pytest.mark.parametrize("before", ["(", "=", ",", r"\cdot ", r"\left(", r"\{", "<", "|"])
@pytest.mark.parametrize("sign", ["-", "+", r"\pm "])
def test_a_sign_belongs_to_its_number_where_there_is_nothing_to_take_it_from(
    before: str, sign: str
) -> None:
    after = r"\right)" if "left" in before else ""
    ((found, *_more),) = [
        [one for one in row if one.text in ("−", "+", "±")]
        for row in element(f"a {before}{sign}1{after}").iter("mrow")
        if any(one.text in ("−", "+", "±") for one in row)
    ]
    assert found.get("form") == "prefix"


@pytest.mark.parametrize("before", ["b", "2", ")", "]", r"\}", "n!", "x'", "x^2", r"\infty", "|x|"])
def test_a_sign_between_two_terms_stands_between_them(before: str) -> None:
    signs = [one for one in element(f"{before}-1").iter("mo") if one.text == "−"]
    assert [one.get("form") for one in signs] == [None]


@given(st.lists(st.sampled_from(["a", r"+ \frac{1}{2}", r"50\%", r"\beta_1", "{x}"]), min_size=1))
def test_a_comment_takes_its_own_line_alone(lines: list[str]) -> None:
    commented = "\n".join(f"{line} % of $ {{" for line in lines)
    assert formula(commented) == formula("\n".join(lines))


def test_commands_with_a_star_or_a_place_are_set_without_either() -> None:
    assert element(r"\hspace*{1cm}x")[0][0].get("width") == "1cm"
    for name in ("aligned", "gathered"):
        made = element(rf"\begin{{{name}}}[t] a \\ b \end{{{name}}}")
        assert "".join(made.itertext()) == "ab"
    assert element(r"\operatorname*{argmin}_x f", display=True)[0][0].tag == "munder"
    assert element(r"\arg\max_x f", display=True)[0][0].tag == "munder"
    assert element(r"x := y")[0][1].text == ":="
    bars = [
        one.get("form") for one in element(r"P(\lvert X \rvert > 1)").iter("mo") if one.text == "|"
    ]
    assert bars == ["prefix", "postfix"]
    assert "negative" not in formula(r"X \perp\!\!\!\perp Y")


@pytest.mark.parametrize("words", [r"\text{a}", r"\mbox{a}", r"\textbf{a b}"])
def test_words_are_no_space(words: str) -> None:
    """What is made of ``mtext`` alone is space to browsers: a sign between two had none."""
    for row in element(f"{words} - {words}").iter("mrow"):
        assert {one.tag for one in row} != {"mtext"}


@pytest.mark.parametrize("name", ["log", "sin", "det", "Pr", r"operatorname{Var}"])
def test_a_function_stands_a_little_apart(name: str) -> None:
    assert [one.tag for one in element(rf"2 \{name} x")[0]] == [
        "mn",
        "mspace",
        "mi",
        "mspace",
        "mi",
    ]
    assert [one.tag for one in element(rf"\{name}(x)")[0]] == ["mi", "mo", "mi", "mo"]


@pytest.mark.parametrize(
    ("source", "formulas"),
    [
        ("It costs $5.", 0),
        ("From $5 to $10, or 10 $.", 0),
        ("$5, not `$x$`", 0),
        (r"\$x\$ and \$5", 0),
        ("$5-$10", 0),
        ("$5 for $x$", 1),
        ("`$x$` and ``$y$``", 0),
        ("```\n$x$\n$$\ny\n$$\n```\n\n    $z$\n", 0),
        ("a $x_1$ and *b* $y_1$ with_words_ $z*w*v$", 3),
        ("$$\nx < y\n\n& z\n$$", 1),
        ("| a |\n|---|\n| $x^2$ |", 1),
        ("- $x$\n- **$y$**", 2),
        (r"\begin{cases} x & y \\ z & w \end{cases}", 1),
        ("[$x$](easi-50.html)", 1),
        (r"$ \alpha $ and $ n $, $ x_1 $ or $ x = 1 $", 4),
        ("costs $ 5 and $ 6, $HOME_DIR and $ PATH", 0),
        ("<div>$x$</div>", 1),
        ("<center>\n$$\nx < y\n$$ and <b>$a &lt; b$</b>\n</center>", 2),
        ("<table><tr><td>$5</td><td>$6</td></tr></table>", 0),
        ("<div title='a $x$ b'>$y$ <code>$z$</code></div>\n\n<!-- $x$ -->", 1),
        ("<pre>$x$</pre>\n\n<style>p { color: $x$ }</style>", 0),
    ],
)
def test_formulas_are_found_where_there_are_some(source: str, formulas: int) -> None:
    if "& z" in source:
        with pytest.raises(ReportError, match="cannot be converted"):
            markdown(source)
        source = source.replace("& z", "")
    assert markdown(source).count("<math ") == formulas


def test_operators_reach_the_page_escaped_once() -> None:
    found = markdown("$a < b$ & $c > d$")
    assert 'alttext="a &lt; b"' in found
    assert "<mo>&lt;</mo>" in found
    assert "&amp;lt;" not in found
    assert "<script" not in markdown(r"$\text{<script>alert(1)</script>}$")


def test_a_formula_apart_can_be_scrolled_by_keyboard() -> None:
    span = '<span class="formula" role="group" aria-label="Formula" tabindex="0">'
    assert f'{span}<math display="block"' in markdown("$$x$$")


@pytest.mark.parametrize(
    ("tex", "why"),
    [
        (r"\nosuch{x}", r"\\nosuch is not known"),
        (r"\frac{1}", "a part is missing"),
        ("{x", "a brace is missing"),
        ("x}", "a brace is missing"),
        (r"\left( x", ""),
        (r"\begin{foo}a\end{foo}", "the environment foo is not known"),
        (r"\begin{aligned}a", r"\\begin{aligned} has no other end"),
        (r"\cancel{x}", r"\\cancel is not known"),
        (r"a \\ b", "outside of its rows"),
        ("a & b", "& is outside of its columns"),
        (r"\eqref{a}", r"\\eqref is not known"),
        (r"\begin{array}{p{2em}}a\end{array}", "the columns of array"),
        (r"\text{\sqrt{x}}", r"\\sqrt is in \\text"),
        (r"\bf x", r"\\bf is not known"),
        (r"\newcommand{\x}{y}", r"\\newcommand is not known"),
    ],
)
def test_what_cannot_be_converted_is_an_error_that_names_it(tex: str, why: str) -> None:
    with pytest.raises(ReportError, match=rf"the formula .* cannot be converted: .*{why}"):
        formula(tex)
    faults: list[ReportError] = []
    assert markdown(f"${tex}$", faults=faults).startswith("<p><code>$")
    assert len(faults) == 1


EVERYDAY = [
    r"\begin{aligned}a&=b\\c&=d\end{aligned}", r"\begin{align}a&=b&c&=d\end{align}",
    r"\begin{align*}a&=b\\&=c\end{align*}", r"\begin{alignat}{2}a&=b&c&=d\end{alignat}",
    r"\begin{gather}a\\b\end{gather}", r"\begin{gathered}a\\b\end{gathered}",
    r"\begin{split}a&=b\\&=c\end{split}", r"\begin{multline}a\\b\\c\end{multline}",
    r"\begin{cases}a&\text{if }b\\c&d\end{cases}", r"\begin{dcases}a&b\\c&d\end{dcases}",
    r"\begin{matrix}a&b\\c&d\end{matrix}", r"\begin{pmatrix}a&b\\c&d\end{pmatrix}^T",
    r"\begin{bmatrix}a\end{bmatrix}", r"\begin{Bmatrix}a\end{Bmatrix}",
    r"\begin{vmatrix}a\end{vmatrix}", r"\begin{Vmatrix}a\end{Vmatrix}",
    r"\begin{array}{l|cr}a&b&c\\\hline d&e&f\end{array}",
    r"\begin{smallmatrix}a\end{smallmatrix}",
    r"\begin{equation}a=b\label{x}\end{equation}", r"\begin{equation*}a\tag{1}\end{equation*}",
    r"\begin{eqnarray}a&=&b\\c&=&d\end{eqnarray}", r"\sum_{\substack{a\\b}}c",
    r"\operatorname*{arg\,max}_a b", r"\left(\begin{matrix}a\end{matrix}\right)",
]  # fmt: skip


@pytest.mark.parametrize("tex", EVERYDAY)
def test_the_environments_of_everyday_use_keep_every_letter_in_its_row(tex: str) -> None:
    root = element(tex, display=True)
    shown = "".join(root.itertext())
    assert not re.search(r"[\\&\ue000-\uf8ff]", shown)
    named = r"\\(begin|end)\{[A-Za-z]+\*?\}(\{[^}]*\})?|\\label\{.\}|\\[a-z]+\*?"
    bare = re.sub(named, "", tex.replace(r"\\", " "))
    letters = re.sub("[^abcdef]", "", re.sub("arg|max|if", "", bare))
    found = re.sub("[^abcdef]", "", re.sub("arg|max|if", "", shown))
    assert found == letters
    rows = 1 + tex.count(r"\\")
    assert rows == 1 or len(root.findall(".//mtr")) == rows


def test_letters_of_other_alphabets_are_those_of_unicode() -> None:
    pairs = {
        r"\mathbf{x1}": "𝐱𝟏", r"\mathbb{R}": "ℝ", r"\boldsymbol{\beta}": "𝜷",
        r"\mathcal{L}": "ℒ", r"\mathfrak{g}": "𝔤", r"\mathit{h}": "ℎ",
    }  # fmt: skip
    for tex, shown in pairs.items():
        root = element(tex)
        assert "".join(root.itertext()) == shown
        assert {part.get("mathvariant") for part in root.iter()} <= {None, "normal"}
    with pytest.raises(ReportError, match="is in no"):
        formula(r"\mathbb{\beta}")


def test_every_known_command_is_drawn_as_more_than_its_name() -> None:
    from atopic.reporting.pages.tex import _COMMANDS

    for name in _COMMANDS.split():
        for tex in (rf"x \{name} y", rf"\{name}{{x}}", rf"\{name}{{x}}{{y}}", rf"\{name}(x",
                    rf"\left(x\{name})", rf"\sum\{name}_x y", rf"\left(x\right)\{name}(y)",
                    r"\left(x\middle|y\right)",
                    r"\textcolor{red}{x}", r"\hspace{1em}"):  # fmt: skip
            try:
                root = element(tex)
            except ReportError:
                continue
            if name in tex:
                assert "\\" not in "".join(root.itertext()) or name == "backslash", tex
                break
        else:
            raise AssertionError(name)


plain = st.text(
    st.characters(exclude_characters="$\\", exclude_categories=["Cs", "Cc"]) | st.just("\n"),
    max_size=80,
)


@given(plain)
def test_text_without_dollars_is_what_nbconvert_makes_of_it(source: str) -> None:
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    expected = MarkdownWithMath(renderer=renderer).render(source)
    assert re.sub(r'<h2 id="section[a-z0-9-]*">', "<h2>", markdown(source)) == expected


@given(plain.filter(lambda text: "`" not in text), st.sampled_from(["$5", "7 $", r"\$9"]))
def test_prices_are_no_formulas(words: str, price: str) -> None:
    assert "<math" not in markdown(f"{words}\n\nIt costs {price} today.")


@given(st.text("abcxyz0123456789+-=<>()[]|.,!/ ", min_size=1, max_size=40).map(str.strip))
def test_plain_formulas_keep_every_sign(tex: str) -> None:
    if tex:
        shown = "".join(element(tex).itertext()).replace("−", "-").replace("∣", "|")
        assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", tex)


def notebook(*sources: str) -> nbformat.NotebookNode:
    made = nbformat.v4.new_notebook()
    made.cells = [nbformat.v4.new_markdown_cell(source) for source in sources]
    return made


def context(failure: Failure | None = None) -> Context:
    return Context("a", "A", "", "a.ipynb", (), (), "", "", "", "0", failure)


def test_a_page_lists_its_sections_and_tells_namesakes_apart() -> None:
    page = render(notebook("# T", "## Same", "## Same\n\nWords", "## A $x$"), context())
    listed = re.findall(r'<li><a href="#([^"]*)">', page)
    assert listed == ["section-same", "section-same-2", "section-a-x"]
    assert all(page.count(f'id="{name}"') == 1 for name in listed)
    assert page == render(notebook("# T", "## Same", "## Same\n\nWords", "## A $x$"), context())
    few = render(notebook("# T", "## One", "## Two"), context())
    assert "contents -->" not in few
    assert 'class="contents"' not in few


def test_the_cell_of_a_faulty_formula_is_named() -> None:
    faulty = notebook("# T", "$x$", r"$\nosuch{x}$")
    failure = read_cells(faulty).failure
    assert failure is not None
    assert failure.cell == 2
    assert failure.summary.startswith("Cell 3 of the notebook (markdown cell): the formula")
    assert r"<code>$\nosuch{x}$</code>" in render(faulty, context(failure))
    assert read_cells(notebook("# T", "$x$")).failure is None


def test_a_report_with_a_faulty_formula_fails_and_says_why(tmp_path: Path) -> None:
    path = tmp_path / "faulty.ipynb"
    made = notebook("# T", r"Let $\frac{1}$ be.")
    made.cells.insert(1, nbformat.v4.new_code_cell("x: int = 1  # a number"))
    made.cells[1].metadata["tags"] = ["parameters"]
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(made, path)
    report = Report(id="faulty", title="F", summary="", notebook=path, parameters={})
    (result,) = build(plan([report]), data=bundled("data"), out=tmp_path / "out", site=[report])
    assert result.failure is not None
    assert "markdown cell" in result.failure
    assert "a part is missing" in (tmp_path / "out" / "faulty.failed.html").read_text("utf-8")
    assert not (tmp_path / "out" / "faulty.html").exists()


@pytest.mark.browser
@pytest.mark.parametrize("width", [1200, 390])
def test_formulas_are_drawn_without_a_barrier(browser: Any, tmp_path: Path, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    wide = "$$" + r"\frac{x_1}{n_1} + \sqrt{\sum_i w_i y_i} + " * 12 + "z$$"
    cells = ["# T", "## One\n\nLet $x$ be.", f"## Two\n\n{wide}", "## Three\n\n$$\\frac{1}{2}$$"]
    (tmp_path / "page.html").write_text(render(notebook(*cells), context()), "utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text))
    page.goto(f"file://{tmp_path}/page.html")
    assert trouble == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert [(rule["id"], rule["nodes"][0]["html"][:200])
            for rule in Axe().run(page).response["violations"]] == []  # fmt: skip
    box = page.locator("math mfrac").last.bounding_box()
    assert box["height"] > 1.5 * box["width"]  # set as a fraction, not as text in a row
    page.locator(".contents a").last.click()
    assert page.url.endswith("#section-three")
    page.close()


@pytest.mark.parametrize("name", ["text", "mbox", "textbf"])
def test_words_within_a_formula_may_have_formulas(name: str) -> None:
    source = rf"a $y \{name}{{ if $x$ }} z$ b and $n$"
    for made in (markdown(source), latex(source)):
        assert "$" not in re.sub('alttext="[^"]*"', "", made)
        assert made.count("<math") == 2
    assert markdown(r"It costs $5 or \text{a}") == "<p>It costs $5 or \\text{a}</p>\n"
    markdown("$" + r"\text{a}" * 3000)  # without an end: in time that does not explode


@pytest.mark.parametrize(
    "name", ["color", "bf", "rm", "it", "cancel", "newcommand", "ref", "eqref"]
)
def test_what_is_not_drawn_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(ReportError, match=rf"\\{name} is not known"):
        markdown(rf"$\{name}{{x}}$")
