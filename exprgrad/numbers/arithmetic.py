"""Which arithmetic a kernel runs in, decided by the operands alone, and the conversions in and out.

* an mpfr is a double-precision scalar, a `Float32` a single-precision one: both *rounded*, exponents wide;
* an ndarray is numpy's: float64 or float32, operations are numpy's own where it has them;
* a Python number is weak: it takes the precision of whatever it meets.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

from exprgrad.diagnostics import EvaluationError, ExprError, GraphError, ShapeProblem, listed, nan_condition
from exprgrad.numbers import arrays, gapped, limits, memory, namespace, zeros
from exprgrad.numbers.rounded import FLOAT32, FLOAT64, MPFR, NORMAL, narrowed
from exprgrad.numbers.scalars import ZERO, Float32, Kernels, is_array, is_true, to_float64, zero_aware


def silent() -> AbstractContextManager[Any]:
    """Where numpy does not warn of what gives an infinity or nan, if it is loaded."""
    numpy = sys.modules.get("numpy")
    return nullcontext() if numpy is None else numpy.errstate(all="ignore")


def compute(op: Kernels, operands: Sequence[Any]) -> Any:
    """Runs the kernel that fits the operands."""
    double = single = False
    for x in operands:
        kind = type(x)
        if kind is MPFR:
            double = True
        elif kind is Float32:
            single = True
        elif x is ZERO:
            return _with_zero(op, operands)
        elif is_array(x):
            absent = any([x is ZERO for x in operands])
            return _with_zero(op, operands) if absent else _compute_arrays(op, operands)
    if single and not double:
        result = op.float32(*map(_to_float32, operands))
        return result if result is ZERO else Float32(result)
    result = op.float64(*map(to_float64, operands))
    if result is ZERO:
        return result
    # A number that is weak stays so unless it has left the range of a double.
    return result if double or not (result == (weak := float(result)) or result.is_nan()) else weak


def _with_zero(op: Kernels, operands: Sequence[Any]) -> Any:
    """The result where an operand is a structural zero."""
    return zero_aware(op, lambda *present: compute(op, present))(*operands)


def _to_float32(x: Any) -> Any:
    if type(x) is Float32:
        return x.value
    return FLOAT32.number(x)


def one_of(x: Any, y: Any, *, first: bool) -> Any:
    """One of two scalars, in the precision that an operation on both would have."""
    kinds = {type(x), type(y)}
    chosen = x if first else y
    if Float32 not in kinds or chosen is ZERO:
        return chosen
    return cast(chosen, "float64" if MPFR in kinds else "float32")


def broadcast(name: str, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The shape of an elementwise operation's result. Raises an EvaluationError where those of the operands do not fit,
    or it is too large."""
    rank = max(map(len, shapes))
    out = []
    for axis in range(-rank, 0):
        sizes = {shape[axis] for shape in shapes if len(shape) >= -axis} - {1}
        if len(sizes) > 1:
            found = listed([str(shape) for shape in dict.fromkeys(shapes)])
            raise ShapeProblem(
                f"shapes {found} do not fit in {name}", hint="sizes must be equal or 1, counted from the last axis"
            )
        out.append(sizes.pop() if sizes else 1)
    return limits.within(tuple(out), shapes)


def _compute_arrays(op: Kernels, operands: Sequence[Any]) -> Any:
    import numpy as np

    shape = broadcast(op.name, [x.shape if is_array(x) else () for x in operands])
    if all([arrays.is_rounded(x) for x in operands if is_array(x)]):
        memory.take(memory.ROUNDED * math.prod(shape))
        kernel = op.float64
        if any([arrays.has_zeros(x) for x in operands if is_array(x)]):
            kernel = zero_aware(op, kernel)
        return arrays.elementwise(kernel, *[x if is_array(x) else to_float64(x) for x in operands])
    memory.take(8 * math.prod(shape))
    plain = [_array_operand(x) for x in operands]
    dtype = np.result_type(*plain)
    if op.arrays is not None:
        kernel = op.arrays(namespace)
    else:
        scalar, number = (op.float32, FLOAT32.number) if dtype == np.float32 else (op.float64, FLOAT64.number)

        def one(*xs: Any) -> float:
            return float(scalar(*(number(float(x)) for x in xs)))

        kernel = np.frompyfunc(one, len(plain), 1)
    with np.errstate(all="ignore"):
        if op.zero == "share" or any([isinstance(x, gapped.Gapped) for x in plain]):
            numbers, absent = zip(*map(gapped.parts, plain), strict=True)
            out, gone = zeros.applied(namespace, kernel, op, numbers, absent)
            return gapped.gapped(np.asarray(out, dtype=dtype).reshape(shape), gone)
        return np.asarray(kernel(*plain), dtype=dtype).reshape(shape)


def _array_operand(x: Any) -> Any:
    """Rounded scalars as Python's, which are weak: an array keeps its precision, whatever number it meets."""
    if type(x) is MPFR or type(x) is Float32:
        return float(x)
    if is_array(x) and x.dtype == object:
        return arrays.doubles(x)
    return x


DTYPES: Final = ("float64", "float32")


def dtype_from(x: Any) -> str:
    """The name of a precision given as `float32`, `numpy.float32`, `numpy.dtype("float32")` or Python's float."""
    name = "float64" if x is float else getattr(x, "name", None) or getattr(x, "__name__", x)
    if name not in DTYPES:
        raise GraphError(f"unknown dtype {name!r}", hint="use float64 or float32")
    return str(name)


def owned(values: Sequence[Any], given: Sequence[Any]) -> list[Any]:
    """The values, with a copy of each array whose memory is also another's: a user may write into what he gets."""
    out: list[Any] = []
    others = [x for x in given if is_array(x)]
    for x in values:
        if is_array(x):
            import numpy as np

            if any(np.may_share_memory(x, other) for other in others):
                x = x.copy()
            others.append(x)
        out.append(x)
    return out


def dtype_name(x: Any) -> str:
    """`float64` or `float32`; a Python number counts as float64."""
    if type(x) is Float32 or (is_array(x) and x.dtype == "float32"):
        return "float32"
    return "float64"


def from_python(x: Any, dtype: str | None = None) -> Any:
    """A number or an array-like as an operand: scalars rounded, arrays and nested lists as float ndarrays.

    Without a dtype, numpy's float32 stays single; all else becomes double precision.
    """
    kind = type(x)
    if kind is MPFR or kind is Float32:
        return cast(x, dtype or dtype_name(x))
    if kind is float or kind is int or kind is bool:
        return _scalar(x, dtype or "float64")
    if hasattr(x, "__array__") or isinstance(x, list | tuple):
        return _array(x, dtype)
    if isinstance(x, int | float):
        return _scalar(x, dtype or "float64")
    try:
        if isinstance(x, str | bytes | bytearray):  # float() would read what is in it
            raise TypeError
        return _scalar(float(x), dtype or "float64")
    except OverflowError:  # a fraction
        return _scalar(math.inf if x > 0 else -math.inf, dtype or "float64")
    except Exception:  # whatever a class of the caller's raises
        raise EvaluationError(
            f"expected a number or an array of numbers, found {type(x).__name__}", hint="give a float"
        ) from None


def from_caller(x: Any) -> Any:
    """What a caller gives for an input as an operand: numbers and lists are rounded, numpy's own arrays are doubles for
    its own arithmetic."""
    number = from_python(x, "float64")
    return arrays.rounded(number) if isinstance(x, list | tuple) else number


def weak(x: Any) -> Any:
    """A number or an array as an operand, where a Python number stays one, as a float, and takes the precision of what
    it meets."""
    if type(x) in (int, bool) and abs(x) < 2**53:
        return float(x)
    return x if type(x) is float else from_python(x)


def _array(x: Any, dtype: str | None) -> Any:
    import numpy as np

    limits.check_axes(_depth(x))
    if is_array(x) and x.dtype == object and dtype != "float32":
        if dtype is not None and any(type(element) is not MPFR and element is not ZERO for element in x.flat):
            numbers = [float(from_python(element, dtype)) for element in x.flat]
            return np.array(numbers).reshape(x.shape)
        return x
    if isinstance(x, np.ma.MaskedArray):
        if isinstance(x, gapped.Gapped):
            return x
        raise EvaluationError("a masked array has elements without a value", hint="fill them: x.filled(0)")
    try:
        array = np.asarray(x)
    except ExprError:
        raise
    except ValueError:
        raise EvaluationError("the rows have different lengths", hint="give rows of one length") from None
    if array.dtype.kind not in "fiub":
        found, hint = f"an array of {array.dtype}", "convert it with astype(float)"
        if not is_array(x):
            found, hint = "other things in a list", "give numbers alone"
        raise EvaluationError(f"expected real numbers, found {found}", hint=hint)
    if dtype is None:
        dtype = "float32" if array.dtype == np.float32 else "float64"
    if not array.ndim:  # numpy itself makes a number of such an array as soon as it computes with it
        return _scalar(float(array), dtype)
    return array.astype(dtype, copy=False)


def _depth(x: Any) -> int:
    """The axes of an array, or of what nested lists make; one more than there may be, where there are more."""
    depth = 0
    while isinstance(x, list | tuple) and x and depth <= limits.AXES:
        x = x[0]
        depth += 1
    return depth + (x.ndim if is_array(x) else 0)


def _scalar(x: Any, dtype: str) -> Any:
    """The nearest number of the precision: beyond its range that is an infinity."""
    try:
        double = float(x)
    except OverflowError:
        double = math.inf if x > 0 else -math.inf
    if dtype == "float64":
        return FLOAT64.number(double)
    single = FLOAT32.number(x if math.isfinite(double) else double)
    return Float32(FLOAT32.number(math.copysign(math.inf, double)) if abs(single) >= 2.0**128 else single)


def cast(x: Any, dtype: str) -> Any:
    """The operand with another precision; widening is exact."""
    if is_array(x):
        return x if x.dtype == object and dtype == "float64" else x.astype(dtype, copy=False)
    if dtype == "float32":
        return x if type(x) is Float32 else Float32(FLOAT32.number(x))
    return x.value if type(x) is Float32 else to_float64(x)


def to_python(x: Any) -> Any:
    """What a user gets: a float, a numpy.float32, or an ndarray."""
    kind = type(x)
    if kind is MPFR:
        found = float(x)
        return found if found >= NORMAL or found <= -NORMAL else narrowed(x, 53)
    if kind is Float32:
        import numpy as np

        return np.float32(narrowed(x.value, 24))
    if x is ZERO:
        return 0.0
    if is_array(x):
        return arrays.without_zeros(arrays.doubles(x) if x.dtype == object else x)
    return float(x)


def bits(x: Any) -> Any:
    """Plain data that is equal for two operands of the same kind and bits: nan equals nan, and 0.0 is not -0.0."""
    if x is ZERO:
        return "absent"
    if is_array(x):
        if x.dtype == object:
            return "rounded", x.shape, tuple(map(bits, x.ravel().tolist()))
        numbers, absent = gapped.parts(x)
        return str(numbers.dtype), numbers.shape, numbers.tobytes(), None if absent is None else absent.tobytes()
    if type(x) is MPFR:
        return "rounded", x.digits(16), x.is_signed() and not x.is_nan()  # nans have any sign
    return type(x).__name__, float(to_python(x)).hex()


def settled(x: Any) -> Any:
    """An array as an operand: one without axes is a scalar."""
    if not is_array(x):
        return x if type(x) in (MPFR, Float32) or x is ZERO else from_python(x)
    if x.ndim:
        return x
    numbers, absent = gapped.parts(x)
    if absent is not None and absent:
        return ZERO
    return x.item() if x.dtype == object else from_python(numbers[()])


def has_gaps(x: Any) -> bool:
    """Whether a value is a structural zero, or has some among its elements."""
    if not is_array(x):
        return x is ZERO
    return arrays.absent(x) is not None


def is_nan(x: Any) -> bool:
    """Whether a number is nan, or an array holds one."""
    kind = type(x)
    if kind is MPFR:
        return bool(x.is_nan())
    if kind is Float32:
        return bool(x.value.is_nan())
    if x is ZERO:
        return False
    if is_array(x):
        return bool(arrays.isnan(x).any())
    return bool(x != x)


def truth(x: Any) -> bool:
    """Whether a condition holds: it is one number, not nan, and not 0."""
    if is_array(x):
        if x.size != 1:
            raise EvaluationError(
                f"a condition needs one value, found {x.size}",
                hint="any(x > 0) and all(x > 0) are one; y if x > 0 else z chooses lane by lane",
            )
        x = x.item()
    if type(x) is MPFR or type(x) is Float32:
        return is_true(to_float64(x))
    if is_nan(x):
        raise nan_condition()
    return bool(x != 0)
