"""What the rooms of nn share: checks of arguments, coercion, tables of text."""
