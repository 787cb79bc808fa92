"""Nodes: XML elements as plain values, from the reader."""

from __future__ import annotations

from typing import NamedTuple


class XmlNode(NamedTuple):
    """``name`` is the local name within the CAP 1.2 namespace, ``{namespace}local`` outside it.

    ``text`` is all character data directly inside, comments and instructions cut out and nothing stripped. Elements of
    other namespaces come without children.
    """

    name: str
    text: str
    kids: list[XmlNode]
