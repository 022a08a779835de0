"""Doses on one axis: cells or cells per kg, per administration or in total; never by default.

A dose in cells and one in cells/kg are compared only through a body weight that the caller gives,
and a single infusion and three are compared only after the caller has chosen which dose counts.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["CELL_UNITS", "on_one_axis", "to_cells", "to_cells_per_kg", "total_dose"]

Floats = NDArray[np.float64]
Basis = Literal["per-administration", "total"]
CELL_UNITS = ("cells", "cells/kg")


def total_dose(dose: ArrayLike, administrations: ArrayLike) -> Floats:
    """Multiply doses per administration by the number of administrations.

    Parameters
    ----------
    dose : array_like
        Dose of one administration, in any unit.
    administrations : array_like of whole numbers
        Number of administrations; broadcasts with `dose`.

    Returns
    -------
    ndarray of float64
        Total dose, in the unit of `dose`.

    Raises
    ------
    ValueError
        If a dose is missing or negative, or a number of administrations is missing, a range such
        as "3-6", or not a whole number of at least 1.

    Examples
    --------
    >>> total_dose([5e5, 1e6], 3).tolist()
    [1500000.0, 3000000.0]
    """
    doses = _amounts(dose, "dose", "administration")
    times = _numbers(
        administrations,
        "administrations",
        "must be a single whole number: a range or a blank cannot make a total",
    )
    bad = ~np.isfinite(times) | (times < 1) | (times != np.floor(times))
    _refuse(bad, "administrations", times, "must be a whole number of at least 1")
    return _broadcast(doses, times, "dose", "administrations")


def to_cells(
    dose: ArrayLike, unit: str | ArrayLike, *, body_weight_kg: ArrayLike | None = None
) -> Floats:
    """Express doses in cells, using a body weight for those printed in cells/kg.

    Parameters
    ----------
    dose : array_like
        Doses, each in its `unit`.
    unit : str or array_like of str
        "cells" or "cells/kg" for each dose.
    body_weight_kg : array_like, optional
        Body weight in kg; needed for cells/kg, and never assumed.

    Returns
    -------
    ndarray of float64

    Raises
    ------
    ValueError
        For another unit (mg cannot become cells), an impossible dose, or cells/kg without a body
        weight above 0.

    Examples
    --------
    >>> to_cells([5e7, 1e6], ["cells", "cells/kg"], body_weight_kg=60).tolist()
    [50000000.0, 60000000.0]
    """
    return _convert(dose, unit, "cells", body_weight_kg)


def to_cells_per_kg(
    dose: ArrayLike, unit: str | ArrayLike, *, body_weight_kg: ArrayLike | None = None
) -> Floats:
    """Express doses in cells/kg, using a body weight for those printed in cells.

    Parameters
    ----------
    dose, unit
        As for `to_cells`.
    body_weight_kg : array_like, optional
        Body weight in kg; needed for cells, and never assumed.

    Returns
    -------
    ndarray of float64

    Raises
    ------
    ValueError
        As for `to_cells`.

    Examples
    --------
    >>> to_cells_per_kg([5e7, 1e6], ["cells", "cells/kg"], body_weight_kg=50).tolist()
    [1000000.0, 1000000.0]
    """
    return _convert(dose, unit, "cells/kg", body_weight_kg)


def on_one_axis(
    dose: ArrayLike,
    unit: str | ArrayLike,
    *,
    to: str,
    basis: Basis,
    administrations: ArrayLike | None = None,
    body_weight_kg: ArrayLike | None = None,
) -> Floats:
    """Put doses of several arms on one axis, with every choice stated.

    Parameters
    ----------
    dose : array_like
        Dose of one administration in each arm.
    unit : str or array_like of str
        Unit of each dose.
    to : str
        Unit of the axis. Cells and cells/kg convert by body weight; any other unit only holds
        doses printed in it.
    basis : {"per-administration", "total"}
        Whether the axis shows the dose of one administration or of all. There is no default.
    administrations : array_like of whole numbers, optional
        Needed for "total".
    body_weight_kg : array_like, optional
        Needed where cells and cells/kg meet.

    Returns
    -------
    ndarray of float64

    Raises
    ------
    ValueError
        If a choice is missing or a dose cannot be expressed in `to`.

    Examples
    --------
    >>> on_one_axis([2.5e7, 1e6], ["cells", "cells/kg"], to="cells", basis="total",
    ...             administrations=[1, 3], body_weight_kg=60).tolist()
    [25000000.0, 180000000.0]
    """
    if basis not in ("per-administration", "total"):
        raise ValueError(f"basis must be 'per-administration' or 'total', not {basis!r}")
    if to in CELL_UNITS:
        single = _convert(dose, unit, to, body_weight_kg)
    else:
        units = np.asarray(unit, dtype=object)
        other = sorted({str(u) for u in units.ravel() if u != to})
        if other:
            raise ValueError(f"a dose in {other[0]} cannot be expressed in {to}")
        single = np.broadcast_arrays(_amounts(dose, "dose", "arm"), units)[0].astype(np.float64)
    if basis == "per-administration":
        return single
    if administrations is None:
        raise ValueError("basis='total' needs the number of administrations of each arm")
    return total_dose(single, administrations)


def _convert(
    dose: ArrayLike, unit: str | ArrayLike, to: str, body_weight_kg: ArrayLike | None
) -> Floats:
    doses = _amounts(dose, "dose", "arm")
    units = np.asarray(unit, dtype=object)
    for at, value in np.ndenumerate(units):
        if value not in CELL_UNITS:
            raise ValueError(
                f"unit{_index(at)} = {value!r} cannot be expressed in {to}: only cells and "
                f"cells/kg can"
            )
    try:
        doses, units = np.broadcast_arrays(doses, units)
    except ValueError:
        raise ValueError(
            f"dose of shape {doses.shape} and unit of shape {units.shape} do not broadcast"
        ) from None
    differs = np.asarray(units != to, dtype=bool)
    if not differs.any():
        return np.array(doses, dtype=np.float64)
    if body_weight_kg is None:
        at = tuple(int(i) for i in np.argwhere(differs)[0])
        raise ValueError(
            f"dose{_index(at)} in {units[at]} needs body_weight_kg to become {to}; no weight is "
            f"assumed"
        )
    weight = _numbers(body_weight_kg, "body_weight_kg", "must be numbers of kg")
    _refuse(~np.isfinite(weight) | (weight <= 0), "body_weight_kg", weight, "must be above 0 kg")
    factor = weight if to == "cells" else 1 / weight
    changed = _broadcast(doses, factor, "dose", "body_weight_kg")
    return np.where(np.broadcast_to(differs, changed.shape), changed, doses)


def _amounts(values: ArrayLike, name: str, per: str) -> Floats:
    array = _numbers(values, name, f"must be one number per {per}")
    _refuse(~np.isfinite(array) | (array < 0), name, array, "is not a dose of 0 or more")
    return array


def _numbers(values: ArrayLike, name: str, expected: str) -> Floats:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} {expected}; found {values!r}") from None


def _broadcast(doses: Floats, factor: Floats, name: str, other: str) -> Floats:
    try:
        return np.asarray(doses * factor)
    except ValueError:
        raise ValueError(
            f"{name} of shape {doses.shape} and {other} of shape {factor.shape} do not broadcast"
        ) from None


def _refuse(bad: NDArray[np.bool_], name: str, values: Floats, why: str) -> None:
    if np.any(bad):
        at = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"{name}{_index(at)} = {values[at]:g} {why}")


def _index(at: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, at))}]" if at else ""
