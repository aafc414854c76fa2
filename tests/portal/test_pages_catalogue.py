"""The message files are complete, agree with the code, and survive being rewritten."""

from pathlib import Path

import pytest

from exchange.i18n import catalogue, extraction, translator
from exchange.i18n.areas import area_of

HEAD = """msgid ""
msgstr ""
"Language: vi\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


@pytest.fixture
def messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of message files of its own."""
    (tmp_path / "vi").mkdir()
    monkeypatch.setattr(catalogue, "HERE", tmp_path)
    monkeypatch.setattr(extraction, "HERE", tmp_path)
    (tmp_path / "babel.cfg").write_text((Path(extraction.__file__).parent / "babel.cfg").read_text())
    return tmp_path / "vi"


def test_every_message_is_translated() -> None:
    """No visible sentence lacks its Vietnamese, none is left over, and placeholders agree."""
    assert list(extraction.problems()) == []


def test_missing_empty_unused_and_broken_messages_are_reported(messages: Path) -> None:
    """The check fails for each of the four ways in which a file can be wrong."""
    (messages / "pages.po").write_text(
        HEAD + 'msgid "Search"\nmsgstr ""\n\nmsgid "Never written"\nmsgstr "Chưa từng"\n\n'
        'msgid "Company: %(name)s"\nmsgstr "Công ty: %(ten)s"\n'
    )
    found = "\n".join(extraction.problems())
    assert "not translated 'Search'" in found
    assert "no longer used 'Never written'" in found
    assert "placeholders differ in 'Company: %(name)s'" in found
    assert "missing 'Sign out'" in found


def test_extraction_keeps_translations_where_they_are(messages: Path) -> None:
    """Work of translators stays in its file, unused messages go only when asked, a second run changes nothing."""
    (messages / "money.po").write_text(HEAD + 'msgid "Search"\nmsgstr "Tìm"\n\nmsgid "Never written"\nmsgstr "x"\n')
    extraction.update("vi")
    assert "Never written" in (messages / "money.po").read_text()
    extraction.update("vi", prune=True)
    text = (messages / "money.po").read_text()
    assert 'msgid "Search"\nmsgstr "Tìm"' in text
    assert "Never written" not in text
    assert '"Sign out"' in (messages / "pages.po").read_text()
    before = {path.name: path.read_text() for path in messages.iterdir()}
    extraction.update("vi")
    assert {path.name: path.read_text() for path in messages.iterdir()} == before


def test_two_files_may_agree_but_not_differ(messages: Path) -> None:
    """The same message may stand in two areas only with the same translation."""
    for name in ("buying", "selling"):
        (messages / f"{name}.po").write_text(HEAD + 'msgid "Price"\nmsgstr "Giá"\n')
    assert len([message for message in catalogue.merged("vi") if message.id]) == 1
    (messages / "selling.po").write_text(HEAD + 'msgid "Price"\nmsgstr "Đơn giá"\n')
    with pytest.raises(catalogue.ConflictingTranslation, match="Price"):
        catalogue.merged("vi")


def test_translators_speak_their_language() -> None:
    """Vietnamese has no plural form, English does; unknown languages are refused."""
    one, many = "%(num)s day", "%(num)s days"
    assert [translator("vi").ngettext(one, many, n) % {"num": n} for n in (1, 2)] == ["1 ngày", "2 ngày"]
    assert [translator("en").ngettext(one, many, n) % {"num": n} for n in (1, 2)] == ["1 day", "2 days"]
    with pytest.raises(LookupError):
        translator("fr")


@pytest.mark.parametrize(
    ("path", "area"),
    [
        ("portal/templates/rfq_list.html", "buying"),
        ("portal/templates/offer_form.html", "selling"),
        ("portal/templates/order_detail.html", "deals"),
        ("portal/money.py", "money"),
        ("console/templates/companies.html", "console"),
        ("notify/news_deal.py", "mail"),
        ("problems.py", "errors"),
        ("pages/reading.py", "pages"),
    ],
)
def test_new_messages_go_to_the_area_of_their_file(path: str, area: str) -> None:
    """People who write different pages add to different files."""
    assert area_of(path) == area
