"""What is wrong with a text that does not parse, where, and what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from exprgrad.diagnostics import ExprError, ParseError, Span
from exprgrad.syntax.tree import Binary, Comparison, Diff, Expression, Name, Unary

# lark's token: a str with a type, start_pos and end_pos. Only the parser imports lark.
Token = Any

_INFIX: Final = ("COMPARE", "SIGN", "POWER", "TIMES", "OR", "AND")
_VALUES: Final = ("NUMBER", "NAME")
_SUPERSCRIPTS: Final = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
# The words that begin a statement with a block, and how it is written.
_HEADS: Final = {
    "IF": "if condition { ... }",
    "WHILE": "while condition { ... }",
    "FOR": "for i in 0..n { ... }",
}
# What begins a line.
_BEGINNINGS: Final = (*_VALUES, *_HEADS, "OPEN", "LEFT", "ASSIGN", "NOT")
# Before these a reserved word was meant as a name.
_AFTER_A_NAME: Final = ("ASSIGN", "SEP", "$END", "TIMES", "POWER", "COMPARE", "CLOSE", "COMMA", "END")
# After these a value is expected.
_OPEN_ENDED: Final = (
    *_INFIX,
    *_HEADS,
    "ELSE",
    "IN",
    "RANGE",
    "NOT",
    "ASSIGN",
    "COMMA",
    "OPEN",
    "LEFT",
    "COLON",
    "DOT",
    "SEP",
    "BEGIN",
)
# Words of other languages that begin a statement there; here they are names like all others.
_WORDS: Final = {
    **dict.fromkeys(("elif", "elseif", "elsif"), "write else if condition { ... }"),
    **dict.fromkeys(("do", "repeat", "loop", "until"), "write while condition { ... }"),
    **dict.fromkeys(("foreach", "parfor"), "write for i in 0..n { ... }"),
    **dict.fromkeys(("switch", "match", "unless"), "write if condition { ... } else { ... }"),
    **dict.fromkeys(("let", "var", "const", "local", "float", "double", "int"), "write name = expression"),
    **dict.fromkeys(("def", "function", "func", "fn"), "write f(x) = expression"),
    "return": "write name = expression for a result",
    "print": "a name on a line of its own is printed",
}
_ENDS: Final = ("end", "endif", "endwhile", "endfor", "fi", "done")
# The same for what stands alone in a block.
_ALONE: Final = {
    "break": "let the condition of a while end the loop",
    "continue": "put what follows into the block of an if",
    "return": "write name = expression for a result",
    "pass": "leave the block empty: { }",
    **dict.fromkeys(_ENDS, "a block ends with '}'"),
}

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


def explain(before: Sequence[Token], found: Token, after: Sequence[Token], text: str) -> ExprError:
    """The error for the token that the parser stopped at, with the tokens before and after it.

    `found` has the type $END at the end of the text, and OTHER for a character that begins no token.
    """
    at_end = found.type == "$END"
    last = before[-1] if before else None
    if at_end and last is None:
        return ParseError("the program is empty", hint="write an expression such as a*b")
    following = after[0] if after else None
    opened = _open_parentheses(before)
    span = _place(found, last)
    wants_value = last is None or last.type in _OPEN_ENDED
    closing = sum((t.type in ("CLOSE", "RIGHT")) - (t.type in ("OPEN", "LEFT")) for t in (found, *after))
    unclosed = len(opened) > closing
    begins = found.type in _BEGINNINGS and "\n" in _between(last, found, text)
    if opened and unclosed and begins and not wants_value:
        # Inside parentheses a newline is nothing, so a ')' forgotten in one line shows in the next.
        return _never_closed(opened[-1])
    if error := _by_array(before, found, following, opened, wants_value):
        return error
    if error := _by_block(before, found, following, text, opened, wants_value):
        return error
    if not at_end and (error := _by_token(found, before, following, opened, wants_value)):
        return error
    if opened and found.type == "SEP" and not wants_value and any(token.type == "CLOSE" for token in after):
        hint = "write ',' between operands" if _is_call(opened[-1], before) else "write the ')' before it"
        return ParseError("a ';' cannot stand in parentheses", span, hint=hint)
    if opened and found.type in ("SEP", "BEGIN", "END", "$END") and not wants_value:
        return _never_closed(opened[-1])
    if wants_value:
        return _value_expected(before, None if at_end else found, after, span)
    if at_end or found.type in ("SEP", "CLOSE", "BEGIN", "END"):
        # The only form that goes on after a value is a conditional without its else.
        hint = "write x if condition else y"
        if found.type == "BEGIN" and _head(_statement(before)) is None:
            hint += ", or ';' before an 'if' that begins a statement"
        return ParseError(f"expected 'else', found {_shown(found)}", span, hint=hint)
    return _operator_expected(before, found, following, span)


def _never_closed(opening: Token) -> ParseError:
    closing = ")" if opening.type == "OPEN" else "]"
    return ParseError(
        f"this '{opening}' is never closed", _span(opening), hint=f"write the '{closing}' that belongs to it"
    )


def _by_array(
    before: Sequence[Token], found: Token, following: Token | None, opened: Sequence[Token], wants_value: bool
) -> ExprError | None:
    """Mistakes with brackets, points and colons."""
    last = before[-1] if before else None
    span = _span(found)
    if found.type == "DOT" and (wants_value or last is None or last.type == "NUMBER"):
        return ParseError("this '.' belongs to no number", span, hint="write a number such as 0.5")
    if found.type == "OPEN" and len(before) > 1 and before[-2].type == "DOT" and last is not None:
        return ParseError("functions stand alone", _span(before[-2], last), hint=f"write {last}(x)")
    if found.type == "COLON":
        if following is not None and following.type == "ASSIGN":
            return ParseError("':=' is no operator", _span(found, following), hint="write = to name a result")
        statement = _statement(before)
        if not (opened or _head(statement) or (last is not None and last.type == "ELSE")):
            return ParseError("a ':' stands only in an index", span, hint="write x[1:3] for a slice")
    if found.type == "RIGHT" and (not opened or opened[-1].type != "LEFT"):
        what = "has no '['" if not opened else f"does not fit '{opened[-1]}'"
        return ParseError(f"this ']' {what}", span, hint="write the '[' that belongs to it, or leave it out")
    if found.type == "RIGHT" and last is not None and last.type == "LEFT" and len(before) > 1:
        return ParseError("this index names no position", _span(last, found), hint="write x[0], or x[:] for all")
    if found.type == "CLOSE" and opened and opened[-1].type == "LEFT":
        return _never_closed(opened[-1])
    return None


def reserved_word(token: Token, word: str) -> ParseError:
    """The error for a word of the language where a name would stand."""
    return ParseError(f"'{word}' is a reserved word, not a name", _span(token), hint="use another name")


def bare_value(value: Expression) -> ParseError:
    """The error for a statement in a block that gives nothing a value."""
    if isinstance(value, Name) and value.name in _ALONE:
        return ParseError(f"there is no {value.name}", value.span, hint=_ALONE[value.name])
    hint = "write name = expression"
    if isinstance(value, Name):
        hint = f"write {value.name} = expression, or {value.name} after the block to print it"
    elif isinstance(value, Comparison) and value.symbols == ("==",) and isinstance(value.operands[0], Name):
        hint = f"write {value.operands[0].name} = expression, with one '='"
    elif (name := _stepped(value)) is not None:
        hint = f"write {name} = {name} {value.symbol} 1"  # type: ignore[union-attr]
    return ParseError("a value in a block goes nowhere", value.span, hint=hint)


def _stepped(value: Expression) -> str | None:
    """The name in `++i` or `--i`."""
    if isinstance(value, Unary) and isinstance(inner := value.operand, Unary) and isinstance(inner.operand, Name):
        return inner.operand.name if value.symbol == inner.symbol != "not" else None
    return None


def not_assignable(left: Expression) -> ParseError:
    """The error for what stands left of '=' and is no name."""
    if isinstance(left, Diff):
        message = "diff is a form of the language, and cannot be defined"
        return ParseError(message, left.span, hint="give the function another name")
    if (
        isinstance(left, Binary)
        and isinstance(left.left, Name)
        and isinstance(right := left.right, Unary)
        and right.symbol == left.symbol
        and right.span.start == left.left.span.end + 1
    ):
        # A statement goes on after an operator, so the line after `i++` is seen as its operand.
        return _step(left.left.name, left.symbol, Span(left.left.span.end, right.span.start + 1))
    return ParseError("only a name can stand left of '='", left.span, hint="write name = expression, or == to compare")


def _step(name: str, sign: str, span: Span) -> ParseError:
    return ParseError(f"'{sign}{sign}' is no operator", span, hint=f"write {name} = {name} {sign} 1")


def _by_block(
    before: Sequence[Token],
    found: Token,
    following: Token | None,
    text: str,
    opened: Sequence[Token],
    wants_value: bool,
) -> ExprError | None:
    """Mistakes in the statements that have blocks."""
    last = before[-1] if before else None
    statement = _statement(before)
    span = _place(found, last)
    blocks = _open_blocks(before)
    head = _head(statement)
    if found.type == "END" and not (opened or blocks) and (wants_value or head is None):
        return ParseError("this '}' closes nothing", span, hint="remove it, or write the '{' that belongs to it")
    if found.type == "ELSE" and (not statement or last is None or last.type == "END"):
        return _lone_else(before, found, following)
    if last is not None and last.type == "ELSE" and not statement:
        hint = "write else { ... } or else if condition { ... }"
        return ParseError(f"expected '{{' after 'else', found {_shown(found)}", span, hint=hint)
    if head is not None and not opened and (error := _in_head(statement, found, text, wants_value)):
        return error
    if statement and (error := _by_first_word(statement, found)):
        return error
    if found.type == "RANGE" and not wants_value:
        hint = "write for i in 0..n { ... }, or one '.' in a number"
        return ParseError("a range stands only in a 'for'", span, hint=hint)
    if found.type == "BEGIN" and head is None and (wants_value or not (opened or _kinds(statement, "IF"))):
        if not wants_value and statement[0].type == "NAME" and len(statement) > 1 and statement[1].type == "OPEN":
            called = _quoted(statement[0], statement[-1], text) or f"{statement[0]}(...)"
            return ParseError("a function has no block", span, hint=f"write {called} = expression")
        hint = f"{'' if statement else 'leave them out, or '}write parentheses around an expression"
        return ParseError("braces hold only the blocks of if, else, while and for", span, hint=hint)
    complete = last is not None and (last.type == "BEGIN" or not (wants_value or opened or _kinds(statement, "IF")))
    if found.type == "$END" and blocks and complete:
        return ParseError("this '{' is never closed", _span(blocks[-1]), hint="write the '}' that belongs to it")
    return None


def _lone_else(before: Sequence[Token], found: Token, following: Token | None) -> ParseError:
    if following is not None and following.type == "ASSIGN":
        return reserved_word(found, found)
    hint = "write if condition { ... } else { ... }"
    if before and before[-1].type == "END":
        hint = "an else follows the block of an if, and is the last"
    elif len(before) > 1 and before[-2].type == "END":
        hint = "leave out the ';' before it"
    return ParseError("'else' without 'if'", _span(found), hint=hint)


def _by_first_word(statement: Sequence[Token], found: Token) -> ParseError | None:
    """Mistakes that the beginning of a statement without a block gives away."""
    first, last = statement[0], statement[-1]
    if first.type != "NAME":
        return None
    juxtaposed = len(statement) == 1 and found.type in (*_VALUES, *_HEADS, "NOT", "BEGIN")
    called = len(statement) > 1 and statement[1].type == "OPEN" and last.type == "CLOSE" and found.type == "BEGIN"
    if (juxtaposed or called) and first in _WORDS:
        return ParseError(f"'{first}' begins no statement here", _span(first), hint=_WORDS[first])
    signs = statement[1:]
    twice = len(signs) == 2 and signs[0] == signs[1] and signs[0].type == "SIGN"
    if twice and signs[0].end_pos == signs[1].start_pos and found.type in ("SEP", "END", "$END"):
        return _step(first, signs[0], _span(*signs))
    return None


def _in_head(statement: Sequence[Token], found: Token, text: str, wants_value: bool) -> ParseError | None:
    """Mistakes between `if`, `while` or `for` and the '{' of the block."""
    head, last = statement[0], statement[-1]
    span = _place(found, last)
    form = _HEADS[head.type]
    alone = len(statement) == 1
    if alone and (found.type in _AFTER_A_NAME or (head.type == "FOR" and found.type == "SIGN")):
        return reserved_word(head, head)
    if head.type == "FOR" and (error := _in_range(statement, found, text, span, wants_value)):
        return error
    if alone and found.type == "BEGIN":
        return ParseError(f"this '{head}' has no condition", _span(head), hint=f"write {form}")
    if wants_value or found.type in ("ASSIGN", "BEGIN", "CLOSE", "IN", "RANGE", *_INFIX):
        return None
    what = "range" if head.type == "FOR" else "condition"
    if found.type == "COMMA":
        return ParseError(f"a ',' cannot stand in a {what}", span, hint="write and, or or, between conditions")
    rest, block = _rest(found, text)
    if found.type == "OTHER" and found != ":":
        return None
    if block and found.type not in ("OTHER", "SEP") and found not in ("then", "do") and not rest.startswith("\n"):
        return None  # the mistake is in what stands before the block
    hint = f"write {_quoted(head, last, text) or form.removesuffix(' { ... }')} {{ ... }}"
    if found.type == "ELSE":
        hint += " else { ... }, or x if condition else y"
    return ParseError(f"expected '{{' after the {what}, found {_shown(found)}", span, hint=hint)


def _in_range(statement: Sequence[Token], found: Token, text: str, span: Span, wants_value: bool) -> ParseError | None:
    """Mistakes between `for` and the end of its range."""
    last = statement[-1]
    form = _HEADS["FOR"]
    if len(statement) == 1:
        if found.type == "OPEN":
            return ParseError("a 'for' has no parentheses", span, hint=f"write {form}")
        if found.isidentifier():
            return reserved_word(found, found)
        return ParseError(f"expected a name after 'for', found {_shown(found)}", span, hint=f"write {form}")
    counter = statement[1]
    form = f"for {counter} in 0..n {{ ... }}"
    if len(statement) == 2:
        return ParseError(f"expected 'in' after '{counter}', found {_shown(found)}", span, hint=f"write {form}")
    if last.type == "IN" and found.type in ("BEGIN", "RANGE"):
        return ParseError(f"expected a value after 'in', found {_shown(found)}", span, hint=f"write {form}")
    if _kinds(statement, "RANGE"):
        if found.type == "RANGE":
            hint = f"compute it from {counter}: x = start + {counter}*step"
            return ParseError("a range has two ends and no step", span, hint=hint)
        if last.type == "RANGE" and found.type == "ASSIGN":
            hint = f"write for {counter} in 1..n + 1 {{ ... }} to end with n"
            return ParseError("the end of a range is not part of it, and there is no '..='", span, hint=hint)
        return None
    rest, block = _rest(found, text)
    if wants_value or ".." in rest or (found.type == "BEGIN" and _kinds(statement, "IF")):
        return None
    if statement[3].type == "LEFT":
        hint = f"count its positions: for {counter} in 0..n {{ ... x[{counter}] ... }}"
        return ParseError(f"a 'for' runs over a range, found {_shown(statement[3])}", _span(statement[3]), hint=hint)
    written = _quoted(statement[3], last, text)
    colon = rest[1:].strip().rstrip(":")
    if found == ":" and block and colon and written:
        form = f"for {counter} in {written}..{colon} {{ ... }}"
    elif written and found in ("{", ":"):
        ends = [written]
        if statement[3] == "range" and written.endswith(")"):
            ends = written.removeprefix("range").strip()[1:-1].split(",")
        if len(ends) < 3:
            form = f"for {counter} in {'..'.join(end.strip() for end in ['0', *ends][-2:])} {{ ... }}"
    return ParseError(f"expected '..' after {_shown(last)}, found {_shown(found)}", span, hint=f"write {form}")


def _rest(found: Token, text: str) -> tuple[str, bool]:
    """What stands from a token to the end of its line or a '{', and whether it is the '{' that ends it."""
    start = len(text) if found.type == "$END" else found.start_pos
    rest = text[start:].split("{", 1)
    line = rest[0].split("\n", 1)
    return line[0], len(rest) == 2 and len(line) == 1


def _quoted(first: Token, last: Token, text: str) -> str | None:
    """What stands from one token to another, if a hint can hold it."""
    words = text[first.start_pos : last.end_pos]
    return words if len(words) <= 40 and words.isprintable() else None


def _by_token(
    found: Token, before: Sequence[Token], after: Token | None, opened: Sequence[Token], wants_value: bool
) -> ExprError | None:
    """Mistakes that the token itself gives away."""
    span = _span(found)
    last = before[-1] if before else None
    if found.type in ("FOR", "WHILE", "IN", "IF") and wants_value:
        if found.type != "IF" or after is None or after.type in _AFTER_A_NAME:
            return reserved_word(found, found)
        return ParseError(
            f"expected a value after {_shown(last)}, found 'if'", span, hint="write x if condition else y"
        )
    if found.type in ("FOR", "WHILE"):
        return ParseError(f"'{found}' begins a statement", span, hint="write ';' or a new line before it")
    if found.type == "IN":
        return ParseError("'in' stands only in a 'for'", span, hint="write a <= x and x < b for a range of numbers")
    if found.type == "ELSE" and not wants_value:
        hint = "write x if condition else y"
        if _open_blocks(before):
            hint = f"write '}}' before it, or {hint.removeprefix('write ')}"
        return ParseError("'else' without 'if'", span, hint=hint)
    if found.type == "NAME" and found in _ENDS and _open_blocks(before) and not (wants_value or opened):
        return ParseError(f"'{found}' ends nothing here", span, hint="a block ends with '}'")
    if found.type == "NAME" and after is not None and after.type == "ASSIGN" and not (wants_value or opened):
        assert last is not None
        if last.end_pos != found.start_pos:
            if len(_statement(before)) == 1 and last.type == "NAME":
                return ParseError("a name has no spaces", _span(last, found), hint=f"write {last}_{found} = ...")
            hint = "separate statements with ';' or a new line"
            return ParseError(f"expected ';' before {_shown(found)}", span, hint=hint)
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
    if character == "!":
        value = str(last) if last is not None and last.type in _VALUES else "..."
        hint = "write not x" if wants_value else f"write factorial({value}), or != to compare"
        return ParseError("'!' is no operator", span, hint=hint)
    if character in "&|":
        two = after is not None and str(after) == character
        where = _span(found, after) if two else span
        hint = "write and" if character == "&" else "write abs(x)" if wants_value else "write or, or abs(x)"
        return ParseError(f"'{character * (1 + two)}' is no operator", where, hint=hint)
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
        if found in ("elif", "elseif", "elsif"):
            hint = "write x if a else y if b else z"
            return ParseError(f"'{found}' stands in no expression", _span(found), hint=hint)
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
                hint=f"write {before}.{after} for a decimal number, "
                + (f"{before}{after} without the comma" if len(after) == 3 else f"[{before}, {after}] for a vector"),
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
        digits += "0123456789-"[_SUPERSCRIPTS.index(character)]
    return digits


def _statement(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens of the innermost statement that goes on; what follows the else of an if is one of its own."""
    for i in range(len(tokens) - 1, -1, -1):
        kind = tokens[i].type
        if kind in ("SEP", "BEGIN", "END") or (kind == "ELSE" and i and tokens[i - 1].type == "END"):
            return tokens[i + 1 :]
    return tokens


def _head(statement: Sequence[Token]) -> Token | None:
    """The word that begins a statement with a block."""
    return statement[0] if statement and statement[0].type in _HEADS else None


def _kinds(tokens: Sequence[Token], kind: str) -> bool:
    """Whether there is a token of a kind behind the first."""
    return any(token.type == kind for token in tokens[1:])


def _open_blocks(tokens: Sequence[Token]) -> list[Token]:
    """Each '{' without its '}'."""
    blocks: list[Token] = []
    for token in tokens:
        if token.type == "BEGIN":
            blocks.append(token)
        elif token.type == "END" and blocks:
            blocks.pop()
    return blocks


def _is_call(opening: Token, tokens: Sequence[Token]) -> bool:
    """Whether a '(' belongs to a function."""
    before = [token for token in tokens if token.end_pos == opening.start_pos]
    return bool(before) and before[-1].type == "NAME"


def _open_parentheses(tokens: Sequence[Token]) -> list[Token]:
    opened: list[Token] = []
    for token in tokens:
        if token.type in ("OPEN", "LEFT"):
            opened.append(token)
        elif token.type in ("CLOSE", "RIGHT") and opened:
            opened.pop()
    return opened


def _span(first: Token, last: Token | None = None) -> Span:
    start, end = first.start_pos, (last or first).end_pos
    assert start is not None and end is not None
    return Span(start, end)


def _place(found: Token, last: Token | None) -> Span:
    """Where a token stands; the end of the text is behind the last one."""
    if found.type != "$END":
        return _span(found)
    assert last is not None
    return Span(last.end_pos, last.end_pos + 1)


def _shown(token: Token) -> str:
    """A token in quotes; what cannot be printed by its code point."""
    if token.type == "$END":
        return "the end"
    if token.type == "SEP":
        # An empty one is put between a block and what follows it.
        return f"'{token or '}'}'" if token in ("", ";") else "the end of the line"
    text = "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in token)
    return f"'{text}'" if len(text) <= 30 else f"'{text[:27]}...'"


def _spaced(token: Token) -> str:
    return f" {token} " if token.isalpha() else str(token)


def _decimal(text: str) -> str:
    try:
        return f"write {int(text, 0)}"
    except ValueError:
        return "write it as a decimal number"
