import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from atopic.paths import bundled
from atopic.reporting.build import Listener, Options, build, plan
from atopic.reporting.plan.kernels import how_to_get, kernel_of
from atopic.reporting.plan.manifest import Report


def spec(**words: Any) -> dict[str, Any]:
    return {"kernelspec": words}


@pytest.mark.parametrize(
    ("metadata", "name", "language"),
    [
        ({}, "python3", "python"),
        ({"kernelspec": None}, "python3", "python"),
        ({"kernelspec": {}, "language_info": None}, "python3", "python"),
        (spec(name="python3"), "python3", "python"),
        (spec(name="PYTHON3", language="PYTHON"), "python3", "python"),
        (spec(name="conda-env-x-py", display_name="Python [conda env:x]"), "python3", "python"),
        (spec(name="xpython", display_name="Python 3.11 (XPython)"), "python3", "python"),
        (spec(name="xpython"), "python3", "python"),
        (spec(name="mine", language="python"), "python3", "python"),
        ({**spec(name="mine"), "language_info": {"name": "python"}}, "python3", "python"),
        (spec(name="ir", display_name="R"), "ir", "R"),
        (spec(name="ir", display_name="R", language="R"), "ir", "R"),
        (spec(display_name="R"), "ir", "R"),
        ({"language_info": {"name": "R"}}, "ir", "R"),
        ({**spec(name="mine"), "language_info": {"name": "r"}}, "mine", "R"),
        (spec(name="julia-1.10", display_name="Julia 1.10"), "julia-1.10", "julia"),
        ({"language_info": {"name": "julia"}}, "julia", "julia"),
        (spec(name="bash"), "bash", "bash"),
        (spec(name="sos", display_name="SoS"), "sos", "sos"),
        (spec(name="nobody-knows"), "nobody-knows", ""),
        (spec(name="python2"), "python2", "python"),
        (spec(name="python2", language="python"), "python2", "python"),
        ({"language_info": {"name": "python", "version": "2.7.18"}}, "python2", "python"),
        (spec(name="python3", language="R"), "python3", "R"),
        ({"kernelspec": "python3", "language_info": ["R"]}, "python3", "python"),
        (spec(name=3, language=["R"]), "python3", "python"),
    ],
)
def test_the_language_is_what_the_notebook_says(
    metadata: dict[str, Any], name: str, language: str
) -> None:
    found = kernel_of(metadata)
    if name == "python3" and language == "R":
        assert not found.is_python
        return
    assert (found.name, found.language) == (name, language)
    assert found.is_python == (name == "python3")


def test_a_kernel_that_is_installed_says_its_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, language in (("mine", "R"), ("other", "python")):
        folder = tmp_path / "kernels" / name
        folder.mkdir(parents=True)
        (folder / "kernel.json").write_text(
            json.dumps({"argv": ["false"], "display_name": name, "language": language})
        )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    assert kernel_of(spec(name="mine")).language == "R"
    assert kernel_of(spec(name="other")).asked == "other"


def test_how_a_kernel_is_got_is_one_line() -> None:
    for metadata in (spec(name="ir"), spec(name="julia-1.9"), spec(name="strange"), spec(name="Q")):
        words = how_to_get(kernel_of(metadata))
        assert len(words.splitlines()) == 1
        assert "is not installed; " in words
    assert "IRkernel" in how_to_get(kernel_of(spec(name="ir")))


class Heard(Listener):
    def __init__(self) -> None:
        self.notices: list[str] = []

    def notice(self, words: str) -> None:
        self.notices.append(words)


def with_kernel(path: Path, metadata: dict[str, Any]) -> Path:
    content = json.loads(path.read_text())
    content["metadata"] = metadata
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize("engine", ["warm", "kernel"])
def test_a_kernel_that_is_not_there_fails_its_report_and_python_of_elsewhere_is_told_once(
    tmp_path: Path, notebook: Callable[..., Path], engine: str
) -> None:
    ir = with_kernel(notebook("x <- 1", "print(x)", name="r.ipynb"), spec(name="ir"))
    mine = spec(name="mine", language="python")
    two = [with_kernel(notebook("x = 1", "x", name=f"{n}.ipynb"), mine) for n in "ab"]
    reports = [
        Report("r", "R", ir, parameters={"x": 3}),
        *(Report(path.stem, "P", path) for path in two),
    ]
    heard = Heard()
    results = build(plan(reports), data=bundled("data"), out=tmp_path / "out", site=reports,
                    options=Options(engine=engine), listener=heard)  # fmt: skip
    failure = results[0].failure or ""
    assert failure.startswith("The kernel 'ir' of the notebook is not installed; in R: install")
    assert [one.failure for one in results[1:]] == [None, None]
    assert [words for words in heard.notices if "'mine' is not used" in words] == heard.notices
    assert len(heard.notices) == 1


LIMPING = """
import pathlib, sys
starts = pathlib.Path(sys.argv[1])
number = len(starts.read_text()) if starts.exists() else 0
starts.write_text("x" * (number + 1))
if number < {ending}:
    sys.exit(1)
sys.argv[1:] = sys.argv[2:]
from ipykernel.kernelapp import launch_new_instance
launch_new_instance()
"""


@pytest.mark.parametrize("ending", [1, 2, 3])
def test_a_kernel_that_ends_before_it_answers_is_started_again(
    tmp_path: Path, notebook: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, ending: int
) -> None:
    folder, starts = tmp_path / "kernels" / "limping", tmp_path / "starts"
    folder.mkdir(parents=True)
    command = [sys.executable, "-c", LIMPING.format(ending=ending), str(starts)]
    words = {"display_name": "Limping", "language": "limping"}
    (folder / "kernel.json").write_text(
        json.dumps({"argv": [*command, "-f", "{connection_file}"], **words})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    ran = tmp_path / "ran"
    path = notebook("x = 1", f"print(open({str(ran)!r}, 'a').write('x'))", name="limping.ipynb")
    report = Report("limping", "Limping", with_kernel(path, spec(name="limping", **words)))
    (result,) = build(
        plan([report]), data=bundled("data"), out=tmp_path / "out", site=[report],
        options=Options(engine="kernel"),
    )  # fmt: skip
    assert len(starts.read_text()) == min(ending + 1, 3)
    if ending < 3:
        assert (result.failure, ran.read_text()) == (None, "x")
    else:
        assert result.failure == (
            "papermill failed: RuntimeError: Kernel died before replying to kernel_info"
        )
        assert not ran.exists()


DEAF = 'get_ipython().kernel.shell_handlers["kernel_info_request"] = lambda *_: None\n'


@pytest.mark.slow
@pytest.mark.parametrize("code", ["1 / 0", "print('whole')"])
def test_a_kernel_that_does_not_tell_its_language_at_the_end_holds_nothing_up(
    tmp_path: Path, notebook: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr("atopic.engine.watched_engines._ANSWER", 4)
    monkeypatch.setattr("atopic.engine.warm_client.can_fork", lambda: False)
    report = Report("deaf", "Deaf", notebook("x = 1", DEAF + code))
    (result,) = build(
        plan([report]), data=bundled("data"), out=tmp_path / "site", site=[report],
        options=Options(engine="kernel", timeout=90),
    )  # fmt: skip
    assert result.failure == (
        "Cell 2: ZeroDivisionError: division by zero" if "/" in code else None
    )
