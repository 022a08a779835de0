"""Two engines of papermill that tell a watcher of each cell: in this process, and in a kernel.

``atopic-here`` is for a process that was forked for one notebook, ``atopic-kernel`` for any other.
Their option ``watcher`` is an object with three methods: ``begin`` gets the notebook, ``start`` the
place of a cell whose turn it is and the number that it runs under, ``done`` its place and the cell.
"""

from typing import Any

from papermill.engines import Engine, NBClientEngine, papermill_engines

from atopic.engine.run_cells import LANGUAGE, run_cells, seed_of

__all__ = ["register"]

#: Has a kernel seed the shared random generators when its first cell begins, since it draws numbers
#: itself before, forget how it was called, and read no settings of figures where it runs: a fork
#: does not, either. The notebook finds no name of this.
_FIRST = """
from IPython import get_ipython
def seed(*_):
    events.unregister("pre_run_cell", seed)
    import os, random, sys, numpy
    sys.argv = ['']
    if os.path.exists("matplotlibrc"):
        here = os.getcwd()
        os.chdir(os.environ.get("MPLCONFIGDIR", "/"))
        import matplotlib
        os.chdir(here)
    random.seed({0})
    numpy.random.seed({0})
events = get_ipython().events
events.register("pre_run_cell", seed)
"""


class _HereEngine(Engine):  # type: ignore[misc]
    """Runs the cells in this process, which was forked for them."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        del kernel_name  # it is this process
        watcher = options["watcher"]
        watcher.begin(nb_man.nb)
        cells = nb_man.nb.cells
        for index, ran in run_cells(nb_man.nb, watcher.start):
            if not ran:
                nb_man.cell_exception(cells[index], cell_index=index)
            nb_man.cell_complete(cells[index], cell_index=index)
            watcher.done(index, cells[index])
        nb_man.nb.metadata["language_info"] = LANGUAGE


class _KernelEngine(NBClientEngine):  # type: ignore[misc]
    """papermill's own engine, with someone watching."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        watcher = options.pop("watcher")
        watcher.begin(nb_man.nb)
        cell_start, cell_complete = nb_man.cell_start, nb_man.cell_complete
        ran = 0

        def start(cell: Any, cell_index: int, **more: Any) -> None:
            nonlocal ran
            skipped = "skip-execution" in cell.metadata.get("tags", [])
            number = None
            if cell.cell_type == "code" and cell.source.strip() and not skipped:
                number = ran = ran + 1
            watcher.start(cell_index, number)
            cell_start(cell, cell_index, **more)

        def complete(cell: Any, cell_index: int, **more: Any) -> None:
            cell_complete(cell, cell_index=cell_index, **more)
            watcher.done(cell_index, cell)

        nb_man.cell_start, nb_man.cell_complete = start, complete
        if kernel_name == "python3":
            line = f"exec({_FIRST.format(seed_of(nb_man.nb))!r}, {{}})"
            options["extra_arguments"] = [f"--IPKernelApp.exec_lines={[line]}"]
        super().execute_managed_notebook(nb_man, kernel_name, **options)


def register() -> None:
    """Make both known to papermill, in this process."""
    papermill_engines.register("atopic-here", _HereEngine)
    papermill_engines.register("atopic-kernel", _KernelEngine)
