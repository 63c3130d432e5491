"""Roots and minima of programs: functions of one vector as SciPy takes them, and what it finds, to the last digit.

SciPy searches, in doubles. What it finds is then finished by Newton's steps of our own, so that the digits that are
printed depend neither on the way there nor on the machine.
"""
