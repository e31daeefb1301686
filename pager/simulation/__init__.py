"""Pager in memory: every port, and a clock moved by hand."""
