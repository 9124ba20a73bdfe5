"""The living page: the rule book in JavaScript, and a machine that computes with it in a page."""
