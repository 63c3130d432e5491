"""Digits that are proven: a program in enclosures, at a precision at which every digit that is shown is certain."""
