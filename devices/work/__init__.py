"""Work on devices: tickets, from whom they come, who has them, and what has to be tried at the pole."""
