"""What every test and every example of a docstring finds when it starts."""

import papermill.engines  # noqa: F401  # it imports the engine, which needs it to be there first
import pytest

from atopic.paths import data_folder, use_folder
from atopic.review import Review, read_review, use_review

_REVIEW = read_review(data_folder())


@pytest.fixture(autouse=True)
def _the_same_start(request: pytest.FixtureRequest) -> None:
    """Let no test find the words or the folder of tables that another left behind.

    An example in a docstring starts as a reader's own interpreter does, before any table is read;
    a test starts with the bundled review.
    """
    use_folder(data_folder())
    use_review(Review() if isinstance(request.node, pytest.DoctestItem) else _REVIEW)
