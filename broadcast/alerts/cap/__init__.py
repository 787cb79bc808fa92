"""CAP 1.2: validation of a message, the draft it may lead to, and its audience. No XML here: see ``cms.exchange.cap``.

::

    bytes ── cms.exchange.cap.reader ──► Node ── parser ──► CapMessage ── rules ──► findings ── verdict ──► Judgement

Nothing here raises: every error is a :class:`broadcast.alerts.cap.findings.Finding`, all of them at once, each with a
stable code. ``docs/cap.md`` lists the codes.
"""
