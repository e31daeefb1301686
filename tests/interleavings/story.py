"""A schedule, told: a line for each call, in words, and how to see it again."""

from collections.abc import Sequence

from interleavings.actors import Code, Role, Work, is_message
from interleavings.checks import Violation, service_in
from interleavings.explore import LETTERS, Exploration, World
from interleavings.ports import Call, Outrun
from interleavings.scenes import Scene, opening
from pager.decide import Decision
from pager.messages import AcknowledgementTimeout, Notification
from pager.model import EscalationPolicy
from pager.ports import Claim, Outcome, Stored
from pager.words import decision_in_words, effect_in_words, message_in_words, service_in_words


class Story(Exploration):
    """One schedule of a scene, as far as it goes before a check is violated."""

    def __init__(self, scene: str, schedule: str, code: Code | None = None) -> None:
        """Let `schedule` happen in the scene of that name."""
        code = code or Code()
        opened = opening(Scene.named(scene), code)
        assert opened is not None, f"there is no {scene}"
        super().__init__(opened, code)
        self.violation: Violation | None = None
        self.last = self.first
        self._replay = f'Story("{scene}", "{schedule}")'
        self._names: Sequence[str] = LETTERS
        self._lines = [
            f"checkout-api is {service_in_words(service_in(self.first.store))}",
            *(
                f"{letter} is {role_in_words(role)}"
                for letter, role in zip(LETTERS, self.roles, strict=False)
            ),
            "",
        ]
        try:
            self._let_happen(schedule)
        except Violation as violation:
            self.violation = violation

    def __str__(self) -> str:
        """For a reader."""
        violation = [f"{self.violation.check}: {self.violation.why}"] if self.violation else []
        return "\n".join([*self._lines, "", *violation, f"See it again: {self._replay}"])

    def _let_happen(self, schedule: str) -> None:
        """Follow the schedule; after its end let each actor that is left finish, one by one."""
        world = self.first
        for letter in schedule.rstrip("+"):
            if letter.islower() or world.actors[LETTERS.index(letter)].call is not None:
                world = self.go(world, letter)
        while choices := list(self.choices(world)):
            world = self.go(world, choices[0])
        self._lines.append("Time passes; whatever died is started again.")
        self.last = self.finish(world, "+" if schedule.endswith("+") else "")

    def _call(self, world: World, number: int) -> World:
        actor = world.actors[number]
        assert actor.call is not None
        answer = actor.step(world.store).answer
        self._tell(number, call_in_words(actor.call, answer))
        return super()._call(world, number)

    def _die(self, world: World, number: int) -> World:
        self._tell(number, "dies")
        return super()._die(world, number)

    def _alone(self, world: World, role: Role) -> World:
        self._names = ["a new relay" if role is Work.RELAY else f"{role_in_words(role)}, again"]
        return super()._alone(world, role)

    def _tell(self, number: int, what: str) -> None:
        self._lines.append(f"{self._names[number]}: {what}")


def role_in_words(role: Role) -> str:
    """Who an actor is."""
    if is_message(role):
        return message_in_words(role)
    if isinstance(role, EscalationPolicy):
        return f"the policy edit to {policy_in_words(role)}"
    if isinstance(role, Work):
        return role.value
    return "the removal of the policy"


def policy_in_words(policy: EscalationPolicy | None) -> str:
    """Who is notified, Level after Level."""
    if policy is None:
        return "no policy"
    return ", then ".join(
        " and ".join(target.key for target in level.targets) for level in policy.levels
    )


def call_in_words(call: Call, answer: object) -> str:  # noqa: PLR0911 - a case for each call
    """What was asked of a port, and what it answered."""
    match call.method, call.arguments, answer:
        case "load", _, Stored():
            return f"loads {service_in_words(answer.service)}, version {answer.version}"
        case "of", _, EscalationPolicy() | None:
            return f"reads {policy_in_words(answer)}"
        case "save", (decision, version), _ if isinstance(decision, Decision):
            result = "somebody was faster" if isinstance(answer, Outrun) else "saved"
            return f"saves on version {version}: {decision_in_words(decision)} -> {result}"
        case "claim", (str() as channel, _), tuple():
            effects = "; ".join(effect_in_words(claim.effect) for claim in answer)
            return f"claims {channel} -> {effects or 'nothing'}"
        case "holds", (Claim() as claim,), _:
            return f"still holds {effect_in_words(claim.effect)}? -> {'yes' if answer else 'no'}"
        case "send", (Notification() as page,), _:
            return f"hands over {effect_in_words(page)} -> {answer}"
        case "settle", (Claim() as claim, Outcome() as outcome), _:
            return f"notes that it was {outcome.status}: {effect_in_words(claim.effect)}"
        case "release", (Claim() as claim,), _:
            return f"gives back {effect_in_words(claim.effect)}"
        case "set", (AcknowledgementTimeout() as timeout, _), _:
            return f"sets the timer for {message_in_words(timeout)}"
        case "done", _, _:
            return "tells the timer that it was received"
        case "put" | "remove", _, _:
            return "edits the policy"
        case _:
            return "happens"
