"""Who sends what, to which node, and to which one next if there is no answer."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import cycle, islice
from typing import Literal

from nemesis.client import NO_ANSWER, Client, Request
from nemesis.node import Node
from pager.messages import Acknowledgement, Alert, HealthyEvent, Resolve
from pager.model import EmailTarget, EscalationPolicy, Level

SERVICES = 40
SENDERS = 8
TRIES = 8

Deed = Literal[
    "Alert",
    "Alert, several at once",
    "Acknowledgement",
    "Acknowledgement of an older incident",
    "Healthy event",
    "Healthy event of an incident",
    "resolve",
    "look",
    "policy edit",
]

OFTEN: dict[Deed, int] = {
    "Alert": 30,
    "Alert, several at once": 10,
    "Acknowledgement": 14,
    "Acknowledgement of an older incident": 4,
    "Healthy event": 5,
    "Healthy event of an incident": 10,
    "resolve": 12,
    "look": 15,
    "policy edit": 4,
}


KEYS = (None, "disk", "tls")
"""The dedup keys of the troubles of a service: few, so that resolves often find one open."""


class Storm:
    """Senders on threads of their own, in front of all nodes."""

    def __init__(self, seed: int, nodes: Sequence[Node], client: Client) -> None:
        """What each sender does follows from the seed, and from what `client` is answered."""
        self._seed = seed
        self._nodes = nodes
        self._services = [f"service-{number:02}" for number in range(SERVICES)]
        self._client = client
        self.outcomes: list[tuple[Deed, str]] = []

    def run(self, stop: threading.Event) -> None:
        """Let all senders do as they like until `stop` is set."""
        with (
            ThreadPoolExecutor(2 * SENDERS) as self._hands,
            ThreadPoolExecutor(SENDERS) as senders,
        ):
            list(senders.map(lambda number: self._act(number, stop), range(SENDERS)))

    def put_policies(self) -> None:
        """Give every service its first policy. Nothing is wrong yet."""
        chance = random.Random(f"{self._seed}/policies")
        for service_id in self._services:
            outcome = self._client.edit(self._nodes[0], some_policy(service_id, chance))
            assert outcome == "changed", outcome

    def _act(self, number: int, stop: threading.Event) -> None:
        chance = random.Random(f"{self._seed}/sender-{number}")
        for done in range(10**9):
            if stop.wait(chance.expovariate(15)):
                return
            [deed] = chance.choices(list(OFTEN), list(OFTEN.values()))
            # Some services get more requests than others: there, many senders act at the same time.
            service_id = self._services[int(SERVICES * chance.random() ** 2)]
            self._do(deed, service_id, f"{number}/{done}", chance)

    def _do(self, deed: Deed, service_id: str, name: str, chance: random.Random) -> None:
        order = chance.sample(self._nodes, len(self._nodes))
        incident = self._client.last_incident(service_id)
        key = chance.choice(KEYS)
        alert = Alert(service_id=service_id, message=f"Alert {name}", dedup_key=key)
        match deed:
            case "look":
                self._try(deed, order, lambda node: self._client.ask(node, service_id, None))
            case "policy edit":
                policy = some_policy(service_id, chance)
                self._try(deed, order, lambda node: self._client.edit(node, policy))
            case "Alert, several at once":
                orders = [order[n:] + order[:n] for n in range(len(order))]
                list(self._hands.map(lambda order: self._send(deed, order, alert), orders))
            case "Alert":
                self._send(deed, order, alert)
            case "resolve":
                self._send(deed, order, Resolve(service_id=service_id, dedup_key=key))
            case "Healthy event":
                self._send(deed, order, HealthyEvent(service_id=service_id))
            case "Healthy event of an incident" if incident:
                self._send(deed, order, HealthyEvent(service_id=service_id, incident=incident))
            case "Acknowledgement" if incident:
                who = f"Responder {name}"
                message = Acknowledgement(service_id=service_id, incident=incident, by=who)
                self._send(deed, order, message)
            case "Acknowledgement of an older incident" if incident > 1:
                who, older = f"Responder {name}", chance.randint(1, incident - 1)
                message = Acknowledgement(service_id=service_id, incident=older, by=who)
                self._send(deed, order, message)
            case _:
                pass  # it knows of no such incident yet

    def _send(self, deed: Deed, order: Sequence[Node], request: Request) -> None:
        self._try(deed, order, lambda node: self._client.ask(node, request.service_id, request))

    def _try(self, deed: Deed, order: Sequence[Node], ask: Callable[[Node], str]) -> None:
        """Ask one node after the other until one answers. The first may have done it as well."""
        for node in islice(cycle(order), TRIES):
            outcome = ask(node)
            self.outcomes.append((deed, outcome))
            if outcome not in NO_ANSWER:
                return
            time.sleep(0.1)


def some_policy(service_id: str, chance: random.Random) -> EscalationPolicy:
    """Two or three Levels of one or two Targets each, who are in a hurry."""
    people = chance.sample(["ada", "grace", "edsger", "barbara", "donald", "alan"], 6)
    return EscalationPolicy(
        service_id=service_id,
        levels=tuple(
            Level(
                targets=tuple(
                    EmailTarget(address=f"{people.pop()}@example.com")
                    for _ in range(chance.randint(1, 2))
                ),
                acknowledgement_delay=timedelta(seconds=chance.randint(1, 3)),
            )
            for _ in range(chance.randint(2, 3))
        ),
    )
