"""The page of all settings: `PYTHONPATH=tests python -m settings_page` writes docs/settings.md."""

from pathlib import Path

from pager.settings import SettingDescription, describe

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"

INTRODUCTION = """\
# Settings

`pager serve` starts without any setting. Each setting is an environment variable, or a line of a
TOML file: there its name is in lower case and without `PAGER_`. Pager reads `pager.toml` in the
working directory if it is there, or the file of `--config`. The environment goes before the file.
With `_FILE` behind its name (`PAGER_API_KEY_FILE=/run/secrets/key`, or `api_key_file`) a setting is
read from a file of its own, such as a Docker secret. A variable that is empty is not set.

```toml
listen = "0.0.0.0:8080"
public_url = "https://pager.example.com"
mail_relays = 16
```

A wrong setting, or a name that is nearly one, stops the start with a sentence that names it. Any
other variable that begins with `PAGER_` is ignored with a warning, or without one where Kubernetes
sets it beside a Service called `pager`. A duration is written `90 days`, `2 min`, or in ISO 8601:
`P90D`.
`pager serve --help` says the same as this page. `pager journal`, `audit`, `rehearse` and `invite`
read the same settings.

| setting | what it is for | expected | default |
| --- | --- | --- | --- |
"""

FOOTER = """
This page is generated from [`pager/settings.py`](../pager/settings.py):
`PYTHONPATH=tests .venv/bin/python -m settings_page`.
"""


def page() -> str:
    """The page as it should be."""
    return INTRODUCTION + "".join(map(_row, describe())) + FOOTER


def _row(setting: SettingDescription) -> str:
    default = "" if setting.default is None else f"`{setting.default}`"
    description = setting.description.replace("<", "&lt;").replace("|", "\\|")
    return f"| `{setting.name}` | {description} | {setting.kind} | {default} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
