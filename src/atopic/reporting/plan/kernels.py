"""The language of a notebook, and the kernel that it asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: The kernel of the Python that atopic runs in.
OURS = "python3"
_PYTHON = {"python", "python3", "ipython", "ipython3"}
#: As papermill calls languages, whatever the case in a notebook.
_CALLED = {"r": "R", "javascript": "javascript", "matlab": "matlab", "julia": "julia"}
#: How the kernels that people ask for most are got.
_GET = {
    "ir": "in R: install.packages('IRkernel'); IRkernel::installspec()",
    "julia": "in Julia: using Pkg; Pkg.add(\"IJulia\")",
    "bash": "pip install bash_kernel && python -m bash_kernel.install",
    "sos": "pip install sos-notebook && python -m sos_notebook.install",
    "python2": "Python 2 is at its end: choose Python 3 for this notebook in JupyterLab",
}  # fmt: skip


@dataclass(frozen=True)
class Kernel:
    """What a notebook asks to be run by."""

    name: str  # as Jupyter lists it; "python3" for Python, which is run by that of atopic
    language: str  # as papermill calls it; empty if nothing tells
    asked: str = ""  # the Python kernel asked for, if another is used

    @property
    def is_python(self) -> bool:
        """Whether the Python of atopic runs it."""
        return self.name == OURS and self.language == "python"


def kernel_of(metadata: Mapping[str, Any]) -> Kernel:
    """Return the kernel of a notebook by its metadata.

    The language is that of the kernelspec, else of ``language_info``, else of the kernel's own
    specification here, else what the kernel calls itself. Nothing at all is Python.

    Examples
    --------
    >>> kernel_of({}).is_python, kernel_of({"kernelspec": {"name": "julia-1.10"}}).is_python
    (True, False)
    >>> kernel_of({"kernelspec": {"name": "mine", "language": "Python"}})
    Kernel(name='python3', language='python', asked='mine')
    """
    spec, info = _table(metadata, "kernelspec"), _table(metadata, "language_info")
    name, shown = _text(spec, "name"), _text(spec, "display_name")
    language = _text(spec, "language") or _text(info, "name")
    if not language and name not in ("", OURS):
        language = _specified(name)
    if not language:
        language = _supposed(name, shown)
    if _is_two(name, info):
        return Kernel(name if _is_two(name, {}) else "python2", "python")
    if language.lower() in _PYTHON:
        return Kernel(OURS, "python", "" if name in ("", "python", OURS) else name)
    name = name or _usual(language) or shown
    return Kernel(name, _CALLED.get(language.lower(), language.lower()))


def as_metadata(kernel: Kernel, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a notebook says of its kernel as whoever runs it, or makes its page, needs it."""
    spec = {"name": kernel.name, "display_name": kernel.name}
    if kernel.language:
        spec["language"] = kernel.language
    info = _table(given, "language_info")
    return {
        "kernelspec": spec,
        "language_info": {**info, "name": _text(info, "name") or kernel.language or "unknown"},
    }


def how_to_get(kernel: Kernel) -> str:
    """Say that the kernel of a notebook is not there, and how to get it."""
    words = {kernel.name.lower(), kernel.language.lower(), _usual(kernel.language)}
    known = next((how for name, how in _GET.items() if name in words), "")
    if not known and kernel.name.lower().startswith("julia"):
        known = _GET["julia"]
    how = known or "install it, or choose one of `jupyter kernelspec list` in JupyterLab"
    return f"The kernel {kernel.name!r} of the notebook is not installed; {how}"


def _supposed(name: str, shown: str) -> str:
    """Return the language that the names of a kernel speak of."""
    for words in (name.lower(), shown.lower()):
        if words.startswith(("python", "ipython", "xpython", "pyodide", "pypy")):
            return "python"
        if words in ("ir", "r", "xr"):
            return "R"
        for language in ("julia", "bash", "sos"):
            if words.startswith(language):
                return language
    return "" if name or shown else "python"


def _specified(name: str) -> str:
    """Return the language of a kernel that is installed here; nothing if it is not."""
    # Asked only of notebooks that leave it open: it takes a while to load.
    from jupyter_client.kernelspec import KernelSpecManager

    try:
        return str(KernelSpecManager().get_kernel_spec(name).language or "")
    except Exception:  # not there, or its kernel.json is broken
        return ""


def _usual(language: str) -> str:
    return {"r": "ir", "julia": "julia", "bash": "bash", "sos": "sos"}.get(language.lower(), "")


def _is_two(name: str, info: Mapping[str, Any]) -> bool:
    """Return whether a notebook is in Python 2, which is another language."""
    version = _text(info, "version") if _text(info, "name").lower() in _PYTHON else ""
    return name.lower() in ("python2", "python 2", "ipython2") or version.startswith("2.")


def _table(metadata: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = metadata.get(key)
    return found if isinstance(found, dict) else {}


def _text(table: Mapping[str, Any], key: str) -> str:
    found = table.get(key)
    return found.strip() if isinstance(found, str) else ""
