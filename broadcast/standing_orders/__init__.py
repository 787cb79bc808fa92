"""Standing orders: alerts that two people agreed to beforehand, fired by a matching warning without a hand."""
