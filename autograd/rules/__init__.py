"""Ops and their rules: the record of an op, the text of a rule made a function, the registry."""
