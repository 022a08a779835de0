"""The public faces of the statistics: every name at hand, and nothing loaded before its turn."""

import inspect
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module

import pytest

FACES = ["bayes", "contrasts", "doseresponse", "pooling", "trialdesign"]

#: Third parties, and what comes with them, that a library part may load.
LIGHT = {"numpy", "scipy", "pandas", "dateutil", "six", "pytz", "charset_normalizer"}


@pytest.mark.parametrize("room", FACES)
def test_a_face_offers_every_name_it_lists_and_no_other(room: str) -> None:
    face = import_module(f"atopic.stats.{room}")
    assert sorted(face.__all__) == sorted(set(face.__all__))
    for name in face.__all__:
        found = getattr(face, name)
        assert name in dir(face)
        assert getattr(face, name) is found
        if inspect.isfunction(found):
            assert found.__name__ == name
            assert inspect.signature(found).parameters
            assert pickle.loads(pickle.dumps(found)) is found
    lazily = {name for name in dir(face) if not name.startswith("_")}
    modules = {name for name in lazily if inspect.ismodule(getattr(face, name))}
    assert lazily - modules - {"lazy", "TYPE_CHECKING"} == set(face.__all__)
    with pytest.raises(AttributeError, match=f"module 'atopic.stats.{room}' has no .*'nothing'"):
        _ = face.nothing


def test_a_function_is_not_hidden_by_a_module_of_its_name() -> None:
    for room in FACES:
        face = import_module(f"atopic.stats.{room}")
        for name in face.__all__:
            with pytest.raises(ModuleNotFoundError):
                import_module(f"atopic.stats.{room}.{name}")


def loaded_by(code: str) -> set[str]:
    """Return the modules that a fresh Python has loaded after some code, without site's own."""
    names = "import sys; before = set(sys.modules)\n{}\nprint(*(set(sys.modules) - before))"
    run = subprocess.run(
        [sys.executable, "-c", names.format(code)], capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())


def third_parties(modules: set[str]) -> set[str]:
    tops = {name.split(".")[0] for name in modules} - sys.stdlib_module_names
    # Extensions compiled by Cython share these.
    return {name for name in tops if not name.startswith("_") and "cython" not in name} - {"atopic"}


def test_a_rate_needs_only_numpy_and_scipy() -> None:
    modules = loaded_by("from atopic import proportions; proportions.interval(4, 5)")
    assert third_parties(modules) <= LIGHT - {"pandas", "dateutil"}
    assert "scipy.stats" not in modules
    assert {name for name in modules if name.startswith("atopic.stats.")} == {
        "atopic.stats.arguments", "atopic.stats.arrays", "atopic.stats.interval",
        "atopic.stats.proportions",
    }  # fmt: skip


def test_no_room_loads_what_searches_before_it_searches() -> None:
    """Only few of its functions search for a number, and ``scipy.optimize`` is slow to import."""
    code = "import importlib, pkgutil, atopic.stats as s\n"
    code += "for one in pkgutil.walk_packages(s.__path__, s.__name__ + '.'):\n"
    code += "    importlib.import_module(one.name)"
    modules = loaded_by(code)
    assert "atopic.stats.doseresponse.likelihood_region" in modules
    assert "scipy.optimize" not in modules


@pytest.mark.parametrize("room", [*FACES, "changes", "counts", "incidence", "proportions"])
def test_a_room_is_light(room: str) -> None:
    modules = loaded_by(f"from atopic import {room}")
    assert third_parties(modules) <= LIGHT
    below = {name for name in modules if name.startswith(f"atopic.stats.{room}.")}
    assert below == set()


@pytest.mark.parametrize(
    ("code", "needed", "idle"),
    [
        (
            "from atopic import pooling; pooling.pool_contrasts([8, 1], [20, 9], [4, 2], [20, 9])",
            {"pooling.compute", "pooling.inverse_variance"},
            {"pooling.glmm", "pooling.strata", "pooling.sensitivity", "pooling.betabinomial"},
        ),
        (
            "from atopic import bayes; bayes.posterior(4, 5)",
            {"bayes.rate"},
            {"bayes.hierarchical_model"},
        ),
        (
            "from atopic import doseresponse; doseresponse.trend_test([0, 1], [1, 2], 5)",
            {"doseresponse.trend_tests"},
            {"doseresponse.mcpmod", "doseresponse.fit_model"},
        ),
        (
            "from atopic import trialdesign; trialdesign.sample_size(0.5, 0.2)",
            {"trialdesign.power"},
            {"trialdesign.expected_results", "pooling"},
        ),
    ],
)
def test_a_function_loads_what_it_needs(code: str, needed: set[str], idle: set[str]) -> None:
    modules = {name.removeprefix("atopic.stats.") for name in loaded_by(code)}
    assert needed <= modules
    assert not idle & modules


def public_functions() -> Iterator[tuple[str, Callable[..., object]]]:
    import atopic.questions

    rooms = [f"atopic.stats.{room}" for room in [*FACES, "changes", "proportions", "spreads"]]
    rooms += [f"atopic.questions.{room}" for room in dir(atopic.questions)]
    for room in rooms:
        face = import_module(room)
        for name in getattr(face, "__all__", ()):
            if inspect.isfunction(one := getattr(face, name)):
                yield f"{room}.{name}", one


def test_signatures_fit_a_tooltip() -> None:
    """Aliases by their names, not what they stand for."""
    found = {name: str(inspect.signature(one)) for name, one in public_functions()}
    assert len(found) > 100
    unfolded = ("Union[", "Optional[", "_typing", "collections.abc", "pandas.core", "numpy.ndarray")
    assert {name for name, words in found.items() if any(one in words for one in unfolded)} == set()
    assert {name for name, words in found.items() if len(words) > 480} == set()


def test_completion_offers_own_names_only() -> None:
    import atopic

    offered = {name for name in dir(atopic) if not name.startswith("_")}
    rooms = offered - set(atopic.__all__)
    assert all(getattr(atopic, one).__name__.startswith("atopic.") for one in rooms)
    for room in ["ambiguity", "changes", "counts", "incidence", "proportions", "spreads"]:
        module = getattr(atopic, room)
        assert {name for name in dir(module) if not name.startswith("_")} == set(module.__all__)
