"""A function over columns: each row is one evaluation; what is compiled for it, and which engine runs that."""
