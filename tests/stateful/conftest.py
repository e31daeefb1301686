"""How much Hypothesis tries: the same on every run, or `--hypothesis-profile=long`."""

from hypothesis import settings

# Without a deadline: a slow machine must not make a test fail.
settings.register_profile(
    "fixed",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=150,
    stateful_step_count=100,
)
settings.register_profile("long", deadline=None, max_examples=2_000, stateful_step_count=500)
settings.load_profile("fixed")
