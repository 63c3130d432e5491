"""How well parameters are known that were fitted: their covariance, from the Hessian of what was minimized, or
that of its linearized model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from exprgrad.diagnostics import UsageError
from exprgrad.numbers.precise import PRECISE, double, doubles
from exprgrad.numbers.rounded import Number
from exprgrad.outcomes import ABSOLUTE, LIKELIHOOD, SCALED
from exprgrad.records import NamedTuple
from exprgrad.solving.newton import Local, solved

# A direction in which the Hessian, in units of its diagonal, is so much less than one is not determined.
_FLAT: Final = 2.0**-40


class Terms(NamedTuple):
    """What was minimized: one of the `ERRORS`, of how many terms if that is known, and whether as their mean."""

    way: str
    number: int | None = None
    mean: bool = False


class Covariance(NamedTuple):
    """The covariance of parameters along the directions that are `determined`, and the `free` directions, that are not:
    columns of length 1, in which each parameter is times its `size`, the root of its second derivative."""

    determined: Any
    free: Any
    size: Any

    def standard_errors(self, slopes: Any) -> Any:
        """Those of what has these slopes by the parameters, a row for each; infinite where a free direction moves it.

        They are roots of g C g, of the gradient g and the covariance C."""
        moved = self._moved(slopes)
        variances = ((slopes @ self.determined) * slopes).sum(axis=1)
        return np.sqrt(np.where(moved, np.inf, variances))

    @property
    def undetermined(self) -> Sequence[int]:
        """The places of the parameters that are not determined."""
        return np.flatnonzero(self._moved(np.eye(len(self.size)))).tolist()

    @property
    def matrix(self) -> Any:
        """The covariance, in which the variance of what is not determined is infinite."""
        matrix, undetermined = self.determined.copy(), self.undetermined
        matrix[undetermined, :] = matrix[:, undetermined] = np.nan
        matrix[undetermined, undetermined] = np.inf
        return matrix

    def _moved(self, slopes: Any) -> Any:
        """Whether free directions move what has these slopes."""
        scaled = slopes / self.size
        least = _FLAT**0.5 * np.linalg.norm(scaled, axis=1, keepdims=True)
        return (np.abs(scaled @ self.free) > least).any(axis=1)


def covariance(local: Local, terms: Terms, sign: float) -> Covariance:
    """The covariance of the unknowns at a minimum, or with the sign -1 at a maximum. Raises a UsageError where there
    are too few residuals, or what is minimized is no sum of squares."""
    n = len(local.slopes)
    assert local.objective is not None
    factor = _factor(local.objective[0], terms, n)
    hessian = sign * doubles(local.slopes)
    if not np.isfinite(hessian).all():
        return Covariance(np.full((n, n), np.nan), np.empty((n, 0)), np.ones(n))
    diagonal = np.diag(hessian)
    size = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    curvatures, directions = np.linalg.eigh(hessian / size / size[:, None])
    flat = curvatures <= _FLAT
    if not flat.any():
        right = np.full((n, n), PRECISE.rounded.zero)
        np.fill_diagonal(right, PRECISE.rounded.mul(PRECISE.number(sign), factor))
        found = solved(local.slopes, right)
        if found is not None:
            return Covariance(doubles(found), directions[:, flat], size)
    # What is determined all the same has the variance that any inverse gives that leaves out the free directions.
    steep = directions[:, ~flat] / size[:, None]
    return Covariance(double(factor) * (steep / curvatures[~flat]) @ steep.T, directions[:, flat], size)


def no_squares(value: float, where: str) -> UsageError:
    """The error for what is less than 0, and so no sum of squares."""
    return UsageError(
        f"what is minimized is {value:.6g} {where}, and no sum of squares",
        hint=f'of a negative log-likelihood write standard_errors="{LIKELIHOOD}"',
    )


def _factor(value: Number, terms: Terms, parameters: int) -> Number:
    """What the inverse of the Hessian is multiplied by. Of squares it is the inverse of half the Hessian of their sum,
    times the variance of a residual, which is 1 where it is known."""
    number = PRECISE.number
    if terms.way == SCALED:
        if terms.number is None:
            raise UsageError(
                "the standard errors need the number of residuals",
                hint="write what is minimized as their squares, as in sum(r^2), or in Python give residuals=40",
            )
        if terms.number <= parameters:
            raise UsageError(
                f"the scatter of residuals needs more of them than of parameters: there are {terms.number}, and of "
                f"parameters {parameters}",
                hint=f'give more, or divide each by its own standard error and write standard_errors="{ABSOLUTE}"',
            )
        if value < 0:
            raise no_squares(double(value), "there")
        # Of a mean both the value and the Hessian are those of the sum, by the number of residuals.
        return PRECISE.rounded.div(PRECISE.rounded.mul(number(2.0), value), number(float(terms.number - parameters)))
    factor = number(2.0 if terms.way == ABSOLUTE else 1.0)
    return PRECISE.rounded.div(factor, number(float(terms.number or 1))) if terms.mean else factor
