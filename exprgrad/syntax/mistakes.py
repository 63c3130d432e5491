"""What is wrong with a text that does not parse, where, and what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from exprgrad.diagnostics import ExprError, ParseError, Span, UnsupportedError

# lark's token: a str with a type, start_pos and end_pos. Only the parser imports lark.
Token = Any

_INFIX: Final = ("COMPARE", "SIGN", "POWER", "TIMES", "OR", "AND")
_VALUES: Final = ("NUMBER", "NAME")
_SUPERSCRIPTS: Final = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_RESERVED: Final = ("FOR", "IN", "WHILE")
# What begins a line.
_BEGINNINGS: Final = (*_VALUES, "OPEN", "ASSIGN", "IF", "FOR", "WHILE", "NOT")
# Before these a reserved word was meant as a name.
_AFTER_A_NAME: Final = ("ASSIGN", "SEP", "$END", "SIGN", "TIMES", "POWER", "COMPARE", "CLOSE")
# After these a value is expected.
_OPEN_ENDED: Final = (*_INFIX, "IF", "ELSE", "NOT", "ASSIGN", "COMMA", "OPEN", "SEP")

# What people write for comparisons.
_COMPARISONS: Final = {"<>": "!=", "=>": ">=", "=<": "<="}
# Characters that are no part of the language, with what to write instead.
_STRANGE: Final = {
    "√": "write sqrt(x)",
    "∛": "write cbrt(x)",
    "~": "write not x",
    "'": "there are no strings; write a name or a number without quotes",
    '"': "there are no strings; write a name or a number without quotes",
    "?": "write x if condition else y",
    ":": "write = to name a result",
    "$": "write the name without $",
    "\\": "a line goes on inside parentheses; there are no commands",
    "“": "leave the quotes out",
    "”": "leave the quotes out",
    "∞": "write inf",
    "∧": "write and",
    "∨": "write or",
    "¬": "write not",
    "∗": "write *",
    "∕": "write /",
    "–": "write - (this is a dash)",
    "—": "write - (this is a dash)",
}
_UNSUPPORTED: Final = {
    "@": ("matrix products are not part of this version", "write the sum of products out"),
    "{": ("statements in braces are not part of this version", "write x if condition else y"),
    "}": ("statements in braces are not part of this version", "write x if condition else y"),
    ".": ("attributes are not part of this version", "a decimal point stands in a number: 0.5"),
}


def explain(before: Sequence[Token], found: Token, after: Sequence[Token], text: str) -> ExprError:
    """The error for the token that the parser stopped at, with the tokens before and after it.

    `found` has the type $END at the end of the text, and OTHER for a character that begins no token.
    """
    at_end = found.type == "$END"
    last = before[-1] if before else None
    if at_end and last is None:
        return ParseError("the program is empty", hint="write an expression such as a*b")
    following = after[0] if after else None
    if last is not None and last.type in _RESERVED:
        return reserved(last, found)
    opened = _open_parentheses(before)
    if at_end:
        assert last is not None
        span = Span(_span(last).end, _span(last).end + 1)
    else:
        span = _span(found)
    wants_value = last is None or last.type in _OPEN_ENDED
    unclosed = len(opened) > sum((t.type == "CLOSE") - (t.type == "OPEN") for t in (found, *after))
    begins = found.type in _BEGINNINGS and "\n" in _between(last, found, text)
    if opened and unclosed and begins and not wants_value:
        # Inside parentheses a newline is nothing, so a ')' forgotten in one line shows in the next.
        return ParseError("this '(' is never closed", _span(opened[-1]), hint="write the ')' that belongs to it")
    if not at_end and (error := _by_token(found, before, following, opened, wants_value)):
        return error
    if opened and found.type == "SEP" and not wants_value and any(token.type == "CLOSE" for token in after):
        hint = "write ',' between operands" if _is_call(opened[-1], before) else "write the ')' before it"
        return ParseError("a ';' cannot stand in parentheses", span, hint=hint)
    if opened and (at_end or found.type == "SEP") and not wants_value:
        return ParseError("this '(' is never closed", _span(opened[-1]), hint="write the ')' that belongs to it")
    if wants_value:
        return _value_expected(before, None if at_end else found, after, span)
    if at_end or found.type in ("SEP", "CLOSE"):
        # The only form that goes on after a value is a conditional without its else.
        return ParseError(f"expected 'else', found {_shown(found)}", span, hint="write x if condition else y")
    return _operator_expected(before, found, following, span)


def reserved_word(token: Token, word: str) -> ParseError:
    """The error for a word of the language where a name would stand."""
    return ParseError(f"'{word}' is a reserved word, not a name", _span(token), hint="use another name")


def reserved(word: Token, found: Token | None) -> ExprError:
    """The error for a word of the language that begins no statement of this version."""
    if word == "in" or found is None or found.type in _AFTER_A_NAME:
        return reserved_word(word, word)
    return UnsupportedError("loops are not part of this version", _span(word), hint="write the steps out as statements")


def _by_token(
    found: Token, before: Sequence[Token], after: Token | None, opened: Sequence[Token], wants_value: bool
) -> ExprError | None:
    """Mistakes that the token itself gives away."""
    span = _span(found)
    last = before[-1] if before else None
    if found.type in _RESERVED:
        return reserved(found, after)
    if found.type == "IF" and (last is None or last.type == "SEP"):
        if after is None or after.type in ("ASSIGN", "SEP"):
            return reserved_word(found, found)
        return UnsupportedError(
            "branches as statements are not part of this version", span, hint="write x if condition else y"
        )
    if found.type == "ELSE" and not wants_value:
        return ParseError("'else' without 'if'", span, hint="write x if condition else y")
    if found.type == "CLOSE":
        if not opened:
            return ParseError("this ')' closes nothing", span, hint="remove it, or open it further left")
        if last is not None and last.type == "OPEN":
            return ParseError("the parentheses are empty", _span(last, found), hint="write a value between them")
    if found.type == "ASSIGN":
        if not wants_value and not opened and not any(token.type == "ASSIGN" for token in _statement(before)):
            return ParseError("'=' names a result", span, hint="write == to compare")
        apart = last is not None and last.end_pos != found.start_pos
        if last is not None and (last.type == "ASSIGN" or last.type == "COMPARE"):
            if apart and last in ("=", "<", ">"):
                message = f"expected a value after '{last}', found '='"
                return ParseError(message, span, hint=f"write {last}= without a space")
            return ParseError(f"'{last}{found}' is no operator", _span(last, found), hint="write == to compare")
        if last is not None and last.type in ("SIGN", "TIMES", "POWER") and not apart:
            name = before[-2] if len(before) > 1 and before[-2].type == "NAME" else "x"
            return ParseError(
                f"'{last}{found}' is no operator",
                _span(last, found),
                hint=f"write {name} = {name} {last} ...",
            )
        if opened and not wants_value:
            if before.index(opened[-1]) and before[before.index(opened[-1]) - 1].type == "NAME":
                return UnsupportedError(
                    "arguments by name are not part of this version", span, hint="give the operands in order"
                )
            return ParseError("a '=' cannot stand in parentheses", span, hint="write == to compare")
        if not wants_value:
            return ParseError(
                "a statement has only one '='",
                span,
                hint="write one statement for each name, or == to compare",
            )
    if found.type == "OTHER":
        return _strange(found, before, after, wants_value)
    return None


def _strange(found: Token, before: Sequence[Token], after: Token | None, wants_value: bool) -> ExprError:
    span = _span(found)
    last = before[-1] if before else None
    character = str(found)
    if character == "[":
        what = "vectors are" if wants_value else "indexing is"
        return UnsupportedError(f"{what} not part of this version", span, hint="use one name for each element")
    if character == "." and (wants_value or last is None or last.type == "NUMBER"):
        return ParseError("this '.' belongs to no number", span, hint="write a number such as 0.5")
    if character == "." and after is not None and str(after[0]).isidentifier() and last is not None:
        return UnsupportedError(
            "attributes are not part of this version",
            span,
            hint="write the function alone, as sin(x)",
        )
    if character in _UNSUPPORTED:
        message, hint = _UNSUPPORTED[character]
        return UnsupportedError(message, span, hint=hint)
    if character == "!":
        value = str(last) if last is not None and last.type in _VALUES else "..."
        hint = "write not x" if wants_value else f"write factorial({value}), or != to compare"
        return ParseError("'!' is no operator", span, hint=hint)
    if character in "&|":
        two = after is not None and str(after) == character
        where = _span(found, after) if two else span
        hint = "write and" if character == "&" else "write abs(x)" if wants_value else "write or, or abs(x)"
        return ParseError(f"'{character * (1 + two)}' is no operator", where, hint=hint)
    if character == ":" and after is not None and str(after) == "=":
        return ParseError("':=' is no operator", _span(found, after), hint="write = to name a result")
    if character.isnumeric():
        hint = _STRANGE.get(character, "numbers are written with the digits 0 to 9")
        return ParseError(f"unexpected {_shown(found)}", span, hint=hint)
    hint = _STRANGE.get(character, "it is no part of the language")
    return ParseError(f"unexpected {_shown(found)}", span, hint=hint)


def _value_expected(before: Sequence[Token], found: Token | None, after: Sequence[Token], span: Span) -> ParseError:
    last = before[-1] if before else None
    where = "at the start" if last is None else f"after {_shown(last)}"
    what = "the end" if found is None else _shown(found)
    hint = "write a number, a name or an expression there"
    if found is None or last is None:
        pass
    elif last + found in _COMPARISONS and last.end_pos == found.start_pos:
        hint = f"write {_COMPARISONS[last + found]} to compare"
        return ParseError(f"'{last}{found}' is no operator", _span(last, found), hint=hint)
    elif found.type == "NOT":
        hint = "write parentheses around it: (not ...)"
    elif (
        last.type in _INFIX
        and found.type in _INFIX
        and after
        and after[0].type in _VALUES
        and len(before) >= 2
        and before[-2].type in _VALUES
    ):
        left, right = before[-2], after[0]
        one, two = f"{left}{_spaced(found)}{right}", f"{left}{_spaced(last)}{right}"
        closed = len(before) >= 3 and before[-3].type == "OPEN" and len(after) >= 2 and after[1].type == "CLOSE"
        hint = f"write {one}" if one == two else f"write ({one}) or ({two})" if closed else f"write {one} or {two}"
    return ParseError(f"expected a value {where}, found {what}", span, hint=hint)


def _operator_expected(tokens: Sequence[Token], found: Token, after: Token | None, span: Span) -> ParseError:
    before = tokens[-1]
    joined = before.end_pos == found.start_pos
    if found[0] in _SUPERSCRIPTS:
        if before.type not in _VALUES or (len(tokens) > 1 and tokens[-2].type == "POWER"):
            return ParseError(f"'{found[0]}' is no exponent", span, hint=f"write (...)**{_exponent(found)}")
        return ParseError(f"'{found[0]}' is no exponent", span, hint=f"write {before}**{_exponent(found)}")
    if before.type == "NUMBER" and found.type == "NAME" and joined:
        if before == "0" and found[0] in "xXbBoO" and found[1:].isalnum():
            kind = {"x": "hexadecimal", "b": "binary", "o": "octal"}[found[0].lower()]
            return ParseError(
                f"{kind} numbers are not part of the language",
                _span(before, found),
                hint=_decimal(before + found),
            )
        if found.startswith("_"):
            plain = (before + found).replace("_", "")
            hint = f"write {plain}" if plain.isdigit() else "write the digits without _"
            return ParseError("numbers are written without '_'", _span(before, found), hint=hint)
        if found in ("e", "E"):
            return ParseError(
                "the exponent has no digits", _span(before, found), hint=f"write {before}e5, or {before}*{found}"
            )
        return ParseError("a product needs its '*'", _span(before, found), hint=f"write {before}*{_plain(found)}")
    if found.type in (*_VALUES, "OPEN"):
        if before.type == "NUMBER" and found.type == "NUMBER" and joined:
            if "e" in before.lower():
                return ParseError("an exponent is a whole number", _span(before, found), hint="write 1e5")
            return ParseError("a number has only one '.'", _span(before, found), hint="write 1.5")
        if found.type == "OPEN" and len(tokens) > 2 and tokens[-2].type == "POWER" and tokens[-3].type == "NAME":
            hint = f"write {tokens[-3]}(...){tokens[-2]}{before}"
            return ParseError(f"expected an operator between '{before}' and '('", span, hint=hint)
        left = before if before.type in _VALUES else ")"
        right = "(" if found.type == "OPEN" else found
        lead = "(...)" if left == ")" else left
        tail = "(...)" if right == "(" else right
        return ParseError(
            f"expected an operator between '{left}' and '{right}'",
            span,
            hint=f"write {lead}*{tail} for a product"
            + (f", {left}({tail}) for a function" if before.type == "NAME" and found.type in _VALUES else ""),
        )
    if found.type == "COMMA":
        opened = _open_parentheses(tokens)
        if opened and _is_call(opened[-1], tokens):
            return ParseError("expected 'else', found ','", span, hint="write x if condition else y")
        if (
            before.type == "NUMBER"
            and after is not None
            and after.type == "NUMBER"
            and before.isdigit()
            and after.isdigit()
        ):
            return ParseError(
                "a ',' stands only between the operands of a function",
                span,
                hint=f"write {before}.{after} for a decimal number"
                + (f", {before}{after} without the comma" if len(after) == 3 else ""),
            )
        return ParseError(
            "a ',' stands only between the operands of a function",
            span,
            hint="write one value in parentheses" if opened else "separate statements with ';'",
        )
    if found.type == "NOT":
        return ParseError("expected an operator before 'not'", span, hint="write and not, or or not")
    return ParseError(f"expected an operator after {_shown(before)}, found {_shown(found)}", span)


def bad_name(token: Token) -> ParseError:
    """The error for what begins like a name and is none, such as `x²`."""
    for length in range(1, len(token) + 1):
        if not token[:length].isidentifier():
            break
    bad = token[length - 1]
    start = token.start_pos + length - 1
    if bad in _SUPERSCRIPTS:
        hint = f"write {token[: length - 1]}**{_exponent(token[length - 1 :])}"
    else:
        hint = _STRANGE.get(bad, "a name is letters, digits and _")
    shown = bad if bad.isprintable() else f"U+{ord(bad):04X}"
    return ParseError(f"'{shown}' cannot stand in a name", Span(start, start + 1), hint=hint)


def _between(first: Token | None, second: Token, text: str) -> str:
    return "" if first is None else text[first.end_pos : second.start_pos]


def _plain(name: str) -> str:
    """A name with its superscripts as powers: `x**2` for `x²`."""
    for i, character in enumerate(name):
        if character in _SUPERSCRIPTS:
            return f"{name[:i]}**{_exponent(name[i:])}"
    return name


def _exponent(text: str) -> str:
    """The digits that a text of superscripts begins with."""
    digits = ""
    for character in text:
        if character not in _SUPERSCRIPTS:
            break
        digits += str(_SUPERSCRIPTS.index(character))
    return digits


def _statement(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens of the last statement."""
    starts = [i + 1 for i, token in enumerate(tokens) if token.type == "SEP"]
    return tokens[starts[-1] :] if starts else tokens


def _is_call(opening: Token, tokens: Sequence[Token]) -> bool:
    """Whether a '(' belongs to a function."""
    before = [token for token in tokens if token.end_pos == opening.start_pos]
    return bool(before) and before[-1].type == "NAME"


def _open_parentheses(tokens: Sequence[Token]) -> list[Token]:
    opened: list[Token] = []
    for token in tokens:
        if token.type == "OPEN":
            opened.append(token)
        elif token.type == "CLOSE" and opened:
            opened.pop()
    return opened


def _span(first: Token, last: Token | None = None) -> Span:
    start, end = first.start_pos, (last or first).end_pos
    assert start is not None and end is not None
    return Span(start, end)


def _shown(token: Token) -> str:
    """A token in quotes; what cannot be printed by its code point."""
    if token.type == "$END":
        return "the end"
    if token.type == "SEP":
        return "';'" if token == ";" else "the end of the line"
    text = "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in token)
    return f"'{text}'" if len(text) <= 30 else f"'{text[:27]}...'"


def _spaced(token: Token) -> str:
    return f" {token} " if token.isalpha() else str(token)


def _decimal(text: str) -> str:
    try:
        return f"write {int(text, 0)}"
    except ValueError:
        return "write it as a decimal number"
