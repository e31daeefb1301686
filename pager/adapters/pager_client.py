"""A client of Pager's own API: for commands that work on a running server."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple, Self, TypeVar
from urllib.parse import quote, urlencode

import httpx2
from pydantic import BaseModel, TypeAdapter, ValidationError

from pager.adapters.configuration.documents import DOCUMENT, ConfigurationDocument, read
from pager.adapters.configuration.plans import Applied, Plan
from pager.adapters.text import one_line
from pager.adapters.urls import is_private_base
from pager.adapters.validation import FieldError
from pager.configuration.configuration import Configuration
from pager.errors import PagerError
from pager.explain.replay import PastIncident
from pager.explain.values import Explanation

ANSWERED_WITHIN = 60.0
"""Seconds. A large configuration takes some of them."""

MOST_PLANS = 3
"""How often it is planned, while somebody edits the server."""

LONGEST_TOLD = 300
"""Characters of an answer that is no problem of Pager's: of a proxy, for one."""

T = TypeVar("T")


class ServerRefused(PagerError):
    """{reason}"""

    def __init__(self, reason: str) -> None:
        """`reason` is a sentence, or some, for a person."""
        super().__init__(reason=reason)


class EditedMeanwhile(ServerRefused):
    """{reason}"""


class _Problem(BaseModel):
    """As much of Pager's problem details as is told."""

    detail: str
    errors: tuple[FieldError, ...] = ()

    @property
    def in_words(self) -> str:
        if not self.errors:
            return self.detail
        lines = (f"  {error.field}: {error.message}" for error in self.errors)
        return "\n".join(["Nothing was changed, because something is wrong:", *lines])


class Planned(NamedTuple):
    """A plan, and what it was made of."""

    plan: Plan
    version: str
    """The ETag: an application with it changes what is planned, and nothing else."""


class PagerClient:
    """Asks a server. Use it with `with`.

    Every method raises ServerRefused, with a sentence, where there is no good answer.
    """

    def __init__(
        self, url: str, api_key: str | None, transport: httpx2.BaseTransport | None = None
    ) -> None:
        """`url` is the public URL of the server; without a key it has to ask for none.

        Raises ServerRefused for a URL to which a key would go unencrypted. A redirect is not
        followed: the key is for this server.
        """
        if api_key is not None and not is_private_base(url):
            raise ServerRefused(
                "The server's URL must look like https://pager.example.com: https (http only to "
                "this machine itself), a host, and no user name or query. The API key would not be "
                "secret otherwise."
            )
        headers = {"Authorization": f"Bearer {api_key}"} if api_key is not None else {}
        self._url = url.rstrip("/")
        self._has_key = api_key is not None
        self._http = httpx2.Client(headers=headers, timeout=ANSWERED_WITHIN, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def configuration(self) -> Configuration:
        """Everything that people have set up on the server, the overrides of schedules, too."""
        document = _read(DOCUMENT, self._ask("GET", "/configuration?overrides=true"))
        return read(document)

    def explanation(self, service_id: str, asked: Mapping[str, str]) -> Explanation:
        """Why somebody was paged about the service, or would be; `asked` is the query."""
        path = f"/escalation-policies/{quote(service_id, safe='')}/explanation?{urlencode(asked)}"
        return _read(TypeAdapter(Explanation), self._ask("GET", path))

    def past_incidents(self, since: datetime) -> Iterator[PastIncident]:
        """The incidents that began at `since` or later, as they really were: the newest first."""
        page: str | None = f"?{urlencode({'since': since.isoformat()})}"
        while page is not None:
            answer = self._ask("GET", f"/past-incidents{page}")
            yield from _read(TypeAdapter(list[PastIncident]), answer)
            page = answer.links.get("next", {}).get("url")

    def plan(self, document: ConfigurationDocument) -> Planned:
        """What the document would change there."""
        answer = self._ask("POST", "/configuration/plan", document)
        return Planned(_read(TypeAdapter(Plan), answer), answer.headers.get("etag", ""))

    def apply(self, document: ConfigurationDocument, planned: Planned) -> Applied:
        """Do what was planned, and nothing else.

        Where somebody has edited the server since, it is planned again: what changes nothing of the
        plan, such as an override that somebody has taken, is in nobody's way.

        Raises EditedMeanwhile where the plan is another one.
        """
        for _ in range(MOST_PLANS - 1):
            try:
                return self._apply(document, planned.version)
            except EditedMeanwhile:
                again = self.plan(document)
                if again.plan.changes != planned.plan.changes:
                    raise
                planned = again
        return self._apply(document, planned.version)

    def _apply(self, document: ConfigurationDocument, version: str) -> Applied:
        answer = self._ask("PUT", "/configuration", document, {"If-Match": version})
        return _read(TypeAdapter(Applied), answer)

    def _ask(
        self,
        method: str,
        path: str,
        document: ConfigurationDocument | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        content = None if document is None else document.model_dump_json()
        sent = {"Content-Type": "application/json", **(headers or {})}
        try:
            answer = self._http.request(method, self._url + path, content=content, headers=sent)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            reason = one_line(str(error)) or type(error).__name__
            raise ServerRefused(f"Pager cannot be reached at {self._url}: {reason}.") from error
        if answer.is_success:
            return answer
        raise self._refusal(answer)

    def _refusal(self, answer: httpx2.Response) -> ServerRefused:
        try:
            told = _Problem.model_validate_json(answer.content).in_words
        except ValidationError:
            text = one_line(answer.text)[:LONGEST_TOLD]
            told = f"{self._url} answered {answer.status_code}, and not as Pager does: {text}"
        if answer.status_code == HTTPStatus.PRECONDITION_FAILED:
            return EditedMeanwhile(told)
        if answer.status_code == HTTPStatus.UNAUTHORIZED and not self._has_key:
            told = "Pager asks for an API key: set PAGER_API_KEY in the environment."
        return ServerRefused(told)


def _read(adapter: TypeAdapter[T], answer: httpx2.Response) -> T:
    try:
        return adapter.validate_json(answer.content)
    except ValidationError as error:
        raise ServerRefused(
            "The server's answer cannot be read: it may be of another version of Pager."
        ) from error
