"""What answers cost is counted once, and no cap is ever passed: a run stops before, and goes on where it stopped."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.completions import Account, Budget, Failure, Journal, Reply, Request, Spent, complete
from tasks.completions.budget import NO_CAP, worst_case
from tasks.errors import EndpointError, ParamsError, exit_code_of


@dataclass
class Counting:
    """Reads a token a word, and writes as many as the prompt says."""

    identity: str = "counting"
    asked: list[str] = field(default_factory=list)
    goes: int = 0

    def replies(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply | Failure]]]:
        self.goes += 1
        for index, request in reversed(list(enumerate(requests))):
            self.asked.append(request.prompt)
            new = int(request.prompt.split()[-1])
            yield [(index, Reply("word " * new, "stop", new, len(request.prompt.split())))]


def capped(**changes: float | int | str) -> Account:
    return Account(replace(NO_CAP, **changes))


REQUESTS = [Request(f"please say {number}", max_new_tokens=10) for number in (3, 7, 9, 1, 5)]
COST = 5 * 3 + 25


def test_answers_cost_what_the_model_read_and_wrote_once_each(tmp_path: Path) -> None:
    journal, account = Journal(tmp_path / "journal.sqlite"), Account()
    complete([*REQUESTS, REQUESTS[0]], Counting(), journal, account=account)
    complete(REQUESTS[:2], Counting(), journal, account=account)
    assert account.spent == Spent(calls=5, prompt_tokens=15, new_tokens=25)


def test_known_answers_are_on_the_account_of_a_run_that_starts_again(tmp_path: Path) -> None:
    journal, again = Journal(tmp_path / "journal.sqlite"), Account()
    complete(REQUESTS, Counting(), journal)
    silent = Counting()
    complete(REQUESTS, silent, journal, account=again)
    assert (again.spent.tokens, silent.asked) == (COST, [])


@settings(max_examples=12)  # each writes a journal
@given(st.integers(0, 700))
@pytest.mark.whole  # seconds
def test_no_cap_is_passed_and_what_is_asked_is_asked_once(tmp_path_factory: pytest.TempPathFactory, cap: int) -> None:
    journal, model = Journal(tmp_path_factory.mktemp("cap") / "journal.sqlite"), Counting()
    account = capped(max_tokens=cap)
    try:
        complete(REQUESTS, model, journal, account=account)
    except EndpointError:
        with pytest.raises(EndpointError):  # the same command without more money asks nothing
            complete(REQUESTS, Counting(), journal, account=capped(max_tokens=cap))
    assert account.spent.tokens <= cap
    finished = complete(REQUESTS, model, journal, account=Account())
    assert sorted(model.asked) == sorted(request.prompt for request in REQUESTS)
    assert finished.results == complete(REQUESTS, Counting(), Journal(journal.file.with_name("other.sqlite"))).results


def test_a_cap_that_stops_says_what_is_spent_and_how_to_go_on(tmp_path: Path) -> None:
    most = worst_case(REQUESTS[0]).tokens
    account = capped(max_tokens=most + 12)
    with pytest.raises(EndpointError) as stopped:
        complete(REQUESTS, Counting(), Journal(tmp_path / "journal.sqlite"), account=account)
    assert str(stopped.value) == (
        f"The budget is used up: 2 answers have cost 16 tokens (0.0000), the next may cost {most} tokens, and "
        f"teacher.budget.max_tokens in params/instructions.yaml is {most + 12} tokens. All answers are kept: raise "
        "max_tokens and run the same command to go on."
    )

    def run() -> None:
        complete(REQUESTS, Counting(), Journal(tmp_path / "journal.sqlite"), account=capped(max_tokens=most + 12))

    assert exit_code_of("instructions", run) == 5


def test_near_the_cap_one_answer_may_leave_room_for_the_next(tmp_path: Path) -> None:
    most = worst_case(REQUESTS[0]).tokens
    model = Counting()
    complete(REQUESTS, model, Journal(tmp_path / "journal.sqlite"), account=capped(max_tokens=2 * most + 2))
    assert len(model.asked) == 5
    assert model.goes > 1


def test_money_is_capped_by_the_prices(tmp_path: Path) -> None:
    prices = {"price_per_million_prompt_tokens": 2.0, "price_per_million_new_tokens": 10.0, "currency": "EUR"}
    most = replace(NO_CAP, **prices).money(worst_case(REQUESTS[0]))
    account = capped(max_money=most + 0.00007, **prices)
    with pytest.raises(EndpointError, match=r"cost 16 tokens \(0\.0001 EUR\).*raise max_money"):
        complete(REQUESTS, Counting(), Journal(tmp_path / "journal.sqlite"), account=account)
    assert account.budget.money(Spent(1, 1_000_000, 500_000)) == 7.0


def test_a_cap_on_money_without_prices_is_refused() -> None:
    with pytest.raises(ParamsError, match="both prices are 0"):
        capped(max_money=1.0)


def test_what_a_server_did_not_count_costs_its_most() -> None:
    account = Account()
    account.charge(("a", 10), REQUESTS[0], Reply("yes", "stop", new_tokens=0))
    assert account.spent == worst_case(REQUESTS[0])


@pytest.mark.parametrize("text", ["plain words", "指令数据", "🙂" * 5, "\ud800"])
def test_no_prompt_can_cost_more_than_its_bytes(text: str) -> None:
    chat = Request(text, 7, prefix="read ", messages=(("system", "read"), ("user", text)))
    assert worst_case(chat).prompt_tokens >= len(text.encode("utf-8", "surrogatepass"))
    assert worst_case(chat).new_tokens == 7


def test_a_failure_costs_nothing_that_we_know_of(tmp_path: Path) -> None:
    class Failing(Counting):
        def replies(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply | Failure]]]:
            yield [(index, Failure("deadline", "60 s")) for index in range(len(requests))]

    account = Account(Budget(**{**{name: getattr(NO_CAP, name) for name in NO_CAP.__slots__}, "max_tokens": 10_000}))
    complete(REQUESTS, Failing(), Journal(tmp_path / "journal.sqlite"), account=account)
    assert account.spent == Spent()
