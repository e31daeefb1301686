"""The pages about who is on call."""
