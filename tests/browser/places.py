"""Every page of portal and console, who opens it and how to find something that it can show in the sample market."""

from dataclasses import dataclass

from exchange.market.fill import SIGN_INS
from exchange.market.fill.cast import CLOCK

# Who looks: somebody of the sample market by role, a visitor, or the owner of the company that a row of `find` names.
VISITOR = "visitor"
OWNER = "owner"
PEOPLE = {
    VISITOR: "",
    **{item.role: item.email for item in SIGN_INS if item.role != "finance operator"},
    "finance operator": next(item.email for item in SIGN_INS if item.role == "finance operator"),
    "administrator": CLOCK,
}


# Where nothing is: what a lost visitor sees.
UNKNOWN = "/nothing-is-here"


@dataclass(frozen=True)
class Place:
    """One page for one kind of person. `find` gives rows (id, variant, company); every row is a page."""

    route: str
    who: str
    find: str = ""
    query: str = ""
    name: str = ""
    status: int = 200
    # Its form is also sent empty, to see the page with every error.
    mistakes: bool = False


# GET routes that show no page.
NOT_PAGES = {
    "/live": "a stream of events",
    "/account/data/file": "a JSON file",
    "/contracts/{contract_id}/pdf": "a PDF",
    "/contracts/{contract_id}/text": "the canonical JSON that was signed",
    "/offers/import/sample": "a CSV or JSON Lines file",
    "/offers/import/{file_id}/errors": "a spreadsheet",
    "/sign-in/company/{company_id}": "leads to a company's own provider",
    "/sign-in/company/callback": "where that provider sends people back to",
    "/rfqs/new/wishes": "a part of the page /rfqs/new that follows the chosen category",
}

RFQS = "SELECT DISTINCT ON (status) id, status AS variant, buyer_id AS company FROM rfq ORDER BY status, created_at"
RFQS_SEEN = """
SELECT DISTINCT ON (r.status) r.id, r.status || '-supplier' AS variant, i.seller_id AS company
FROM rfq AS r JOIN invitation AS i ON i.rfq_id = r.id ORDER BY r.status, r.created_at
"""
COMPARED = """
SELECT DISTINCT ON (r.status) r.id, r.status AS variant, r.buyer_id AS company
FROM rfq AS r WHERE r.status IN ('evaluating', 'award_pending', 'awarded') ORDER BY r.status, r.created_at
"""
EVALUATING = "SELECT id, '' AS variant, buyer_id AS company FROM rfq WHERE status = 'evaluating' ORDER BY created_at LIMIT 1"
DRAFT_RFQ = "SELECT id, '' AS variant, buyer_id AS company FROM rfq WHERE status = 'draft' ORDER BY created_at LIMIT 1"
TO_QUOTE = """
SELECT r.id, '' AS variant, i.seller_id AS company FROM rfq AS r JOIN invitation AS i ON i.rfq_id = r.id
WHERE r.status = 'open'
ORDER BY EXISTS (SELECT FROM quote AS q WHERE q.rfq_id = r.id AND q.seller_id = i.seller_id), r.created_at LIMIT 1
"""
SCREENING_RULES = (
    "SELECT id, code AS variant, NULL::uuid AS company FROM screening_rule WHERE code IN ('banned_terms', 'price_far')"
)
CASES = "SELECT DISTINCT ON (kind, status) id, kind || '-' || status AS variant, company_id AS company FROM moderation_case"
OWN_CASES = """
SELECT DISTINCT ON (m.status, m.outcome) m.id, coalesce(m.outcome, m.status) AS variant, m.company_id AS company
FROM moderation_case AS m WHERE m.kind IN ('offer', 'appeal')
"""
QUOTES = "SELECT DISTINCT ON (status) id, status AS variant, seller_id AS company FROM quote ORDER BY status, created_at"
CONTRACTS = """
SELECT DISTINCT ON (kind, status) id, kind || '-' || status AS variant, buyer_id AS company FROM contract
ORDER BY kind, status, created_at
"""
CONTRACT_SOLD = """
SELECT DISTINCT ON (status) id, status || '-seller' AS variant, seller_id AS company FROM contract ORDER BY status, created_at
"""
ORDERS = """
SELECT DISTINCT ON (o.status, i.status) o.id, o.status || coalesce('-' || i.status, '') AS variant, o.buyer_id AS company
FROM purchase_order AS o LEFT JOIN instalment AS i ON i.order_id = o.id ORDER BY o.status, i.status, o.created_at
"""
SALES = """
SELECT DISTINCT ON (o.status) o.id, o.status || '-seller' AS variant, o.seller_id AS company
FROM purchase_order AS o WHERE o.status NOT IN ('draft', 'pending_approval') ORDER BY o.status, o.created_at
"""
TO_DESPATCH = """
SELECT o.id, '' AS variant, o.seller_id AS company FROM purchase_order AS o
WHERE o.status = 'confirmed' AND NOT EXISTS (SELECT FROM instalment AS i WHERE i.order_id = o.id AND i.method = 'protected')
LIMIT 1
"""
UNDERWAY = """
SELECT o.id, '' AS variant, o.buyer_id AS company FROM purchase_order AS o
WHERE o.status IN ('confirmed', 'in_progress') AND NOT EXISTS (SELECT FROM closing_proposal AS c WHERE c.order_id = o.id)
    AND EXISTS (SELECT FROM order_line AS l WHERE l.order_id = o.id AND l.quantity - l.despatched + l.rejected - l.closed > 0)
ORDER BY o.created_at LIMIT 1
"""
TO_REPEAT = """
SELECT o.id, '' AS variant, o.buyer_id AS company FROM purchase_order AS o JOIN contract AS c ON c.id = o.contract_id
WHERE o.status = 'completed' AND c.kind = 'standard' ORDER BY o.created_at DESC LIMIT 1
"""
TO_REVIEW = """
SELECT o.id, '' AS variant, o.buyer_id AS company FROM purchase_order AS o
WHERE o.status = 'completed' AND NOT EXISTS (SELECT FROM review AS r WHERE r.order_id = o.id) LIMIT 1
"""
TO_INSPECT = "SELECT id, '' AS variant, buyer_id AS company FROM delivery WHERE status = 'arrived' LIMIT 1"
TO_INVOICE = """
SELECT i.delivery_id AS id, i.status AS variant, i.seller_id AS company FROM invoice AS i
WHERE i.status IN ('expected', 'difference') ORDER BY i.status DESC
"""
TO_PAY = """
SELECT DISTINCT ON (method) id, method AS variant, buyer_id AS company FROM instalment
WHERE status = 'due' OR (status = 'planned' AND method = 'protected') ORDER BY method, created_at
"""
TALKS = """
SELECT DISTINCT ON (kind, buying) thread_id AS id, kind || CASE WHEN buying THEN '-buying' ELSE '-selling' END AS variant,
    company_id AS company
FROM thread_side ORDER BY kind, buying, last_at
"""
TALKED_ABOUT = (
    "SELECT id, 'order' AS kind, '' AS variant, seller_id AS company FROM purchase_order WHERE status = 'completed' "
    "ORDER BY created_at LIMIT 1"
)
DRAFTED = "SELECT id, '' AS variant, id AS company FROM company WHERE status = 'draft'"
FEE_INVOICE = "SELECT id, '' AS variant, seller_id AS company FROM fee_invoice LIMIT 1"
MEMBER = "SELECT id, '' AS variant FROM company WHERE status = 'active' AND id <> $1 ORDER BY display_name LIMIT 1"
COLLEAGUES = """
SELECT DISTINCT ON (p.own) p.id, CASE WHEN p.own THEN 'own' ELSE 'colleague' END AS variant
FROM (SELECT m.person_id AS id, 'owner' = ANY (m.roles) AS own FROM membership AS m
    WHERE m.company_id = $1 AND m.ended_at IS NULL) AS p
ORDER BY p.own, p.id
"""
OWN_ROLE = "SELECT id, '' AS variant FROM company_role WHERE company_id = $1 LIMIT 1"
KEY = "SELECT id, '' AS variant FROM api_key WHERE company_id = $1 LIMIT 1"
SIGNATORIES = """
SELECT s.id, s.status AS variant
FROM signatory AS s JOIN membership AS m ON (m.company_id, m.person_id) = (s.company_id, s.person_id)
WHERE s.company_id = $1 AND s.basis = 'authorisation' AND m.ended_at IS NULL ORDER BY s.id LIMIT 1
"""
APPLICANTS = "SELECT DISTINCT ON (status) id, status AS variant FROM company WHERE status IN ('applied', 'in_review')"
APPLIED = "SELECT DISTINCT ON (status) id, status AS variant, id AS company FROM company ORDER BY status, applied_at"
MEMBERS = "SELECT DISTINCT ON (status) id, status AS variant FROM company WHERE status NOT IN ('applied', 'in_review')"

OFFERS = """
SELECT DISTINCT ON (status, firm) id, status || CASE WHEN firm THEN '-firm-own' ELSE '-own' END AS variant, company_id AS company
FROM offer WHERE visibility = 'all' ORDER BY status, firm, created_at
"""
OFFERS_OF_OTHERS = """
SELECT DISTINCT ON (firm) id, CASE WHEN firm THEN 'firm' ELSE 'indicative' END AS variant FROM offer
WHERE status = 'live' AND visibility = 'all' AND currency = 'VND' AND company_id <> $1 ORDER BY firm, created_at
"""
FIRM_OFFER = """
SELECT id, '' AS variant FROM offer
WHERE status = 'live' AND visibility = 'all' AND firm AND currency = 'VND' AND company_id <> $1 ORDER BY created_at LIMIT 1
"""
OWN_OFFER = "SELECT id, '' AS variant FROM offer WHERE status = 'live' AND company_id = $1 ORDER BY created_at LIMIT 1"
IMPORTS = "SELECT id, split_part(name, '.', 1) AS variant FROM file WHERE company_id = $1 AND purpose = 'import'"
APPROVALS = """
SELECT DISTINCT ON (a.kind, a.status) a.id, a.kind || '-' || a.status AS variant, a.company_id AS company
FROM approval_request AS a ORDER BY a.kind, a.status, a.requested_at
"""

PLACES = (
    Place("/sign-in", VISITOR, mistakes=True),
    Place("/apply", VISITOR, mistakes=True),
    Place("/apply/received", OWNER, APPLIED),
    Place(UNKNOWN, VISITOR, status=404),
    Place("/", "buyer"),
    Place("/", "buyer's approver"),
    Place("/", "buyer's signatory"),
    Place("/", "seller"),
    Place(UNKNOWN, "buyer", status=404),
    Place("/account", "buyer"),
    Place("/account/security", "buyer"),
    Place("/operator/account/security", "moderator"),
    Place("/account/data", "buyer"),
    Place("/step-up", "buyer", mistakes=True),
    Place("/reset", VISITOR, mistakes=True),
    Place("/reset/new", VISITOR, query="?token=x", mistakes=True),
    Place("/verify", VISITOR, query="?token=x"),
    Place("/second-factor/stop", VISITOR, query="?token=x"),
    Place("/inbox", "buyer"),
    Place("/inbox", "seller"),
    Place("/messages", "buyer"),
    Place("/messages", "seller"),
    Place("/messages", "buyer", query="?find=giao", name="found"),
    Place("/messages", "buyer", query="?find=nothing+of+the+kind", name="none"),
    Place("/messages/{thread_id}", OWNER, TALKS),
    Place("/messages/about/{kind}/{subject_id}", OWNER, TALKED_ABOUT),
    Place("/activity", "buyer"),
    Place("/network", "buyer"),
    Place("/network", "buyer", query="?find=nothing+of+the+kind", name="none"),
    Place("/companies/{company_id}", "buyer", MEMBER),
    Place("/cases/{case_id}", OWNER, OWN_CASES),
    Place("/company", "buyer"),
    Place("/company", "buyer's signatory"),
    Place("/company/edit", "buyer's signatory", mistakes=True),
    Place("/apply/start", "visitor", mistakes=True),
    Place("/company/bank", "buyer's signatory"),
    Place("/company/bank/new", "buyer's signatory", mistakes=True),
    Place("/company/documents", "buyer's signatory"),
    Place("/company/documents/new", "buyer's signatory", mistakes=True),
    Place("/company/close", "buyer's signatory"),
    Place("/company/passports", "buyer's signatory"),
    Place("/company/passports/new", "buyer's signatory", mistakes=True),
    Place("/company/addresses", "buyer's signatory"),
    Place("/company/addresses/new", "buyer's signatory", mistakes=True),
    Place("/company/group", "buyer's signatory"),
    Place("/company/group/new", "buyer's signatory", mistakes=True),
    Place("/company/people", "buyer's signatory"),
    Place("/company/people/new", "buyer's signatory", mistakes=True),
    Place("/company/people/{person_id}", "buyer's signatory", COLLEAGUES),
    Place("/company/signatories", "buyer's signatory"),
    Place("/company/signatories/{signatory_id}", "buyer's signatory", SIGNATORIES),
    Place("/company/sign-in", "seller's signatory", mistakes=True),
    Place("/company/roles", "buyer's signatory"),
    Place("/company/roles", "buyer"),
    Place("/company/roles/new", "buyer's signatory", mistakes=True),
    Place("/company/roles/{role_id}", "buyer's signatory", OWN_ROLE),
    Place("/join", VISITOR, query="?token=unknown", status=404),
    Place("/company/keys/{key_id}", "seller's signatory", KEY),
    Place("/company/keys", "seller's signatory"),
    Place("/company/keys/new", "seller's signatory", mistakes=True),
    Place("/company/webhooks", "seller's signatory"),
    Place("/company/accesses", "seller's signatory"),
    Place("/company/privacy", "seller's signatory"),
    Place("/company/webhooks/new", "seller's signatory", mistakes=True),
    Place("/rfqs", "buyer"),
    Place("/rfqs", "buyer", query="?status=draft&find=nothing+of+the+kind", name="none"),
    Place("/rfqs", "seller"),
    Place("/rfqs/new", "buyer", mistakes=True),
    Place("/rfqs/{rfq_id}", OWNER, RFQS),
    Place("/rfqs/{rfq_id}", OWNER, RFQS_SEEN),
    Place("/rfqs/{rfq_id}/edit", OWNER, DRAFT_RFQ),
    Place("/rfqs/{rfq_id}/compare", OWNER, COMPARED),
    Place("/rfqs/{rfq_id}/award", OWNER, EVALUATING),  # an empty form is a selection: its reasons may be left out
    Place("/rfqs/{rfq_id}/quote", OWNER, TO_QUOTE, mistakes=True),
    Place("/approvals", "buyer's approver"),
    Place("/approvals/{approval_id}", OWNER, APPROVALS),
    Place("/approvals/away", "buyer's signatory", mistakes=True),
    Place("/company/policies", "buyer's signatory", query="?kind=award&value=1200000000"),
    Place("/company/policies/{kind}", "buyer's signatory", "SELECT 'award' AS id, '' AS variant"),
    Place("/apply/draft", OWNER, DRAFTED, mistakes=True),
    Place("/passports/{passport_id}", "buyer", "SELECT id, '' AS variant FROM passport WHERE reader_id = $1"),
    Place("/search", "buyer"),
    Place("/search", "buyer", query="?q=gi%E1%BA%A5y&quantity=100", name="words"),
    Place("/search", "buyer", query="?q=nothing-of-the-kind", name="none"),
    Place("/search", "buyer", query="?q=t%C3%A2n", name="companies"),
    Place("/market", "buyer"),
    Place("/offers/{offer_id}", "buyer", OFFERS_OF_OTHERS),
    Place("/offers/{offer_id}/ask", "buyer", OFFERS_OF_OTHERS, mistakes=True),
    Place("/offers/{offer_id}/order", "buyer", FIRM_OFFER, mistakes=True),
    Place("/offers", "seller"),
    Place("/offers", "seller", query="?status=draft&find=nothing+of+the+kind", name="none"),
    Place("/offers/new", "seller", mistakes=True),
    Place("/offers/{offer_id}", OWNER, OFFERS),
    Place("/offers/{offer_id}/edit", "seller", OWN_OFFER, mistakes=True),
    Place("/offers/import", "seller", mistakes=True),
    Place("/offers/import/{file_id}", "seller", IMPORTS),
    Place("/opportunities", "seller"),
    Place("/opportunities/open", "seller"),
    Place("/quotes", "seller"),
    Place("/quotes/{quote_id}", OWNER, QUOTES),
    Place("/orders", "buyer"),
    Place("/orders", "seller"),
    Place("/sales", "seller"),
    Place("/orders/{order_id}", OWNER, ORDERS),
    Place("/orders/{order_id}", OWNER, SALES),
    Place("/orders/{order_id}/despatch", OWNER, TO_DESPATCH),
    Place("/orders/{order_id}/closing", OWNER, UNDERWAY, mistakes=True),
    Place("/orders/{order_id}/repeat", OWNER, TO_REPEAT),
    Place("/orders/{order_id}/review", OWNER, TO_REVIEW, mistakes=True),
    Place("/deliveries/{delivery_id}/inspect", OWNER, TO_INSPECT),
    Place("/deliveries/{delivery_id}/invoice", OWNER, TO_INVOICE, mistakes=True),
    Place("/instalments/{instalment_id}/pay", OWNER, TO_PAY),
    Place("/contracts", "buyer"),
    Place("/contracts/{contract_id}", OWNER, CONTRACTS),
    Place("/contracts/{contract_id}", OWNER, CONTRACT_SOLD),
    Place("/money", "buyer's signatory"),
    Place("/money", "seller's signatory"),
    Place("/money/statement", "buyer's signatory"),
    Place("/money/fees", "seller's signatory"),
    Place("/money/fees/{invoice_id}", OWNER, FEE_INVOICE),
    Place("/operator", "moderator"),
    Place("/operator", "finance operator"),
    Place("/operator/account", "moderator"),
    Place("/operator/inbox", "moderator"),
    Place("/operator/companies", "moderator"),
    Place("/operator/companies/{company_id}", "moderator", APPLICANTS),
    Place("/operator/queue", "moderator"),
    Place("/operator/rules", "administrator"),
    Place("/operator/rules/{rule_id}", "administrator", SCREENING_RULES),
    Place("/operator/queue/{case_id}", "moderator", CASES),
    Place("/operator/members", "moderator"),
    Place("/operator/members/{company_id}", "moderator", MEMBERS),
    Place("/operator/verification", "moderator"),
    Place("/operator/deposits", "finance operator"),
    Place("/operator/deposits/new", "finance operator", mistakes=True),
    Place("/operator/jobs", "administrator"),
    Place("/operator/audit", "administrator"),
    Place("/operator/accesses", "administrator"),
    Place("/operator/privacy", "administrator"),
    Place("/operator/identity", "administrator"),
    Place("/operator/identity/new", "administrator", mistakes=True),
    Place("/operator/clock", "administrator", mistakes=True),
    Place(UNKNOWN, "moderator", status=404),
)
