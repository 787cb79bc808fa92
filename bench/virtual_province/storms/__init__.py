"""Storms of orders in virtual time: what every device ends up with, compared with an oracle of the rules."""
