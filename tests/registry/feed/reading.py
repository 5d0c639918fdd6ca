"""A program that reads the feed: it keeps a copy of the record, page by page."""

from urllib.parse import parse_qs, urlsplit

from django.urls import reverse

ADDRESS = "api-change-list"


class Puller:
    """Follows `next`, and does what each result says."""

    def __init__(self, client, headers, **params):
        self.client, self.headers, self.params = client, headers, params
        self.copy: dict[tuple, dict] = {}
        self.deleted: dict[tuple, str] = {}
        self.results: list[dict] = []

    def page(self) -> dict:
        answer = self.client.get(reverse(ADDRESS), self.params, headers=self.headers)
        assert answer.status_code == 200, answer.content
        page = answer.json()
        for result in page["results"]:
            self.take(result)
        self.params = {name: value for name, (value,) in parse_qs(urlsplit(page["next"]).query).items()}
        return page

    def take(self, result: dict) -> None:
        self.results.append(result)
        key = result["resource"], result["id"]
        if result["op"] == "upsert":
            self.copy[key] = result["row"]
        else:
            self.copy.pop(key, None)
            self.deleted[key] = result["reason"]

    def all(self) -> dict[tuple, dict]:
        """Everything up to now."""
        while self.page()["more"]:
            pass
        return self.copy


def lists(client, headers, resources, **params) -> dict[tuple, dict]:
    """The same from the lists, page by page."""
    found = {}
    for resource in resources:
        address, asked = f"/api/v1/{resource}/", params
        while address:
            answer = client.get(address, asked, headers=headers)
            assert answer.status_code == 200, answer.content
            found |= {(resource, row["id"]): row for row in answer.json()["results"]}
            address, asked = answer.json()["next"], {}
    return found
