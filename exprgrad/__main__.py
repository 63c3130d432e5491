"""`python -m exprgrad` is the command."""

from exprgrad.cli import main

main()
