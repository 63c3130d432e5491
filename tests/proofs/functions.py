"""How far polynomials and tables are from functions: Sollya's Taylor models, and Arb's balls of 300 bits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import flint

from tests.proofs.tools import Unproven, sollya

_BITS = 300
# A Taylor model's degree, and the precision in which it is made.
_DEGREE = 40


def ball(function: Callable[..., Any], *numbers: Fraction | float) -> tuple[Fraction, Fraction]:
    """A function of balls at exact numbers: the middle of what it gives, and its radius."""
    before = flint.ctx.prec
    flint.ctx.prec = _BITS
    try:
        found = function(*(_arb(x) for x in numbers))
        return _exact(found.mid()), _exact(found.rad())
    finally:
        flint.ctx.prec = before


def _arb(x: Fraction | float) -> Any:
    x = Fraction(x)
    return flint.arb(flint.fmpq(x.numerator, x.denominator))


def _exact(x: Any) -> Fraction:
    mantissa, exponent = x.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def left(parts: Sequence[float], function: Callable[..., Any], *numbers: Fraction | float) -> Fraction:
    """How far a sum of doubles may be from a function at exact numbers."""
    middle, radius = ball(function, *numbers)
    return abs(sum(map(Fraction, parts), Fraction()) - middle) + radius


def cut_off(function: str, coefficients: dict[int, float], power: int, radius: Fraction) -> Fraction:
    """A number M so that |function - polynomial| <= M*|x|**power for |x| <= radius: of the difference's Taylor model at
    0, whose terms below that power must vanish, the others divided by x**power."""
    ends = f"[-{_text(radius)};{_text(radius)}]"
    terms = " + ".join(f"{_text(c)}*x^{k}" for k, c in coefficients.items())
    text = f"""
prec = 500!;
display = powers!;
model = taylorform({function}, {_DEGREE}, 0, {ends}, relative);
p = {terms};
less = 0;
for k from 0 to {power - 1} do {{ less = less + abs(coeff(model[0], k) - coeff(p, k)) + sup(abs(model[1][k])); }};
q = 0;
spread = sup(abs(model[2])) * {_text(radius)}^{_DEGREE + 1 - power};
for k from {power} to {_DEGREE} do {{
    q = q + (coeff(model[0], k) - coeff(p, k)) * x^(k - {power});
    spread = spread + sup(abs(model[1][k])) * {_text(radius)}^(k - {power});
}};
bound = dirtyinfnorm(q, {ends}) * 1.001 + 2^-300;
less < 2^-400;
checkinfnorm(q, {ends}, bound);
ceil((bound + spread) * 2^300);
quit;
"""
    small, checked, found = sollya(text).splitlines()[-3:]
    if (small, checked) != ("true", "true"):
        raise Unproven(f"{text}\n{small} {checked} {found}")
    return Fraction(_whole(found), 2**300)


def _text(x: Fraction | float) -> str:
    """An exact number in Sollya's notation."""
    return f"({Fraction(x)})"


def _whole(text: str) -> int:
    mantissa, _, power = text.replace(" ", "").partition("*2^")
    return int(mantissa) * 2 ** int(power.strip("()") or 0)
