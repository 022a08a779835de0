"""What travels to another machine with a job, beside the tables."""

import json
import os
import re
from contextlib import suppress
from pathlib import Path

from atopic.errors import ReportError
from atopic.reporting.pages.cells import read_cells
from atopic.reporting.pages.images import Images
from atopic.reporting.plan.job import Job
from atopic.reporting.plan.make_jobs import modules_beside
from atopic.reporting.run.run_notebook import unexecuted

#: What may name an image in code.
_NAMED = re.compile(r"[^\s\"'()<>=]+\.(?:png|jpe?g|gif|webp|svg|bmp|avif|ico)\b", re.IGNORECASE)


def packed(job: Job) -> dict[str, bytes]:
    """Return the files that a job finds from its notebook's folder, by their paths from there.

    Those are the modules beside the notebook, the other inputs of the manifest, and the images
    that the notebook names, in prose or in the text of its code.
    """
    folder = Path(job.folder)
    found = modules_beside(folder) | {
        os.path.relpath(Path(job.inputs_from) / name, folder): b"" for name in job.inputs
    }
    if not job.failure:
        found |= dict.fromkeys(_images(job, folder), b"")
    for name in found:
        with suppress(OSError):  # gone meanwhile: the notebook does not find it there, either
            found[name] = found[name] or (folder / name).read_bytes()
    return found


def unpacked(files: dict[str, bytes], called: Path, root: Path) -> Path:
    """Write files that were packed below a folder; return what stands for the notebook's folder."""
    ups = max((Path(name).parts.count("..") for name in files), default=0)
    # A path that leads up needs folders above; all are called as at home.
    names = [part for part in called.parts if part != called.anchor][-ups - 1 :]
    home = root.joinpath(*["up"] * (ups + 1 - len(names)), *names)
    home.mkdir(parents=True)
    for name, content in files.items():
        path = Path(os.path.normpath(home / name))
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(content)
    if ups:  # images may lie anywhere below a manifest
        (home.parents[ups - 1] / "reports.toml").touch()
    return home


def _images(job: Job, folder: Path) -> list[str]:
    notebook = unexecuted(job.notebook).notebook
    images = Images(folder)
    for cell in json.loads(job.notebook or "{}").get("cells", []):
        for name in _NAMED.findall("".join(cell.get("source", ""))):
            with suppress(ReportError, ValueError):
                images.address(name)
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type != "code"]
    with suppress(Exception):  # what is wrong is told by whoever makes the page
        return [*images.files, *read_cells(notebook, folder).files]
    return [*images.files]
