"""Remote commands: asked for by one person, agreed to by another if dangerous; and maintenance windows."""
