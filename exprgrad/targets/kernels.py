"""Kernels of operations whose entries have none for arrays: right to double precision, though not to the few units in
the last place that arrays are promised.

Formulas: DLMF 5.5 and 5.11 (the polygamma functions), 18.5 (Hermite polynomials), 26.4 and 26.8 (powers).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

# From a family's attributes to a kernel against a namespace, None where a member has one of its own.
Make = Callable[..., Callable[[Any], Callable[..., Any]] | None]

KERNELS: Final[Mapping[str, Make]] = {}
