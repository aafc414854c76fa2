"""What the categories declare is said in every language."""

import json

from exchange.pages.attributes import CHOICE_WORDS, choice_text
from exchange.stack import CATEGORIES


def test_choices_of_categories_are_said_in_every_language() -> None:
    """A choice that is a word of English has a word of ours; names and abbreviations stay as they are."""
    categories = json.loads(CATEGORIES.read_bytes())["categories"]
    choices = {choice for item in categories for attribute in item["attributes"] for choice in attribute["choices"]}
    assert {choice for choice in choices if choice.islower()} == CHOICE_WORDS
    assert choice_text("frozen", "vi") == "đông lạnh"
    assert choice_text("frozen", "en") == "frozen"
    assert choice_text("VietGAP", "vi") == "VietGAP"
