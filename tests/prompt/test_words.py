"""What Tab offers, what is said of a call, and what is said of a text before it is sent."""

from __future__ import annotations

import pytest

from exprgrad.prompt.answers import goes_on, mistake
from exprgrad.prompt.words import called, file_begun, words
from tests.prompt.transcript import begun, said


def offered(before: str, *lines: str) -> dict[str, str]:
    session = begun()
    for line in lines:
        said(session, line)
    found = [*words(session, before)]
    assert all(before.endswith(word.begun) and word.text.startswith(word.begun) for word in found)
    return {word.text: word.what for word in found}


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("2*softp", {"softplus": "softplus(x): log(1 + exp(x))"}),
        ("arcta", {"arctan", "arctan2", "arctanh"}),
        ("hess", {"hessian": "hessian(u, x): the second derivatives of u by each two el..."}),
        ("length/lengt", {"lengt_": "lengt_ = 2*length", "length": "length = 15"}),
        ("half(", None),
        ("hal", {"half": "half(x) = x/2"}),
        ("a\nsoftp", {"softplus"}),
        ("ta", {"tan", "tanh", "tau"}),
        (":or", {":order": "The highest order of derivatives; 1 by default."}),
        ("  :or", {":order"}),
        (":nothing ", set()),
        (":mode ", {"static", "dynamic"}),
        (":mode d", {"dynamic"}),
        (":format ", {"text", "table", "json", "values", "env", "csv", "tsv"}),
        (":jacobian ", {"on", "off"}),
        (":wrt length,le", {"length", "lengt_"}),
        (":formula lengt", {"length", "lengt_"}),
        (":formula softp", {"softplus"}),
        (":graph op", {"operations"}),
        (":graph data lengt", {"length", "lengt_"}),
        (":help :ord", {"order"}),
        (":help softp", {"softplus"}),
        (":undo x", set()),
        ("größ", {"größe": "größe = 1"}),
        ("zzz", set()),
        ("3", None),
    ],
)
def test_words(before: str, expected: dict[str, str] | set[str] | None) -> None:
    found = offered(before, "length = 15", "lengt_ = 2*length", "half(x) = x/2", "größe = 1")
    if expected is None:  # whatever there is
        assert {"length", "half", "sin", "where", "pi"} <= set(found)
    elif isinstance(expected, set):
        assert set(found) == expected
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (":save", None),
        (":save ", ""),
        (":load some/where", "some/where"),
        ("v = @da", "da"),
        ("  v=@", ""),
        ("v @ da", None),
        ("v = a@da", None),
        (":formula v = @da", None),
    ],
)
def test_files(before: str, expected: str | None) -> None:
    assert file_begun(before) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("atan2(", "atan2(y, x): the angle of the point (x, y), in radians (also arctan2)"),
        ("1 + atan2(a, ", "atan2(y, x): the angle of the point (x, y), in radians (also arctan2)"),
        ("atan2(a, b)", None),
        ("half(", "half(x) = x/2"),
        ("nothing(", None),
        ("(", None),
        ("", None),
    ],
)
def test_calls(before: str, expected: str | None) -> None:
    session = begun()
    said(session, "half(x) = x/2")
    assert called(session, before) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a +* b", "expected a value after '+', found '*'"),
        ("foo(a)", "there is no function foo"),
        ("half(a, b)", "half takes 1 operand, found 2"),
        ("np.sin(a)", "a name has no module before it"),
        ("u = 1\nu u", "expected an operator between 'u' and 'u'"),
        *((text, None) for text in ("", "a", "a +", "half(a", "half(a)", "g(x) = x", "g(x) = x; g(2)", "# a")),
        *((text, None) for text in (":order", ":nothing", "v = @file", "if a {", "x" * 3_000 + "+*", "a\n:order 2")),
    ],
)
def test_mistakes(text: str, expected: str | None) -> None:
    session = begun()
    said(session, "half(x) = x/2")
    problem = mistake(session, text)
    assert (problem and problem.message) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, True) for text in ("(a", "a +", "if a {", "while a {\n x = 1", "a\nb = (", ":order 2\na +", "f(x) =")),
        *(
            (text, False)
            for text in ("", " ", "a", "a)", "a +* b", "# a", ":order (", "v = @file(", "a + # b\n3", "(a\nb")
        ),
    ],
)
def test_what_goes_on(text: str, expected: bool) -> None:
    assert goes_on(text) is expected
