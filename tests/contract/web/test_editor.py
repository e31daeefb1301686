"""The policy editor, its history and its list: arrow 1, by people, without a script."""

import re
from datetime import timedelta

import pytest

from contract.web.application import shared_application
from contract.web.forms import FORM, FormPage, in_words
from contract.web.installation import LARGEST_PAGE
from contract.web.people import signed_in
from pager import EmailTarget, EscalationPolicy, Level, SmsTarget, Target
from pager.access.roles import Role
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.adapters.web.parsing import WRONG_SERVICE_ID

PATH = "/console/services/checkout-api/policy"
NO_RULES = {"repeat": "", "expiry": ""}
SCRIPT = '"><script>alert(1)</script>'
ADA, GRACE, EDSGER = (
    EmailTarget(address=f"{name}@example.com") for name in ("ada", "grace", "edsger")
)
PHONE = SmsTarget(phone_number="+33612345678")


def level(*targets: Target, delay: timedelta = timedelta(minutes=15)) -> Level:
    """A Level with these Targets."""
    return Level(targets=targets, acknowledgement_delay=delay)


def policy(*levels: Level, service_id: str = "checkout-api") -> EscalationPolicy:
    """A policy with these Levels."""
    return EscalationPolicy(service_id=service_id, levels=levels)


TWO_LEVELS = policy(level(ADA, PHONE), level(GRACE, delay=timedelta(minutes=5)))


ROLES: dict[str, Role] = {"ada": "engineer", "grace": "engineer", "vera": "viewer"}


class Engineers:
    """Policies in a database, and the browsers of people who read and edit them."""

    def __init__(self, database: Database) -> None:
        """Sign in everybody in ROLES."""
        self.policies = SqlEscalationPolicies(database)
        app = shared_application(database)
        self.browsers = {
            who: signed_in(app, database, role, f"{who}@example.com") for who, role in ROLES.items()
        }

    def open(self, path: str = PATH, who: str = "ada") -> FormPage:
        """A page, as that person sees it."""
        return FormPage(self.browsers[who], self.browsers[who].get(path, follow_redirects=True))

    def post(self, path: str, fields: dict[str, str], who: str = "ada") -> int:
        """The status of the answer to a form that was not read from a page."""
        return self.browsers[who].submit(path, **fields).status_code

    @property
    def stored(self) -> EscalationPolicy | None:
        """The policy of checkout-api."""
        return self.policies.of("checkout-api")


@pytest.fixture
def engineers(database: Database) -> Engineers:
    """Two engineers and a viewer, and no policies."""
    return Engineers(database)


class TestEditing:
    """Levels, Targets and delays."""

    def test_a_first_policy_is_written_and_saved(self, engineers: Engineers) -> None:
        """Level by Level; each button sets the focus to where to go on."""
        page = engineers.open()
        assert "has no policy yet" in page.text
        page = page.fill(targets_1="ada@example.com\n+33 6 12 34 56 78").press("Add a level")
        assert page.focused == "targets-2"
        assert engineers.stored is None
        page = page.fill(targets_2="grace@example.com", delay_2="5").press("Save")
        assert page.is_saved
        assert "Saved. It is used from now on, also in an incident that is running." in page.text
        assert engineers.stored == TWO_LEVELS

    def test_a_policy_may_begin_again_and_let_an_acknowledgement_expire(
        self, engineers: Engineers
    ) -> None:
        """Both are typed below the Levels, rehearsed, counted as changes, and in the history."""
        engineers.policies.put(TWO_LEVELS)
        page = engineers.open().fill(repeat="2", expiry="4 h", acknowledged="5 min")
        page = page.press("Rehearse")
        assert "2 changes, not saved" in page.text
        assert "It begins again 2 times instead of never." in page.text
        assert "Acknowledged: nobody else is notified before that expires." in page.text
        assert page.text.count("Level 1: ada@example.com, +33612345678") == 3 + 4
        page = page.press("Save")
        assert page.is_saved
        both = {"repeat": 2, "acknowledgement_expiry": timedelta(hours=4)}
        assert engineers.stored == TWO_LEVELS.model_copy(update=both)
        assert (page.value("repeat"), page.value("expiry")) == ("2", "4 h")
        history = engineers.open(f"{PATH}/history").text
        assert "An acknowledgement expires after 4 h instead of never." in history
        read_only = engineers.open(who="vera").text
        assert "after that level 1 is notified again (up to 2 times), and then nobody" in read_only
        assert "An acknowledgement expires after 4 h" in read_only
        page.fill(repeat="", expiry="").press("Save")
        assert engineers.stored == TWO_LEVELS

    def test_what_is_typed_below_the_levels_is_checked(self, engineers: Engineers) -> None:
        """Each error beside its field, and nothing is saved."""
        page = engineers.open().fill(targets_1="ada@example.com", repeat="often", expiry="8 days")
        page = page.press("Save")
        assert "Not saved: 2 fields need another look" in page.text
        assert "How often it begins again: How many times? A number such as 2" in page.text
        assert "When an acknowledgement expires: That is too long: at most 7 days." in page.text
        assert engineers.stored is None

    def test_levels_are_moved_and_removed(self, engineers: Engineers) -> None:
        """And the focus goes with them."""
        engineers.policies.put(policy(level(ADA), level(GRACE), level(EDSGER)))
        page = engineers.open().press("Move level 3 up")
        assert page.focused == "level-2"
        assert "2 changes, not saved" in page.text
        page = page.press("Move level 1 down").press("Remove level 2").press("Save")
        assert engineers.stored == policy(level(EDSGER), level(GRACE))

    def test_an_unusual_policy_survives_the_editor(self, engineers: Engineers) -> None:
        """A delay to the microsecond, and an address as somebody capitalised it."""
        odd = policy(
            level(EmailTarget(address="Ada@example.com"), delay=timedelta(microseconds=90_000_001)),
            level(GRACE, delay=timedelta(days=1, hours=2, seconds=3)),
        )
        version = engineers.policies.put(odd)
        page = engineers.open()
        assert page.value("delay-2") == "1 d 2 h 3 s"
        page.press("Save")
        assert engineers.policies.versioned("checkout-api") == (odd, version)

    def test_each_error_is_beside_its_field_and_nothing_is_saved(
        self, engineers: Engineers
    ) -> None:
        """What was typed is still there, empty lines are not; the summary leads to each field."""
        page = engineers.open().fill(targets_1="\nada\n", delay_1="soon").press("Save")
        assert page.response.status_code == 422
        assert "Not saved: 2 fields need another look" in page.text
        html = page.response.text
        for id_, sentence in (("targets-1", "“ada”: An email"), ("delay-1", "How long?")):
            assert f'<a href="#{id_}">' in html
            [message] = re.findall(rf'id="{id_}-error">\s*<p class="error">(.*?)</p>', html)
            assert sentence in message
            assert re.search(rf'id="{id_}"[^>]* aria-invalid="true"[^>]*"{id_}-error ', html)
        assert (page.value("targets-1"), page.value("delay-1")) == ("ada", "soon")
        assert engineers.stored is None

    def test_enter_in_a_field_saves_nothing(self, engineers: Engineers) -> None:
        """It rehearses: nobody changes a policy by mistake."""
        page = engineers.open().fill(targets_1="ada@example.com").press_enter("editor")
        assert "If nobody answers" in page.text
        assert engineers.stored is None

    def test_an_unchanged_draft_does_not_say_unsaved(self, engineers: Engineers) -> None:
        """A policy that was just opened has nothing to save."""
        engineers.policies.put(TWO_LEVELS)
        page = engineers.open()
        assert "not saved" not in page.text
        assert "Nothing to save" in page.text
        assert "Somebody else" not in page.text
        assert "1 change, not saved Level 3 is new: nobody yet" in page.press("Add a level").text

    @pytest.mark.proof
    def test_a_policy_too_large_for_a_page_is_read_in_parts(self, engineers: Engineers) -> None:
        """It was put through the API, and is edited there."""
        levels = [
            level(*(EmailTarget(address=f"{name}-{n}@example.com") for n in range(1_000)))
            for name in ("front", "back")
        ]
        engineers.policies.put(policy(*levels))
        page, seen = engineers.open(), 0
        assert "It is edited through the API" in page.text
        assert "Save" not in page.buttons
        while next_ := re.search(r'href="([^"]*skip=\d+)"', page.response.text):
            seen += len(re.findall(r"<li class=.chip.><a [^>]*>\w+-\d+@", page.response.text))
            page = engineers.open(next_[1])
        seen += len(re.findall(r"<li class=.chip.><a [^>]*>\w+-\d+@", page.response.text))
        assert seen == 2_000
        assert "back-999@example.com" in page.text
        assert "Level 1" not in page.text.partition("Rehearsal")[0]

    @pytest.mark.proof
    def test_hundreds_of_targets_are_edited(self, engineers: Engineers) -> None:
        """On one page, with how they would be paged."""
        many = [EmailTarget(address=f"somebody-{n}@example.com") for n in range(1_000)]
        engineers.policies.put(policy(level(*many), *[level(*many[:10])] * 4))
        page = engineers.open(f"{PATH}?acknowledged=20")
        assert len(page.response.content) < LARGEST_PAGE
        page = page.fill(targets_5="ada@example.com").press("Save")
        assert page.is_saved
        assert len(page.response.content) < LARGEST_PAGE
        assert engineers.stored == policy(level(*many), *[level(*many[:10])] * 3, level(ADA))


class TestRehearsing:
    """Who would be paged when."""

    def test_the_rehearsal_is_of_the_draft(self, engineers: Engineers) -> None:
        """And not of what is stored."""
        engineers.policies.put(TWO_LEVELS)
        page = engineers.open().fill(targets_2="edsger@example.com").press("Rehearse")
        timeline = page.text.partition("If nobody answers")[2]
        assert (
            "at once Level 1: ada@example.com, +33612345678 +15 min Level 2: "
            "edsger@example.com +20 min Nobody answered:"
        ) in timeline
        assert page.focused == "rehearsal"
        assert engineers.stored == TWO_LEVELS

    def test_an_acknowledgement_at_a_chosen_minute_ends_it(self, engineers: Engineers) -> None:
        """The rehearsal without an answer is below it."""
        engineers.policies.put(TWO_LEVELS)
        page = engineers.open().fill(acknowledged="3").press("Rehearse")
        timelines = page.text.partition("With an acknowledgement after 3 min")[2]
        answered, _, unanswered = timelines.partition("If nobody answers")
        assert "+3 min Acknowledged:" in answered
        assert "Level 2" not in answered
        assert "Level 2" in unanswered

    @pytest.mark.parametrize("typed", ["soon", "-1", "999999 days", SCRIPT])
    def test_a_wrong_time_to_acknowledge_is_an_error(
        self, engineers: Engineers, typed: str
    ) -> None:
        """Beside its field, which keeps what was typed."""
        engineers.policies.put(TWO_LEVELS)
        page = engineers.open().fill(acknowledged=typed).press("Rehearse")
        assert "After how long?" in page.text
        assert page.value("acknowledged") == typed

    def test_a_viewer_rehearses_too(self, engineers: Engineers) -> None:
        """The stored policy."""
        engineers.policies.put(TWO_LEVELS)
        page = engineers.open(f"{PATH}?acknowledged=3+min", who="vera")
        assert "With an acknowledgement after 3 min" in page.text


class TestTwoAtOnce:
    """Two engineers edit one policy."""

    @pytest.fixture
    def conflict(self, engineers: Engineers) -> FormPage:
        """Ada saves a draft that she began before Grace saved hers."""
        engineers.policies.put(TWO_LEVELS)
        draft = engineers.open().fill(targets_1="edsger@example.com\n+33612345678")
        engineers.open(who="grace").fill(delay_1="30").press("Save")
        return draft.fill(acknowledged="20 min").press("Save")

    def test_the_second_editor_sees_the_conflict_and_nothing_is_changed(
        self, engineers: Engineers, conflict: FormPage
    ) -> None:
        """It shows who changed what, and both policies side by side."""
        assert conflict.response.status_code == 409
        assert "by grace@example.com" in conflict.text
        assert "Level 1: 30 min to acknowledge instead of 15 min." in conflict.text
        assert "Level 1: differs" in conflict.text
        assert "Level 2: the same" in conflict.text
        assert "ada@example.com (only in grace@example.com's)" in conflict.text
        assert "edsger@example.com (only in yours)" in conflict.text
        assert "30 min to acknowledge (15 min in yours)" in conflict.text
        assert "15 min to acknowledge (30 min in grace@example.com's)" in conflict.text
        assert engineers.stored == policy(
            level(ADA, PHONE, delay=timedelta(minutes=30)), TWO_LEVELS.levels[1]
        )

    def test_mine_may_be_saved_instead_of_theirs(
        self, engineers: Engineers, conflict: FormPage
    ) -> None:
        """Theirs stays in the history."""
        assert conflict.press("Save mine instead of theirs").is_saved
        assert engineers.stored == policy(level(EDSGER, PHONE), TWO_LEVELS.levels[1])
        authors = [edit.author for edit in engineers.policies.history("checkout-api", 3)]
        assert authors == ["ada@example.com", "grace@example.com", None]

    def test_mine_may_be_edited_on(self, engineers: Engineers, conflict: FormPage) -> None:
        """It is in the editor again, and can be saved now."""
        page = conflict.press("Go on editing mine")
        assert page.value("acknowledged") == "20 min"
        assert page.value("targets-1") == "edsger@example.com\n+33612345678"
        assert page.fill(delay_1="30").press("Save").is_saved

    def test_a_draft_that_would_undo_another_edit_warns_until_it_is_saved(
        self, engineers: Engineers, conflict: FormPage
    ) -> None:
        """And shows what the other edit has changed."""
        difference = "grace@example.com Level 1: 30 min to acknowledge instead of 15 min."
        page = conflict.press("Go on editing mine")
        for _ in range(2):
            assert difference in page.text
            assert "Saving puts back what of it is not in yours." in page.text
            assert "you see both side by side" not in page.text
            page = page.press("Rehearse")
        assert "Saving puts back" not in page.press("Save").text
        assert "Saving puts back" not in engineers.open().text

    def test_an_edit_after_the_comparison_is_a_new_conflict(
        self, engineers: Engineers, conflict: FormPage
    ) -> None:
        """It is not undone unseen: both policies are compared again."""
        page = conflict.press("Go on editing mine")
        engineers.policies.put(TWO_LEVELS, "edsger@example.com")
        page = page.press("Rehearse")
        assert "you see both side by side" in page.text
        assert "Saving puts back" not in page.text
        page = page.press("Save")
        assert page.response.status_code == 409
        page = page.press("Go on editing mine")
        assert "by edsger@example.com" in page.text
        assert "by grace@example.com" in page.text
        assert "Saving puts back" in page.text

    def test_mine_is_not_saved_over_an_edit_after_the_comparison(
        self, engineers: Engineers, conflict: FormPage
    ) -> None:
        """Another conflict is shown."""
        engineers.policies.put(policy(level(ADA)), "edsger@example.com")
        page = conflict.press("Save mine instead of theirs")
        assert page.response.status_code == 409
        assert "by edsger@example.com" in page.text
        assert engineers.stored == policy(level(ADA))

    def test_an_edit_of_another_person_is_shown_before_the_draft_is_saved(
        self, engineers: Engineers
    ) -> None:
        """On the page after the next button."""
        engineers.policies.put(TWO_LEVELS)
        page = engineers.open()
        engineers.policies.remove("checkout-api", "grace@example.com")
        page = page.press("Add a level")
        assert "Somebody else has edited this policy meanwhile" in page.text
        assert "The policy was removed." in page.text

    def test_two_equal_edits_are_no_conflict(self, engineers: Engineers) -> None:
        """The policy is already what the second one wants to save."""
        pages = [engineers.open().fill(targets_1="ada@example.com") for _ in range(2)]
        for page in pages:
            assert page.press("Save").is_saved


class TestHistory:
    """Who changed what, and the way back."""

    def test_an_earlier_version_comes_back(self, engineers: Engineers) -> None:
        """By a button on its own page."""
        first = engineers.policies.put(TWO_LEVELS, "grace@example.com")
        engineers.policies.put(policy(level(EDSGER)), "ada@example.com")
        page = engineers.open(f"{PATH}/history")
        assert "by ada@example.com Level 1: added edsger@example.com." in page.text
        assert "by grace@example.com A new policy." in page.text
        page = engineers.open(f"{PATH}/history/{first}")
        assert "+33612345678" in page.text
        assert page.press("Restore this version").is_saved
        assert engineers.stored == TWO_LEVELS
        [edit] = engineers.policies.history("checkout-api", 1)
        assert edit.author == "ada@example.com"
        assert edit.note.startswith("the version of 20")
        assert f"by ada@example.com: {edit.note}" in engineers.open(f"{PATH}/history").text
        assert "Restore this version" not in engineers.open(f"{PATH}/history/{first + 2}").buttons

    def test_a_version_too_large_for_the_editor_comes_back(self, engineers: Engineers) -> None:
        """And the page says that it is saved."""
        many = [EmailTarget(address=f"somebody-{n}@example.com") for n in range(1_000)]
        large = policy(level(*many), level(*many))
        first = engineers.policies.put(large)
        engineers.policies.put(TWO_LEVELS)
        page = engineers.open(f"{PATH}/history/{first}").press("Restore this version")
        assert page.is_saved
        assert engineers.stored == large

    def test_nothing_is_restored_over_an_edit_that_was_not_seen(self, engineers: Engineers) -> None:
        """409: the page says so, and the next press restores."""
        first = engineers.policies.put(TWO_LEVELS)
        engineers.policies.put(policy(level(EDSGER)))
        page = engineers.open(f"{PATH}/history/{first}")
        engineers.policies.put(policy(level(GRACE)), "grace@example.com")
        page = page.press("Restore this version")
        assert page.response.status_code == 409
        assert "Nothing was restored" in page.text
        assert engineers.stored == policy(level(GRACE))
        assert page.press("Restore this version").is_saved

    def test_a_policy_is_removed_after_a_question_and_comes_back(
        self, engineers: Engineers
    ) -> None:
        """The question says what it means."""
        version = engineers.policies.put(TWO_LEVELS)
        page = engineers.open(f"{PATH}/remove")
        assert "Alerts of checkout-api are refused from then on" in page.text
        page = page.press("Remove the policy")
        assert "has no policy now" in page.text
        assert engineers.stored is None
        assert engineers.policies.history("checkout-api", 1)[0].author == "ada@example.com"
        engineers.open(f"{PATH}/history/{version}").press("Restore this version")
        assert engineers.stored == TWO_LEVELS

    def test_a_removal_cannot_be_restored(self, engineers: Engineers) -> None:
        """A policy is removed by its own button."""
        version = engineers.policies.put(TWO_LEVELS)
        engineers.policies.remove("checkout-api")
        engineers.policies.put(TWO_LEVELS)
        removal = f"{PATH}/history/{version + 1}"
        assert "had none" in engineers.open(removal).text
        assert "Restore this version" not in engineers.open(removal).buttons
        assert engineers.post(removal, {"current": str(version + 2)}) == 403
        assert engineers.stored == TWO_LEVELS

    def test_what_was_edited_meanwhile_is_not_removed(self, engineers: Engineers) -> None:
        """The question is asked again, about the policy as it is."""
        engineers.policies.put(TWO_LEVELS)
        page = engineers.open(f"{PATH}/remove")
        engineers.policies.put(policy(level(EDSGER)))
        page = page.press("Remove the policy")
        assert page.response.status_code == 409
        assert "Nothing was removed" in page.text
        assert "edsger@example.com" in page.text
        assert engineers.stored == policy(level(EDSGER))

    def test_the_history_is_paged(self, engineers: Engineers) -> None:
        """And every edit is on one of them."""
        for minutes in range(1, 26):
            engineers.policies.put(policy(level(ADA, delay=timedelta(minutes=minutes))))
        page = engineers.open(f"{PATH}/history")
        [older] = re.findall(r'href="([^"]*before=[0-9]+)"', page.response.text)
        assert "6 min to acknowledge instead of 5 min" in page.text
        assert "A new policy" not in page.text
        assert len(page.response.content) < LARGEST_PAGE
        page = engineers.open(older)
        assert "5 min to acknowledge instead of 4 min" in page.text
        assert "A new policy" in page.text

    @pytest.mark.parametrize(
        "version", ["0", "-1", "x", "²", "99", str(2**63 - 2), str(2**63 - 1), "9" * 30]
    )
    def test_an_unknown_version_is_not_found(self, engineers: Engineers, version: str) -> None:
        """404, to look at or to restore; nor is a version of another service."""
        engineers.policies.put(TWO_LEVELS)
        for path in (f"{PATH}/history/{version}", PATH.replace("checkout-api", "other/history/1")):
            assert engineers.open(path).response.status_code == 404
            assert engineers.post(path, {"current": "1"}) == 404


class TestPolicyList:
    """The list of all policies, and the form for a new one."""

    def test_an_empty_list_says_how_to_begin(self, engineers: Engineers) -> None:
        """The name of a service leads to the editor."""
        page = engineers.open("/console/policies")
        assert "There is no policy yet" in page.text
        page = engineers.open("/console/policies/new?service_id=checkout-api")
        assert page.response.url.path == PATH

    def test_a_wrong_name_for_a_service_is_an_error(self, engineers: Engineers) -> None:
        """And stays in the field."""
        page = engineers.open("/console/policies/new?service_id=check+out")
        assert WRONG_SERVICE_ID in page.text
        assert page.value("service_id") == "check out"

    def test_a_policy_is_found_among_many(self, engineers: Engineers) -> None:
        """By a part of the name, or page by page."""
        for n in range(60):
            engineers.policies.put(policy(level(ADA), service_id=f"service-{n:02}"))
        page = engineers.open("/console/policies")
        assert "service-49" in page.text
        assert "service-50" not in page.text
        assert len(page.response.content) < LARGEST_PAGE
        [more] = re.findall(r'href="([^"]*after=[^"]*)"', page.response.text)
        assert "service-59" in engineers.open(more.replace("&amp;", "&")).text
        results = engineers.open("/console/policies?search=ICE-3").text
        assert "service-30" in results
        assert "service-29" not in results
        assert engineers.open("/console/policies?search=%00&after=%00").value("search") == ""
        assert "No service with “_”" in engineers.open("/console/policies?search=_").text


class TestPermissions:
    """Engineers edit, viewers read; forged and oversized forms change nothing."""

    def test_a_viewer_sees_everything_and_changes_nothing(self, engineers: Engineers) -> None:
        """There is no button, and a form that was sent without one is refused."""
        version = engineers.policies.put(TWO_LEVELS)
        for path in (PATH, f"{PATH}/history", f"{PATH}/history/{version}", "/console/policies"):
            page = engineers.open(path, who="vera")
            assert page.response.status_code == 200
            assert not {"Save", "Start"} & set(page.buttons)
        assert engineers.open(f"{PATH}/remove", who="vera").response.status_code == 403
        seen = {"begun": str(version), "version": str(version)}
        draft = {**seen, "targets": "x@example.com", "delay": "1", **NO_RULES, "do": "save"}
        assert engineers.post(PATH, draft, "vera") == 403
        assert engineers.post(f"{PATH}/remove", {"version": str(version)}, "vera") == 403
        restore = {"current": str(version)}
        assert engineers.post(f"{PATH}/history/{version}", restore, "vera") == 403
        assert engineers.policies.versioned("checkout-api") == (TWO_LEVELS, version)

    @pytest.mark.parametrize(
        "forged",
        [
            {"csrf": "another"},
            {"csrf": ""},
            {"begun": "x"},
            {"version": "x"},
            {"version": "-1"},
            {"version": "9" * 30},
            {"do": "destroy"},
            {"do": ""},
            {"do": "up 1"},
            {"do": "remove-level 9"},
            {"do": SCRIPT},
        ],
    )
    def test_a_forged_form_changes_nothing(
        self, engineers: Engineers, forged: dict[str, str]
    ) -> None:
        """403: no page of ours sends such a form."""
        seen = {"begun": "0", "version": "0"}
        draft = {**seen, "targets": "ada@example.com", "delay": "15", **NO_RULES, "do": "save"}
        assert engineers.post(PATH, draft | forged) == 403
        assert engineers.stored is None
        assert engineers.post(PATH, draft) == 303

    def test_a_removal_without_its_version_is_forged(self, engineers: Engineers) -> None:
        """403: nobody removes a version that they have not seen."""
        engineers.policies.put(TWO_LEVELS)
        assert engineers.post(f"{PATH}/remove", {}) == 403
        assert engineers.stored == TWO_LEVELS

    def test_a_script_in_a_field_is_escaped(self, engineers: Engineers) -> None:
        """In every field."""
        page = engineers.open().fill(targets_1=SCRIPT, delay_1=SCRIPT, acknowledged=SCRIPT)
        for next_page in (page.press("Add a level"), page.press("Save")):
            assert "<script>alert" not in next_page.response.text
            assert next_page.value("targets-1") == SCRIPT
            assert next_page.value("delay-1") == SCRIPT
        for path in ("search", "new?service_id", "after"):
            query = path if "?" in path else f"?{path}"
            url = f"/console/policies{'/' * ('?' in path)}{query}={SCRIPT}"
            assert "<script>alert" not in engineers.open(url).response.text

    @pytest.mark.parametrize(("levels", "letters"), [(101, 1), (1, 40_000), (20, 2_000)])
    def test_an_oversized_form_is_refused(
        self, engineers: Engineers, levels: int, letters: int
    ) -> None:
        """413 for more than a page can show again; it names the API, which takes it."""
        client = engineers.browsers["ada"]
        start = f"csrf={client.csrf()}&begun=0&version=0&do=save"
        draft = f"&targets={'a' * letters}&delay=1" * levels
        response = client.post(PATH, content=f"{start}{draft}&repeat=&expiry=", headers=FORM)
        assert response.status_code == 413
        assert "the API takes larger policies" in in_words(response.text)
        many = start + "&targets=a&delay=1" * 15_000
        assert client.post(PATH, content=many, headers=FORM).status_code == 403
        large = f"{start}&targets={'a' * 2**20}&delay=1"
        assert client.post(PATH, content=large, headers=FORM).status_code == 413
        assert engineers.stored is None

    def test_the_error_of_a_very_long_target_has_its_first_letters(
        self, engineers: Engineers
    ) -> None:
        """So that it can be found, and the page stays small."""
        page = engineers.open().fill(targets_1="a" * 15_000, delay_1="1 " * 5_000)
        page = page.press("Save")
        assert page.response.status_code == 422
        assert f"“{'a' * 59}…”: That is too long." in page.text

    @pytest.mark.parametrize("name", ["a b", "%00", "..", "a" * 201])
    def test_a_name_that_no_service_can_have_has_no_editor(
        self, engineers: Engineers, name: str
    ) -> None:
        """404."""
        page = engineers.open(f"/console/services/{name}/policy")
        assert page.response.status_code == 404
