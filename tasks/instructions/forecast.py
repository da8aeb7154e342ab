"""What the makers wanted in params will cost, by a few rows of each: `python -m tasks.instructions.forecast`.

    ask: 12 tried, 9 kept; expected 80 [66, 118] tries, 96 [96, 144] calls, 19,100 [18,702, 28,914] tokens read, …
    judge: 12 tried, 12 kept; expected 2,280 [2,280, 2,280] tries, …    where `select` has the teacher score rows
    in all: expected 2,360 [2,346, 2,398] tries, …
    so far: 12 answers, 2,391 tokens read, 240 written

`--rows 12` rows of each maker are asked for, through the journal: the first of the run, which does not ask for them again. A
maker that starts from rows of those before it sees fewer of them here, and in the run may begin with others. Nothing else is
written. The brackets hold 95 % of the outcomes that these rows make likely. The budget holds here, too.
How many candidates a maker has is not known before it has tried them: one that runs out of them costs less.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice

from tasks.errors import ParamsError, exit_code_of
from tasks.instructions import judge
from tasks.instructions.estimate import FIRST_ROWS, Estimate, in_words, together, told
from tasks.instructions.make import Start, start
from tasks.instructions.mix import expected, taken
from tasks.instructions.prompts import prompts_of
from tasks.instructions.settings import InstructionsParams
from tasks.instructions.tally import Tally
from tasks.instructions.teacher import Teacher, teacher_of
from tasks.instructions.unanswered import check_answers
from tasks.instructions.wanted import makers
from tasks.instructions.workshop import Workshop
from tasks.params import load
from tasks.records import Pair, Preference
from tasks.workspace import Workspace, command, here, locked


def forecast(params: InstructionsParams, begun: Start, teacher: Teacher, *, rows: int) -> Iterator[str]:
    """A line for each maker, for the judge, for all together, and for what is spent so far.

    Raises EndpointError where the teacher answers nothing.
    """
    shop, budget = begun.shop(params, teacher), teacher.account.budget
    found: list[Estimate] = []
    made: list[Pair] = []
    every = makers(params)
    for maker in every:
        name, wanted, rows_of = maker
        tally = Tally()
        # The candidates of the run in their order, and of these the first.
        here = replace(shop, pairs=[*shop.pairs, *made], most=wanted * params.tries_per_row, at_once=rows)
        for row in islice((row for row in rows_of(here) if not isinstance(row, Preference)), rows):
            made += taken(row, begun.screen, begun.books, tally)
        check_answers(name, tally, teacher)
        if not tally.tried:
            yield f"{name}: nothing that it could try\n"
            continue
        # With fewer candidates than rows asked for, there are no more to try.
        most = here.most if tally.tried >= rows else tally.tried
        found.append(expected(maker, here, tally.outcomes, most=most))
        yield f"{name}: {tally.tried} tried, {tally.kept} kept; {in_words(found[-1].told(), budget)}\n"
    if params.select.judged and (known := [*shop.pairs, *made]):
        most = len(shop.pairs) + sum(wanted for _, wanted, _ in every)
        found.append(_of_judge(params, replace(shop, pairs=known), rows=rows, most=most))
        yield f"{judge.NAME}: {found[-1].rows} tried, {found[-1].kept} kept; {in_words(found[-1].told(), budget)}\n"
    if found:
        yield f"in all: {in_words(told(together(found), budget), budget)}\n"
    spent = teacher.account.spent
    yield f"so far: {spent.calls} answers, {spent.prompt_tokens:,} tokens read, {spent.new_tokens:,} written\n"


def _of_judge(params: InstructionsParams, shop: Workshop, *, rows: int, most: int) -> Estimate:
    """What it costs to have every row of train scored, by `rows` of them; `most` are those there will be at most."""
    prompts = prompts_of(judge, shop.params)
    rows_of = partial(judge.rows, prompts=prompts, least_score=params.select.least_score)
    here = replace(shop, most=most, at_once=rows)
    outcomes = [isinstance(row, Pair) for row in islice(rows_of(here), rows)]
    return expected((judge.NAME, most, rows_of), here, outcomes, most=most)


def run(workspace: Workspace, rows: int) -> None:
    """Print the forecast of a checkout. Raises ZhilingError; ParamsError where neither a maker nor the judge is wanted."""
    with locked(workspace, command()):  # a stage that asks the same at the same time would pay twice
        params = load(InstructionsParams, workspace.params / "instructions.yaml")
        if not makers(params) and not params.select.judged:
            raise ParamsError("No maker is wanted: set `rows` of one below `makers` in params/instructions.yaml.")
        with teacher_of(params.teacher, workspace) as teacher:
            for line in forecast(params, start(params, workspace), teacher, rows=rows):
                sys.stdout.write(line)


def main(arguments: Sequence[str]) -> int:
    """Print the forecast; the exit code is that of the error met, else 0."""
    parser = argparse.ArgumentParser(
        prog="python -m tasks.instructions.forecast", description="What the makers wanted will cost."
    )
    parser.add_argument("--rows", type=int, default=FIRST_ROWS, help="rows of each maker to ask for, at least 2")
    rows = parser.parse_args(arguments).rows
    if rows < 2:
        parser.error(f"--rows {rows}: two rows at least, as one tells nothing of how rows differ")
    return exit_code_of("forecast", lambda: run(here(), rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
