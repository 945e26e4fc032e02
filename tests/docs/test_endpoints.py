"""The README's table of endpoints is that of the routes."""

from endpoints import routes, shown, table

from tpstreams_async import TPStreams


def test_the_readme_has_every_endpoint() -> None:
    assert shown() == table(), "python tests/docs/endpoints.py writes it"


def test_every_route_is_named_as_its_call() -> None:
    client = TPStreams("org001", "token")
    for route in routes():
        noun, _, verb = route.name.partition(".")
        assert callable(getattr(getattr(client, noun), verb)), route.name
