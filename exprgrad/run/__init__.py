"""What executes a program: the interpreter, in any arithmetic, and the engines for rows."""
