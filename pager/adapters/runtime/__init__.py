"""What runs: the inbox that receives messages, and the workers that carry out the effects."""
