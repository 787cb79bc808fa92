"""Acting on devices from afar: asked for by one person, agreed to by another where it is dangerous, and maintenance."""
