"""Sums of arrays and what is made of them, of all elements or along an axis: of rounded arrays rounded once, of numpy's
by numpy."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from exprgrad.diagnostics import incomplete
from exprgrad.numbers import reductions, slopes
from exprgrad.numbers.arrays import Shape, alike, boxed, empty, filled, is_absent, is_rounded, without_zeros
from exprgrad.numbers.gapped import gapped, parts, summed
from exprgrad.numbers.rounded import FLOAT64
from exprgrad.numbers.scalars import ZERO


def _lanes(x: Any, axes: Sequence[int]) -> tuple[list[list[Any]], Shape]:
    """The elements along some axes, a list for each place on the others, and the shape of those."""
    kept = [i for i in range(x.ndim) if i not in axes]
    shape = tuple([x.shape[i] for i in kept])
    size = math.prod([x.shape[i] for i in axes])
    return np.transpose(x, (*kept, *axes)).reshape(math.prod(shape), size).tolist(), shape


def _reduced(kernel: Callable[[Any], Any], x: Any, axis: int | Sequence[int] | None) -> Any:
    """What a kernel makes of the elements of a rounded array: of lists along an axis or along some, or of all."""
    if axis is None:
        return boxed(kernel(x.reshape(-1)))  # a list of all would take a third of the time of a sum
    lanes, shape = _lanes(x, (axis,) if isinstance(axis, int) else axis)
    return filled([kernel(lane) for lane in lanes], shape)


def _along(kernel: Callable[..., Any], axis: int | None, *xs: Any) -> Any:
    """Rounded arrays of one shape, made into one by a kernel that takes lists of numbers to one as long: all of their
    elements, or those along an axis."""
    if axis is None:
        return filled(kernel(*[x.reshape(-1).tolist() for x in xs]), xs[0].shape)
    together = zip(*[_lanes(x, (axis,))[0] for x in xs], strict=True)
    shape = np.moveaxis(xs[0], axis, -1).shape
    elements = [element for lanes in together for element in kernel(*lanes)]
    return np.moveaxis(filled(elements, shape), -1, axis)


def accumulate(x: Any, axis: int) -> Any:
    """The running sums along an axis."""
    if is_rounded(x):
        return _along(_running, axis, x)
    numbers, gone = parts(x)
    return gapped(np.cumsum(numbers, axis=axis), None if gone is None else np.logical_and.accumulate(gone, axis=axis))


def _running(elements: Sequence[Any]) -> list[Any]:
    absent = next((i for i, x in enumerate(elements) if x is not ZERO), len(elements))
    return [*elements[:absent], *reductions.running(_numbers(elements[absent:]))]


def total(x: Any, axis: int | Sequence[int] | None) -> Any:
    """The sum along an axis, along some, or of all."""
    if is_rounded(x):
        return _reduced(_total, x, axis)
    return x.sum(axis=axis) if parts(x)[1] is None else summed(x, axis)


def _total(elements: Sequence[Any]) -> Any:
    try:
        return reductions.total(elements)
    except TypeError:
        present = [x for x in elements if x is not ZERO]
        return reductions.total(present) if present else ZERO


def mean(x: Any, axis: int | None) -> Any:
    """The mean of all elements or along an axis; nan where there are none."""
    if not is_rounded(x):
        with np.errstate(all="ignore"):
            found, gone = parts(total(x, axis))
            return gapped(found / (x.size if axis is None else x.shape[axis]), gone)
    try:
        return _reduced(reductions.mean, x, axis)
    except TypeError:
        return _reduced(_mean, x, axis)


def _mean(elements: Sequence[Any]) -> Any:
    return ZERO if all([x is ZERO for x in elements]) else reductions.mean(_numbers(elements))


def _numbers(elements: Sequence[Any]) -> list[Any]:
    return [FLOAT64.zero if x is ZERO else x for x in elements]


def _complete(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel to which structural zeros are 0; that there are none is not looked for."""

    def complete(*lists: Sequence[Any]) -> Any:
        try:
            return kernel(*lists)
        except TypeError:
            return kernel(*map(_numbers, lists))

    return complete


def deviations(x: Any, axis: int | None) -> Any:
    """What the elements differ by from their mean."""
    if not x.size or is_absent(x):
        return empty(x)
    if is_rounded(x):
        return _along(_complete(reductions.deviations), axis, x)
    x = without_zeros(x)
    with np.errstate(all="ignore"):
        return x - x.mean(axis=axis, keepdims=True)


def reduction(name: str, x: Any, axis: int | None) -> Any:
    """One of `REDUCTIONS`."""
    if name not in REDUCTIONS:
        raise incomplete(name, "has no kernels", "enter it in REDUCTIONS of exprgrad/numbers/axes.py")
    rounded, doubles = REDUCTIONS[name]
    if is_rounded(x):
        return _reduced(_complete(rounded), x, axis)
    with np.errstate(all="ignore"):
        return np.asanyarray(doubles(x, axis))


def _variance_of_doubles(x: Any, axis: int | None) -> Any:
    away = deviations(x, axis)
    return mean(away * away, axis)


def _norm_of_doubles(x: Any, axis: int | None) -> Any:
    return np.linalg.norm(x.reshape(-1) if axis is None else x, axis=axis)


def _logsumexp_of_doubles(x: Any, axis: int | None) -> Any:
    most = x.max(axis=axis, initial=-math.inf, keepdims=True)
    level = most if np.isfinite(most).all() else np.where(np.isfinite(most), most, 0.0)
    sizes = x - level
    np.exp(sizes, out=sizes)
    found = np.log(sizes.sum(axis=axis))
    return found + level.reshape(found.shape)


def _product(elements: Sequence[Any]) -> Any:
    return ZERO if any([x is ZERO for x in elements]) else reductions.product(elements)


def _product_of_doubles(x: Any, axis: int | None) -> Any:
    numbers, gone = parts(x)
    numbers = numbers.reshape(-1) if axis is None else np.moveaxis(numbers, axis, -1)
    running = np.cumprod(numbers, axis=-1, dtype=float)
    found = np.array(running[..., -1]) if numbers.shape[-1] else np.ones(numbers.shape[:-1])
    for lane in np.argwhere(reductions.beyond(numbers, running)).tolist():
        at = tuple(lane)
        found[at] = float(reductions.product(list(map(FLOAT64.number, numbers[at].tolist()))))
    return gapped(found.astype(x.dtype, copy=False), None if gone is None else np.asarray(gone.any(axis=axis)))


# By the name of a reduction its kernel on a list of rounded numbers, and that on numpy's doubles along an axis.
REDUCTIONS: Final[dict[str, tuple[Callable[..., Any], Callable[..., Any]]]] = {
    "norm": (reductions.norm, _norm_of_doubles),
    "var": (reductions.variance, _variance_of_doubles),
    "std": (reductions.deviation, lambda x, axis: _variance_of_doubles(x, axis) ** 0.5),
    "prod": (_product, _product_of_doubles),
    "logsumexp": (reductions.logsumexp, _logsumexp_of_doubles),
}


def slope(name: str, axis: int | None, x: Any, *directions: Any) -> Any:
    """One of `slopes.SLOPES`: a gradient, differentiated along directions, all in the shape of x."""
    if name not in slopes.SLOPES:
        raise incomplete(name, "has no kernels", "enter it in SLOPES of exprgrad/numbers/slopes.py")
    rounded, doubles = slopes.SLOPES[name]
    along: list[Any] = []
    if directions or type(x) is not np.ndarray:
        x, *along = alike([x, *directions])
    if not x.size:
        return x
    if any(map(is_absent, along)):
        return empty(x)  # linear in each direction
    if is_rounded(x):
        return _along(_complete(rounded), axis, x, *along)
    along = list(map(without_zeros, along))
    with np.errstate(all="ignore"):
        along = [np.broadcast_to(a, x.shape) for a in along]
        if axis is None:
            found = doubles(-1, *[a.reshape(1, -1) for a in (x, *along)]).reshape(x.shape)
        else:
            found = doubles(axis, x, *along)
        return found.astype(x.dtype, copy=False)
