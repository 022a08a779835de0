"""A build that fails at its end leaves pages, index, estimates and record of one state."""

from collections.abc import Callable
from pathlib import Path

import pytest

from atopic.paths import bundled
from atopic.reporting.build import Options, build, plan
from atopic.reporting.pages import index_page, table_pages
from atopic.reporting.plan.manifest import Report
from atopic.reporting.site import estimates, output_folder, site_files

CELLS = (
    "size: int = 3  # a number",
    """import pandas as pd
from atopic.display import show
frame = pd.DataFrame({"n": [str(size)], "row": [size]})  # what leads to a row stands beside it
show.table(frame, name=f"numbers-{size}", caption="Numbers", rows="arms")""",
)


def made(out: Path, report: Report, size: str) -> str | None:
    (built,) = build(
        plan([report], {"size": size}),
        data=bundled("data"),
        out=out,
        site=[report],
        options=Options(engine="warm"),
    )
    return built.failure


def state(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file()
    }


def broken(*args: object, **kwargs: object) -> str:
    raise RuntimeError("as when there is a fault")


def full(after: int) -> Callable[..., Path]:
    """Return a renaming that fails after some files, as when a folder is taken away."""
    replace, left = Path.replace, [after]

    def maybe(path: Path, target: Path) -> Path:
        if target.name in ("index.html", "arms.html", "build.json", "estimates.csv"):
            left[0] -= 1
            if left[0] == 0:
                raise OSError(28, "No space left on device")
        return replace(path, target)

    return maybe


FAULTS: dict[str, tuple[object, str, object]] = {
    "tables": (table_pages, "evidence_files", broken),
    "index": (index_page, "render_index", broken),
    "estimates": (estimates, "every_estimate", broken),
    "record": (site_files, "_json", broken),
    "write": (site_files, "write", broken),
    "stop": (site_files, "key_of", broken),
    "first": (output_folder.Path, "replace", full(1)),
    "last": (output_folder.Path, "replace", full(2)),
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    import nbformat

    content = nbformat.v4.new_notebook()
    content.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    content.cells = [nbformat.v4.new_markdown_cell("# Small")]
    content.cells += [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    content.cells[1].metadata["tags"] = ["parameters"]
    path = tmp_path_factory.mktemp("notebooks") / "small.ipynb"
    nbformat.write(content, path)
    return Report("small", "Small", path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, report: Report) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("whole")
    assert made(out, report, "4") is None
    return state(out)


@pytest.mark.parametrize(
    "fault",
    [
        name if name in ("index", "last") else pytest.param(name, marks=pytest.mark.slow)
        for name in FAULTS
    ],
)
def test_it_is_that_of_before(
    tmp_path: Path, report: Report, whole: dict[str, bytes], fault: str
) -> None:
    assert made(tmp_path, report, "3") is None
    before = state(tmp_path)
    assert before["small.html"] != whole["small.html"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*FAULTS[fault])  # type: ignore[call-overload]
        with pytest.raises(Exception, match=r"as when|cannot be written"):
            made(tmp_path, report, "4")
    assert state(tmp_path) == before
    assert made(tmp_path, report, "4") is None
    after = state(tmp_path)
    assert {name: file for name, file in after.items() if name != "build.json"} == {
        name: file for name, file in whole.items() if name != "build.json"
    }


def test_of_a_first_build_nothing_is_left(tmp_path: Path, report: Report) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_page, "render_index", broken)
        with pytest.raises(RuntimeError):
            made(tmp_path, report, "4")
    assert state(tmp_path) == {}
