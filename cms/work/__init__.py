"""Work on devices: tickets are opened, taken, tried, and closed; the server marks what is over by itself."""
