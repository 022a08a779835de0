"""Notebooks and manifests with anything in them: no traceback, no hang, exit 0, 1 or 2."""

import json
import random
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from atopic.cli import main

GARBAGE: list[Any] = [
    None, True, 0, -1, 4, 10**400, 1e308, float("nan"), float("inf"), "", "x", "\0", "\ud800",
    "\x1b[2J", "../../x", "=1+1", "%%bash\nexit 3", "1/0", "import sys; sys.exit()", "\\begin{x}",
    "$$\\frac{1}{", "<script>", [], {}, [None], [[]], ["a", 3], {"a": None}, {"": {"": []}},
    "python2", "ir", {"name": "ir"}, {"name": None}, ["parameters"], ["parameters", None],
    "é" * 9999, "x = 0x" + "f" * 9000,
]  # fmt: skip
BYTES = [
    b"\xff",
    b"\x00",
    b"\xef\xbb\xbf",
    b'"',
    b"[" * 5000,
    b"{",
    b"]]",
    b"\\",
    b"\r",
    b"'''",
    b"=",
]
NOTEBOOK: dict[str, Any] = {
    "nbformat": 4, "nbformat_minor": 5,
    "metadata": {"kernelspec": {"name": "python3", "display_name": "P", "language": "python"},
                 "language_info": {"name": "python", "version": "3.11"}},
    "cells": [
        {"cell_type": "markdown", "id": "a", "metadata": {},
         "source": "# T\n\n$x^2$ ![a](attachment:b.png)",
         "attachments": {"b.png": {"image/png": "iVBORw0KGgo="}}},
        {"cell_type": "code", "id": "b", "metadata": {"tags": ["parameters"]}, "outputs": [],
         "source": ["x: int = 1  # one\n", "y = [1]"], "execution_count": None},
        {"cell_type": "code", "id": "c", "metadata": {"collapsed": True}, "source": "print(x, y)",
         "outputs": [{"output_type": "stream", "name": "stdout", "text": "1"}],
         "execution_count": 3},
        {"cell_type": "raw", "id": "d", "metadata": {}, "source": "raw"},
    ],
}  # fmt: skip
MANIFEST = """[[report]]
id = "one"
title = "One"
section = "S"
summary = "Words."
notebook = "one.ipynb"
inputs = ["extra/*.csv"]
timeout = 60
[report.parameters]
x = 2
y = [1, 2]
"""
#: What a word of a manifest may be replaced by.
WORDS = ["", '"', "[[report]]", "[report]", "nan", "inf", "-1", "1e999", "9" * 5000, "[" * 3000,
         "0x" + "f" * 9000,
         "2026-01-31", "12:00", "{a = {b = []}}", '"\\u0000"', '"../../x"', '"/dev/zero"', "true",
         '"\\u001b[2J"', '"con"', '"data"', "'*'", "\\", "x = ", '"none.ipynb"', "# ", "é",
         "\t"]  # fmt: skip


def places(content: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to everything within JSON."""
    pairs: Any = ()
    if isinstance(content, dict):
        pairs = content.items()
    elif isinstance(content, list):
        pairs = enumerate(content)
    for name, inner in pairs:
        yield (*way, name)
        yield from places(inner, (*way, name))


def spoilt_notebook(dice: random.Random) -> bytes:
    content = json.loads(json.dumps(NOTEBOOK))
    for _ in range(dice.choice([1, 1, 2, 4])):
        way = dice.choice(list(places(content)) or [()])
        if not way:
            break
        inside = content
        for name in way[:-1]:
            inside = inside[name]
        if dice.random() < 0.2:
            del inside[way[-1]]
        else:
            inside[way[-1]] = dice.choice(GARBAGE)
    return spoilt(json.dumps(content).encode(), dice, 0.15)


def spoilt_manifest(dice: random.Random) -> bytes:
    text = MANIFEST
    for _ in range(dice.choice([1, 1, 2, 4])):
        lines = text.splitlines()
        place = dice.randrange(len(lines))
        name, _, value = lines[place].partition(" = ")
        lines[place] = dice.choice([
            f"{name} = {dice.choice(WORDS)}", dice.choice(WORDS), "", f"{lines[place]}\n" * 2,
            f"{dice.choice(['id', 'timeout', 'inputs', 'colour', 'x'])} = {value}",
        ])  # fmt: skip
        text = "\n".join(lines) + "\n"
    return spoilt(text.encode(), dice, 0.2)


def spoilt(content: bytes, dice: random.Random, share: float) -> bytes:
    if dice.random() < share and content:
        place = dice.randrange(len(content))
        rest = content[place + 1 :] if dice.random() < 0.5 else b""
        content = content[:place] + dice.choice(BYTES) + rest
    return content


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Fail what takes longer."""

    def end(_number: int, _frame: object) -> None:
        raise TimeoutError(f"took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., None]:
    """Run a command of the line here, in a folder with a notebook and a manifest, and hold it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.ipynb").write_text(json.dumps(NOTEBOOK))
    (tmp_path / "reports.toml").write_text(MANIFEST)

    def run(*arguments: str, whatever: str, allowed: tuple[int, ...] = (0, 1, 2)) -> None:
        monkeypatch.setattr(sys, "argv", ["atopic", *arguments])
        code: Any = 0
        try:
            with within(120):
                main()
        except SystemExit as end:
            code = end.code or 0
        out, err = capsys.readouterr()
        assert code in allowed, (whatever, arguments, code, err)
        assert "Traceback" not in out + err, (whatever, err)
        assert not set("\x1b\0") & set(out + err), (whatever, err)
        assert code == 0 or err.strip(), (whatever, arguments)
        assert {path.name for path in tmp_path.iterdir()} <= {"one.ipynb", "reports.toml", "site"}

    return run


def held(command: Callable[..., None], folder: Path, seeds: range, *build: str) -> None:
    for seed in seeds:
        dice = random.Random(seed)
        (folder / "one.ipynb").write_text(json.dumps(NOTEBOOK))
        (folder / "reports.toml").write_text(MANIFEST)
        name, make = (
            ("one.ipynb", spoilt_notebook) if seed % 2 else ("reports.toml", spoilt_manifest)
        )
        (folder / name).write_bytes(make(dice))
        whatever = f"seed {seed}: {(folder / name).read_bytes()!r:.2000}"
        command("list", whatever=whatever, allowed=(0,) if seed % 2 else (0, 1, 2))
        command("build", "--out", "site", *build, whatever=whatever)


def test_whatever_is_in_a_notebook_or_a_manifest_is_told_in_order(
    command: Callable[..., None], tmp_path: Path
) -> None:
    command("build", "--out", "site", whatever="as it should be", allowed=(0,))
    held(command, tmp_path, range(80), "--dry-run")


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_whatever_is_in_a_notebook_or_a_manifest_its_report_fails_alone(
    command: Callable[..., None], tmp_path: Path, part: int
) -> None:
    held(command, tmp_path, range(1000 + 40 * part, 1040 + 40 * part))
