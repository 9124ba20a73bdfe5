"""Helpers that several parts of nn use: checks of arguments, coercion, tables of text."""
