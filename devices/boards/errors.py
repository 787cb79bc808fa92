"""What can be wrong with what a board is to show.

BoardError
└── NoPictureError        fatal: other bytes are needed
"""

from __future__ import annotations


class BoardError(Exception):
    """Common parent."""


class NoPictureError(BoardError):
    """These bytes are no PNG, or a picture larger than any board."""
