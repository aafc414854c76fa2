"""A review as it goes over the wire. Pure."""

from exchange.domain.review.model import Review
from schemas.review import ReviewView


def view(item: Review) -> ReviewView:
    return ReviewView(
        id=item.id,
        version=item.version,
        order_id=item.order_id,
        author_company_id=item.author_company_id,
        author=item.author,
        subject_company_id=item.subject_company_id,
        status=item.status,
        score=item.score,
        text=item.text,
        created_at=item.created_at,
        published_at=item.published_at,
    )
