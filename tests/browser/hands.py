"""Two ways to use a page: by pointer, and by keyboard alone."""

from __future__ import annotations

import re
from typing import Protocol

from playwright.sync_api import Locator, Page

MOST_TABS = 120


class Hands(Protocol):
    page: Page

    def fill(self, field: Locator, text: str) -> None:
        """Put text into a field, as a person does."""
        ...

    def choose(self, field: Locator, label: str) -> None:
        """Choose from a list."""
        ...

    def press(self, thing: Locator) -> None:
        """Press a button, follow a link, tick a choice."""
        ...


class Pointer:
    def __init__(self, page: Page) -> None:
        self.page = page

    def fill(self, field: Locator, text: str) -> None:
        field.fill(text)

    def choose(self, field: Locator, label: str) -> None:
        field.select_option(label=label)

    def press(self, thing: Locator) -> None:
        thing.click()


class Keyboard:
    """Tab to it, then type, Enter or Space. What Tab does not reach cannot be used."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def fill(self, field: Locator, text: str) -> None:
        self.reach(field)
        kind = field.get_attribute("type")
        if kind in {"date", "time"}:
            self._fill_segments(field, text)
        else:
            self.page.keyboard.press("ControlOrMeta+a")
            self.page.keyboard.type(text)

    def choose(self, field: Locator, label: str) -> None:
        self.reach(field)
        self.page.keyboard.type(label[:12])

    def press(self, thing: Locator) -> None:
        self.reach(thing)
        is_choice = thing.get_attribute("type") in {"radio", "checkbox"}
        self.page.keyboard.press("Space" if is_choice else "Enter")

    def reach(self, thing: Locator) -> None:
        thing.wait_for(state="visible")
        for _tab in range(MOST_TABS):
            if thing.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reaches {thing}")

    def _fill_segments(self, field: Locator, text: str) -> None:
        """Dates and times are typed part by part, in the machine's order: try, and look what came of it."""
        parts = re.split(r"\D", text)
        orders = (
            [parts] if len(parts) == 2 else [[parts[2], parts[1], parts[0]], [parts[1], parts[2], parts[0]]]
        )
        hour = int(parts[0]) if len(parts) == 2 else 0
        if len(parts) == 2:
            orders.append([f"{hour % 12 or 12:02}", parts[1], "PM" if hour >= 12 else "AM"])
        for order in orders:
            self.page.keyboard.type("".join(order))
            if field.input_value() == text:
                return
            for _segment in order:
                self.page.keyboard.press("Shift+Tab")
            self.reach(field)
        raise AssertionError(f"{field} does not take {text}: it holds {field.input_value()}")
