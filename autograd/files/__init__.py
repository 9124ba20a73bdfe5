"""Atomic writing of files: a file is written whole or not at all."""
