"""Linear algebra on rounded arrays: computed with fractions by FLINT, and each result rounded once.

A cancellation costs no digits, and a matrix is singular only where it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flint

from exprgrad.numbers.mpfr import gmpy2
from exprgrad.numbers.reductions import FAR
from exprgrad.numbers.rounded import FLOAT64, wide
from exprgrad.numbers.slopes import subsets


def fractions(a: Any) -> Any:
    """A matrix of finite numbers, or a vector as a column, as fractions."""
    entries = [flint.fmpq(*map(int, x.as_integer_ratio())) for x in a.flat]
    return flint.fmpq_mat(len(a), len(entries) // len(a) if len(a) else 0, entries)


def nearest(x: Any) -> Any:
    """The number nearest to a fraction."""
    found = FLOAT64.context.add(gmpy2.mpq(int(x.p), int(x.q)), FLOAT64.zero)
    if -1e-300 < found < 1e-300:  # as a quotient it says from which side it was rounded
        top, bottom = (wide(max(2, int(part).bit_length())).mul(FLOAT64.one, int(part)) for part in (x.p, x.q))
        return FLOAT64.context.div(top, bottom)
    return found


def array(matrix: Any, shape: tuple[int, ...]) -> Any:
    """A matrix of fractions as a rounded array."""
    import numpy as np

    out = np.empty(matrix.nrows() * matrix.ncols(), dtype=object)
    out[:] = [nearest(x) for x in matrix.entries()]
    return out.reshape(shape)


def det(a: Any) -> Any:
    """The determinant."""
    return nearest(determinant(a))


def determinant(a: Any) -> Any:
    """The determinant as a fraction."""
    return fractions(a).det()


def logdet(a: Any) -> Any:
    """The logarithm of the determinant; nan where that is below 0."""
    found = determinant(a)
    if found <= 0:
        return FLOAT64.log(nearest(found))
    ratio, less = (gmpy2.mpq(int(x.p), int(x.q)) for x in (found, found - 1))
    near = abs(less) < 0.5

    def formula(c: Any) -> tuple[Any, int, None]:
        # log(1 + x) is as precise as x, and the logarithm of what is not near to 1 as that.
        far = wide(c.precision, FAR)
        x = far.add(less if near else ratio, FLOAT64.zero)
        return c.add(far.log1p(x) if near else far.log(x), FLOAT64.zero), 8, None

    return FLOAT64.certain(formula)


def solve(a: Any, directions: Sequence[Any], b: Any) -> Any:
    """x with a @ x = b, differentiated along each of some directions. Raises ZeroDivisionError where a is singular."""
    return array(_solutions(fractions(a), [fractions(d) for d in directions], fractions(b))[-1], b.shape)


def solve_slope(a: Any, directions: Sequence[Any], b: Any, g: Any) -> Any:
    """The gradient by a of the sum of the elements of g times those of that: -y @ x.T with a.T @ y = g, along
    directions."""
    matrix, along = fractions(a), [fractions(d) for d in directions]
    right = _solutions(matrix, along, fractions(b))
    left = _solutions(matrix.transpose(), [d.transpose() for d in along], fractions(g))
    terms = [y * x.transpose() for y, x in zip(left, reversed(right), strict=True)]
    return array(-sum(terms[1:], terms[0]), a.shape)


def _solutions(a: Any, directions: Sequence[Any], b: Any) -> list[Any]:
    """The parts of a solution, by the bits of the directions that each is along."""
    found = [a.solve(b)]
    for part in range(1, 1 << len(directions)):
        moved = [d * found[part ^ 1 << i] for i, d in enumerate(directions) if part >> i & 1]
        found.append(a.solve(-sum(moved[1:], moved[0])))
    return found


def cofactors(a: Any, directions: Sequence[Any]) -> Any:
    """The cofactors of a, differentiated along each of some directions.

    They are polynomials in the entries of a. Where a is singular they are found from a + s*I at whole numbers s, of
    which they are polynomials, too, of a degree below the number of rows.
    """
    n, matrix, along = len(a), fractions(a), [fractions(d) for d in directions]
    found = _regular(matrix, along)
    if found is not None:
        return array(found, a.shape)
    identity = flint.fmpq_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])
    points: dict[int, Any] = {}
    s = 0
    while len(points) < n:
        s += 1
        if (found := _regular(matrix + identity * s, along)) is not None:
            points[s] = found
    total = identity * 0
    for s, found in points.items():
        weight = flint.fmpq(1)  # of Lagrange's interpolation at 0
        for other in points:
            if other != s:
                weight *= flint.fmpq(other, other - s)
        total += found * weight
    return array(total, a.shape)


def _regular(a: Any, directions: Sequence[Any]) -> Any:
    """The same of a regular matrix, None of a singular one: as det(x)*inv(x).T at x = a + e1*d1 + e2*d2 + ..., where
    e*e = 0, the part with all e. `inverse` and `determinant` are by the bits of the e that a part has."""
    everything = (1 << len(directions)) - 1
    determinant = {0: a.det()}
    if determinant[0] == 0:
        return None
    inverse = _inverses(a, directions)
    for part in range(1, everything + 1):
        last = part.bit_length() - 1
        rest = part ^ 1 << last
        # Jacobi: d det(x) = det(x)*trace(inv(x) @ dx).
        terms = [determinant[t] * _trace(inverse[rest ^ t] * directions[last]) for t in subsets(rest)]
        determinant[part] = sum(terms[1:], terms[0])
    parts = [inverse[everything ^ t] * determinant[t] for t in subsets(everything)]
    return sum(parts[1:], parts[0]).transpose()


def _inverses(a: Any, directions: Sequence[Any]) -> list[Any]:
    """The parts of an inverse, by the bits of the directions that each is along."""
    found = [a.inv()]
    for part in range(1, 1 << len(directions)):
        moved = [found[0] * d * found[part ^ 1 << i] for i, d in enumerate(directions) if part >> i & 1]
        found.append(-sum(moved[1:], moved[0]))
    return found


def logdet_slope(a: Any, directions: Sequence[Any]) -> Any:
    """The inverse of a regular matrix, transposed, differentiated along each of some directions."""
    found = _inverses(fractions(a), [fractions(d) for d in directions])[-1]
    return array(found.transpose(), a.shape)


def _trace(matrix: Any) -> Any:
    return sum((matrix[i, i] for i in range(1, matrix.nrows())), matrix[0, 0])
