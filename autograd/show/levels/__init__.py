"""Levels: a graph as a tree of pictures that a person can read, instead of one that is too big.

A level shows at most some 48 boxes. A box that stands for many nodes is opened as a level of its
own. ``homes`` says which region each node lives in; ``parts`` splits a level's nodes into boxes;
``cutting`` makes fewer of them; ``ports`` says what comes in and goes out; ``level_tree`` puts it
together, level by level, as they are asked for.
"""
