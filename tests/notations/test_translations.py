"""What is pasted in each notation: what it is translated to, and the number that it has there.

The numbers are worked out by the rules of the notation, not by what the translation gives.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest

import exprgrad
from exprgrad.syntax.parser import parse
from exprgrad.views import formula

VALUES: dict[str, Any] = {
    "x": 0.7,
    "y": -1.5,
    "z": 2.0,
    "a": 3.0,
    "b": 4.0,
    "r": 1.25,
    "t": 0.3,
    "m": 2.5,
    "v": 1.5,
    "n": 5.0,
    "k": 2.0,
    "A1": 3.0,
    "A2": 5.0,
    "A3": 10.0,
    "B1": 2.0,
    "B2": 7.0,
    "x_1": 1.0,
    "x_2": 2.0,
    "x_3": 3.0,
    "m_e": 6.5,
    "k_B": 7.5,
    "tier": "gold",
    "x_alpha": 8.5,
    "theta_hat": 2.0,
    "omega": 2.0,
    "Omega": 3.0,
    "CapitalPi": 6.0,
    "CapitalGamma": 7.0,
    "w": [1.0, 2.0],
    "p": [1.0, 0.0, 0.0],
    "q": [0.0, 3.0, 4.0],
    "h": [0.0, 0.0, 1.0],
    "A": [[1.0, 2.0], [3.0, 4.0]],
}
x, y, z, a, b, r, m, v = (VALUES[name] for name in "xyzabrmv")

# The text, the translation, and its value.
LATEX: list[tuple[str, str, float]] = [
    (r"\frac{a}{b}", "a/b", 0.75),
    (r"c = \dfrac{a+1}{b} x", "c = (a + 1)/b*x", 0.7),
    (r"\tfrac12 m v^2", "1/2*m*v**2", 2.8125),
    (r"\frac{1}{2} m v^{2}", "1/2*m*v**2", 2.8125),
    (r"\sqrt[3]{-8} + \sqrt{b} + \sqrt[4]{16}", "cbrt(-8) + sqrt(b) + 16**(1/4)", 2.0),
    (r"\sqrt2 x", "sqrt(2)*x", math.sqrt(2) * x),
    (r"\sin^2 x + \cos^2 x", "sin(x)**2 + cos(x)**2", 1.0),
    (r"\sin^{-1} x", "asin(x)", math.asin(x)),
    (r"\sin^{-2} x", "sin(x)**-2", math.sin(x) ** -2),
    (r"\sin 2x \cos y", "sin(2*x)*cos(y)", math.sin(2 * x) * math.cos(y)),
    (r"\sin(x) y", "sin(x)*y", math.sin(x) * y),
    (r"\sin\left(x\right)^2", "sin(x)**2", math.sin(x) ** 2),
    (r"\sin x^2", "sin(x**2)", math.sin(x**2)),
    (r"\ln \sin x", "ln(sin(x))", math.log(math.sin(x))),
    (r"\exp -\frac{x}{2}", "exp(-(x/2))", math.exp(-x / 2)),
    (r"\log_2 b + \lg 100", "log2(b) + log10(100)", 4.0),
    (r"\log_b 64", "log(64, b)", 3.0),
    (r"e^{-x} + \mathrm{e}^x", "exp(-x) + exp(x)", math.exp(-x) + math.exp(x)),
    (r"2\pi r", "2*pi*r", 2 * math.pi * r),
    (r"a \cdot b \times z \div 2", "a*b*z/2", 12.0),
    (r"\left|y\right| + |x - \lvert y\rvert|", "abs(y) + abs(x - abs(y))", 1.5 + 0.8),
    (r"|x||y|", "abs(x)*abs(y)", 0.7 * 1.5),
    (r"\lfloor y \rfloor + \lceil y \rceil", "floor(y) + ceil(y)", -3.0),
    (r"\begin{cases} x & x > 0 \\ -x & \text{otherwise} \end{cases}", "x if x > 0 else -x", x),
    (
        r"\begin{cases} x^2, & \text{if } y \geq 0, \\ 1, & y = -1 \\ 2 & y < -1 \land x < 1 \end{cases}",
        "x**2 if y >= 0 else 1 if y == -1 else 2 if y < -1 and x < 1 else nan",
        2.0,
    ),
    (r"\min\{x, y\} + \max\left(x, y, z\right)", "min(x, y) + max(x, y, z)", 0.5),
    (r"\operatorname{sinc} x", "sinc(x)", math.sin(math.pi * x) / (math.pi * x)),
    (
        r"\mathrm{sinc}^2\!\left(x\right) + \text{erf}^{2}[x] + \mathrm{sin} x",
        "sinc(x)**2 + erf(x)**2 + sin(x)",
        (math.sin(math.pi * x) / (math.pi * x)) ** 2 + math.erf(x) ** 2 + math.sin(x),
    ),
    (r"\mathrm{log}_2(b) + \mathrm{log}_{10} 100", "log2(b) + log10(100)", 4.0),
    (r"\gamma(v) = v^2; c = \gamma(3)", "gamma(v) = v**2; c = gamma(3)", 9.0),
    (r"\operatorname{foo}(v) = v^2; \operatorname{foo}(3)", "foo(v) = v**2; foo(3)", 9.0),
    (r"\binom{5}{2} + n!", "factorial(5)/(factorial(2)*factorial(5 - 2)) + factorial(n)", 130.0),
    (r"50\% + \cos 60^\circ", "50/100 + cos(radians(60))", 1.0),
    (r"\sum_{i=1}^{3} i x_i", "1*x_1 + 2*x_2 + 3*x_3", 14.0),
    (r"\prod_{k=1}^{3} (x_k + 1)", "(x_1 + 1)*(x_2 + 1)*(x_3 + 1)", 24.0),
    (r"\frac{d}{dz} z^3 + 1", "diff(z**3, z) + 1", 13.0),
    (r"\frac{\partial}{\partial z} (z^2 a)", "diff(z**2*a, z)", 12.0),
    (r"u = z^3 a^2 \\ c = \frac{\partial^2 u}{\partial z \partial a}", "u = z**3*a**2; c = diff(u, z, a)", 72.0),
    (r"f(x) = x^2; c = f(3) + f'(a)", "f(x) = x**2; c = f(3) + diff(f(a), a)", 15.0),
    (r"\frac{\partial c}{\partial x} = 2 x \cos\left(x^{2}\right)", "dc_dx = 2*x*cos(x**2)", 2 * x * math.cos(x * x)),
    (r"\frac{d^{2} c}{d x^{2}} = a", "d2c_dx_dx = a", 3.0),
    (r"y(x) = x^2", "y = x**2", x**2),
    (r"$$ c = \sqrt{b}, $$", "c = sqrt(b)", 2.0),
    (r"\[ \begin{aligned} u &= x^2 \\ c &= u + 1 \end{aligned} \]", "u = x**2; c = u + 1", x * x + 1),
    (r"x_{\mathrm{1}} + x_{2}", "x_1 + x_2", 3.0),
    (r"x_\mathrm{1} + x_\text{2} + x_\mathrm 3", "x_1 + x_2 + x_3", 6.0),
    (r"E_\mathrm{a} = m_\mathrm{e} v^2 + k_\text{B}", "E_a = m_e*v**2 + k_B", 6.5 * 2.25 + 7.5),
    (r"m_{\rm e} + m_e x_\alpha \mathrm{k}_\mathrm{B}", "m_e + m_e*x_alpha*k_B", 6.5 + 6.5 * 8.5 * 7.5),
    (r"\frac{d}{dm_\mathrm{e}} m_{\mathrm e}^2", "diff(m_e**2, m_e)", 13.0),
    (r"-x^2", "-x**2", -(x**2)),
    (r"z^{a^2}", "z**a**2", 512.0),
    (r"(x+1)(x-1)", "(x + 1)*(x - 1)", x * x - 1),
    (r"\Gamma(n)", "gamma(n)", 24.0),
    (r"7 \bmod 3", "7%3", 1.0),
    (r"2 a \bmod b + ((-a) \bmod b) (x \bmod z)", "2*a%b + -a%b*(x%z)", 2.7),
    (r"\sin(x)/2 + \frac{\sin x}{2} + (\sin x)/2", "sin(x)/2 + sin(x)/2 + sin(x)/2", 1.5 * math.sin(x)),
    (r"\[x^2\]", "x**2", x**2),
    (r"{a + 1 \over b} z + z^{a \over 3}", "(a + 1)/b*z + z**(a/3)", 4.0),
    (r"\sin 2 x \pi z^2", "sin(2*x*pi*z**2)", math.sin(2 * x * math.pi * 4)),
    (r"\mathbf{u} = \mathbf{A} \mathbf{w}; \mathbf{u}^T \mathbf{w}", "u = A@w; transpose(u)@w", 27.0),
    (r"2 \mathbf{w}^\top \mathbf{A}^{\mathsf{T}} \mathbf{w}", "2*transpose(w)@transpose(A)@w", 54.0),
    (
        r"\vec{s} = z \vec{p} \times \vec{q}; \vec{s} \cdot \vec{h} + |\vec{q}|",
        "s = cross(z*p, q); dot(s, h) + norm(q)",
        11.0,
    ),
    (r"\|\mathbf{w}\|^2 + \left\|\vec{q}\right\|_2", "norm(w)**2 + norm(q)", 10.0),
    (r"\mathbf{w} \mathbf{w}^T \mathbf{w}; \det(\mathbf{A}^{-1})", "outer(w, w)@w; det(inv(A))", -0.5),
    (
        r"\vec{s} = z \frac{\vec{q}}{|\vec{q}|} + \vec{p}; \hat{\theta} \|\vec{s}\|",
        "s = z*(q/norm(q)) + p; theta_hat*norm(s)",
        2 * math.sqrt(5),
    ),
    ("sin^{2}(x) + sin x", "sin(x)**2 + sin(x)", math.sin(x) ** 2 + math.sin(x)),
]
SPREADSHEET: list[tuple[str, str, float]] = [
    ('=IF(AND(A1>=3,tier="gold"),A1*B1,A1)', 'A1*B1 if A1 >= 3 and tier == "gold" else A1', 6.0),
    ('=IF("gold"<>tier;1,5;2)', '1.5 if not tier == "gold" else 2', 2.0),
    ('=IF(OR(tier="a, b; c";tier="Gold");0,5;2)', '0.5 if tier == "a, b; c" or tier == "Gold" else 2', 2.0),
    ('=(tier=" gold ")+(tier="12""")', """(tier == "gold") + (tier == '12"')""", 1.0),
    ('q=IF(tier="gold";2;3)\nr=tier="gold"\n=q+r', 'q = 2 if tier == "gold" else 3; r = tier == "gold"; q + r', 3.0),
    ("=A1*B1^2", "A1*B1**2", 12.0),
    ("=-A1^2", "(-A1)**2", 9.0),
    ("=2^3^2", "(2**3)**2", 64.0),
    ("=2^-1", "2**-1", 0.5),
    ("=-(A1^2)", "-A1**2", -9.0),
    ("=50%*A1", "50/100*A1", 1.5),
    ("=10%^2", "(10/100)**2", 0.01),
    ("=if(a1>1; 1,5; 0)", "1.5 if A1 > 1 else 0", 1.5),
    ("=IF(A1=B1,1,0)", "1 if A1 == B1 else 0", 0.0),
    ("=IF(AND(A1<>B1,NOT(B1>A1),TRUE),2,3)", "2 if A1 != B1 and (not B1 > A1 and 1) else 3", 2.0),
    ("=SUM(A1,B1)+SUM(A1:A3)", "A1 + B1 + (A1 + A2 + A3)", 23.0),
    ("=AVERAGE(A1:B2)", "(A1 + B1 + A2 + B2)/4", 4.25),
    ("=2*PI()*$A$1", "2*pi*A1", 6 * math.pi),
    ("=LOG(100)+LOG(8;2)+LN(EXP(1))", "log10(100) + log(8, 2) + log(exp(1))", 6.0),
    ("=A1*1,5", "A1*1.5", 4.5),
    ("=MOD(-7,3)+INT(-2.5)", "-7%3 + floor(-2.5)", -1.0),
    ("=ATAN2(1,0)", "atan2(0, 1)", 0.0),
    (
        "=VAR(A1:A3)",
        "VAR_3(values_1, values_2, values_3, values_mean) = ((values_1 - values_mean)**2 + "
        "(values_2 - values_mean)**2 + (values_3 - values_mean)**2)/2; VAR_3(A1, A2, A3, (A1 + A2 + A3)/3)",
        13.0,
    ),
    ("=IFS(A1>5,1,A1>2,2)", "1 if A1 > 5 else 2 if A1 > 2 else nan", 2.0),
    ("=SUMPRODUCT(A1:A2,B1:B2)", "A1*B1 + A2*B2", 41.0),
    ("=CEILING(A1,2)", "ceil(A1/2)*2", 4.0),
    ("POWER(A1,2)", "A1**2", 9.0),
    ("=_xlfn.STDEV.P(A1,A2)", "STDEV_P_2(values_1, values_2, values_mean) = ", 1.0),
    ("=MAX(A1,B1)+MIN(A1:A3)-MAX(A1)*SUM(B2)", "max(A1, B1) + min(A1, A2, A3) - A1*B2", -15.0),
    ("=PRODUCT(A1:A2)+SUMSQ(A1,B1)+COUNT(A1:B2)", "A1*A2 + (A1**2 + B1**2) + 4", 32.0),
    (
        "=VAR(A1+1,B1)+VAR(A1,B1,B2)*0",
        "VAR_2(values_1, values_2, values_mean) = ",
        2.0,
    ),
    ("=GEOMEAN(A1,A1)+HARMEAN(B1,B1)", "exp((log(A1) + log(A1))/2) + 1/((1/B1 + 1/B1)/2)", 5.0),
    ("=SUMPRODUCT(A1,B1)+SUMXMY2(A1:A2,B1:B2)", "A1*B1 + ((A1 - B1)**2 + (A2 - B2)**2)", 11.0),
    ("=NPV(B1,A1:A3)", "A1/(1 + B1)**1 + A2/(1 + B1)**2 + A3/(1 + B1)**3", 1 + 5 / 9 + 10 / 27),
    # What Excel documents for PMT(8%/12, 10, 10000), and what the others are of it.
    ("=PMT(0.08/12,10,10000)", "PMT(rate, n, pv) = ", -1037.0320893591606),
    ("=PMT(0.08/12,10,10000,0,1)", "PMT(rate, n, pv, fv, due) = ", -1030.1643271779744),
    ("=PV(0.25,2,-5)+FV(0.25,2,-4)", "--5*(1 - (1 + 0.25)**-2)/0.25 + --4*((1 + 0.25)**2 - 1)/0.25", 7.2 + 9.0),
    (
        "=PMT(A1/12,2,B1)+PMT(A1/12,2,B1,0)",
        "PMT(rate, n, pv) = ",
        -2 * 2 * 0.25 / (1 - 1.25**-2),
    ),
    ("=NORM.S.DIST(A1-3,TRUE)", "erfc(-(A1 - 3)/sqrt(2))/2", 0.5),
    ("=NORM.DIST(A1,3,2,FALSE)", "exp(-((A1 - 3)/2)**2/2)/(2*sqrt(2*pi))", 1 / (2 * math.sqrt(2 * math.pi))),
    ("=COMBIN(5.9,2)", "factorial(trunc(5.9))/(factorial(trunc(2))*factorial(trunc(5.9) - trunc(2)))", 10.0),
    ("=PERMUT(A1+2.9,2)", "PERMUT(n, k) = ", 20.0),
    ("=FLOOR.MATH(5.5,-2)+CEILING.MATH(5.5,-2)", "FLOOR_MATH(x, s) = ", 10.0),
    ("=IF(A1>5,1,)+SUM(A1,,2)", "(1 if A1 > 5 else 0) + (A1 + 0 + 2)", 5.0),
    ("=SUM((A1:A3),((B1:B2)))", "A1 + A2 + A3 + B1 + B2", 27.0),
    ("C1=A1*B1", "C1 = A1*B1", 6.0),
    ("$C$1 = A1*B1\nD1 = C1=6", "C1 = A1*B1; D1 = C1 == 6", 1.0),
    ("=A1*B1\n=A1+B1\n", "A1*B1; A1 + B1", 5.0),
    ("=IF(A1>2,\n  1,\n  0)\n  + 1", "(1 if A1 > 2 else 0) + 1", 2.0),
]
PYTHON: list[tuple[str, str, float]] = [
    ("a if tier == 'gold' else b", 'a if tier == "gold" else b', 3.0),
    ('a if "gold" != tier else b', 'a if not tier == "gold" else b', 4.0),
    ('a if tier in ["iron", "gold"] and x > 0 else b', 'a if (tier == "iron" or tier == "gold") and x > 0 else b', 3.0),
    ('a if tier not in ("iron", "gold") else b', 'a if not (tier == "iron" or tier == "gold") else b', 4.0),
    ("np.exp(x)*math.sqrt(b)", "exp(x)*sqrt(b)", math.exp(x) * 2),
    ("-x**2 + 2**3**2", "-x**2 + 2**3**2", 512 - x * x),
    ("-7 // 2 + -7 % 3", "-7//2 + -7%3", -2.0),
    ("x if x > 0 else -x", "x if x > 0 else -x", x),
    ("np.where(0 < x < 1, 2, 3)", "2 if 0 < x < 1 else 3", 2.0),
    ("f = lambda u: u**2\nf(a)", "f(u) = u**2; f(a)", 9.0),
    ("def f(u):\n    '''Squares.'''\n    return u**2\nf(a)", "f(u) = u**2; f(a)", 9.0),
    ("import numpy as np\nc = np.array([1, 2]) @ [a, b]", "c = [1, 2]@[a, b]", 11.0),
    ("math.tau + np.e**x", "2*pi + exp(x)", math.tau + math.exp(x)),
    ("torch.var(torch.tensor([a, b]))", "sample_var(x) = ", 0.5),
    ("torch.var(A, 0).sum()", "sum(var(A, axis=0)*size(A, 0)/(size(A, 0) - 1))", 4.0),
    ("torch.std(A, dim=-1).sum()", "sum(sqrt(var(A, axis=-1)*size(A, -1)/(size(A, -1) - 1)))", math.sqrt(2)),
    ("torch.var(A, dim=1, correction=0).sum() + np.var(w, ddof=1)", "sum(var(A, axis=1)) + ", 1.0),
    # What numpy does along the last axes, and with all elements.
    (
        "np.sum(np.inner(A, A)*[[1, 10], [100, 1000]])",
        "sum(dot(A, transpose(A))*[[1, 10], [100, 1000]])",
        5 + 110 + 1100 + 25000,
    ),
    ("np.inner(w, w)", "dot(w, transpose(w))", 5.0),
    ("np.vdot(A, A)", "dot(reshape(A, [-1]), reshape(A, [-1]))", 30.0),
    # Axes that nobody wrote.
    ("np.sum(jax.nn.softmax(A)*[1, 0])", "sum(softmax(A, axis=-1)*[1, 0])", 2 / (1 + math.e)),
    ("tf.nn.softmax(A)[0, 0]", "softmax(A, axis=-1)[0, 0]", 1 / (1 + math.e)),
    ("scipy.special.softmax(w)[0]", "softmax(w)[0]", 1 / (1 + math.e)),
    ("torch.softmax(A, dim=0)[0, 0]", "softmax(A, axis=0)[0, 0]", 1 / (1 + math.e**2)),
    ("np.remainder(-7, 3) + torch.remainder(a, b)", "mod(-7, 3) + mod(a, b)", 5.0),
    ("np.var([a, b])", "var([a, b])", 0.25),
    ("np.array([[a, b], [x, y]])[0, 1:].sum(axis=0)", "sum([[a, b], [x, y]][0, 1:], axis=0)", 4.0),
    ("s = 0\nfor i in range(1, 4):\n    s += i*a\ns", "s = 0; for i in 1..4 { s = s + i*a }; s", 18.0),
    (
        "c = a\nif a > b:\n    c = b\nelif a > 1:\n    c -= 1\nelse:\n    pass\nc",
        "c = a; if a > b { c = b } else { if a > 1 { c = c - 1 } }; c",
        2.0,
    ),
    ("c = b\nwhile c > 1:\n    c /= 2\nc", "c = b; while c > 1 { c = c/2 }; c", 1.0),
    ("  x > 0 and not y > 0", "x > 0 and not y > 0", 1.0),
    ("scipy.special.expit(x)", "expit(x)", 1 / (1 + math.exp(-x))),
    ("1 if x and a else 2", "1 if x and a else 2", 1.0),
    ("int(-2.5) + round(2.5)", "trunc(-2.5) + round(2.5)", 0.0),
    (
        "def f(z):\n    'Of two.'\n    w: float = 1 - z\n    z = w*a\n    w += 2\n    return z*w",
        "w = 1 - z; z_1 = w*a; w = w + 2; f = z_1*w",
        -3.0,
    ),
    (
        "def f(u):\n    w = u - 1\n    u = w*w\n    return u + w\nf(a) + f(b)",
        "f(u) = f_1(u - 1); f_1(w) = f_2(w, w*w); f_2(w, u) = u + w; f(a) + f(b)",
        4.0 + 2 + 9 + 3,
    ),
    ("w = a*2\nreturn w", "w = a*2; w", 6.0),
    # Axes, also where they are not named; and the sum that Python itself has.
    ("np.max(np.array([[x, y], [z, a]]), 0)[1]", "max([[x, y], [z, a]], axis=0)[1]", 3.0),
    ("np.array([[x, y], [z, a]]).min(1)[0]", "min([[x, y], [z, a]], axis=1)[0]", y),
    ("torch.amax(torch.tensor([[x, y], [z, a]]), dim=0)[0]", "max([[x, y], [z, a]], axis=0)[0]", 2.0),
    ("sum(np.array([[x, y], [z, a]]))[1] + sum([x, y], 5)", "sum([[x, y], [z, a]], axis=0)[1] + ", 1.5 + 4.2),
    ("max(x, 0) + max([x, y]) + torch.max(x, y)", "max(x, 0) + max([x, y]) + max(x, y)", 3 * x),
    ("np.cumsum([[x, y], [z, a]])[2]", "cumsum(reshape([[x, y], [z, a]], [-1]))[2]", x + y + z),
    ("np.stack([[x, y], [z, a]])[1, 0] + np.concatenate([[x], [z]])[1]", "stack([x, y], [z, a])[1, 0] + ", 4.0),
    ("v = np.array([x, y])\nv = v*2 + [1, 2]\nv[1]", "v = [x, y]; v = v*2 + [1, 2]; v[1]", -1.0),
    ("[[x, y], [z, a]][1][0]*2", "[[x, y], [z, a]][1][0]*2", 4.0),
    # What a name is by the import that it is from.
    ("sympy.sinc(x) + np.sinc(z/4)", "sinc(x/pi) + sinc(z/4)", math.sin(x) / x + 2 / math.pi),
    ("import scipy as sp, numpy as n\nsp.sinc(n.float64(0.5))", "sinc(0.5)", 2 / math.pi),
    ("from math import e, sin as s\ns(e*x)", "sin(exp(1)*x)", math.sin(math.e * x)),
    ("from sympy import *\nsinc(x)*E", "sinc(x/pi)*exp(1)", math.sin(x) / x * math.e),
    ("import torch.nn.functional as G\nG.relu(x)", "relu(x)", x),
    # Operands by name, and those that are left out.
    ("torch.clamp(x, min=0.9) + np.clip(x, None, 0.5)", "max(x, 0.9) + min(x, 0.5)", 1.4),
    ("np.clip(x, a_min=1, a_max=a) + torch.tensor(b).clamp(max=3)", "clip(x, 1, a) + min(b, 3)", 4.0),
    ("f = lambda u, k=3: u*k\nf(a) + f(a, k=4) + f(k=2, u=1)", "f(u, k) = u*k; f(a, 3) + f(a, 4) + f(1, 2)", 23.0),
    ("x, w = 1, 2\nx*w", "x = 1; w = 2; x*w", 2.0),
    # Functions that branch, return early and loop.
    (
        "def f(u):\n    if u > 3:\n        return 1\n    else:\n        return 2\nf(a)",
        "f(u) = 1 if u > 3 else 2; f(a)",
        2.0,
    ),
    (
        "def f(u):\n    w = 3\n    if u > 3:\n        w = 2\n        u = 1\n    return w*u\nf(a) + f(b)",
        "f(u) = f_1(u, 3); f_1(u, w) = f_3() if u > 3 else f_2(u, w); f_2(u, w) = w*u; "
        "f_3() = f_4(2); f_4(w) = f_2(1, w); f(a) + f(b)",
        11.0,
    ),
    ("def f(x):\n    s = 0\n    for i in range(3):\n        s += x\n    return s", "s = 0; for i in 0..3 { ", 3 * x),
    ("K = 2\ndef f(x):\n    return K*x", "K = 2; f = K*x", 1.4),
    ("math.hypot(a, b, 0)", "norm([a, b, 0])", 5.0),
    ("lambda u, v: a*b", "a*b", 12.0),
    ("math.comb(5, 2)", "factorial(5)/(factorial(2)*factorial(5 - 2))", 10.0),
]
C: list[tuple[str, str, float]] = [
    ("pow(a, 2)*sqrtf(b) + fabs(y)", "a**2*sqrt(b) + abs(y)", 19.5),
    ("x > 0 ? a : y > 0 ? b : z", "a if x > 0 else b if y > 0 else z", 3.0),
    ("1.0/2*x + 1.5f", "1/2*x + 1.5", 1.85),
    ("x && !y || z == 2", "x and not y or z == 2", 1.0),
    ("double f(double u) { return u*u; } f(a)", "f(u) = u*u; f(a)", 9.0),
    ("double f(double u) { double w = u - 1; int n = w*2.5; return n*w; } f(a)", "f(u) = ", 10.0),
    ("int n = -7; return n % 3;", "n = -7; fmod(n, 3)", -1.0),
    ("int n = 2.9; return n;", "n = trunc(2.9); n", 2.0),
    ("(double)1/2 + (int)2.7", "1/2 + trunc(2.7)", 2.5),
    ("round(z) + rint(2.5)", "trunc(z) + trunc(2*(z - trunc(z))) + round(2.5)", 4.0),
    ("0x10 + 1e1", "16 + 10", 26.0),
    (
        "double s = 0; for (int i = 0; i < 3; ++i) { s += i*a; } if (s > 5) s = 5; else { s *= 3; } return s;",
        "s = 0; for i in 0..3 { s = s + i*a }; if s > 5 { s = 5 } else { s = s*3 }; s",
        5.0,
    ),
    ("double s = b; while (s > 1) { s /= 2; } // halves\nreturn s;", "s = b; while s > 1 { s = s/2 }; s", 1.0),
    ("tgamma(n) + M_PI", "gamma(n) + pi", 24 + math.pi),
    # Whole numbers: those of parameters, of what functions return, of counters, literals, conditions and casts.
    ("double f(int n) { return n/2; } f(7)", "f(n) = trunc(n/2); f(7)", 3.0),
    ("double f(int n) { return n/2 + 1.0/n; }", "f = trunc(n/2) + 1/n", 2.2),
    (
        "double s = 0; for (int i = 1; i < 5; i++) { s += 1/i; } s",
        "s = 0; for i in 1..5 { s = s + trunc(1/i) }; s",
        1.0,
    ),
    (
        "int g(double u) { return u; } double f(double u) { return g(u*10)/2; } f(x)",
        "g(u) = trunc(u); f(u) = trunc(g(u*10)/2); f(x)",
        3.0,
    ),
    ("double g(int u) { return u*0.5; } g(x*10.5)", "g(u) = u*0.5; g(trunc(x*10.5))", 3.5),
    ("long f(long n) { return n*n/2; } f(7)", "f(n) = trunc(n*n/2); f(7)", 24.0),
    ("int i = 7, j = 2; double d = 7; i/j + d/j + (double)i/j", "i = 7; j = 2; d = 7; trunc(i/j) + d/j + i/j", 10.0),
    ("(x > 0)/2 + !x/3 + (x > 0 ? 7 : 8)/2", "trunc((x > 0)/2) + trunc((not x)/3) + trunc((7 if x > 0 else 8)/2)", 3.0),
    ("auto i = 7; i /= 2; i *= 1.5; i", "i = 7; i = trunc(i/2); i = trunc(i*1.5); i", 4.0),
    ("std::abs(y)/3 + abs(-7)/2 + (int)7.9/2", "abs(y)/3 + trunc(abs(-7)/2) + trunc(trunc(7.9)/2)", 6.5),
    (
        "#include <math.h>\n#define N 3 // of them\n#define G 9.5\nN/2 + 1/N + G/2",
        "trunc(3/2) + trunc(1/3) + 9.5/2",
        5.75,
    ),
    ("unsigned n = 7; n/2 + 3u*x", "n = 7; trunc(n/2) + 3*x", 5.1),
    ("010 + 0b11 + 0x1F", "8 + 3 + 31", 42.0),
    # Functions that branch, return early and loop.
    (
        "double f(double u) { if (u > 3) return u*2; return u; } f(a) + f(b)",
        "f(u) = u*2 if u > 3 else u; f(a) + f(b)",
        11.0,
    ),
    (
        "int f(int n) { if (n <= 0) return 1; int k = n/2; if (k > 1) k = k*3; return k/2; } f(7) + f(2) + f(0)",
        "f(n) = 1 if n <= 0 else f_1(n); f_1(n) = f_2(trunc(n/2)); f_2(k) = f_3(k*3) if k > 1 else f_3(k); "
        "f_3(k) = trunc(k/2); f(7) + f(2) + f(0)",
        4.0 + 0 + 1,
    ),
    (
        "double f(double u) { double w = 1, q; if (u > 0) { if (u > 1) w = 2; else { q = 3; w = q; } w += 1; } else { "
        "w = 5; u = 2; } return w*u; } f(x) + f(2) + f(-1)",
        "f(u) = ",
        4 * x + 6 + 10,
    ),
    (
        "double f(double m) { if (m > 9) return 1; double w = m*2; return w; }",
        "if m > 9 { f = 1 } else { w = m*2; ",
        5.0,
    ),
    (
        "double g(double s) { return s*2; } double f(double a) { double s = 0; while (a > 1) { a -= 1; s += g(a); } "
        "return s; }",
        "g(s) = s*2; s_1 = 0; a_1 = a; while a_1 > 1 { a_1 = a_1 - 1; s_1 = s_1 + g(a_1) }; f = s_1",
        6.0,
    ),
    ("const double k = 2; double f(double x) { return k*x; }", "k = 2; f = k*x", 1.4),
    (
        "bool u = a, w = x > 1; w = !w; u + w + (bool)y + (u ? 7 : 8)/2",
        "u = a != 0; w = x > 1; w = (not w) != 0; ",
        6.0,
    ),
    # Blocks whose names are their own.
    ("double s = 1; if (x > 0) { double s = 2; s += 1; } s", "s = 1; if x > 0 { s_1 = 2; s_1 = s_1 + 1 }; s", 1.0),
    ("double s = 1; { double w = s; double s = 2; s += w; } s", "s = 1; w = s; s_1 = 2; s_1 = s_1 + w; s", 1.0),
    ("if (x > 0) { int i = 3; y = i/2; } else { double i = 3; y = i; } y", "if x > 0 { i = 3; ", 1.0),
    ("double q, w; q = 3; w = q*2; w", "q = 3; w = q*2; w", 6.0),
    # Loops that are not over a range whose ends stay.
    (
        "int k = 3; z = 0; for (int i = 0; i < k; i++) { k = 2; z += 1; } z",
        "k = 3; z = 0; i = 0; while i < k { k = 2; z = z + 1; i = i + 1 }; z",
        2.0,
    ),
    ("int i; for (i = 0; i < 4; i++) { } i", "i = 0; while i < 4 { i = i + 1 }; i", 4.0),
    ("z = 0; for (int i = 9; i > 0; i -= 2) z += i; z", "z = 0; i = 9; while i > 0 { z = z + i; i = i - 2 }; z", 25.0),
    ("z = 0; for (int i = 0; i <= 2.5; ++i) z += i; z", "z = 0; for i in 0..floor(2.5) + 1 { z = z + i }; z", 3.0),
    ("z = 0; for (int i = 0, j = 9; i < j; i++, j--) { i = i + j%2; z += i; } z", "z = 0; i = 0; j = 9; while ", 12.0),
]
JAVASCRIPT: list[tuple[str, str, float]] = [
    ("tier === 'gold' && x > 0 ? a : b", 'a if tier == "gold" and x > 0 else b', 3.0),
    (
        'let u = tier == "iron"\nif (tier != "gold") u = 5\nu',
        'u = tier == "iron"; if not tier == "gold" { u = 5 }; u',
        0.0,
    ),
    ("Math.pow(a, 2)*Math.sin(x)/Math.PI", "a**2*sin(x)/pi", 9 * math.sin(x) / math.pi),
    ("2 ** 3 ** 2 + 1/2", "2**3**2 + 1/2", 512.5),
    ("(-7) % 3", "fmod(-7, 3)", -1.0),
    ("const f = (u, w) => u*w; f(a, b)", "f(u, w) = u*w; f(a, b)", 12.0),
    ("function f(u) { return Math.exp(u) }\nf(0)", "f(u) = exp(u); f(0)", 1.0),
    ("function f(a) { const u = 1-a; return u*u; }", "u = 1 - a; f = u*u", 4.0),
    ("const f = (a) => { const u = 1-a\nlet w = u*u\nw -= b; return w }", "u = 1 - a; w = u*u; w = w - b; f = w", 0.0),
    ("export const f = a => { const f = a*2; return f*f; };", "f_1 = a*2; f = f_1*f_1", 36.0),
    ("export default function f(a) { return a*a }", "f = a*a", 9.0),
    ("const f = function(a) { a = a + 1; return a*a }", "a_1 = a + 1; f = a_1*a_1", 16.0),
    (
        "function f(u) { const w = u*u; return w + 1 }\nfunction g(w) { const u = f(w); return u*w }\ng(a)",
        "f(u) = f_1(u*u); f_1(w) = w + 1; g(w) = g_1(w, f(w)); g_1(w, u) = u*w; g(a)",
        30.0,
    ),
    (
        "function f(u) { const w = u*u; return w + 1 }\nfunction g(a) { const w = f(a); return w*a }",
        "f(u) = f_1(u*u); f_1(w) = w + 1; w_1 = f(a); g = w_1*a",
        30.0,
    ),
    ("let u = 2\nlet w = a*u\nw + 1", "u = 2; w = a*u; w + 1", 7.0),
    ("x === 0.7 ? a : b", "a if x == 0.7 else b", 3.0),
    ("Math.max(a, b, x) + Math.hypot(a, b, 0)", "max(a, b, x) + norm([a, b, 0])", 9.0),
    ("let s = 1; if (x > 0) { let s = 2; s += 1 } s", "s = 1; if x > 0 { s_1 = 2; s_1 = s_1 + 1 }; s", 1.0),
    ("var s = 1; if (x > 0) { var s = 2; } s", "s = 1; if x > 0 { s = 2 }; s", 2.0),
    ("let i = 5; for (let i = 0; i < 2; i++) { } i", "i = 5; for i_1 in 0..2 {  }; i", 5.0),
    ("var i = 5; for (var i = 0; i < 2; i++) { } i", "i = 5; i = 0; while i < 2 { i = i + 1 }; i", 2.0),
    ("z = 0; for (let i = 0; i <= r; i++) { z += i } z", "z = 0; for i in 0..floor(r) + 1 { z = z + i }; z", 1.0),
    ("function f(u) { return w*u }\nlet w = 2; f(a)", "f(u) = w*u; w = 2; f(a)", 6.0),
    ("let w = 2; const f = u => { const w = 3*u; return w*u }\nf(a)*w", "f(u) = f_1(u, 3*u); f_1(u, w) = w*u; ", 54.0),
    ("017 + 1_000 + 0b101 + 0o17", "15 + 1000 + 5 + 15", 1035.0),
    ("(u, a) => a*2", "f = a*2", 6.0),
    ("a => { const w = a*2; return w*w }", "w = a*2; f = w*w", 36.0),
    ("let v = [a, b]; const w = v[1]*2; w + [[x, x], [y, z]][1][1]", "v = [a, b]; w = v[1]*2; w + ", 10.0),
    ("let u = 1, w\nw = 2; u/w", "u = 1; w = 2; u/w", 0.5),
    ("Math.round(-2.5)", "round_(x) = floor(x) + (x - floor(x) >= 0.5); round_(-2.5)", -2.0),
]
MATLAB: list[tuple[str, str, float]] = [
    ("2^3^2", "(2**3)**2", 64.0),
    ("-z^2 + 2^-1", "-z**2 + 2**-1", -3.5),
    ("a.^2 + b.*z - a./b", "a**2 + b*z - a/b", 16.25),
    ("mod(-7, 3) + rem(-7, 3)", "mod(-7, 3) + fmod(-7, 3)", 1.0),
    ("u = [5 -6, 7 - 1]; u(1) + u(end)", "u = [5, -6, 7 - 1]; u[0] + u[-1]", 11.0),
    ("A = [1 2; 3 4]; sum(A*[a; b])", "A = [[1, 2], [3, 4]]; sum(A@reshape([a, b], [2]))", 36.0),
    ("dot(w, w) + dot([a b], w)", "sum(w*w, axis=0) + dot(reshape([a, b], [2]), w)", 16.0),
    ("dot(A, A)*[1; 10]", "sum(A*A, axis=0)@[1, 10]", 210.0),
    # All elements of what may be a matrix, in a column.
    ("sum(A(:)) + mean(A(:)) + max(A(:))", "sum(A) + mean(A) + max(A)", 16.5),
    ("A(:)'*A(:)", "transpose(reshape(transpose(A), [-1]))@reshape(transpose(A), [-1])", 30.0),
    ("u = A(:); u(2) + sum(A(:).^2, 1)", "u = reshape(transpose(A), [-1]); u[1] + sum(reshape(", 33.0),
    ("B = [1 2; 3 4]; var(B(:))", "B = [[1, 2], [3, 4]]; var(B)*size(B)/(size(B) - 1)", 5 / 3),
    ("sum([a b; x 1]*[1; 1])", "sum([[a, b], [x, 1]]@[1, 1])", 8.7),
    ("C = [a b; b a]; C(1, 2) + [a]", "C = reshape([[a, b], [b, a]], [2, 2]); C[0, 1] + a", 7.0),
    ("u = [1; 2; 4]; sum(u(2:3)) + u'*u", "u = [1, 2, 4]; sum(u[1:3]) + transpose(u)@u", 27.0),
    ("f = @(u) u.^2 + 1; f(3) % a comment", "f(u) = u**2 + 1; f(3)", 10.0),
    ("x ~= 2 && ~(y > 0)", "x != 2 and not y > 0", 1.0),
    ("1.5d1 + 2.\\4", "15 + 4/2", 17.0),
    ("sind(30)", "sin(radians(30))", 0.5),
    ("var([1 2 3])", "var_(values) = var(values)*size(values)/(size(values) - 1); var_([1, 2, 3])", 1.0),
    ("sum(sum([1 2; 3 4], 1).*[1 10])", "sum(sum([[1, 2], [3, 4]], axis=0)*[1, 10])", 64.0),
    ("sum(A)*[1; 10]", "sum(A, axis=0)@[1, 10]", 64.0),
    ("max([1 2; 3 0], [], 2)'*[1; 10]", "transpose(max([[1, 2], [3, 0]], axis=1))@[1, 10]", 32.0),
    ("mean([1 2; 3 5])*[1; 10]", "mean([[1, 2], [3, 5]], axis=0)@[1, 10]", 37.0),
    ("u = cumsum([1 2; 3 4]); u(2, 1)", "u = cumsum([[1, 2], [3, 4]], axis=0); u[1, 0]", 4.0),
    ("size([1 2 3; 4 5 6], 1)", "size([[1, 2, 3], [4, 5, 6]], 0)", 2.0),
    (
        "u = [1 2 3]; size(u, 1) + size(u', 1) + length([1 2 3; 4 5 6])",
        "u = [1, 2, 3]; 1 + size(transpose(u)) + max(",
        7.0,
    ),
    ("sum(sum(ones(3) + zeros(3)))", "sum(sum(ones([3, 3]) + zeros([3, 3]), axis=0))", 9.0),
    ("std([1 2; 3 4])*[1; 0]", "std_columns(x) = ", math.sqrt(2)),
    ("var([1 2 3], 1)", "var([1, 2, 3])", 2 / 3),
    ("any([0 1; 0 0])*[10; 1]", "any([[0, 1], [0, 0]], axis=0)@[10, 1]", 1.0),
    ("B = [1 2; 3 4]; C = inv(B)*B; C(1, 1) + C(1, 2)", "B = [[1, 2], [3, 4]]; C = inv(B)@B; C[0, 0] + C[0, 1]", 1.0),
    (
        "u = [1 2 3]; v = u'*u; v(3, 2) + u*u'",
        "u = [1, 2, 3]; v = outer(transpose(u), u); v[2, 1] + u@transpose(u)",
        20.0,
    ),
    ("B = [1 2; 3 4]; B(2, :)*B(:, 1)", "B = [[1, 2], [3, 4]]; B[1, :]@B[:, 0]", 15.0),
    ("u = [1 2 3 4]; u(end-1) + sum(u(2:end-1))", "u = [1, 2, 3, 4]; u[-2] + sum(u[1:-1])", 8.0),
    ("mod(5, 0) + mod(5, z)", "5 + (mod(5, z) if z else 5)", 6.0),
    ("norm([3 -4], 1) + norm([3 -4], Inf)", "sum(abs([3, -4])) + max(abs([3, -4]))", 11.0),
    ("asind(0.5) + atand(1)", "degrees(asin(0.5)) + degrees(atan(1))", 75.0),
    ("2\\4", "4/2", 2.0),
    ("u = [(1) 2]; f = @(u) u^2 + u*u; f(3) + numel(u)", "f(u) = u**2 + u*u; u = [1, 2]; f(3) + size(u)", 20.0),
    ("k = 2; f = @(u) k*u; f(3)", "f(u) = k*u; k = 2; f(3)", 6.0),
]
MATHEMATICA: list[tuple[str, str, float]] = [
    ("Sin[x]^2 + 2 x a", "sin(x)**2 + 2*x*a", math.sin(x) ** 2 + 4.2),
    ("a/b z", "a/b*z", 1.5),
    ("2^3^2 - a^2", "2**3**2 - a**2", 503.0),
    ("E^x + Log[2, 8] + ArcTan[1, 0]", "exp(x) + log(8, 2) + atan2(0, 1)", math.exp(x) + 3),
    ("Piecewise[{{a, x > 1}, {b, x > 0}}]", "a if x > 1 else b if x > 0 else 0", 4.0),
    ("D[z^3 a, z] + D[z^3, {z, 2}]", "diff(z**3*a, z) + diff(z**3, z, z)", 48.0),
    ("f[u_] := u^2; f[3]", "f(u) = u**2; f(3)", 9.0),
    ("Sum[i^2 a, {i, 3}]", "1**2*a + 2**2*a + 3**2*a", 42.0),
    ("{1, 2}.{3, a} + {5, 6}[[2]]", "[1, 2]@[3, a] + [5, 6][1]", 15.0),
    ("1.5*^1 + 3!", "15 + factorial(3)", 21.0),
    ("If[0 < x < 1 && !(y > 0), a, b] (* a comment *)", "a if 0 < x < 1 and not y > 0 else b", 3.0),
    ("Sinc[x]", "sinc(x/pi)", math.sin(x) / x),
    ("\\[CapitalOmega]^2 - \\[Omega]^2", "Omega**2 - omega**2", 5.0),
    ("\\[CapitalPi] + \\[CapitalGamma]", "CapitalPi + CapitalGamma", 13.0),
    ("2 \\[Pi] r - 2 π r", "2*pi*r - 2*pi*r", 0.0),
    ("Max[{1, 2}, {{5}, 3}] - Min[{a}, x]", "max(1, max(2, max(5, 3))) - min(a, x)", 4.3),
    ("Total[{{1, 2}, {3, 4}}].{1, 10}", "sum([[1, 2], [3, 4]], axis=0)@[1, 10]", 64.0),
    (
        "Mean[{{1, 2}, {3, 4}}].{1, 10} + Total[{1, 2}]",
        "mean([[1, 2], [3, 4]], axis=0)@[1, 10] + sum([1, 2], axis=0)",
        35.0,
    ),
    ("Variance[{{1, 2}, {3, 6}}].{1, 10}", "Variance(x) = ", 82.0),
    ("EulerGamma + Catalan", "-digamma(1) + (polygamma(1, 1/4) - pi**2)/8", 0.5772156649015329 + 0.915965594177219),
    ("Piecewise[{{a, x > 1}, {b, True}}]", "a if x > 1 else b", 4.0),
    ("Sin@Sqrt@x^2 + 1 // Log", "log(sin(sqrt(x))**2 + 1)", math.log(math.sin(math.sqrt(x)) ** 2 + 1)),
    ("Max[a, b, x] + Mod[-7, 3]", "max(a, max(b, x)) + -7%3", 6.0),
    ("u = 2\nu^2", "u = 2; u**2", 4.0),
]
# The notation, the text, and its results: names of functions and blocks are none.
RESULTS: list[tuple[str, str, tuple[str, ...]]] = [
    ("python", "def f(s):\n    i = 0\n    while i < 3:\n        s = s*2\n        i += 1\n    return s", ("f",)),
    ("python", "k = 2\ndef f(x):\n    return x", ("f",)),
    ("python", "u = a*2\nw = a*3\nreturn w", ("w",)),
    ("python", "u = a*2\nw = a*3", ("u", "w")),
    ("c", "double s = a; if (a > 0) { double s = 2; s += 1; } s", ("s",)),
    ("c", "z = 0; for (int i = 10; i > 0; i -= 3) z += i*a; z", ("z",)),
    ("c", "double w = a; for (int i = 9; i > 0; i -= 3) { double k = i; w += k; }", ("w",)),
    ("c", "double q = 2*a; double p = 3*a; { double s = 1; s += q; } return q + a;", ("c",)),
    ("c", "double q; { double s = a; s += 1; q = 2; } { double q = s; }", ("q",)),
    ("javascript", "let z = 0; for (let i = 10; i > 0; i -= 3) { z += i*a } return z", ("z",)),
    ("javascript", "function f(n) { let s = 0; while (n > 0) { n = n - 1; s += 2 } return s }", ("f",)),
]
TABLES = {
    "latex": LATEX,
    "spreadsheet": SPREADSHEET,
    "python": PYTHON,
    "c": C,
    "javascript": JAVASCRIPT,
    "matlab": MATLAB,
    "mathematica": MATHEMATICA,
}


def _rows() -> Iterator[Any]:
    for notation, table in TABLES.items():
        for text, translation, value in table:
            yield pytest.param(notation, text, translation, value, id=f"{notation}-{text}")


ROWS = list(_rows())


@pytest.mark.parametrize(("notation", "text", "translation", "value"), ROWS)
def test_what_is_pasted_has_the_value_that_it_has_there(
    notation: str, text: str, translation: str, value: float
) -> None:
    f = exprgrad.compile(text, notation=notation, max_order=0)
    assert f.text == translation or (translation.endswith(("= ", " ", "(")) and f.text.startswith(translation))
    assert f.run({name: VALUES[name] for name in f.inputs}).outcomes[-1].value == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(("notation", "text", "translation", "value"), ROWS)
def test_a_translation_is_printed_as_it_is_read(notation: str, text: str, translation: str, value: float) -> None:
    found = exprgrad.compile(text, notation=notation).text
    assert formula.program(parse(found)) == found


@pytest.mark.parametrize(("notation", "text", "results"), RESULTS)
def test_the_results_are_those_of_the_text(notation: str, text: str, results: tuple[str, ...]) -> None:
    f = exprgrad.compile(text, notation=notation)
    assert f.results == results
    (*_, last) = exprgrad.compile(text, notation=notation, fetch_names=[f.inputs[0]]).results
    assert last == f.inputs[0]  # what is asked for is what there is
