"""Correctly rounded operations for several rows at once: the arithmetic of `numbers/rounded.py` in doubles alone.

A function is evaluated as a pair of doubles with a bound on its error. Where both ends of what that leaves open round
to one double, this is the nearest one; the other lanes are open, and MPFR computes them there. Rows in which a number
leaves the range of doubles are left over. All of it is written against `w`, a `LanesWriter`, whose values have Python's
operators (see `numbers/pairs/arithmetic.py` for what else functions of pairs ask of it).
"""
