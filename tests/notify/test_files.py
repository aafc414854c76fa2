"""Files: what they are is decided by their bytes, who reads them by row security, and no row is without bytes."""

import asyncio
import hashlib
import zipfile
from io import BytesIO
from pathlib import Path
from typing import get_args
from uuid import UUID

import asyncpg
import pytest

from exchange.ctx import Ctx
from exchange.demo.papers import photo
from exchange.domain.file import service, store
from exchange.domain.file.kind import media_type, safe_name
from exchange.domain.file.model import FileRefused, FileTooLarge, Purpose, TooMuchUnused
from exchange.domain.file.picture import whole_picture
from exchange.errors import CompanyNotActive, Forbidden, Invalid, NotFound
from exchange.files import MAX_BYTES, Files
from tests.conftest import TestDatabase
from tests.notify.neighbourhood import Deal, acting, add_person

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(30)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(30)
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(30)


def packed(*names: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return buffer.getvalue()


XLSX = packed("[Content_Types].xml", "xl/workbook.xml")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "application/pdf"),
        (PNG, "image/png"),
        (JPEG, "image/jpeg"),
        (WEBP, "image/webp"),
        (XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (b'<?xml version="1.0"?><Invoice><ID>1</ID></Invoice>', "application/xml"),
        (b"\xef\xbb\xbfcode,price\r\nA,1\r\n", "text/csv"),
        ("mã;giá\nMuối;5000\n".encode(), "text/csv"),
        (b'{"offers": []}', "application/json"),
        (b'{"id": 1}\n{"id": 2}\n', "application/jsonl"),
    ],
)
def test_the_bytes_say_what_a_file_is(content: bytes, kind: str) -> None:
    """Each type that the exchange stores."""
    assert media_type(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<?xml version='1.0'?><s:svg xmlns:s='http://www.w3.org/2000/svg'/>",
        b"<a><b xmlns='http://www.w3.org/1999/xhtml'/></a>",
        b"<!doctype html><html></html>",
        b"  \n <HTML><body></body></HTML>",
        b"name,price\n<script>alert(1)</script>,1\n",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        b"<?xml-stylesheet href='x.xsl'?><a/>",
        b"<a><b></a>",
        b"MZ" + bytes(100),
        b"GIF89a" + bytes(30),
        b"PK\x03\x04 not a zip",
        packed("word/document.xml", "[Content_Types].xml"),
        packed("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"),
        b"\x00\x01\x02\x03",
        b"text with \x00 inside",
        b"\xff\xfe\x00\x01",
        b" \n\t ",
    ],
)
def test_what_could_run_or_cannot_be_read_is_refused(content: bytes) -> None:
    """Pages, drawings with scripts, macros, programs, broken and unknown bytes."""
    assert media_type(content) is None


@pytest.mark.parametrize(
    ("name", "kind", "safe"),
    [
        ("hóa đơn 12.pdf", "application/pdf", "hóa đơn 12.pdf"),
        ("../../etc/passwd", "application/pdf", "passwd.pdf"),
        ("C:\\Users\\a\\ảnh.JPEG", "image/jpeg", "ảnh.jpeg"),
        ("invoice.pdf.exe", "application/pdf", "invoice.pdf.exe.pdf"),
        ('a"b\r\nX: y.png', "image/png", "a_bX_ y.png"),
        ("gnp.\u202eexe.png", "image/png", "gnp.exe.png"),
        ("...", "text/csv", "file.csv"),
        ("", "text/csv", "file.csv"),
        ("x" * 500 + ".pdf", "application/pdf", "x" * 196 + ".pdf"),
        (".htaccess", "application/xml", "htaccess.xml"),
    ],
)
def test_a_name_is_safe_everywhere(name: str, kind: str, safe: str) -> None:
    """No path, no header, no turned reading direction, and an ending that tells the truth."""
    assert safe_name(name, kind) == safe


async def test_a_file_comes_back_as_it_was(db: TestDatabase, deal: Deal, tmp_path: Path) -> None:
    """Bytes, digest, size and name survive; a second door on the same folder reads them."""
    files = Files.open(f"file://{tmp_path}/store")
    ctx = acting(deal.seller, deal.seller_owner, "owner")
    received = await service.receive(ctx, files, "hóa đơn.pdf", PDF, "invoice")
    async with (await db.api()).tx(ctx) as tx:
        row = await service.record(tx, received)
    assert (row.name, row.media_type, row.size) == ("hóa đơn.pdf", "application/pdf", len(PDF))
    assert row.sha256 == hashlib.sha256(PDF).digest()
    assert await Files.open(f"file://{tmp_path}/store").get(row.id) == PDF


async def test_only_the_owner_and_those_it_shares_with_read_a_file(
    db: TestDatabase, owner: asyncpg.Connection, deal: Deal, tmp_path: Path
) -> None:
    """Before sharing it does not exist for the other side; afterwards for that side alone; an operator always sees it."""
    files = Files.open(f"file://{tmp_path}")
    api = await db.api()
    seller = acting(deal.seller, deal.seller_owner, "owner")
    buyer = acting(deal.buyer, deal.buyer_owner, "owner")
    stranger = acting(deal.seller_owner, deal.seller_owner, "owner")
    async with api.tx(seller) as tx:
        row = await service.record(tx, await service.receive(seller, files, "i.pdf", PDF, "invoice"))
    async with api.tx(buyer, "any") as tx:
        with pytest.raises(NotFound):
            await service.get(tx, row.id)
        with pytest.raises(Invalid):
            await service.attach(tx, row.id, "invoice", (deal.buyer,), "/file_id")
    async with api.tx(seller) as tx:
        await service.attach(tx, row.id, "invoice", (deal.buyer,), "/file_id")
        await service.attach(tx, row.id, "invoice", (deal.buyer, deal.seller), "/file_id")
    async with api.tx(buyer, "any") as tx:
        assert (await service.get(tx, row.id)).id == row.id
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with tx.savepoint():
                await tx.value("SELECT audience FROM file")
    async with api.tx(stranger, "any") as tx:
        with pytest.raises(NotFound):
            await service.get(tx, row.id)
    operator = await add_person(owner, None, operator=("arbiter",))
    async with api.tx(acting(None, operator, "arbiter", operator=True), "any") as tx:
        assert (await service.get(tx, row.id)).id == row.id
    assert await owner.fetchval("SELECT audience FROM file WHERE id = $1", row.id) == [deal.buyer]


async def test_a_file_is_used_for_its_purpose_only(db: TestDatabase, deal: Deal, tmp_path: Path) -> None:
    """A photo is no invoice, neither as a type nor as an attachment; the pointer names the field."""
    files = Files.open(f"file://{tmp_path}")
    seller = acting(deal.seller, deal.seller_owner, "owner")
    with pytest.raises(FileRefused):
        await service.receive(seller, files, "x.csv", b"a,b\n1,2\n", "photo")
    async with (await db.api()).tx(seller) as tx:
        row = await service.record(tx, await service.receive(seller, files, "x.png", photo(), "photo"))
        with pytest.raises(Invalid) as refusal:
            await service.attach(tx, row.id, "invoice", (), "/file_id")
    assert refusal.value.errors[0].pointer == "/file_id"


async def test_rights_size_and_emptiness_are_checked_before_anything_is_stored(deal: Deal, tmp_path: Path) -> None:
    """A refused upload leaves no object; nobody but the exchange makes a contract's file."""
    files = Files.open(f"file://{tmp_path}")
    viewer = acting(deal.seller, deal.seller_owner, "viewer")
    owner = acting(deal.seller, deal.seller_owner, "owner")
    for purpose in get_args(Purpose):
        with pytest.raises(Forbidden):
            await service.receive(viewer, files, "x.pdf", PDF, purpose)
    with pytest.raises(Forbidden):
        await service.receive(owner, files, "x.pdf", PDF, "contract")
    with pytest.raises(FileTooLarge):
        await service.receive(owner, files, "x.pdf", PDF + bytes(MAX_BYTES), "attachment")
    with pytest.raises(Invalid):
        await service.receive(owner, files, "x.pdf", b"", "attachment")
    assert list(tmp_path.rglob("*.*")) == []
    assert not (tmp_path / "files").exists()


async def test_a_transaction_that_fails_leaves_an_orphan_object_and_no_row(
    db: TestDatabase, owner: asyncpg.Connection, deal: Deal, tmp_path: Path
) -> None:
    """The bytes come first: whatever happens afterwards, every row has its bytes."""
    files = Files.open(f"file://{tmp_path}")
    seller = acting(deal.seller, deal.seller_owner, "owner")
    received = await service.receive(seller, files, "x.pdf", PDF, "invoice")
    api = await db.api()

    async def end_in_the_middle() -> None:
        async with api.tx(seller) as tx:
            await service.record(tx, received)
            raise RuntimeError("the process ends here")

    with pytest.raises(RuntimeError):
        await end_in_the_middle()
    assert await owner.fetchval("SELECT count(*) FROM file") == 0
    assert await files.get(received.id) == PDF


async def test_a_document_of_the_exchange_is_seen_by_both_sides(db: TestDatabase, deal: Deal, tmp_path: Path) -> None:
    """A job stores a contract for the buyer and lets the seller read it."""
    files = Files.open(f"file://{tmp_path}")
    received = await service.keep(files, "CON-1.pdf", PDF, "contract")
    async with (await db.worker()).system() as tx:
        row = await service.record_for(tx, received, deal.buyer, (deal.seller,))
    async with (await db.api()).tx(deal.as_seller(), "any") as tx:
        assert (await service.get(tx, row.id)).purpose == "contract"


def jpeg() -> bytes:
    """The structure of a JPEG of 8 by 8 dots: frame, scan, end."""
    frame = b"\xff\xc0\x00\x0b\x08\x00\x08\x00\x08\x01\x01\x11\x00"
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00?\x00" + b"\x55" * 20
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + frame + scan + b"\xff\xd9"


@pytest.mark.parametrize(("kind", "whole"), [("image/png", photo()), ("image/jpeg", jpeg()), ("image/webp", WEBP[:44])])
def test_a_picture_that_was_cut_off_is_noticed(kind: str, whole: bytes) -> None:
    """At any place; a whole one passes, with bytes behind its end too."""
    assert whole_picture(kind, whole)
    assert whole_picture(kind, whole + b"behind")
    cuts = range(2, len(whole), max(1, len(whole) // 50))
    assert [cut for cut in cuts if whole_picture(kind, whole[:cut])] == []


def test_a_png_with_a_wrong_byte_is_noticed() -> None:
    """Its checksums say so."""
    content = bytearray(photo())
    content[len(content) // 2] ^= 1
    assert not whole_picture("image/png", bytes(content))


def stored(folder: Path) -> int:
    """How many objects there are."""
    return sum(1 for path in folder.rglob("*") if path.is_file())


async def test_a_refused_upload_leaves_nothing(db: TestDatabase, owner: asyncpg.Connection, deal: Deal, tmp_path: Path) -> None:
    """A damaged picture, a suspended company, a person without the right: no object, no row; a good one has both."""
    files, api = Files.open(f"file://{tmp_path}"), await db.api()
    seller = acting(deal.seller, deal.seller_owner, "owner")
    with pytest.raises(Invalid) as damaged:
        await service.upload(api, seller, files, "x.png", photo()[:-20], "photo")
    assert damaged.value.errors[0].code == "unreadable"
    with pytest.raises(Forbidden):
        await service.upload(api, acting(deal.seller, deal.seller_owner, "viewer"), files, "x.png", photo(), "photo")
    await owner.execute("UPDATE company SET status = 'closed' WHERE id = $1", deal.seller)
    with pytest.raises(CompanyNotActive):
        await service.upload(api, seller, files, "x.png", photo(), "photo")
    await owner.execute("UPDATE company SET status = 'active' WHERE id = $1", deal.seller)
    assert (stored(tmp_path), await owner.fetchval("SELECT count(*) FROM file")) == (0, 0)
    await service.upload(api, seller, files, "x.png", photo(), "photo")
    assert (stored(tmp_path), await owner.fetchval("SELECT count(*) FROM file")) == (1, 1)


async def test_unused_files_have_a_limit_and_used_ones_none(
    db: TestDatabase, owner: asyncpg.Connection, deal: Deal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the limit an upload is refused and leaves nothing, also when two come at once; a used or an old file makes room."""
    files, api, size = Files.open(f"file://{tmp_path}"), await db.api(), len(photo())
    monkeypatch.setattr(service, "UNUSED_MOST", 2 * size)
    seller: Ctx = acting(deal.seller, deal.seller_owner, "owner")

    async def upload() -> UUID:
        return (await service.upload(api, seller, files, "x.png", photo(), "photo")).id

    first = await upload()
    at_once = await asyncio.gather(upload(), upload(), return_exceptions=True)
    assert sorted(isinstance(item, TooMuchUnused) for item in at_once) == [False, True]
    assert stored(tmp_path) == 2
    async with api.tx(seller) as tx:
        await service.attach(tx, first, "photo", (deal.buyer,), "/file_id")
        assert await store.unused(tx, deal.seller, 30) == size
    await upload()
    await owner.execute("UPDATE file SET created_at = created_at - interval '31 days' WHERE attached_at IS NULL")
    await upload()
    assert stored(tmp_path) == 4
