"""CAP 1.2: what a message has to be, what it may lead to, and who is meant. No XML here: see ``cms.exchange.cap``.

::

    bytes ── cms.exchange.cap.reading ──► Node ── building ──► CapMessage ── rules ──► findings ── judging ──► Judgement

Nothing here raises: whatever is wrong is a :class:`broadcast.cap.findings.Finding`, all of them at once, each with a
stable code. ``docs/cap.md`` lists the codes.
"""
