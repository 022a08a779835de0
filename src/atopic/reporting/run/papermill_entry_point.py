"""papermill's engine ``atopic``: ``papermill --engine atopic in.ipynb out.ipynb``."""

from atopic.engine.warm_engine import WarmEngine
from atopic.reporting.run.warm_up import WARM_UP, vouched


class AtopicEngine(WarmEngine):
    """Runs notebooks in forks of a process that has used once what every report uses."""

    warm_up = WARM_UP

    @classmethod
    def vouched(cls) -> tuple[str, ...]:
        """Return the modules of reports."""
        return vouched()
