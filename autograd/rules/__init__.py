"""What an op is, how the text of its rule becomes a function, and the registry of ops."""
