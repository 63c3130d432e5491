"""The prompt: a program that grows line by line.

What a line means is a session's, without a terminal; the terminal edits lines and shows what there is to say to them.
"""
