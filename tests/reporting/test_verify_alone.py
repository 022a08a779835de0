"""Reports that change one another are found when each is built alone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from atopic.paths import bundled
from atopic.reporting.build import Listener, Options, plan
from atopic.reporting.plan.manifest import Report
from atopic.reporting.verify import verify
from tests.reporting.test_side_by_side import PARAMETERS, made


@pytest.mark.slow
def test_what_differs_in_a_process_of_its_own_is_found(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    code = "import sys\nprint('atopic.questions.safety.chart' in sys.modules)"
    seen = Report("seen", "Seen", notebook(PARAMETERS, code, name="seen.ipynb"))
    fine = Report("fine", "Fine", notebook(PARAMETERS, "print('fine')", name="fine.ipynb"))
    reports = (seen, fine)
    made(tmp_path / "site", *reports)
    outcome = verify(
        plan(reports), data=bundled("data"), out=tmp_path / "site", site=reports,
        options=Options(), listener=Listener(),
    )  # fmt: skip
    (line,) = outcome.differences
    assert "seen.html" in line
    assert "differs when built alone" in line
    only = verify(
        plan((fine,)), data=bundled("data"), out=tmp_path / "site", site=reports,
        options=Options(), listener=Listener(),
    )  # fmt: skip
    assert only.differences == []
