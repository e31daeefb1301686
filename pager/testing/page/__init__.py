"""What the pages of scenarios and their results are made of: style, tables, steps."""
