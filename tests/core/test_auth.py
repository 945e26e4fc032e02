"""Logging in and out: one login for a process, and only tokens of our own are logged out."""

import asyncio
import contextvars
import gc
import multiprocessing
import pickle
import threading
from types import FunctionType
from typing import Any

import pytest
from support.canaries import report
from support.scripted import answer, hang_up

from tpstreams_async import (
    AuthenticationError,
    BadRequestError,
    ClientClosedError,
    InvalidInputError,
    OutcomeUnknownError,
    PermissionDeniedError,
    Retry,
    TPStreams,
)
from tpstreams_async.resources._logins import LOGINS
from tpstreams_async.simulator import Fault

WHO = {"username": "demo", "password": "demo"}


@pytest.fixture
def anonymous(sim: Any, make_client: Any) -> Any:
    """Make clients of ``sim`` that have no token."""
    return lambda server=sim, **options: make_client(server, token=None, anonymous=True, **options)


def logins(sim: Any) -> int:
    return len(sim.journal.requests("POST", "auth/login/"))


async def test_after_a_login_the_client_works(sim: Any, anonymous: Any) -> None:
    client = anonymous()
    token = await client.auth.login(**WHO)
    assert token.token in sim.tokens
    assert token.expiry is None
    assert await client.assets.list().collect() == []
    login, listing = sim.journal
    assert "Authorization" not in login.headers
    assert listing.headers["Authorization"] == f"Token {token.token}"


async def test_nothing_is_sent_before_a_login(sim: Any, anonymous: Any) -> None:
    with pytest.raises(InvalidInputError, match=r"Log in with client\.auth\.login") as caught:
        await anonymous().assets.get("Qm7tKd3wNzB")
    assert (caught.value.argument, len(sim.journal)) == ("token", 0)


async def test_an_anonymous_client_ignores_a_token_of_the_environment(
    sim: Any, anonymous: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TPSTREAMS_TOKEN", sim.token)
    with pytest.raises(InvalidInputError, match="Log in"):
        await anonymous().assets.get("Qm7tKd3wNzB")


def test_a_token_and_none_are_not_wanted_together() -> None:
    with pytest.raises(InvalidInputError, match="anonymous"):
        TPStreams("org001", "token", anonymous=True)


async def test_those_who_ask_at_the_same_time_share_one_login(sim: Any, anonymous: Any) -> None:
    clients = [anonymous() for _ in range(30)]
    tokens = await asyncio.gather(*(client.auth.login(**WHO) for client in clients))
    assert (logins(sim), len({token.token for token in tokens})) == (1, 1)
    assert await clients[-1].assets.list().count() == 0
    assert (await anonymous().auth.login(**WHO)).token == tokens[0].token
    assert logins(sim) == 1


async def test_threads_share_it_too(sim: Any, anonymous: Any) -> None:
    token = await anonymous().auth.login(**WHO)
    found: list[str] = []

    async def elsewhere() -> None:
        async with TPStreams(sim.organization_id, anonymous=True, base_url=sim.url) as client:
            found.append((await client.auth.login(**WHO)).token)

    thread = threading.Thread(target=contextvars.Context().run, args=(asyncio.run, elsewhere()))
    thread.start()
    await asyncio.get_running_loop().run_in_executor(None, thread.join)
    assert (found, logins(sim)) == ([token.token], 1)


async def test_two_threads_at_the_same_time_log_in_once(sim: Any) -> None:
    found: list[str] = []
    begin = threading.Barrier(4)

    async def log_in() -> None:
        async with TPStreams(sim.organization_id, anonymous=True, base_url=sim.url) as client:
            begin.wait()
            found.append((await client.auth.login(**WHO)).token)

    threads = [threading.Thread(target=asyncio.run, args=(log_in(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.get_running_loop().run_in_executor(None, thread.join)
    assert (len(found), len(set(found)), logins(sim)) == (4, 1, 1)


async def test_whoever_is_cancelled_does_not_cancel_the_login_of_others(sim: Any, anonymous: Any) -> None:
    sim.faults.add("POST", "auth/login/", Fault.delay(0.05))
    leader, follower, last = (asyncio.create_task(anonymous().auth.login(**WHO)) for _ in range(3))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    leader.cancel()
    follower.cancel()
    assert (await last).token in sim.tokens
    assert leader.cancelled() or isinstance((await asyncio.gather(leader, return_exceptions=True))[0], BaseException)
    with pytest.raises(asyncio.CancelledError):
        await follower


async def test_a_login_that_is_refused_is_refused_for_all_and_not_kept(sim: Any, anonymous: Any) -> None:
    wrong = {"username": "demo", "password": "wrong"}
    errors = await asyncio.gather(*(anonymous().auth.login(**wrong) for _ in range(3)), return_exceptions=True)
    assert {type(error) for error in errors} == {BadRequestError}
    assert len({id(error) for error in errors}) == 3
    assert logins(sim) == 1
    with pytest.raises(BadRequestError):
        await anonymous().auth.login(**wrong)
    assert logins(sim) == 2


async def test_an_organization_whose_tokens_are_all_taken_refuses_the_next_login(make_sim: Any, anonymous: Any) -> None:
    sim = await make_sim(users={f"user{number}": "demo" for number in range(21)})
    clients = [anonymous(sim) for _ in range(21)]
    for number, client in enumerate(clients[:20]):
        await client.auth.login(username=f"user{number}", password="demo")
    with pytest.raises(BadRequestError):
        await clients[20].auth.login(username="user20", password="demo")
    assert await clients[0].auth.logout() is True
    assert (await clients[20].auth.login(username="user20", password="demo")).token in sim.tokens


async def test_another_password_is_tried_and_not_taken_for_the_same(sim: Any, anonymous: Any) -> None:
    await anonymous().auth.login(**WHO)
    with pytest.raises(BadRequestError):
        await anonymous().auth.login(username="demo", password="wrong")
    assert logins(sim) == 2


async def test_a_lost_answer_is_not_followed_by_another_login(sim: Any, anonymous: Any) -> None:
    sim.faults.add("POST", "auth/login/", Fault.reset(when="after"))
    with pytest.raises(OutcomeUnknownError, match="20 places") as caught:
        await anonymous().auth.login(**WHO)
    assert caught.value.request == {"username": "demo", "password": "***", "organization_id": sim.organization_id}
    assert logins(sim) == 1


async def test_a_token_that_was_revoked_is_renewed_on_request(sim: Any, anonymous: Any) -> None:
    client = anonymous()
    first = await client.auth.login(**WHO)
    sim.revoke_token(first.token)
    with pytest.raises(AuthenticationError):
        await client.assets.list().count()
    assert (await client.auth.login(**WHO)).token == first.token
    second = await client.auth.login(**WHO, renew=True)
    assert second.token != first.token
    assert await client.assets.list().count() == 0


async def test_those_who_had_a_token_that_was_revoked_renew_it_once(sim: Any, anonymous: Any) -> None:
    clients = [anonymous() for _ in range(25)]
    first = await asyncio.gather(*(client.auth.login(**WHO) for client in clients))
    sim.revoke_token(first[0].token)
    renewed = [await client.auth.login(**WHO, renew=True) for client in clients]
    assert (logins(sim), len({token.token for token in renewed})) == (2, 1)
    again = await clients[0].auth.login(**WHO, renew=True)
    assert again.token != renewed[0].token, "who has tried the new one may renew it too"
    newcomer = await anonymous().auth.login(**WHO, renew=True)
    assert newcomer.token != again.token


async def test_a_token_of_another_user_does_not_stand_for_one_to_renew(make_sim: Any, anonymous: Any) -> None:
    sim = await make_sim(users={"one": "1", "two": "2"})
    one, two = anonymous(sim), anonymous(sim)
    token = (await two.auth.login(username="two", password="2")).token
    await one.auth.login(username="one", password="1")
    assert (await one.auth.login(username="two", password="2", renew=True)).token != token


async def test_a_login_that_was_overtaken_while_under_way_can_be_logged_out(make_sim: Any, anonymous: Any) -> None:
    sim = await make_sim()
    first, second = anonymous(sim), anonymous(sim)
    sim.faults.add("POST", "auth/login/", Fault.delay(0.05))
    slow = asyncio.create_task(first.auth.login(**WHO))
    await asyncio.sleep(0)
    with pytest.raises(BadRequestError):
        await second.auth.login(username="demo", password="wrong")
    token = (await slow).token
    assert await first.auth.logout() is True
    assert token not in sim.tokens


async def test_a_token_that_others_renewed_can_still_be_logged_out(sim: Any, anonymous: Any) -> None:
    first, second = anonymous(), anonymous()
    old = (await first.auth.login(**WHO)).token
    new = (await second.auth.login(**WHO, renew=True)).token
    assert await first.assets.list().count() == 0
    assert await first.auth.logout() is True
    assert (old in sim.tokens, new in sim.tokens) == (False, True)
    assert await second.auth.logout() is True
    assert new not in sim.tokens


async def test_a_logout_that_failed_can_be_made_again(sim: Any, anonymous: Any) -> None:
    client, other = anonymous(retry=Retry(attempts=1)), anonymous()
    token = (await client.auth.login(**WHO)).token
    sim.faults.add("POST", "auth/logout/", Fault.status(503), Fault.status(403))
    for kind in (OutcomeUnknownError, PermissionDeniedError):
        with pytest.raises(kind):
            await client.auth.logout()
    assert await client.assets.list().count() == 0, "the client keeps it"
    assert (await other.auth.login(**WHO)).token != token, "nobody else gets it"
    assert await client.auth.logout() is True
    assert token not in sim.tokens
    with pytest.raises(InvalidInputError):
        await client.auth.logout()


async def test_a_logout_that_was_cancelled_can_be_made_again(sim: Any, anonymous: Any) -> None:
    client = anonymous()
    token = (await client.auth.login(**WHO)).token
    sim.faults.add("POST", "auth/logout/", Fault.stall())
    logout = asyncio.create_task(client.auth.logout())
    while not sim.journal.count("POST", "auth/logout/"):  # noqa: ASYNC110 - the journal has no bell
        await asyncio.sleep(0)
    logout.cancel()
    with pytest.raises(asyncio.CancelledError):
        await logout
    assert await client.auth.logout() is True
    assert token not in sim.tokens


async def test_the_last_one_logs_out(sim: Any, anonymous: Any) -> None:
    first, second = anonymous(), anonymous()
    token = (await first.auth.login(**WHO)).token
    await second.auth.login(**WHO)
    assert await first.auth.logout() is False
    assert token in sim.tokens
    with pytest.raises(InvalidInputError, match="Log in"):
        await first.assets.list().count()
    assert await second.assets.list().count() == 0
    assert await second.auth.logout() is True
    assert token not in sim.tokens
    assert (await first.auth.login(**WHO)).token != token


async def test_a_client_that_was_closed_uses_the_token_no_more(sim: Any, anonymous: Any) -> None:
    async with TPStreams(sim.organization_id, anonymous=True, base_url=sim.url) as closed:
        await closed.auth.login(**WHO)
    client = anonymous()
    token = (await client.auth.login(**WHO)).token
    assert await client.auth.logout() is True
    assert token not in sim.tokens


async def test_a_token_that_was_given_is_not_logged_out(sim: Any, client: Any) -> None:
    with pytest.raises(InvalidInputError, match="others may use it"):
        await client.auth.logout()
    assert len(sim.journal) == 0
    assert await client.assets.list().count() == 0


async def test_a_token_that_is_gone_already_is_logged_out(sim: Any, anonymous: Any) -> None:
    client = anonymous()
    sim.revoke_token((await client.auth.login(**WHO)).token)
    assert await client.auth.logout() is True
    with pytest.raises(InvalidInputError):
        await client.auth.logout()


async def test_a_logout_whose_answer_is_lost_is_sent_again(sim: Any, anonymous: Any) -> None:
    client = anonymous()
    token = (await client.auth.login(**WHO)).token
    sim.faults.add("POST", "auth/logout/", Fault.reset(when="after"))
    assert await client.auth.logout() is True
    assert token not in sim.tokens


async def test_another_user_takes_the_place_of_the_first(make_sim: Any, anonymous: Any) -> None:
    sim = await make_sim(users={"one": "1", "two": "2"})
    client = anonymous(sim)
    first = await client.auth.login(username="one", password="1")
    second = await client.auth.login(username="two", password="2")
    assert sim.journal[-1].path.endswith("/login/")
    assert await client.auth.logout() is True
    assert (first.token in sim.tokens, second.token in sim.tokens) == (True, False)


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"username": ""}, "username"),
        ({"username": None}, "username"),
        ({"username": "a\nb"}, "username"),
        ({"password": ""}, "password"),
        ({"password": None}, "password"),
        ({"password": b"demo"}, "password"),
        ({"renew": "yes"}, "renew"),
    ],
)
async def test_what_is_no_account_is_refused(sim: Any, anonymous: Any, change: dict[str, Any], argument: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await anonymous().auth.login(**{**WHO, **change})
    assert (caught.value.argument, len(sim.journal)) == (argument, 0)


@pytest.mark.parametrize("token", [{}, {"token": None}, {"token": "a b"}, {"token": ""}, {"token": "x\r\ny"}, []])
async def test_an_answer_without_a_usable_token_is_none(scripted: Any, anonymous: Any, token: Any) -> None:
    server = await scripted(answer(token))
    client = anonymous(server)
    with pytest.raises(OutcomeUnknownError):
        await client.auth.login(**WHO)
    with pytest.raises(InvalidInputError, match="Log in"):
        await client.assets.list().count()


@pytest.mark.parametrize(
    ("expiry", "asks_again"),
    [(None, False), ("2999-01-01T00:00:00Z", False), ("2001-01-01T00:00:00Z", True), ("some day", False)],
)
async def test_a_token_that_has_run_out_is_asked_for_anew(
    scripted: Any, anonymous: Any, expiry: str | None, asks_again: bool
) -> None:
    server = await scripted(*[answer({"token": "0123456789abcdef", "expiry": expiry})] * 2)
    for _ in range(2):
        await anonymous(server).auth.login(**WHO)
    assert len(server.requests) == 1 + asks_again


async def test_a_server_that_is_not_there_is_told(scripted: Any, anonymous: Any) -> None:
    server = await scripted(hang_up())
    with pytest.raises(OutcomeUnknownError):
        await anonymous(server).auth.login(**WHO)


async def test_a_closed_client_logs_nobody_in(sim: Any, anonymous: Any) -> None:
    client = anonymous()
    await client.aclose()
    for call in (client.auth.login(**WHO), client.auth.logout()):
        with pytest.raises(ClientClosedError):
            await call
    assert len(sim.journal) == 0


async def test_the_token_shows_nowhere(sim: Any, anonymous: Any) -> None:
    token = await anonymous().auth.login(**WHO)
    assert token.token not in f"{token!r} {token} {pickle.dumps(token)!r}"


def _log_out(user: Any, told: Any) -> None:
    told.send(LOGINS.leave(user)[1])


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="nothing forks here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
async def test_a_forked_process_leaves_the_token_to_the_one_that_got_it(sim: Any, anonymous: Any) -> None:
    client = anonymous()
    await client.auth.login(**WHO)
    hears, tells = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_log_out, args=(client.auth, tells))
    process.start()
    assert await asyncio.get_running_loop().run_in_executor(None, hears.recv) is False
    process.join()
    assert await client.auth.logout() is True


async def test_a_token_that_somebody_is_about_to_get_is_not_logged_out(sim: Any, anonymous: Any) -> None:
    first, second = anonymous(), anonymous()
    await first.auth.login(**WHO)
    token, last = await asyncio.gather(second.auth.login(**WHO), first.auth.logout())
    assert (last, token.token in sim.tokens) == (False, True)
    assert await second.assets.list().count() == 0


async def test_that_one_client_is_closed_ends_no_login_of_another(sim: Any, anonymous: Any) -> None:
    sim.faults.add("POST", "auth/login/", Fault.delay(0.05))
    first, second = anonymous(), anonymous()
    leader = asyncio.create_task(first.auth.login(**WHO))
    await asyncio.sleep(0)
    follower = asyncio.create_task(second.auth.login(**WHO))
    await asyncio.sleep(0)
    await first.aclose()
    with pytest.raises(ClientClosedError):
        await leader
    assert (await follower).token in sim.tokens
    assert await second.assets.list().count() == 0


async def test_a_login_during_a_logout_is_not_undone_by_it(sim: Any, anonymous: Any) -> None:
    client = anonymous()
    await client.auth.login(**WHO)
    sim.faults.add("POST", "auth/logout/", Fault.delay(0.05, when="after"))
    logout = asyncio.create_task(client.auth.logout())
    await asyncio.sleep(0)
    token = await client.auth.login(**WHO)
    assert await logout is True
    assert token.token in sim.tokens
    assert await client.assets.list().count() == 0
    assert await client.auth.logout() is True
    assert token.token not in sim.tokens


async def test_a_wrong_password_does_not_take_the_place_of_the_right_one(sim: Any, anonymous: Any) -> None:
    token = await anonymous().auth.login(**WHO)
    with pytest.raises(BadRequestError):
        await anonymous().auth.login(username="demo", password="wrong")
    assert (await anonymous().auth.login(**WHO)).token == token.token
    assert logins(sim) == 2


async def test_no_password_is_kept(sim: Any, anonymous: Any, make_sim: Any) -> None:
    password = "canary-of-a-password"
    sim = await make_sim(users={"demo": password})
    await anonymous(sim).auth.login(username="demo", password=password)
    kept = [
        cell.cell_contents
        for thing in gc.get_objects()
        if isinstance(thing, FunctionType) and thing.__closure__ and "tpstreams_async" in thing.__code__.co_filename
        for cell in thing.__closure__
        if cell.cell_contents is not None
    ]
    assert password not in [each for each in kept if isinstance(each, str)]


@pytest.mark.parametrize("detail", ["{}", 'The password "{}" is wrong.', "no {} and no {}"])
async def test_a_password_that_the_server_repeats_does_not_show(scripted: Any, anonymous: Any, detail: str) -> None:
    said = detail.replace("{}", "correct horse")
    server = await scripted(answer({"detail": said, "password": [said]}, 400))
    with pytest.raises(BadRequestError) as caught:
        await anonymous(server).auth.login(username="demo", password="correct horse")
    assert "horse" not in report(caught.value)
