"""PDF files made by hand, so that each says exactly what a test needs it to say."""

import io
import zipfile
import zlib


def archive(comment: bytes = b"") -> bytes:
    """A ZIP, to be hidden behind something else; the same bytes whenever it is made."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr(zipfile.ZipInfo("invoice.exe"), "MZ")
        packed.comment = comment
    return content.getvalue()


def pdf(*pages: str, link: str | None = None, count: int = 1, stream: bytes | None = None) -> bytes:
    """A PDF with the pages' lines as text; `count` repeats the last page, `stream` stands in for its content."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    annotation = b""
    if link is not None:
        objects.append(
            b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (" + link.encode() + b") >> >>"
        )
        annotation = b" /Annots [4 0 R]"
    kids: list[int] = []
    for lines in pages:
        content = stream or zlib.compress(_shown(lines))
        filters = b" /Filter /FlateDecode"
        objects.append(b"<< /Length %d%s >>\nstream\n%s\nendstream" % (len(content), filters, content))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R%s"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (len(objects), annotation)
        )
        kids.append(len(objects))
    kids += [kids[-1]] * (count - 1)
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids))
    return _file(objects)


def _shown(lines: str) -> bytes:
    commands = [b"BT /F1 11 Tf 14 TL 50 800 Td"]
    for line in lines.split("\n"):
        escaped = line.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        commands.append(b"(" + escaped + b") Tj T*")
    return b"\n".join([*commands, b"ET"])


def document(content: bytes, *objects: bytes, page: bytes = b"", catalog: bytes = b"") -> bytes:
    """A PDF of one page: its content, what stands in its page and in its catalog, and objects from number 6 on.

    Object 5 is Helvetica, as /F1; what is in the page's own /Resources is for the caller to say.
    """
    resources = b"" if b"/Resources" in page else b" /Resources << /Font << /F1 5 0 R >> >>"
    return _file([
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R %s%s >>" % (page, resources),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        *objects,
    ])  # fmt: skip


def printed(*lines: tuple[int, int, str]) -> bytes:
    """The content of a page: each line at its place, in points from the left and from the bottom."""
    return b"\n".join(b"BT /F1 11 Tf %d %d Td (%s) Tj ET" % (x, y, line.encode("cp1252")) for x, y, line in lines)


def _file(objects: list[bytes]) -> bytes:
    content, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return content + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def encrypted(content: bytes, password: str) -> bytes:
    """The same file under a password."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
