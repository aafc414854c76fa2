-- migrate:up
-- A company does not close between being selected and the drafting of its contract, and none is selected that is closed.

CREATE OR REPLACE FUNCTION company_obligations(wanted uuid) RETURNS TABLE (what text, how_many bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT x.what, sum(x.how_many)::bigint FROM (
        SELECT 'orders' AS what, count(*) AS how_many FROM public.purchase_order AS o
        WHERE wanted IN (o.buyer_id, o.seller_id) AND o.status IN ('draft', 'pending_approval', 'placed', 'confirmed', 'in_progress')
        UNION ALL
        SELECT 'contracts', count(*) FROM public.contract AS k
        WHERE wanted IN (k.buyer_id, k.seller_id) AND k.status NOT IN ('completed', 'refused', 'terminated')
        UNION ALL
        -- Selected, and its contract is still to be drafted by a job.
        SELECT 'contracts', count(*) FROM public.award AS w
        WHERE wanted IN (w.buyer_id, w.seller_id) AND w.status = 'binding'
            AND NOT EXISTS (SELECT FROM public.contract AS k WHERE k.award_id = w.id)
        UNION ALL
        SELECT 'requests', count(*) FROM public.rfq AS r
        WHERE r.buyer_id = wanted AND r.status IN ('pending_approval', 'open', 'deadline_passed', 'evaluating', 'award_pending')
        UNION ALL
        SELECT 'quotations', count(*) FROM public.quote AS q
        WHERE q.seller_id = wanted AND q.status IN ('submitted', 'opened', 'needs_confirmation', 'shortlisted', 'part_awarded')
        UNION ALL
        SELECT 'listings', count(*) FROM public.offer AS f
        WHERE f.company_id = wanted AND f.status IN ('live', 'paused', 'in_review')
        UNION ALL
        SELECT 'money', count(*) FROM public.ledger_account AS a
        WHERE a.company_id = wanted AND (a.balance_minor <> 0 OR a.held_minor <> 0)
        UNION ALL
        SELECT 'deposits', count(*) FROM public.deposit AS d WHERE d.company_id = wanted AND d.status = 'entered'
    ) AS x
    WHERE x.how_many > 0 AND (public.app_operator() OR public.app_company() = wanted)
    GROUP BY x.what
    $$;
CREATE TRIGGER begins_open BEFORE INSERT ON award FOR EACH ROW EXECUTE FUNCTION nothing_begins_in_a_closed_company();
CREATE TRIGGER comes_open BEFORE UPDATE OF status ON award FOR EACH ROW
    WHEN (NEW.status = 'binding' AND OLD.status <> 'binding') EXECUTE FUNCTION nothing_begins_in_a_closed_company();
