"""Ids: what passes leads exactly where it says, and everything else is refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import strategies
from yarl import URL

from tpstreams_async import InvalidInputError, _routes, _validate
from tpstreams_async._route import Effect
from tpstreams_async._wire import build, nothing

BY_ID = [route for route in vars(_routes).values() if isinstance(route, _routes.Route) and "{}" in route.template]


@given(strategies.good_ids, st.sampled_from(BY_ID))
def test_a_good_id_stands_in_the_path_as_it_is(identifier: str, route: _routes.Route) -> None:
    ids = [identifier] * route.template.count("{}")
    target = build(route, nothing, *ids, id_names=("first_id", "second_id")).target
    assert target == route.template.replace("{}", identifier)
    url = URL(f"https://app.example/api/v1/org001/{target}", encoded=True)
    assert url.path == f"/api/v1/org001/{target}"
    assert (url.host, url.query_string, url.fragment) == ("app.example", "", "")


@given(strategies.any_ids)
def test_an_id_passes_exactly_when_it_is_plain(identifier: str) -> None:
    plain = re.fullmatch(r"[A-Za-z0-9_-]{1,64}", identifier) is not None and "\n" not in identifier
    if plain:
        assert _validate.identifier("asset_id", identifier) == identifier
    else:
        with pytest.raises(InvalidInputError, match="asset_id"):
            _validate.identifier("asset_id", identifier)


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.binary(), st.lists(st.text())))
def test_what_is_no_text_is_no_id(value: object) -> None:
    with pytest.raises(InvalidInputError):
        _validate.identifier("asset_id", value)


@given(st.dictionaries(st.sampled_from(["parent", "limit", "q"]), st.one_of(st.none(), st.text(), st.integers())))
def test_a_query_comes_back_as_it_was_given_without_what_is_none(query: dict[str, object]) -> None:
    given_ = {key: str(value) for key, value in query.items() if value is not None}
    try:
        target = build(_routes.LIST_ASSETS, nothing, query=query).target
    except UnicodeEncodeError:  # a lone surrogate: the public methods refuse it before
        return
    assert dict(URL(f"https://app.example/{target}", encoded=True).query) == given_


@pytest.mark.parametrize(
    "route", [route for route in vars(_routes).values() if isinstance(route, _routes.Route)], ids=lambda r: r.name
)
def test_every_route_is_complete(route: _routes.Route) -> None:
    if route is _routes.UPLOAD_FILE:  # where it leads is said by the server, and it may be sent twice
        return
    assert route.template.endswith("/")
    assert route.template.startswith("/api/") or not route.template.startswith("/")
    assert (route.effect is Effect.READ) == (route.method == "GET")
    assert (route.effect is Effect.DELETE) == (route.method == "DELETE")
    assert (route.effect is Effect.REPLACE) == (route.method in ("PUT", "PATCH") or route is _routes.LOGOUT)
    assert bool(route.how_to_find_out) == (route.effect is not Effect.READ)
