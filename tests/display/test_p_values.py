import re
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from atopic.display.p_values import p_equals, p_reported, p_text, with_p_values

SPACE = "\N{NO-BREAK SPACE}"
shares = st.floats(0, 1, allow_nan=False)


@given(shares)
def test_what_is_written_holds_the_p_value(p: float) -> None:
    written = p_equals(p)
    sign, digits = re.fullmatch(rf"P{SPACE}([<=>]){SPACE}(\.\d{{3}})", written).groups()  # type: ignore[union-attr]
    stated = float(digits)
    assert {"<": p < stated, ">": p > stated, "=": abs(p - stated) <= 0.0005 + 1e-12}[sign]
    assert written.endswith(p_text(p))


@given(st.decimals(0, 1, places=7).map(lambda one: one.normalize()), st.sampled_from("=<>≤≥"))
def test_a_text_keeps_each_digit_of_a_p_value_and_is_written_once(p: Decimal, sign: str) -> None:
    said = f"{p:f}"
    written = with_p_values(f"at week 12, P {sign} {said}, n = 0.5")
    if "." in said:
        assert written == f"at week 12, P{SPACE}{sign}{SPACE}{said.removeprefix('0')}, n = 0.5"
        assert float(p_reported(said)) == float(said)
    assert with_p_values(written) == written


@given(st.text(alphabet="P =<>.0123456789ab-(;"))
def test_nothing_but_zeros_before_a_point_spaces_and_signs_is_changed(text: str) -> None:
    def bare(words: str) -> str:
        words = re.sub(rf"[ {SPACE}=]", "", words)
        return re.sub(r"(?<!\d)0(?=\.\d)", "", words)

    assert bare(with_p_values(text)) == bare(text)


def test_a_p_value_that_is_not_known_is_said_to_be() -> None:
    assert p_text(np.nan) == "unknown"
    assert p_equals(np.nan) == f"P{SPACE}unknown"
