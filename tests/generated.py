"""Programs made by hypothesis, from the operation table."""

from __future__ import annotations

from hypothesis import strategies as st

from exprgrad.ops import REGISTRY
from exprgrad.syntax.tree import (
    Assignment,
    Binary,
    Call,
    Comparison,
    Conditional,
    Definition,
    Diff,
    Expression,
    For,
    If,
    Logic,
    Name,
    Number,
    ProgramTree,
    Statement,
    Unary,
    While,
)

NAMES = ("x", "y", "z")
CALLS = sorted(
    {(name, len(op.operand_names)) for name, ops in REGISTRY.by_name.items() for op in ops if name == op.name}
)
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
ARITHMETIC = ("+", "-", "*", "/", "//", "%", "**")

numbers = st.sampled_from([0.0, 1.0, 2.0, 0.5, 3.0, 1e-3, 7.25]) | st.floats(
    min_value=0, max_value=1e6, allow_nan=False, allow_subnormal=False
)
values = (
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, 1e-9, 800.0, -800.0])
    | st.floats(min_value=-100, max_value=100)
    | st.floats()
)
leaves = st.builds(Name, st.sampled_from(NAMES)) | st.builds(Number, numbers)


def _extend(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    calls = st.sampled_from(CALLS).flatmap(
        lambda form: st.builds(Call, st.just(form[0]), st.tuples(*[inner] * form[1]))
    )
    chains = st.integers(1, 3).flatmap(
        lambda n: st.builds(Comparison, st.tuples(*[st.sampled_from(COMPARISONS)] * n), st.tuples(*[inner] * (n + 1)))
    )
    return (
        st.builds(Binary, st.sampled_from(ARITHMETIC), inner, inner)
        | calls
        | st.builds(Unary, st.sampled_from(["-", "+", "not"]), inner)
        | chains
        | st.builds(Logic, st.sampled_from(["and", "or"]), inner, inner)
        | st.builds(Conditional, inner, inner, inner)
    )


expressions = st.recursive(leaves, _extend, max_leaves=12)


@st.composite
def programs(draw: st.DrawFn) -> ProgramTree:
    """Some assignments that may use each other, a function, and an expression that uses them."""
    functions = draw(st.lists(st.builds(Definition, st.just("f"), st.just(("x", "t")), expressions), max_size=1))
    statements = [
        Assignment(draw(st.sampled_from(["u", "v", "x"])), draw(expressions)) for _ in range(draw(st.integers(0, 3)))
    ]
    used = st.recursive(leaves | st.builds(Name, st.sampled_from(["u", "v"])), _extend, max_leaves=8)
    last = draw(used)
    if functions:
        last = Binary("-", Call("f", (last, draw(leaves))), Name("y"))
    statements.append(Assignment("result", last))
    return ProgramTree(tuple(statements), functions=tuple(functions))


_derivatives = st.builds(Diff, expressions, st.lists(st.builds(Name, st.sampled_from(NAMES)), min_size=1).map(tuple))
_values = expressions | _derivatives | st.builds(Binary, st.just("**"), _derivatives, leaves)
_assignments = st.builds(Assignment, st.sampled_from(["u", "v", "x"]), _values)


def _nested(inner: st.SearchStrategy[Statement]) -> st.SearchStrategy[Statement]:
    blocks = st.lists(inner, max_size=3).map(tuple)
    return (
        st.builds(If, _values, blocks, blocks)
        | st.builds(While, _values, blocks)
        | st.builds(For, st.sampled_from(["i", "x"]), _values, _values, blocks)
    )


statements: st.SearchStrategy[Statement] = st.recursive(_assignments, _nested, max_leaves=6)
# Programs of every form, to be parsed and printed: most read names without a value, and their loops do not end.
forms = st.builds(
    lambda found, functions: ProgramTree(tuple(found), functions=tuple(functions)),
    st.lists(statements | st.builds(lambda value: Assignment(None, value), _values), min_size=1, max_size=4),
    st.lists(st.builds(Definition, st.just("f"), st.just(("x", "t")), _values), max_size=1),
)


# Only what is smooth on all reals, so that differences make sense everywhere.
SMOOTH = ("sin", "cos", "tanh", "atan", "sigmoid", "softplus", "erf", "asinh", "sinc")


def _smooth(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return (
        st.builds(Binary, st.sampled_from(["+", "-", "*"]), inner, inner)
        | st.sampled_from(SMOOTH).flatmap(lambda name: st.builds(Call, st.just(name), st.tuples(inner)))
        | st.builds(lambda a, b: Call("hypot", (a, Call("cosh", (Call("sin", (b,)),)))), inner, inner)
        | st.builds(lambda a: Binary("**", a, Number(2.0)), inner)
        | st.builds(lambda a, b: Binary("/", a, Call("cosh", (Call("tanh", (b,)),))), inner, inner)
    )


_small = st.builds(Name, st.sampled_from(NAMES)) | st.builds(Number, st.sampled_from([0.5, 1.0, 2.0, 3.0, 0.1]))
smooth_expressions = st.recursive(_small, _smooth, max_leaves=8)
