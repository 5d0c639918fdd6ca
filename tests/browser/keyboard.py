"""Getting about with the keyboard alone."""

from playwright.sync_api import Locator, Page

FARTHEST = 60


def focused(page: Page) -> Locator:
    return page.locator(":focus")


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(FARTHEST):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{FARTHEST} times Tab do not reach {target}.")
