"""Walks a list from page to page as a person does: by the links and buttons that lead to the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin

from django.test import Client as Browser

MOST_STEPS = 50


class Walk:
    """A list, page after page; `steps` counts the links that were followed.

    With a script, htmx asks for what its attributes say and swaps only its target; without, the link leads.
    """

    def __init__(self, browser: Browser, start: str, *, script: bool) -> None:
        self.browser = browser
        self.start = start
        self.script = script
        self.steps = 0

    def pages(self) -> Iterator[str]:
        page = self.browser.get(self.start).text
        yield page
        here = self.start
        while link := next_link(page):
            assert self.steps < MOST_STEPS, "this list never ends"
            self.steps += 1
            page, here = self._follow(link, here)
            yield page

    def _follow(self, link: dict[str, str], here: str) -> tuple[str, str]:
        by_script = self.script and "hx-get" in link
        address = urljoin(here, link["hx-get"] if by_script else link["href"])
        assert address != here, "the link leads to the page it stands on"
        headers = {"hx-request": "true", "hx-target": link["hx-target"].lstrip("#")} if by_script else {}
        response = self.browser.get(address, headers=headers)
        assert response.status_code == 200
        assert ("<html" in response.text) is not by_script, "a whole page for htmx, or a part without it"
        # What is appended stays on its page, where relative addresses begin.
        return response.text, here if by_script and "hx-push-url" not in link else address


def next_link(page: str) -> dict[str, str]:
    """The attributes of the link that goes on; none at the end."""
    links = re.findall(r'<a [^>]*rel="next"[^>]*>', page)
    assert len(links) <= 1
    return (
        {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', links[0])}
        if links
        else {}
    )
