"""What monitors send in their own protocols: one file a protocol, in front of the same inbox."""
