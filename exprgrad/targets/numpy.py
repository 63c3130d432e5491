"""NumPy: functions of arrays."""

from __future__ import annotations

from exprgrad.targets.arrays import Arrays
from exprgrad.targets.target import Text


class NumPy(Arrays):
    """Writes a module that needs NumPy alone. It warns of nothing: what is infinite or nan is the result."""

    library = "NumPy"
    short = "np"
    imports = "import numpy as np"
    decorators = ('@np.errstate(all="ignore")',)
    double = "np.float64"
    lacks = ("erf", "erfc", "gamma", "lgamma", "maximum", "minimum")

    def filled(self, shape: str, x: Text) -> Text:
        return self.call("full", [Text(shape), x])
