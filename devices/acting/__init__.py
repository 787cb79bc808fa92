"""Acting on devices from afar: which commands there are, what becomes of one, and when nobody is to be told of it."""
