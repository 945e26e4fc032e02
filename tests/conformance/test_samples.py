"""The samples themselves: the project has one for everything that the documentation shows, and in the same shape."""

import pytest
from catalogue import (
    ANSWERS,
    DELIVERIES,
    DOCUMENTED,
    ERRORS,
    FILES,
    OWN,
    UNSERVED,
    documented,
    needs_documentation,
    own,
)
from sides import differences, nulls, shape


def test_every_sample_of_the_project_is_known() -> None:
    assert {path.stem for path in OWN.glob("*.json")} == {*ANSWERS, *DELIVERIES, *ERRORS}


@needs_documentation
def test_every_sample_of_the_documentation_is_known() -> None:
    found = {path.stem for path in DOCUMENTED.glob("*.json") if "__request" not in path.name}
    assert found == {*FILES.values(), *UNSERVED}


@needs_documentation
@pytest.mark.parametrize("name", FILES)
def test_a_sample_of_the_project_has_the_shape_of_the_documented_one(name: str) -> None:
    assert shape(own(name)) == shape(documented(name))


def test_differences_are_found() -> None:
    sample = {"a": 1, "b": [{"c": "x"}, {"d": None}], "e": {"f": True}}
    assert list(differences(sample, sample)) == []
    assert list(differences(sample, {"a": 2.5, "b": [{"d": 1}, {"c": "y"}], "e": {"f": False}})) == []
    for other, found in (
        ({**sample, "a": "1"}, ["$.a is a text"]),
        ({**sample, "a": True}, ["$.a is a truth value"]),
        ({**sample, "b": []}, ["$.b is empty"]),
        ({**sample, "b": [{"c": 1}, {"d": 1}]}, ["$.b[].c is a number"]),
        ({**sample, "e": {}}, ["$.e.f is missing"]),
        ({**sample, "e": {"f": True, "g": None}}, ["$.e.g is new"]),
        ({**sample, "e": None}, []),
    ):
        assert list(differences(sample, other)) == found
    assert list(nulls(sample, {**sample, "e": None})) == ["$.e is null"]
