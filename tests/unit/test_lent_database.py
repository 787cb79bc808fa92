"""The tests' own databases: a borrower can be collected in any thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.lent_database import lend


class Borrower:
    pass


def test_a_loan_is_taken_back_in_whichever_thread_collects_its_borrower() -> None:
    borrower = Borrower()
    database, loan = lend(borrower, None)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(loan).result()
    again, loan = lend(borrower, None)
    assert again is database
    loan()
