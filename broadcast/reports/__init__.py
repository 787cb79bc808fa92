"""What a report says: which days a span has, what counts, and how figures of places are put together."""
