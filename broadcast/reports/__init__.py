"""Reports: the days of a span, the counting rules, and the figures of places put together."""
