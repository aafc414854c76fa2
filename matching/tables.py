"""Small dictionaries that turn repeated words of the projection (companies, currencies, texts) into column codes."""

from collections.abc import Hashable
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from matching.text import fold

T = TypeVar("T", bound=Hashable)
UNKNOWN_CODE = -1


class Codes(Generic[T]):
    """Each distinct value gets the next number. Values are never taken back; a restart begins anew."""

    def __init__(self) -> None:
        self.values: list[T] = []
        self._code_of: dict[T, int] = {}

    def add(self, value: T) -> int:
        code = self._code_of.get(value)
        if code is None:
            code = len(self.values)
            self._code_of[value] = code
            self.values.append(value)
        return code

    def find(self, value: T) -> int:
        return self._code_of.get(value, UNKNOWN_CODE)


class Texts:
    """The texts of attributes: kept as written, compared folded, so that "đen" asked for finds "Đen"."""

    def __init__(self) -> None:
        self.codes: Codes[str] = Codes()
        self._same: dict[str, list[int]] = {}

    def add(self, text: str) -> int:
        known = len(self.codes.values)
        code = self.codes.add(text)
        if code == known:
            self._same.setdefault(fold(text).strip(), []).append(code)
        return code

    def equal_to(self, text: str) -> list[int]:
        """The codes of every text that reads the same."""
        return self._same.get(fold(text).strip(), [])


class Flags:
    """One yes or no per code, no until it is set."""

    def __init__(self) -> None:
        self._bits: NDArray[np.bool_] = np.zeros(16, dtype=np.bool_)

    def put(self, code: int, value: bool) -> None:
        if code >= len(self._bits):
            self._bits = np.concatenate([self._bits, np.zeros(code + 1, dtype=np.bool_)])
        self._bits[code] = value

    def first(self, count: int) -> NDArray[np.bool_]:
        """A copy of the flags of the first codes."""
        result = np.zeros(count, dtype=np.bool_)
        known = min(count, len(self._bits))
        result[:known] = self._bits[:known]
        return result


class Tables:
    """The dictionaries shared by all columns of one matcher."""

    def __init__(self) -> None:
        self.companies: Codes[bytes] = Codes()
        self.active = Flags()
        self.currencies: Codes[str] = Codes()
        self.units: Codes[str] = Codes()
        self.region_sets: Codes[tuple[str, ...]] = Codes()
        self.texts = Texts()
