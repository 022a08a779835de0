"""The answer at a glance: what each product did against placebo, and what is not known.

Nothing is computed here that another question does not compute: the numbers of the front page are
those of the pages it leads to.

=============================================  =======================================
question                                       function
=============================================  =======================================
what did each product do against placebo?      `product_answers`
does it last, is it safe, do more cells do     `short_answers`
more, what do drugs do?
how sure is each outcome?                      `findings_by_product`
which claims tell most, and how did all fare?  `telling_claims`, `verdict_totals`
=============================================  =======================================
"""

from atopic.questions.answer.findings import findings_by_product
from atopic.questions.answer.products import product_answers
from atopic.questions.answer.short_answers import short_answers
from atopic.questions.answer.told import telling_claims, verdict_totals

__all__ = [
    "findings_by_product",
    "product_answers",
    "short_answers",
    "telling_claims",
    "verdict_totals",
]


def __dir__() -> list[str]:
    return sorted(__all__)
