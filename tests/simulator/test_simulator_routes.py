"""Where paths lead."""

import pytest

from tpstreams_async.simulator.routes import ASSET, OPENAPI, OUTSIDE, ROUTES, TRIM_STATUS, locate
from tpstreams_async.simulator.table import ENDPOINTS, PUBLIC


def test_every_route_has_its_endpoints():
    assert set(ENDPOINTS) == {*ROUTES, *OUTSIDE.values()} - {OPENAPI}
    assert set(ENDPOINTS) > PUBLIC
    assert all(ENDPOINTS.values())


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_a_path_leads_to_its_route_with_the_ids_in_it(route):
    suffix = route.replace("<id>", "first", 1).replace("<id>", "second", 1)
    place = locate(f"/api/v1/abc/{suffix}")
    assert (place.organization, place.suffix, place.route) == ("abc", suffix, route)
    assert place.ids == ("first", "second")[: route.count("<id>")]
    assert place.path == f"/api/v1/abc/{suffix}"


@pytest.mark.parametrize(("path", "route"), OUTSIDE.items())
def test_a_path_outside_of_organizations(path, route):
    assert locate(path) == (path, None, route, route, ())


@pytest.mark.parametrize(
    "suffix",
    [
        "",
        "assets",
        "assets/x",
        "assets//",
        "assets/x//",
        "assets/x/trim",
        "assets/x/trim/status/y/",
        "webhooks/x/y/",
        "x/",
    ],
)
def test_a_path_that_leads_nowhere(suffix):
    assert locate(f"/api/v1/abc/{suffix}") == (f"/api/v1/abc/{suffix}", "abc", suffix, None, ())


@pytest.mark.parametrize("path", ["/", "/other/", "/api/v1", "/api/v2/abc/assets/", "/api/auth/login"])
def test_a_path_outside_of_the_api(path):
    place = locate(path)
    assert (place.organization, place.route, place.ids) == (None, None, ())


def test_words_come_before_ids():
    assert locate("/api/v1/abc/assets/x/trim/status/").route == TRIM_STATUS
    assert locate("/api/v1/abc/assets/trim/").route == ASSET
