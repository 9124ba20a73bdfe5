"""Numbers without graphs: the kinds of number, special functions, read-only arrays."""
