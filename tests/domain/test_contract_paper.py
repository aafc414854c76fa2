"""The paper of a contract and its check offline: the same text, the same bytes; one changed character is found."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from click.testing import CliRunner

from exchange import terms as standard_terms
from exchange.cli import main
from exchange.domain.contract import body as text
from exchange.domain.contract.body import Basis, ContractBody, Party, Reference
from exchange.print.contract import contract_pdf, languages
from exchange.verify_contract import NotAContract, verify_contract
from schemas.terms import InstalmentTerm, TermsIn, terms_view

AT = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
BUYER, SELLER = UUID(int=1), UUID(int=2)


def party(company: UUID, name: str, profile: str = "vn") -> Party:
    return Party(
        company_id=company,
        legal_name=name,
        country="VN",
        profile=profile,
        registration_id="0100233488",
        tax_id="0100233488",
        address="12 Nguyễn Huệ, Quận 1, TP. Hồ Chí Minh",
        representative="Đào Thị Ánh Tuyết",
        representative_title="Giám đốc",
    )


def contract(
    title: str = "Muối tinh i-ốt", *, seller_profile: str = "vn", kind: text.Kind = "signed", **terms: Any
) -> ContractBody:
    line = text.line(
        position=1,
        title=title,
        category="salt",
        unit="KGM",
        quantity=Decimal("1000"),
        price=Decimal("7200.5"),
        vat_code="VN8",
        vat_percent=Decimal(8),
        currency="VND",
        region="VN-SG",
        deliver_to="12 Nguyễn Huệ",
        deliver_within_days=5,
    )
    net, vat = text.totals((line,), "VND")
    agreed = terms_view(TermsIn(**terms))
    reference = Reference(id=UUID(int=5), version=2, number="RFQ-AAAA-BBBB")
    return ContractBody(
        format=text.FORMAT,
        kind=kind,
        id=UUID(int=9),
        number="CON-7K3F-9QXM",
        text_version=1,
        buyer=party(BUYER, "Công ty TNHH Thực phẩm Đông Á"),
        seller=party(SELLER, "Saigon Salt Ltd", seller_profile),
        basis=Basis(rfq=reference, quote=reference, award=reference),
        currency="VND",
        lines=(line,),
        net=str(net),
        vat=str(vat),
        gross=str(net + vat),
        terms=agreed,
        instalments=text.schedule(agreed, net + vat, "VND"),
        fee_percent="1",
        fee_vat_percent="10",
        standard_terms=text.current_terms(),
        drafted_at=AT,
        sign_by=AT + timedelta(days=7),
    )


def printed(body: ContractBody) -> bytes:
    return contract_pdf(body, text.digest(text.canonical(body)))


def answer(of: ContractBody, **changes: Any) -> bytes:
    """What GET /contracts/{id} says of an active contract that both signed."""
    frozen = text.canonical(of)
    digest = text.digest(frozen).hex()
    signatures = [{"company_id": str(company), "digest": digest} for company in (BUYER, SELLER)]
    return msgspec.json.encode({"body": frozen, "digest": digest, "status": "active", "signatures": signatures, **changes})


def test_the_same_text_gives_the_same_bytes() -> None:
    """Printed twice it is one file; another text is another file."""
    assert printed(contract()) == printed(contract())
    assert printed(contract()) != printed(contract("Muối tinh"))
    assert printed(contract()).startswith(b"%PDF-")


def test_it_is_printed_in_the_languages_of_its_parties() -> None:
    """Two Vietnamese companies read Vietnamese; with a foreign one the paper holds both languages and is longer."""
    assert languages(contract()) == ("vi",)
    assert languages(contract(seller_profile="default")) == ("vi", "en")
    assert len(printed(contract(seller_profile="default"))) > len(printed(contract()))


@pytest.mark.parametrize("title", ['#panic("x")', "$ x $ \\ *b* `r` <label> @ref", "]]} // */ #{", '"quoted" \\u{41}'])
def test_text_of_members_is_printed_not_run(title: str) -> None:
    """Whatever stands in a title is text to the printer."""
    assert printed(contract(title)).startswith(b"%PDF-")


def test_the_instalments_sum_to_the_gross_value() -> None:
    """Three thirds of an odd amount lose nothing; a share that rounds to nothing is left out."""
    thirds = tuple(InstalmentTerm(percent, "acceptance") for percent in ("33.333", "33.333", "33.334"))
    body = contract(payment=thirds)
    assert sum(int(item.amount) for item in body.instalments) == int(body.gross) == 7_776_540
    tiny = text.schedule(terms_view(TermsIn(payment=thirds)), 2, "VND")
    assert [item.amount for item in tiny] == ["1", "1"]


def test_a_true_contract_has_no_findings() -> None:
    """Text, digest, signatures, standard terms and paper agree."""
    body = contract()
    assert verify_contract(answer(body), pdf=printed(body)) == []
    frozen = text.canonical(body)
    assert verify_contract(frozen.encode(), digest=text.digest(frozen).hex()) == []


def test_every_change_is_found() -> None:
    """A changed character, another order of keys, a signature over something else, one signature only, another paper."""
    body = contract()
    frozen = text.canonical(body)
    digest = text.digest(frozen).hex()
    spaced = msgspec.json.format(frozen.encode()).decode()
    signatures = [{"company_id": str(BUYER), "digest": digest}]
    cases: list[tuple[bytes, bytes | None, set[str]]] = [
        (answer(body, body=frozen.replace("7200.5", "7200.6")), None, {"digest of the text", "signed digest"}),
        (answer(body, body=spaced, digest=text.digest(spaced).hex()), None, {"the text is canonical", "signed digest"}),
        (answer(body, signatures=[*signatures, {"company_id": str(SELLER), "digest": "0" * 64}]), None, {"signed digest"}),
        (answer(body, signatures=signatures), None, {"both parties signed"}),
        (answer(body), printed(contract("Đường")), {"the PDF shows this text"}),
        (answer(body, pdf_digest="0" * 64), printed(body), {"digest of the PDF"}),
    ]
    for content, pdf, rules in cases:
        assert {finding.rule for finding in verify_contract(content, pdf=pdf)} == rules
    for content in (b"", b"[]", b"\xff", b'{"a":1}'):
        with pytest.raises(NotAContract):
            verify_contract(content)


def test_the_command_says_whether_a_file_holds(tmp_path: Path) -> None:
    """Status 0 for a true contract, 1 with the finding for a changed one, 2 for something else."""
    body = contract()
    good, bad, other = tmp_path / "good.json", tmp_path / "bad.json", tmp_path / "other.json"
    good.write_bytes(answer(body))
    bad.write_bytes(answer(body, digest="0" * 64))
    other.write_text("nothing")
    (tmp_path / "c.pdf").write_bytes(printed(body))
    runner = CliRunner()
    fine = runner.invoke(main, ["verify", "contract", str(good), "--pdf", str(tmp_path / "c.pdf"), "--json"])
    assert (fine.exit_code, msgspec.json.decode(fine.stdout)) == (0, {"findings": [], "ok": True})
    assert runner.invoke(main, ["verify", "contract", str(bad)]).exit_code == 1
    assert runner.invoke(main, ["verify", "contract", str(other)]).exit_code == 2


def test_the_standard_terms_are_one_text_in_two_languages() -> None:
    """Both have the same clauses; the digest changes with either; an unknown version has none."""
    both = [standard_terms.clauses(standard_terms.CURRENT, locale) for locale in standard_terms.LOCALES]
    assert [len(clauses) for clauses in both] == [12, 12]
    assert all(clause.heading and clause.paragraphs for clauses in both for clause in clauses)
    assert len(standard_terms.digest(standard_terms.CURRENT)) == 64
    with pytest.raises(standard_terms.UnknownTerms):
        standard_terms.digest("1999-1")
