-- what operators do to an order that is under way; no worker runs here
SET client_min_messages = error; -- whether a worker serves this database is not the subject
SET search_path = strike, public;
SELECT eco_id AS eco FROM strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'Interventions', '{"type": "Point", "coordinates": [-97.74, 30.27]}') \gset
SELECT strike_repage(:'eco', '  ');
SELECT strike_repage(:'eco', null);
SELECT strike_repage(null, 'x');
SELECT strike_repage('00000000-0000-4000-8000-000000000404', 'x');
SELECT strike_repage(:'eco', repeat('x', 2001));
SELECT strike_repage(:'eco', 'nobody came');
SELECT phase, pager_status FROM strike_add_note(:'eco', 'the customer called again');
SELECT phase, pager_status, needs_attention FROM strike_take_over(:'eco', 'I know somebody near');
-- pressed twice it is so already
SELECT phase, pager_status FROM strike_take_over(:'eco', 'I know somebody near');
SELECT status, outcome, contact_count, last_error FROM pager_process_state WHERE eco_id = :'eco';
SELECT strike_retry_render(:'eco', 'x');
SELECT strike_reopen_eco(:'eco', 'x');
SELECT status, phase FROM strike_cancel_eco(:'eco', 'false alarm');
SELECT strike_cancel_eco(:'eco', 'false alarm');
SELECT strike_take_over(:'eco', 'x');
SELECT strike_repage(:'eco', 'x');
SELECT status FROM strike_reopen_eco(:'eco', 'no false alarm after all');
SELECT source, event_type, summary FROM strike_eco_timeline(:'eco') WHERE event_type <> 'ECOCreatedEvent';
-- the order of another NOC is unknown, whatever is asked for
SELECT set_config('request.jwt.claims', '{"sub": "lee", "role": "strike_operator", "tenant": "noc-west"}', false) IS NOT NULL AS token;
SET ROLE strike_operator;
SELECT strike_repage(:'eco', 'x');
SELECT strike_take_over(:'eco', 'x');
SELECT strike_cancel_eco(:'eco', 'x');
SELECT strike_reopen_eco(:'eco', 'x');
SELECT strike_acknowledge(:'eco', 'x');
SELECT strike_add_note(:'eco', 'x');
SELECT * FROM strike_eco_timeline(:'eco');
RESET ROLE;
SET ROLE strike_contractor;
SELECT strike_cancel_eco(:'eco', 'x');
RESET ROLE;
SELECT set_config('request.jwt.claims', '', false) IS NOT NULL AS no_token;
SELECT * FROM strike_verify_events();
