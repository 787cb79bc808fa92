"""Device host: everything around the core of a simulated device in real time, and fleets of them."""
