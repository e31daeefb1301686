"""What people call the device of a session: "Firefox on Android"."""

BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "Chrome/": "Chrome",
    "CriOS/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Macintosh": "Mac",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}
"""By what their User-Agent has. Most claim to be others as well: the first one found counts."""


def device_in_words(user_agent: str) -> str:
    """The browser and the system; the `user_agent` itself where either is not known."""
    browser, system = (
        next((name for mark, name in known.items() if mark in user_agent), None)
        for known in (BROWSERS, SYSTEMS)
    )
    if browser is None or system is None:
        return user_agent or "unknown device"
    return f"{browser} on {system}"
