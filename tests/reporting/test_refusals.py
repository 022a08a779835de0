"""What cannot be built is told for all reports together, and the others are built."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from atopic.errors import ReportError, UsageError
from atopic.paths import bundled
from atopic.reporting.build import build
from atopic.reporting.plan.manifest import Report
from atopic.reporting.plan.notebook_file import read_content
from atopic.reporting.plan.plan import plan

CELL = {"cell_type": "code", "source": "1", "metadata": {}}
GOOD: dict[str, Any] = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [CELL]}

#: Notebooks that are none, and a word that says why.
BAD: dict[str, tuple[bytes, str]] = {
    name: (content if isinstance(content, bytes) else json.dumps(content).encode(), why)
    for name, content, why in [
        ("metadata", GOOD | {"metadata": None}, "metadata must be an object"),
        ("cells", GOOD | {"cells": {}}, "cells must be a list"),
        ("no-cells", {"nbformat": 4, "metadata": {}}, "cells must be a list"),
        ("cell", GOOD | {"cells": ["x"]}, "cell 1 must be an object"),
        ("null", GOOD | {"cells": [CELL, None]}, "cell 2 must be an object"),
        ("source", GOOD | {"cells": [{"cell_type": "code"}]}, "cell 1 has no source"),
        ("number", GOOD | {"cells": [CELL | {"source": 3}]}, "source must be a text"),
        ("sources", GOOD | {"cells": [CELL | {"source": ["a", None]}]}, "source must be a text"),
        ("kind", GOOD | {"cells": [CELL | {"cell_type": "song"}]}, "cell_type 'song'"),
        ("tags", GOOD | {"cells": [CELL | {"metadata": {"tags": 3}}]}, "tags must be a list"),
        ("noted", GOOD | {"cells": [CELL | {"metadata": []}]}, "metadata must be an object"),
        ("format", GOOD | {"nbformat": 5}, "nbformat 5"),
        ("form", GOOD | {"nbformat": "4"}, "nbformat '4'"),
        ("list", [], "a notebook is an object"),
        ("nested", b'{"nbformat": 4, "cells": ' + b"[" * 100_000, "nested too deeply"),
        ("deep", GOOD | {"metadata": json.loads("[" * 200 + "]" * 200)}, "metadata must be"),
        ("deeper", GOOD | {"metadata": {"a": json.loads("[" * 200 + "]" * 200)}}, "too deeply"),
        ("bytes", b'{"nbformat": 4, "metadata": {"a": "\xff"}, "cells": []}', "UnicodeDecodeError"),
        ("empty", b"", "JSONDecodeError"),
        ("half", b'{"nbformat": 4, "cells": [', "JSONDecodeError"),
        ("attached", GOOD | {"cells": [CELL | {"attachments": {"a": 3}}]}, "attachments"),
        ("old", {"nbformat": 3, "metadata": {}, "worksheets": 3}, "cannot be read as 4"),
    ]
}


@pytest.mark.parametrize("name", BAD)
def test_a_notebook_that_is_none_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "n.ipynb").write_bytes(BAD[name][0])
    with pytest.raises(ReportError) as caught:
        read_content(tmp_path / "n.ipynb")
    assert BAD[name][1] in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_what_is_no_file_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "zero.ipynb").symlink_to("/dev/zero")
    (tmp_path / "folder.ipynb").mkdir()
    (tmp_path / "loop.ipynb").symlink_to("loop.ipynb")
    with (tmp_path / "huge.ipynb").open("wb") as stream:
        stream.truncate(2**29)
    for name in ("pipe", "zero", "folder", "loop", "huge", "none", "\0", "a" * 300):
        with pytest.raises(ReportError, match="notebook"):
            read_content(tmp_path / f"{name}.ipynb")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_is_fine_and_outputs_may_be_anything(
    tmp_path: Path, encoding: str
) -> None:
    cell = CELL | {"source": ["é = 1\r\n", "é"], "outputs": [{"a": None}], "execution_count": "x"}
    (tmp_path / "n.ipynb").write_bytes(json.dumps(GOOD | {"cells": [cell]}).encode(encoding))
    (found,) = read_content(tmp_path / "n.ipynb")["cells"]
    assert (found["source"], found["outputs"]) == (["é = 1\r\n", "é"], [])


def test_older_formats_are_read(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "input": ["x = 1"], "language": "python", "outputs": [],
            "collapsed": False}  # fmt: skip
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""},
           "worksheets": [{"cells": [cell], "metadata": {}}]}  # fmt: skip
    (tmp_path / "n.ipynb").write_text(json.dumps(old))
    (found,) = read_content(tmp_path / "n.ipynb")["cells"]
    assert "".join(found["source"]) == "x = 1"


def test_all_refusals_are_told_and_the_other_reports_are_built(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    fine = notebook("x = None", "print(x)", name="fine.ipynb")
    (tmp_path / "bad.ipynb").write_bytes(BAD["metadata"][0])
    odd = notebook("from datetime import date\nm = 2\nn = 2 * m\nd = date(2026, 1, 1)\ns = {1}",
                   "print(type(s).__name__, type(d).__name__, m, n)", name="odd.ipynb")  # fmt: skip
    reports = [
        Report("fine", "F", fine, parameters={"x": [1, {"a": None}]}),
        Report("bad", "B", tmp_path / "bad.ipynb"),
        Report("two", "T", fine, parameters={"y": 1, "z": 2}),
        Report("odd", "O", odd, parameters={"s": [2], "d": "2026-02-01", "m": 5}),
    ]
    with pytest.raises(ReportError, match=r"bad\.ipynb"):
        plan(reports)
    plans = plan(reports, strict=False)
    assert [len(one.refusals) for one in plans] == [0, 1, 2, 0]
    assert "n = 2 * m is computed before m is set" in plans[3].notices[0]
    results = build(plans, data=bundled("data"), out=tmp_path / "out", site=reports)
    failures = {one.id: one.failure for one in results}
    assert failures["fine"] is failures["odd"] is None
    assert "metadata must be an object" in str(failures["bad"])
    for name in "yz":
        assert f"report 'two': parameter '{name}' is not declared" in str(failures["two"])
    page = (tmp_path / "out" / "odd.html").read_text()
    assert "set date 5 4" in page
    assert "n = 2 * m (before m was set)" in page
    assert (tmp_path / "out" / "two.failed.html").is_file()
    assert json.loads((tmp_path / "out" / "build.json").read_text())["reports"]["odd"][
        "parameters"
    ] == {"m": 5, "n": "2 * m", "d": "2026-02-01", "s": [2]}


def test_what_was_typed_and_no_report_takes_is_wrong_usage(notebook: Callable[..., Path]) -> None:
    reports = [Report(name, "R", notebook("x = 1", "x", name=f"{name}.ipynb")) for name in "ab"]
    with pytest.raises(UsageError) as caught:
        plan(reports, {"y": "1"}, strict=False)
    assert [line.split("'")[1] for line in str(caught.value).splitlines()] == ["a", "b"]
    reports.append(Report("c", "R", notebook("y = 1", "y", name="c.ipynb")))
    assert [bool(one.refusal) for one in plan(reports, {"y": "1"}, strict=False)] == [1, 1, 0]
