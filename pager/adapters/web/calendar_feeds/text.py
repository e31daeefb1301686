"""A calendar feed as iCalendar (RFC 5545)."""

from datetime import timedelta
from urllib.parse import quote

from icalendar import Calendar, Event, vDuration, vText

from pager.adapters.web.calendar_feeds.events import Feed, FeedEvent

MEDIA_TYPE = "text/calendar; charset=utf-8"
REFRESH = timedelta(hours=1)
"""How often a calendar program should read a feed. Some have times of their own."""


def in_icalendar(feed: Feed, public_url: str) -> bytes:
    """The feed as a calendar program reads it; its events have links below `public_url`."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Pager//On call//EN")
    calendar.add("method", "PUBLISH")
    # The library escapes only what it knows to be text.
    calendar.add("x-wr-calname", vText(feed.title))
    calendar.add("refresh-interval", vDuration(REFRESH), {"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    for event in feed.events:
        calendar.add_component(_event(event, public_url))
    text: bytes = calendar.to_ical(sorted=False)
    return text


def _event(event: FeedEvent, public_url: str) -> Event:
    name = event.schedule.schedule.name
    written = Event()
    written.add("uid", event.uid)
    # Of the edit, and not of now: a feed that says the same is the same.
    written.add("dtstamp", event.schedule.edited_at.replace(microsecond=0))
    written.add("sequence", event.schedule.version)
    written.add("dtstart", event.starts_at)
    written.add("dtend", event.ends_at)
    written.add("summary", event.summary)
    written.add("url", f"{public_url}/console/schedules/{quote(name, safe='')}")
    # Somebody who is on call has time for other things.
    written.add("transp", "TRANSPARENT")
    return written
