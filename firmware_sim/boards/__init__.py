"""Electronic boards: screen of a simulated board, and the bytes for the controller of a real one."""
