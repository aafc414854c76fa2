"""The words of the exchange in the languages of its readers.

English sentences are the msgids; Vietnamese stands in vi/*.po, one file for each area so that people who add strings at
the same time rarely meet. The files are merged and compiled in memory when first used; no compiled catalogue is kept.
"""

from exchange.i18n.catalogue import LOCALES, N_, translator

__all__ = ["LOCALES", "N_", "translator"]
