"""The limits of an interval."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Interval(NamedTuple):
    """Lower and upper confidence limits, in arrays of one shape."""

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
