"""What people and programs read of it: status, incidents, journal, *Now*, gauges."""
