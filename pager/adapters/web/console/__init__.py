"""The pages for people who have an account."""
