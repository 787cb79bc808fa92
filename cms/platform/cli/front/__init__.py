"""Front: the nginx before the web processes, and the processes behind it."""
