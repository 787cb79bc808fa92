"""Domain model: frozen data classes, with no behaviour that needs anything else."""
