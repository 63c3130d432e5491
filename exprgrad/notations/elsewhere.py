"""What people write as other systems have it, and how it is written here: LaTeX, Leibniz's and Lagrange's derivatives,
powers of functions, spreadsheets, MATLAB, Mathematica, and functions by their names there.

Asked where a text is wrong already. A remedy that is a piece of a program has been parsed before it is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from re import Match
from typing import Final

from exprgrad import notations
from exprgrad.diagnostics import WINDOW, ExprError, ParseError, Span, UnknownFunction
from exprgrad.ops import functions
from exprgrad.ops.registry import REGISTRY
from exprgrad.records import NamedTuple
from exprgrad.syntax.names import walk
from exprgrad.syntax.parser import parse
from exprgrad.syntax.tree import Assignment, Call

# A text of more characters is no formula that was pasted.
LARGEST: Final = 2_000
_DIGITS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉⁻⁺", "01234567890123456789-+")
_NAME: Final = r"[^\W\d]\w*"
_SUPERS: Final = "⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+"
_NUMBER: Final = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_DIFF: Final = "a derivative is written by diff"
_DIFFED: Final = "write diff(u, x)"
_LISTED: Final = "a vector is written with brackets and commas"
_MODULES: Final = "np|numpy|jnp|math|cmath|Math|scipy|sp|sympy|torch|tf|F"
_PLACE_OF_FUNCTIONS: Final = r"(?:linalg|special|nn|functional|math|numpy)"
_QUALIFIED: Final = rf"\b(?:(?:{_MODULES})\.(?:{_PLACE_OF_FUNCTIONS}\.)*|std::)(?={_NAME})"
_INVERTIBLE: Final = ("sin", "cos", "tan", "sinh", "cosh", "tanh")


class Reading(NamedTuple):
    """What stands in a piece of a text: `message` is what it is, `span` where, None where the mistake is, `written` the
    same in this language, if it can be said, `otherwise` what to do if not."""

    message: str
    span: Span | None
    written: str | None
    otherwise: str


# What says what a match of a notation's pattern in a text is; None where it is something else after all.
Read = Callable[[Match[str], str], Reading | None]


def explained(problem: ExprError, text: str) -> ExprError:
    """The error that tells of the notation that a mistake is made in; where it is made in none, the same error."""
    if problem.span is None or len(text) > LARGEST or not isinstance(problem, ParseError | UnknownFunction):
        return problem
    at = problem.span.start
    found = _at(at, text)
    if found is None and isinstance(problem, UnknownFunction):
        found = _called(problem.name, at, text)
    elif found is None:
        found = _listed(at, text)
    if found is None:
        return problem
    message, span, written, otherwise = found
    hint = f"write {written}" if _is_said(written, text) else otherwise
    return type(problem)(message, span or problem.span, hint=hint)


def named(problem: ExprError, text: str) -> ExprError:
    """The error with the notation that the whole text is written in, if it is one that is read."""
    if isinstance(problem, ParseError | UnknownFunction) and (notation := recognised(text)) is not None:
        reads = f'notation="{notation}" reads it'
        problem.hint = f"{problem.hint}; {reads}" if problem.hint else reads
    return problem


def recognised(text: str) -> str | None:
    """The notation that a text is written in: something in it gives that away, and all of it can be read."""
    if len(text) > LARGEST:
        return None
    for pattern, notation in SIGNS:
        if re.search(pattern, text, re.M) and _translated(text, notation) is not None:
            return notation
    return None


# What gives a notation away.
SIGNS: Final = (
    (r"\b[A-Z][A-Za-z0-9]*\[|\\\[[A-Z]|:=", "mathematica"),
    (r"\\[A-Za-z,;!\[(]|[\^_]\s?\{|\A\s*\$", "latex"),
    (r"\A\s*=(?!=)|\b[A-Z][A-Z0-9.]*\(", "spreadsheet"),
    (r"\bMath\.|[!=]==|[)=]\s*=>|=>\s*\{|\b(\w+)\s*=>.*\b\1\b|\A\s*(?:let|const|var|function)\b", "javascript"),
    (rf"{_QUALIFIED}|\blambda\b|\bdef\s|\belif\b|^\s*(?:import|from)\s|[-+*/]=|:\s*$", "python"),
    (r"\?[^:]*:|&&|\|\||\A\s*(?:double|float|int|return)\b|\bstd::|\bM_PI\b|\bf(?:abs|max|min)\(|[-+*/]=", "c"),
    (r"\.[\^*/'\\]|~=|@\(|\[[^\]]*;", "matlab"),
)


def _at(at: int, text: str) -> Reading | None:
    for pattern, read in NOTATIONS:
        for match in re.finditer(pattern, text):
            if match.start() > at:
                break
            if at <= match.end() and (found := read(match, text)) is not None:
                return found
    return None


def unknown_names(names: Collection[str], text: str) -> list[str]:
    """What to do about names without a value that are notations of other systems, `df/dx`, `Sin[x]`, or texts without
    quotes."""
    hints = []
    for match in re.finditer(rf"\b{_NAME}\s*[=!]=\s*({_NAME})(?!\w|\s*[\[(.^*/+-])", text):
        if match[1] in names and len(match[1]) > 1 and len(re.findall(rf"\b{match[1]}\b", text)) == 1:
            hints.append(f"a text stands between quotes, '{match[1]}'")
    for match in re.finditer(rf"\b(d({_NAME})?\s*/\s*d({_NAME}))\b", text):
        if re.sub(r"\s", "", match[1]).split("/")[1] in names:
            what = match[2] or "u"
            of = f"{what}({match[3]})" if what in _own(text) else what
            hints.append(f"{match[1]} is written diff({of}, {match[3]})")
    for match in re.finditer(rf"\b({_NAME})\[", text):
        if match[1] in names and (function := _function(match[1].lower(), text)):
            hints.append(f"a function is called with parentheses: {function}(x)")
        elif match[1] in names and match[1] == "D":
            hints.append("a derivative is written diff(u, x)")
    hints += [f"{name} is written {VALUES[name]}" for name in names if name in VALUES]
    if hints and (notation := recognised(text)) is not None:
        hints.append(f'notation="{notation}" reads it')
    if "e" in names:
        hints.insert(0, "Euler's number is exp(1)")
    return list(dict.fromkeys(hints))


# Numbers that have a name elsewhere.
VALUES: Final = {
    **dict.fromkeys(("Pi", "PI"), "pi"),
    **dict.fromkeys(("NaN", "NAN", "NA"), "nan"),
    **dict.fromkeys(("Inf", "INF", "Infinity", "infinity"), "inf"),
    **dict.fromkeys(("True", "TRUE", "true"), "1"),
    **dict.fromkeys(("False", "FALSE", "false"), "0"),
    "E": "exp(1)",
}


def _is_said(written: str | None, text: str) -> bool:
    """Whether a remedy is a program, short enough for a message, with functions that there are."""
    if written is None or len(written) > WINDOW:
        return False
    try:
        statements = parse(written).statements
    except ExprError:
        return False
    values = [statement.value for statement in statements if isinstance(statement, Assignment)]
    calls = [node.function for value in values for node in walk(value) if isinstance(node, Call)]
    return len(values) == len(statements) and all(_function(name, text) for name in calls)


# -- pieces of a text ------------------------------------------------------------------------------------------------


def _own(text: str) -> set[str]:
    """The functions that a text defines."""
    return set(re.findall(rf"\b({_NAME})\s*\([^()]*\)\s*=(?!=)", text))


def _function(name: str, text: str) -> str | None:
    """A name if it is that of a function."""
    return name if name in REGISTRY.by_name or name in functions.FUNCTIONS or name in _own(text) else None


def _step(character: str) -> int:
    """How many brackets more are open behind a character."""
    return (character in "([{") - (character in ")]}")


def _closing(text: str, start: int) -> int | None:
    """The end of what begins with a bracket at `start`."""
    depth = 0
    for i in range(start, len(text)):
        depth += _step(text[i])
        if depth == 0:
            return i + 1
    return None


def _operand(text: str, start: int) -> tuple[str, int] | None:
    """What a function written without parentheses is of: the text of it, and where it ends."""
    while start < len(text) and text[start] in " \t":
        start += 1
    if start < len(text) and text[start] in "([":
        end = _closing(text, start)
        return None if end is None else (text[start + 1 : end - 1] if text[start] == "(" else text[start:end], end)
    match = re.compile(rf"(\d+\.?\d*|\.\d+)?\s?({_NAME})?").match(text, start)
    assert match is not None
    number, name, end = match[1], match[2], match.end()
    if name and end < len(text) and text[end] == "(":
        end = _closing(text, end) or end
    if power := re.compile(rf"\s?(?:\^|\*\*)\s?-?[\w.]+|{_SUPERS}").match(text, end):
        end = power.end()
    if not (number or name):
        return None
    rest = text[match.start(2) : end] if name else text[match.start(1) : end]
    rest = re.sub(_SUPERS, lambda power: f"^{power[0].translate(_DIGITS)}", rest)
    return (f"{number}*{rest}" if number and name else rest), end


def _arguments(text: str, start: int) -> tuple[list[str], int] | None:
    """The operands of a call whose '(' stands at `start`, and where it ends."""
    end = _closing(text, start)
    if end is None:
        return None
    parts, depth = [""], 0
    for character in text[start + 1 : end - 1]:
        depth += _step(character)
        if depth == 0 and character in ",;":
            parts.append("")
        else:
            parts[-1] += character
    return ([part.strip() for part in parts] if any(map(str.strip, parts)) or len(parts) > 1 else []), end


# -- notations -------------------------------------------------------------------------------------------------------


def _said(message: str, written: str | None, otherwise: str) -> Read:
    """What reads a notation by templates: {1} and {2} are the groups of its pattern, {digits[1]} is one with digits of
    this language, {function} one that has to be a function, and {operand} what stands behind the pattern."""

    def read(match: Match[str], text: str) -> Reading | None:
        named = match.groupdict()
        found = _operand(text, match.end()) if "{operand}" in (written or "") else ("", match.end())
        if found is None or ("function" in named and _function(named["function"], text) is None):
            return None
        groups = [match[0], *match.groups()]
        words = {"digits": [group.translate(_DIGITS) for group in groups], "operand": found[0], **named}
        remedy = written and written.format(*groups, **words)
        return Reading(message.format(**words), Span(match.start(), found[1]), remedy, otherwise.format(**words))

    return read


def _whole(message: str, written: Callable[[str], str | None], otherwise: str) -> Read:
    """What reads a text as a whole, whatever its pattern matches in it."""
    return lambda match, text: Reading(message, None, written(text), otherwise)


def _translated(text: str, notation: str) -> str | None:
    """A text in this language; None where it cannot be read in the notation."""
    try:
        return notations.translate(text, notation)
    except ExprError:
        return None


def _power_of_function(match: Match[str], text: str) -> Reading | None:
    name = match[1]
    if _function(name, text) is None:
        return None
    found = _powered(name, match[2], text, match.end())
    if found is None:
        return None
    return Reading(
        f"a power of {name} stands behind its operand",
        Span(match.start(), found[1]),
        found[0],
        f"write {name}(x){_power(match[2])}",
    )


def _powered(name: str, power: str, text: str, start: int) -> tuple[str, int] | None:
    operand = _operand(text, start)
    if operand is None:
        return None
    inner, end = operand
    power = _power(power)
    if power in ("**-1", "^-1") and name in _INVERTIBLE:
        return f"a{name}({inner})", end
    return f"{name}({inner}){power}", end


def _power(text: str) -> str:
    """`^2`, `^(-1)`, `**{3}` or `²` as it is written here."""
    text = re.sub(r"[\s(){}]", "", text)
    return text if text[0] in "^*" else f"**{text.translate(_DIGITS)}"


def _leibniz(match: Match[str], text: str) -> Reading | None:
    """`d/dx u`, `d^2/dx^2 u`, `df/dx`, `∂u/∂x`."""
    order, of, by, again = (match[i] or "" for i in range(1, 5))
    number = re.sub(r"[^\d]", "", (order or again).translate(_DIGITS))
    end = match.end()
    if of.startswith("("):
        of = of[1:-1]
    elif of:
        of = f"{of}({by})" if of in _own(text) else of
    elif (operand := _operand(text, end)) is not None:
        of, end = operand
    written = f"diff({of}, {by}{f', {number}' if number not in ('', '1') else ''})" if of else None
    return Reading(_DIFF, Span(match.start(), end), written, f"write diff(u, {by})")


def _prime(match: Match[str], text: str) -> Reading | None:
    """`f'(3)`, `f''(t)`, `y'`, `A'`."""
    name = match[1]
    order = sum({"'": 1, "′": 1, "″": 2, "‴": 3, "’": 1}[mark] for mark in match[2])
    more = f", {order}" if order > 1 else ""
    function = _function(name, text)
    call = _arguments(text, match.end()) if function and text[match.end() :].startswith("(") else None
    if call is not None and len(call[0]) == 1:
        (given,), end = call
        if re.fullmatch(_NAME, given):
            return Reading(_DIFF, Span(match.start(), end), f"diff({name}({given}), {given}{more})", _DIFFED)
        parameter = re.search(rf"\b{re.escape(name)}\s*\(\s*({_NAME})\s*\)\s*=(?!=)", text)
        x = parameter[1] if parameter else "x"
        helper = f"d{name}"
        return Reading(
            _DIFF,
            Span(match.start(), end),
            None,
            f"define {helper}({x}) = diff({name}({x}), {x}{more}), and write {helper}({given})",
        )
    hint = f"diff({name}, x{more}) is the derivative by x, {name}.T the transpose"
    return Reading(f"'{match[2]}' is no operator", Span(*match.span(2)), None, hint)


def _listed(at: int, text: str) -> Reading | None:
    """`(1, 2, 3)` and `[1 2 3]`, around the mistake."""
    opened: list[int] = []
    for i, character in enumerate(text[:at]):
        if character in "([":
            opened.append(i)
        elif character in ")]" and opened:
            opened.pop()
    end = _closing(text, opened[-1]) if opened else None
    if end is None:
        return None
    start = opened[-1]
    if re.search(r"[\w)\]]\s*$", text[:start]):  # a call or an index
        return None
    inner = text[start + 1 : end - 1].strip()
    if text[start] == "[":
        if not re.fullmatch(r"[-+.\w]+([\s,]*\s[-+.\w]+)+", inner):
            return None
        inner = _with_commas(inner)
    elif call := _arguments(text, start):
        if len(call[0]) < 2 or ";" in inner:
            return None
        inner = ", ".join(call[0])
    return Reading(_LISTED, Span(start, end), f"[{inner}]", "write [1, 2, 3]")


def _with_commas(text: str) -> str:
    """Elements with commas between them, whatever was there."""
    return ", ".join(text.replace(",", " ").split())


def _elementwise(match: Match[str], text: str) -> Reading:
    """MATLAB's `x.^2`."""
    begin = max(text.rfind(";", 0, match.start()), text.rfind("\n", 0, match.start())) + 1
    plain = re.sub(r"\.(?=\^|\*|/)", "", re.split(r"[;\n]", text[begin:])[0]).strip()
    message = f"'{match[0]}' is no operator: those of the language are elementwise"
    return Reading(message, Span(*match.span()), plain, f"write {match[0][1:]}")


def _qualified(match: Match[str], text: str) -> Reading:
    """`np.sin(x)`, `math.pi`, `std::sin(x)`."""
    plain = re.sub(_QUALIFIED, "", text)
    for call in re.finditer(rf"\b({_NAME})(?=\()", plain):
        if _function(call[1], text) or (template := CALLS.get(call[1].lower())) is None:
            continue
        found = _arguments(plain, call.end())
        if found is not None and (made := _filled(template, call[1], found[0])) is not None:
            plain = f"{plain[: call.start()]}{made}{plain[found[1] :]}"
            break  # the places of what follows have changed
    return Reading("a name has no module before it", Span(*match.span()), plain, "write sin(x), without the module")


def _rows(match: Match[str], text: str) -> Reading | None:
    """MATLAB's `[1, 2; 3, 4]`."""
    rows = list(map(_with_commas, match[1].split(";")))
    if not all(rows):
        return None
    flat = all("," not in row for row in rows)
    written = f"[{', '.join(rows if flat else [f'[{row}]' for row in rows])}]"
    return Reading("a matrix is a vector of its rows", Span(*match.span()), written, "write [[1, 2], [3, 4]]")


def _condition(match: Match[str], text: str) -> Reading | None:
    """A spreadsheet's `if(x > 0, x, 0)`."""
    call = _arguments(text, text.index("(", match.start()))
    if call is None or len(call[0]) != 3:
        return None
    written = f"where({', '.join(call[0])})"
    return Reading("a choice is written by where", Span(match.start(), call[1]), written, "write where(x > 0, x, 0)")


_DIGIT: Final = "[₀₁₂₃₄₅₆₇₈₉]"
_SUBSCRIPTS: Final = "a name has no subscripts"
_LATEX_READ: Final = _whole(
    "this is LaTeX",
    lambda text: _translated(text, "latex"),
    "write it as text, such as a/b, sqrt(x), sin(x)^2 or x_1",
)
_SPACED: Final = _whole(_LISTED, lambda text: f"[{_with_commas(text)}]", "write [1, 2, 3]")
# What elsewhere asks for missing numbers, or puts others in their places.
MISSING: Final = frozenset(
    ("coalesce", "fillna", "ifna", "ifnull", "isna", "isnull", "notna", "notnull", "nullif", "nvl", "zeroifnull")
)
_UNFILLED: Final = "a row without a number has no result here: fill the cell before"

# Each by the pattern that begins it, in the order in which they are tried.
NOTATIONS: Final[tuple[tuple[str, Read], ...]] = (
    (
        r"\A\s*=(?!=)\s*",
        _whole("a program does not begin with '='", lambda text: text.strip()[1:].strip(), "leave it out"),
    ),
    (r"\A(?=[^#]*\\[A-Za-z,;!\[(])(?s:.*)\Z", _LATEX_READ),
    (r"\A\s*\$(?s:.*)\$\s*\Z|[\^_]\s?\{", _LATEX_READ),
    (
        rf"(?<![\w.])[d∂](\s?\^\s?\d+|[²³⁴⁵⁶⁷⁸⁹]|\d)?\s?({_NAME}|\([^()]*\))?\s*/\s*[d∂]\s?({_NAME}?)"
        r"(\s?\^\s?\d+|[²³⁴⁵⁶⁷⁸⁹]|(?<=\D)\d)?(?!\w)\s*",
        _leibniz,
    ),
    (rf"{_QUALIFIED}{_NAME}", _qualified),
    (r"\[([^\[\]]*;[^\[\]]*)\]", _rows),
    (r"\bif\s*\([^{}]*", _condition),
    (r"(?i)\bis\s+(?:not\s+)?(?:null|none|na|nan|missing)\b", _said("a formula sees no null", None, _UNFILLED)),
    (r"√\s*", _said("a root is written by name", "sqrt({operand})", "write sqrt(x)")),
    *(
        (rf"\b(\w+)[ \t]+{word}\b{other}", _said(f"{word} is no operator", written, "write x % y, x // y or x^2"))
        for word, other, written in (
            ("mod", r"[ \t]+(\w+)", "{1} % {2}"),
            ("div", r"[ \t]+(\w+)", "{1} // {2}"),
            ("squared", "", "{1}^2"),
            ("cubed", "", "{1}^3"),
        )
    ),
    (r"(?<![\w.])(\d+\.?\d*|\.\d+)[dD]([-+]?\d+)\b", _said("an exponent is written with e", "{1}e{2}", "write 1.5e3")),
    (r"\w+!!", _said("there is no double factorial", None, "multiply in a loop, or write prod([1, 3, 5])")),
    (rf"\b({_NAME})(\s?(?:\^|\*\*)\s?(?:-?\d+|\(-?\d+\)|\{{-?\d+\}}|{_NAME}))\s*", _power_of_function),
    (rf"\b({_NAME}?)({_SUPERS})[ \t]*", _power_of_function),
    (
        rf"\b(?:log|ln)(₂|₁₀)(?!{_DIGIT})[ \t]*(?=[\w(])",
        _said(_SUBSCRIPTS, "log{digits[1]}({operand})", "write log(x, base)"),
    ),
    (
        rf"\b(?:log|ln)({_DIGIT}+)[ \t]*(?=[\w(])",
        _said(_SUBSCRIPTS, "log({operand}, {digits[1]})", "write log(x, base)"),
    ),
    (rf"\b({_NAME}?)({_DIGIT}+)", _said(_SUBSCRIPTS, "{1}{digits[2]}", "write the digits into the name")),
    (rf"\b({_NAME})(['′″‴’]+)", _prime),
    (
        rf"\b(?P<function>{_NAME})[ \t]+(?=\w)",
        _said("{function} is a function", "{function}({operand})", "write {function}(x)"),
    ),
    (r"\.(\^|\*\*?|/)", _elementwise),
    (r"\.'", _said("'.'' is no operator", None, "x.T is the transpose")),
    (rf"\A\s*{_NUMBER}(?:\s*[\s,]\s+{_NUMBER}|\s+{_NUMBER})+\s*\Z", _SPACED),
    (rf"\A{_NUMBER}(?:,(?!\d\d\d\b){_NUMBER}){{2,}}\Z", _SPACED),
    (
        r"[A-Z]{1,3}\d+\s*:\s*[A-Z]{1,3}\d+",
        _said("there are no ranges of cells", None, "give a vector a name: sum(v), with v = [1, 2, 3]"),
    ),
    ("∂", _said(_DIFF, None, "write diff(u, x)")),
    ("∇", _said("a gradient is written by name", None, "write gradient(u, [x, y])")),
    ("∫", _said("integrals are not part of the language", None, "add up in a loop, with small steps")),
    *(
        (
            signs,
            _said(f"a {what} over a range is a loop", None, f"add up in a loop: s = 0; for i in 0..n {{{{ {step} }}}}"),
        )
        for signs, what, step in (("[∑Σ]", "sum", "s = s + i"), ("[∏Π]", "product", "s = s*i"))
    ),
)


# -- functions by other names ----------------------------------------------------------------------------------------

# What is here, by the names elsewhere: {0}, {1} are the operands and {all} all of them.
CALLS: Final = {
    name: template
    for names, template in (
        ("ifelse iff iif cond select ternary", "where({0}, {1}, {2})"),
        ("derivative differentiate d deriv pdiff", "diff({all})"),
        ("grad nabla", "gradient({0}, {1})"),
        ("array asarray", "{0}"),
        ("concatenate cat hstack", "concat({all})"),
        ("vstack rbind", "stack({all})"),
        ("range", "arange({0})"),
        ("square", "({0})**2"),
        ("cube", "({0})**3"),
        ("reciprocal recip", "1/({0})"),
        ("root", "({0})**(1/({1}))"),
        ("rsqrt invsqrt", "1/sqrt({0})"),
        ("exp10", "10**({0})"),
        ("lg lg10", "log10({0})"),
        ("ld lb lg2", "log2({0})"),
        ("arcsec asec", "acos(1/({0}))"),
        ("arccsc acsc arccosec", "asin(1/({0}))"),
        ("arccot acot", "atan(1/({0}))"),
        ("asech arsech arcsech", "acosh(1/({0}))"),
        ("acsch arcsch arccsch", "asinh(1/({0}))"),
        ("acoth arcoth arccoth", "atanh(1/({0}))"),
        ("arsinh argsinh", "asinh({0})"),
        ("arcosh argcosh", "acosh({0})"),
        ("artanh argtanh", "atanh({0})"),
        ("sine", "sin({0})"),
        ("cosine", "cos({0})"),
        ("tangent tg", "tan({0})"),
        ("ctg cotan cotangent", "cot({0})"),
        ("cosec", "csc({0})"),
        ("sh", "sinh({0})"),
        ("ch", "cosh({0})"),
        ("th", "tanh({0})"),
        ("arctg", "atan({0})"),
        ("sind cosd tand", "{name}(radians({0}))"),
        ("sinpi cospi tanpi", "{name}(pi*({0}))"),
        ("sgn signum", "sign({0})"),
        ("fix int", "trunc({0})"),
        ("ceiling roundup", "ceil({0})"),
        ("rounddown", "trunc({0})"),
        ("rint nint", "round({0})"),
        ("frac fract", "{0} - floor({0})"),
        ("rem", "fmod({0}, {1})"),
        ("modulo modulus", "mod({0}, {1})"),
        ("quotient idiv intdiv", "trunc(({0})/({1}))"),
        ("fact", "factorial({0})"),
        ("clamp bound", "clip({0}, {1}, {2})"),
        ("saturate", "clip({0}, 0, 1)"),
        ("fmax amax nanmax", "max({all})"),
        ("fmin amin nanmin", "min({all})"),
        ("total summation nansum", "sum({vector})"),
        ("average avg", "mean({vector})"),
        ("product", "prod({vector})"),
        ("variance", "var({vector})"),
        ("stdev stddev sd", "std({vector})"),
        ("length len numel count", "size({0})"),
        ("magnitude mag", "norm({0})"),
        ("vdot inner sumproduct", "dot({0}, {1})"),
        ("matmul mmult mtimes", "({0}) @ ({1})"),
        ("inverse minverse", "inv({0})"),
        ("determinant mdeterm", "det({0})"),
        ("linsolve", "solve({0}, {1})"),
        ("identity", "eye({0})"),
        ("logistic", "sigmoid({0})"),
        ("silu swish", "({0})*sigmoid({0})"),
        ("logit", "log(({0})/(1 - ({0})))"),
        ("atan2d", "degrees(atan2({0}, {1}))"),
        ("deg", "degrees({0})"),
        ("rad", "radians({0})"),
        ("lgam loggamma", "lgamma({0})"),
        ("comb binomial nchoosek choose ncr combin", "factorial({0})/(factorial({1})*factorial({0} - ({1})))"),
        ("cdf normcdf norm_cdf ndtr pnorm", "erfc(-({0})/sqrt(2))/2"),
        ("pdf normpdf norm_pdf dnorm", "exp(-({0})^2/2)/sqrt(2*pi)"),
        ("isnan", "({0}) != ({0})"),
        ("xor", "(({0}) != 0) != (({1}) != 0)"),
    )
    for name in names.split()
}
# The same in a spreadsheet, where names are written in capitals and some mean something else.
SPREADSHEET: Final = {
    "PI": "pi",
    "IF": "where({0}, {1}, {2})",
    "POWER": "({0})**({1})",
    "LOG": "log10({0})",
    "LN": "log({0})",
    "SUM": "sum({vector})",
    "AND": "({0}) and ({1})",
    "OR": "({0}) or ({1})",
    "NOT": "not ({0})",
    "SUMSQ": "norm({vector})**2",
    "VAR": "var({vector})",
    "PRODUCT": "prod({vector})",
    "INT": "floor({0})",
    "ATAN2": "atan2({1}, {0})",
    "GAMMALN": "lgamma({0})",
    "TRUE": "1",
    "FALSE": "0",
}
# What has no counterpart.
NOTHING: Final = frozenset(
    """
    sort argsort argmax argmin nanargmax eig eigh eigvals eigvalsh svd qr lu chol cholesky pinv expm logm sqrtm
    sinm cosm rank cond kron interp interp1 interp2 spline polyfit polyval roots fsolve fzero fft ifft conv
    convolve rand randn randint random normal uniform integrate integral quad trapz trapezoid ode45 limit lim
    series taylor simplify expand subs print input plot show display real imag conj angle arg complex median mode
    quantile percentile cov corr corrcoef cumprod unique find nonzero hist histogram gcd lcm isprime erfi erfcx
    erfinv erfcinv besselj bessely besseli besselk jn yn airy zeta ei expi li elliptic hyp2f1
    legendre hermite lambertw sorted zip map filter str float double bool list vlookup hlookup index match
    countif sumif iferror today now date text randbetween nthroot surd
    flip dim mix seq phi elu gelu selu
    """.split()  # noqa: SIM905
)


def _called(name: str, at: int, text: str) -> Reading | None:
    """A call of a function that is called otherwise here, or is not there."""
    call = _arguments(text, text.index("(", at))
    folded = name.lower()
    capitals = name.isupper() and len(name) > 1
    template = SPREADSHEET.get(name) or CALLS.get(folded)
    if template is None and capitals and _function(folded, text):
        template = f"{folded}({{all}})"
    message = f"there is no function {name}"
    span = Span(at, at + len(name))
    if folded in MISSING:
        return Reading(message, span, None, _UNFILLED)
    if template is None:
        hint = "nothing here does that; exprgrad --list-functions lists what there is"
        return Reading(message, span, None, hint) if folded in NOTHING else None
    written = _filled(template, folded, call[0]) if call else None
    if call and _is_said(written, text):
        span = Span(at, call[1])
    example = ["u", "x"] if template.startswith(("diff", "gradient")) else ["x", "y", "z"]
    return Reading(message, span, written, f"write {_put_into(template, folded, example)}")


def _filled(template: str, name: str, arguments: list[str]) -> str | None:
    """A call with its operands; None where they are too few or too many."""
    used = sum(f"{{{i}}}" in template for i in range(3))
    return None if used and used != len(arguments) else _put_into(template, name, arguments)


def _put_into(template: str, name: str, arguments: list[str]) -> str:
    """A template with as many of the operands as it has."""
    whole = ", ".join(arguments)
    vector = f"[{whole}]" if len(arguments) > 1 else whole
    return _lean(template.format(*arguments, all=whole, vector=vector, name=name[:3]))


def _lean(text: str) -> str:
    """Without the parentheses around a name or a number."""
    return re.sub(r"(?<![\w.])\((\w+(?:\.\d+)?)\)", r"\1", text)
