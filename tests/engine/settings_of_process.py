"""What modules can set for a whole process, as values to compare."""

import builtins
import codecs
import decimal
import gc
import locale
import logging
import os
import random
import signal
import sys
import threading
import warnings
from pathlib import Path
from typing import Any


def settings() -> dict[str, Any]:
    """Return them; of a library only if it is imported."""
    found = {
        "how warnings are shown": (warnings.showwarning, warnings.formatwarning),
        "locale": locale.setlocale(locale.LC_ALL),
        "decimal": repr(decimal.getcontext()),
        "random": random.getstate(),
        "environment": dict(os.environ),
        "folder": str(Path.cwd()),
        "path": (sys.path[:], sys.argv[:]),
        "hooks": (sys.excepthook, sys.displayhook, sys.unraisablehook, threading.excepthook),
        "importers": [
            one for one in [*sys.meta_path, *sys.path_hooks] if "Metadata" not in repr(one)
        ],
        "limits": (sys.getrecursionlimit(), sys.getswitchinterval(), gc.get_threshold()),
        "threads": [one.name for one in threading.enumerate()],
        "signals": {one: signal.getsignal(one) for one in signal.valid_signals()},
        "loggers": (logging.root.level, logging.root.handlers[:], logging.root.manager.disable),
        "builtins": sorted(set(dir(builtins)) - {"_"}),
        "errors of codecs": codecs.lookup_error("strict"),
        "umask": _umask(),
    }
    modules = sys.modules.get
    if np := modules("numpy"):
        found |= {"printing of numpy": np.get_printoptions(), "errors of numpy": np.geterr()}
        found["random of numpy"] = repr(np.random.get_state())
    if pd := modules("pandas"):
        found["of pandas"] = {
            name: (pd.get_option(name), option.defval)
            for name, option in pd._config.config._registered_options.items()
            if name not in pd._config.config._deprecated_options
        }
    if mpl := modules("matplotlib"):
        found["of matplotlib"] = dict(mpl.rcParams.copy())
        found["where they come from"] = dict(mpl.rc_params())
    return found


def changed_by(do: Any) -> list[str]:
    """Return what a function has changed, said or warned of."""
    before = settings()
    with warnings.catch_warnings(record=True) as warned:
        old = [repr(one) for one in warnings.filters]
        do()
        new = [repr(one) for one in warnings.filters]
    after = settings()
    found = [f"warning: {one.message}" for one in warned]
    found += [f"filter of warnings: {one}" for one in new if one not in old]
    found += [f"filter of warnings: without {one}" for one in old if one not in new]
    return found + [name for name, value in before.items() if after[name] != value] + unusual(after)


def unusual(found: dict[str, Any]) -> list[str]:
    """Return the options of libraries that are not as usual."""
    names = [f"pandas {name}" for name, (now, usual) in found.get("of pandas", {}).items()
             if now != usual]  # fmt: skip
    usual = found.get("where they come from", {})
    return names + [f"matplotlib {name}" for name, now in found.get("of matplotlib", {}).items()
                    if name != "backend" and now != usual[name]]  # fmt: skip


def _umask() -> int:
    value = os.umask(0o22)
    os.umask(value)
    return value
