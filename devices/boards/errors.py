"""Errors in the content of a board.

BoardError
└── NoPictureError        fatal: other bytes are needed
"""


class BoardError(Exception):
    """Common parent."""


class NoPictureError(BoardError):
    """These bytes are no PNG, or a picture larger than any board."""
