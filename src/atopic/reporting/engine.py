"""papermill's engine ``atopic``: notebooks run in forks of one process that has all imported.

``papermill --engine atopic in.ipynb out.ipynb``, or ``engine_name="atopic"`` from Python, where the
warm process stays for the next notebook. Each notebook gets a process of its own. A notebook for
another kernel than ``python3``, or a system that cannot fork, gets an ordinary kernel.
"""

import json
from pathlib import Path
from typing import Any

import nbformat
from papermill.engines import Engine, NBClientEngine
from papermill.log import logger

from atopic.reporting.forks import Zygote, ZygoteError, ending, shared

__all__ = ["WarmEngine"]


class WarmEngine(Engine):  # type: ignore[misc]
    """Runs notebooks in forks of a warm process."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        """Run a notebook; papermill calls this."""
        zygote = _zygote(nb_man.nb) if kernel_name == "python3" else None
        if zygote is None:
            logger.warning(f"engine atopic: an ordinary kernel {kernel_name!r} is started")
            NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **options)
            return
        text, folder = json.dumps(nb_man.nb), str(Path.cwd())
        call = zygote.call("atopic.reporting.cells:run_notebook", text, folder)
        running = None
        cells = nb_man.nb.cells
        while True:
            for who, words in zygote.wait():
                if who is not call:
                    continue
                match words:
                    case ("started", index):
                        running = index
                        nb_man.cell_start(cells[index], index)
                    case ("done", index, cell, ran):
                        cells[index].update(nbformat.from_dict(json.loads(cell)))
                        if not ran:
                            nb_man.cell_exception(cells[index], cell_index=index)
                        nb_man.cell_complete(cells[index], cell_index=index)
                    case ("result", language):
                        nb_man.nb.metadata["language_info"] = language
                    case ("broken", trace):
                        raise RuntimeError(trace)
                    case None if call.status:
                        raise RuntimeError(
                            f"the notebook's process ended in cell {running}: {ending(call.status)}"
                        )
                    case None:
                        return


def _zygote(notebook: Any) -> Zygote | None:
    try:
        return shared(cell.source for cell in notebook.cells if cell.cell_type == "code")
    except ZygoteError:
        return None
