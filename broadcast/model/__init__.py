"""The nouns of the rules: frozen, with no behaviour that needs anything else."""
