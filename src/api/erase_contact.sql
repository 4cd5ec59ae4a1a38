-- People may be forgotten; what happened stays.
CREATE FUNCTION strike.strike_erase_contact(contact uuid, reason text) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person uuid;
	refs uuid[];
BEGIN
	IF coalesce(strike_erase_contact.reason, '') !~ '\S' OR length(strike_erase_contact.reason) > 2000 THEN
		RAISE EXCEPTION 'a reason is needed, of at most 2000 characters' USING ERRCODE = '22023', HINT = 'Say who asked for it; without the name.';
	END IF;
	SELECT c.contact_id INTO person FROM strike.pager_contacts c WHERE c.contact_id = strike_erase_contact.contact;
	IF person IS NULL THEN
		SELECT coalesce(r.contact_id, r.contact_ref) INTO person FROM strike.contact_refs r
		WHERE strike_erase_contact.contact IN (r.contact_id, r.contact_ref) LIMIT 1;
	END IF;
	IF person IS NULL THEN
		RAISE EXCEPTION 'unknown contact' USING ERRCODE = 'PT404', HINT = 'Give a contact_id of pager_contacts, or a contact_ref of an event.';
	END IF;
	-- the list entry first: its own event still makes a snapshot
	DELETE FROM strike.pager_contacts c WHERE c.contact_id = person;
	WITH emptied AS (
		UPDATE strike.contact_refs r SET name = NULL, phone = NULL, salt = NULL
		WHERE person IN (r.contact_id, r.contact_ref) AND (r.name IS NOT NULL OR r.phone IS NOT NULL OR r.salt IS NOT NULL)
		RETURNING r.contact_ref
	)
	SELECT array_agg(e.contact_ref) INTO refs FROM emptied e;
	IF refs IS NOT NULL THEN
		PERFORM strike.strike_append(person, 'Contact', NULL, jsonb_build_array(jsonb_build_object('type', 'ContactErasedEvent',
			'payload', jsonb_build_object('contact_id', person, 'contact_refs', to_jsonb(refs), 'reason', strike_erase_contact.reason))));
	END IF;
	-- The read model has names in it.  Asked for again it is gone through again: the outbox worker
	-- may have read a name just before.
	UPDATE strike.eco_views v SET (accepted_by, phase) = (SELECT e.accepted_by, e.phase FROM strike.eco_at(v.eco_id, NULL) e)
	WHERE v.eco_id IN (SELECT p.eco_id FROM strike.pager_run_contacts c JOIN strike.pager_process_state p ON p.run_id = c.run_id
		JOIN strike.contact_refs r ON r.contact_ref = c.contact_ref WHERE person IN (r.contact_id, r.contact_ref));
	RETURN coalesce(cardinality(refs), 0);
END
$$;
COMMENT ON FUNCTION strike.strike_erase_contact(uuid, text) IS
	'forgets a person: the list entry goes, the snapshots of name and number are emptied, the read model forgets the name; no event is changed; returns how many snapshots there were
contact: the contact_id or contact_ref of the person
reason: why, kept in the event';
REVOKE ALL ON FUNCTION strike.strike_erase_contact(uuid, text) FROM PUBLIC;
