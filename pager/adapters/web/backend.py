"""What the web server needs of the rest of Pager."""

from collections.abc import Sequence
from typing import NamedTuple, get_args

from pager.adapters.channels.acknowledge_links import AcknowledgeLinks
from pager.adapters.channels.code_sender import CodeSender
from pager.adapters.channels.sms.status_callbacks import StatusCallbacks
from pager.adapters.channels.test_page_sender import TestPageSender
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.pools import Pools
from pager.adapters.runtime.verification.nightly import Nightly
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports.directory import KnownDirectory
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.adapters.store.views.channels_of_policies import PageChannel


class Backend(NamedTuple):
    """The parts of a running server that requests are passed on to."""

    database: Database
    inbox: Inbox
    metrics: Metrics
    test_pages: TestPageSender
    codes: CodeSender
    pools: Pools
    links: AcknowledgeLinks
    """They have the public URL, too."""
    directory: KnownDirectory
    """Who can be on call, as it was read last, by whichever request."""
    status_callbacks: StatusCallbacks | None = None
    """What Twilio is given for its delivery reports; None where it cannot call this server."""
    unset_channels: Sequence[PageChannel] = ()
    """Those that are not set up: their pages are only shown on Pager's terminal."""
    mail_in_domain: str | None = None
    """The domain of the addresses of integrations; None where the operator has set none."""
    nightly: Nightly | None = None
    """The nightly verification; None: there is none."""

    @property
    def policies(self) -> SqlEscalationPolicies:
        """The Escalation Policies of services."""
        return SqlEscalationPolicies(self.database, known=self.directory)

    @property
    def set_up(self) -> Sequence[PageChannel]:
        """The channels through which pages are sent."""
        return [channel for channel in get_args(PageChannel) if channel not in self.unset_channels]

    @property
    def public_url(self) -> str:
        """The URL under which people see the server."""
        return self.links.public_url

    @property
    def is_https(self) -> bool:
        """Whether people reach the server by https, and by nothing else."""
        return self.public_url.startswith("https:")
