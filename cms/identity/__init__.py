"""Who a device is: registered, claimed at its pole, given certificates, shut off, moved, retired."""
