"""The body of a request that brings a file."""

from litestar.datastructures import UploadFile
from msgspec import Struct


class Upload(Struct):
    """A form with one file in its field `file`."""

    file: UploadFile
