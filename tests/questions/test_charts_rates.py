"""The chart of response rates against committed baselines."""

import pytest
from matplotlib.figure import Figure

import atopic
from atopic.questions.response_rates import placebo_reference, response_rates
from atopic.questions.response_rates.chart import draw_rates


@pytest.mark.mpl_image_compare(filename="rates-easi-50.png", savefig_kwargs={"dpi": 50})
def test_controlled_uncontrolled_derived_and_ambiguous_arms(evidence: atopic.Evidence) -> Figure:
    rates = response_rates(evidence, "EASI-50", weeks=[12])
    return draw_rates(rates, reference=placebo_reference(evidence, "EASI-50"))


@pytest.mark.mpl_image_compare(filename="rates-later.png", savefig_kwargs={"dpi": 50})
def test_weeks_after_the_control_period(evidence: atopic.Evidence) -> Figure:
    return draw_rates(response_rates(evidence, "EASI-50", weeks=[16, 24, 52, 104, 156]))


@pytest.mark.mpl_image_compare(filename="rates-easi-75.png", savefig_kwargs={"dpi": 50})
def test_cells_beside_drugs_and_percentages_without_counts(evidence: atopic.Evidence) -> Figure:
    return draw_rates(response_rates(evidence, "EASI-75", weeks=[16], include_benchmarks=True))
