"""What `pager verify` does: runs a team's scenarios and properties, and tells what came of them."""
