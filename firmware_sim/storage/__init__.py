"""Storage of a simulated device: flash, firmware images and their slots, and failures of the flash."""
