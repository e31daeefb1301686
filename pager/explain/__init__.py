"""Why somebody is paged, and why somebody is not: for any moment, in sentences.

Pure: what is set up comes as data, and so does what has happened. What has not happened is
rehearsed (`pager.simulation.rehearsal`), so an explanation follows every rule that Pager has.
"""
