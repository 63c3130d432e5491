"""Smooth functions written with kinks: pairs of a text with kinks and the function without."""

from __future__ import annotations

from hypothesis import strategies as st

# Written with kinks, and what that is, for one or two operands.
OF_ONE = [
    ("abs({u})^2", "({u})^2"),
    ("max({u}, -({u}))^2", "({u})^2"),
    ("(relu({u}) - relu(-({u})))", "({u})"),
    ("sign({u})*abs({u})", "({u})"),
    ("cos(abs({u}))", "cos({u})"),
    ("(clip({u}, -1, 1) + relu(({u}) - 1) - relu(-({u}) - 1))", "({u})"),
    ("copysign({u}, {u})", "({u})"),
    ("((({u})//1) + (({u})%1))", "({u})"),
    ("(fmod({u}, 1) + trunc({u}))", "({u})"),
    ("sqrt(1 + abs({u})^2)", "sqrt(1 + ({u})^2)"),
    ("({u})*(step({u}) + step(-({u})))", "({u})"),
    ("(floor({u}) + ceil(-({u})) + ({u}))", "({u})"),
    ("(round({u}/2) - round({u}/2) + ({u}))", "({u})"),
    ("hypot({u}, 0)^2", "({u})^2"),
    ("(heaviside({u}, 1) + heaviside(-({u}), 0))*({u})", "({u})"),
]
OF_TWO = [
    ("max({u}, {v})*min({u}, {v})", "({u})*({v})"),
    ("(max({u}, {v}) + min({u}, {v}))", "(({u}) + ({v}))"),
    ("abs(({u}) - ({v}))^2", "(({u}) - ({v}))^2"),
    ("(max({u}, {v}) - min({u}, {v}))^2", "(({u}) - ({v}))^2"),
    ("(relu(({u}) - ({v})) + ({v}) - max({u}, {v}) + ({u}))", "({u})"),
    ("hypot({u}, {v})^2", "(({u})^2 + ({v})^2)"),
    ("hypot({u}, {v})*hypot({v}, {u})", "(({u})^2 + ({v})^2)"),
    ("exp(-hypot({u}, {v})^2)", "exp(-({u})^2 - ({v})^2)"),
]
# What arrays alone write.
OF_ELEMENTS = [
    ("norm([{u}, {v}])^2", "(({u})^2 + ({v})^2)"),
    ("max([{u}, {v}])*min([{u}, {v}])", "({u})*({v})"),
    ("std([{u}, {v}])^2", "((({u}) - ({v}))/2)^2"),
    ("sum(relu([{u}, {v}]) - relu(-[{u}, {v}]))", "(({u}) + ({v}))"),
]
AROUND = [("sin({u})*({v})",) * 2, ("(({u}) + 2*({v}))",) * 2, ("(exp(({u})/4) - ({v}))",) * 2]
INNER = ["x", "y", "x - y", "x + y", "x*y", "sin(x)", "x^2 - y", "2*x"]
# Where many of them hit their kinks.
POINTS = [0.0, 1.0, -1.0, 2.0, 0.5]

Pair = tuple[str, str]


@st.composite
def functions(draw: st.DrawFn, depth: int = 2, arrays: bool = False) -> Pair:
    """A function written with kinks, and without."""
    if depth == 0:
        inner = draw(st.sampled_from(INNER))
        return inner, inner
    forms = [*OF_ONE, *OF_TWO, *AROUND, *(OF_ELEMENTS if arrays else [])]
    kinked, smooth = draw(st.sampled_from(forms))
    u = draw(functions(draw(st.integers(0, depth - 1)), arrays))
    v = draw(functions(draw(st.integers(0, depth - 1)), arrays))
    return kinked.format(u=u[0], v=v[0]), smooth.format(u=u[1], v=v[1])
