"""What Pager costs and how fast it is, beside the ceiling and other pagers: `python -m benchmarks`.

Nothing here runs in CI: times of a shared machine say nothing.
"""
