"""Reading the category tree, and the check of attributes against it."""

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.category import model, store
from exchange.domain.category.model import AttributeValue, Category, Tree, build_tree
from exchange.errors import FieldError, NotFound
from schemas.category import AttributeView, CategoryView

# One process serves one database; tests and tools see a few. The version is random, so it names the content.
_KEPT: Final = 4
_trees: OrderedDict[UUID, Tree] = OrderedDict()


async def tree(tx: Tx) -> Tree:
    """The tree as it is now: one small query, and the rest only after an import changed it."""
    found, _ = await tree_and_time(tx)
    return found


async def tree_and_time(tx: Tx) -> tuple[Tree, datetime]:
    """The tree as it is now, and market time from the same query: what most rules are checked against."""
    now = await store.version(tx)
    found = _trees.get(now.version)
    if found is None:
        found = build_tree(now.version, await store.categories(tx), await store.attributes(tx), await store.units(tx))
        # The rows were read after the version, so they may be newer than it: keep only what is surely the same.
        if (await store.version(tx)).version != now.version:
            return found, now.at
        _trees[now.version] = found
        while len(_trees) > _KEPT:
            _trees.popitem(last=False)
    return found, now.at


async def check_attributes(
    tx: Tx, category: str, attributes: Mapping[str, object]
) -> tuple[dict[str, AttributeValue], dict[str, AttributeValue], tuple[FieldError, ...]]:
    """What the category declares, what else there is, and every error; an unknown category is one of them."""
    try:
        node = (await tree(tx)).get(category)
    except NotFound:
        unknown = FieldError("/category", "unknown-category", "There is no category %(category)s.", {"category": category})
        return {}, {}, (unknown,)
    checked = model.check_attributes(node, attributes)
    return checked.declared, checked.extra, checked.errors


def view(category: Category) -> CategoryView:
    """A node as it is shown, with its own and its inherited attributes."""
    row = category.row
    return CategoryView(
        code=row.code,
        parent=row.parent_code,
        path=row.path,
        name_en=row.name_en,
        name_vi=row.name_vi,
        links=row.links,
        children=category.children,
        attributes=tuple(
            AttributeView(
                key=item.key,
                kind=item.kind,
                unit=item.unit,
                unit_symbol=item.unit_symbol,
                name_en=item.name_en,
                name_vi=item.name_vi,
                required=item.required,
                filterable=item.filterable,
                choices=item.choices,
                category=item.category_code,
            )
            for item in category.attributes.values()
        ),
    )
