"""Correctly rounded operations for several rows at once: the arithmetic of `numbers/rounded.py` in doubles alone.

A function is evaluated as a pair of doubles with a bound on its error. Where both ends of what that leaves open round
to one double, this is the nearest one; the other lanes are left over, and are computed by MPFR. All of it is written
against `w`, what writes machine code or computes with numpy's arrays, whose values have Python's operators (see
`numbers/pairs/arithmetic.py` for what else it has).
"""
