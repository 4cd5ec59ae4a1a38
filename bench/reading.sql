-- ORDERS orders at rest, 18 events each, as the workers would leave them: one declined call, one
-- accepted, field work, closed.  The hashes are none: this is for reading.  Variable: orders.
SET search_path = strike, public;
SET synchronous_commit = off;
INSERT INTO tenants VALUES ('noc-east','NOC East','NOC','E2'),('noc-west','NOC West','NOC','W1'),('osp-fibre','Fibre Co','OSP',null),('osp-north','Northern','OSP',null);
CREATE TEMP TABLE o AS SELECT n, gen_random_uuid() eco, gen_random_uuid() run, gen_random_uuid() a1, gen_random_uuid() a2, gen_random_uuid() c1, gen_random_uuid() c2, timestamptz '2026-01-01' + n * interval '4 min' AS t, CASE WHEN n%2=0 THEN 'noc-east' ELSE 'noc-west' END noc, CASE WHEN n%3=0 THEN 'osp-fibre' ELSE 'osp-north' END osp FROM generate_series(1, :orders) n;
INSERT INTO contact_refs SELECT c1, null, 'Person '||n%50, '+15125550111', '\x00' FROM o;
INSERT INTO contact_refs SELECT c2, null, 'Person '||n%50, '+15125550111', '\x00' FROM o;
INSERT INTO pager_process_state(run_id, eco_id, run_no, status, outcome, contact_count, osp_tenant, job_id, message, created_at, completed_at, updated_at) SELECT run, eco, 1, 'COMPLETED','DISPATCHED',2,osp,'x','x',t,t,t FROM o;
INSERT INTO events SELECT stream, version, st, et, payload, '{"v":1}', at, '\x00', nextval('strike.event_position') FROM (
 SELECT eco stream, 1 version, 'ECO' st, 'ECOCreatedEvent' et, jsonb_build_object('job_id','E2-'||n,'noc_tenant',noc,'osp_tenant',osp,'job_type','CMR','description','Fiber cut on Main St number '||n,'location','{"type":"Point","coordinates":[-97.74,30.27]}'::jsonb,'request_id',null) payload, t at, n FROM o
 UNION ALL SELECT eco, 2, 'ECO','RenderIntegrationStatusUpdatedEvent', jsonb_build_object('from','PENDING','to','TASKED','project_task_id','PT-'||n,'render_instance',null,'error',null), t+'1s',n FROM o
 UNION ALL SELECT run, 1, 'PagerRun','PagerRunStartedEvent', jsonb_build_object('eco_id',eco,'run_no',1,'region','Austin','message','NOC: x','contacts',jsonb_build_array(jsonb_build_object('contact_ref',c1,'position',1,'contact_digest',md5('x')),jsonb_build_object('contact_ref',c2,'position',2,'contact_digest',md5('x')))), t+'1s',n FROM o
 UNION ALL SELECT run, 1+k, 'PagerRun','PagerAttemptUpdatedEvent', jsonb_build_object('eco_id',eco,'run_id',run,'attempt_id',CASE WHEN k<4 THEN a1 ELSE a2 END,'contact_no',CASE WHEN k<4 THEN 1 ELSE 2 END,'contact_ref',CASE WHEN k<4 THEN c1 ELSE c2 END,'state',(ARRAY['INTENT','CALLING','NO_ANSWER','INTENT','CALLING','ANSWERED','ACCEPTED'])[k],'provider_sid','FN'||md5(n::text),'reason',null,'at_provider',null), t+k*interval '5s',n FROM o, generate_series(1,7) k
 UNION ALL SELECT run, 9, 'PagerRun','PagerRunCompletedEvent', jsonb_build_object('eco_id',eco,'run_id',run,'outcome','DISPATCHED','accepted_by',c2), t+'40s',n FROM o
 UNION ALL SELECT eco, 3, 'ECO','RenderIntegrationStatusUpdatedEvent', jsonb_build_object('from','TASKED','to','DISPATCHED','project_task_id','PT-'||n,'render_instance',null,'error',null), t+'41s',n FROM o
 UNION ALL SELECT eco, 4, 'ECO','TasksObservedEvent', jsonb_build_object('tasks',jsonb_build_array(jsonb_build_object('status','blueprinted','display','Pending','project_task_id','PT-'||n))), t+'100s',n FROM o
 UNION ALL SELECT eco, 5, 'ECO','TaskChangedEvent', jsonb_build_object('project_task_id','PT-'||n,'from','blueprinted','to','released','display','In Progress'), t+'200s',n FROM o
 UNION ALL SELECT eco, 6, 'ECO','StatusUpdatedEvent', jsonb_build_object('from','OPEN','to','IN_PROGRESS','reason','field work'), t+'200s',n FROM o
 UNION ALL SELECT eco, 7, 'ECO','TaskChangedEvent', jsonb_build_object('project_task_id','PT-'||n,'from','released','to','completed','display','Complete'), t+'2h',n FROM o
 UNION ALL SELECT eco, 8, 'ECO','StatusUpdatedEvent', jsonb_build_object('from','IN_PROGRESS','to','COMPLETED','reason','all done','grace_until',t+'26h'), t+'2h',n FROM o
 UNION ALL SELECT eco, 9, 'ECO','StatusUpdatedEvent', jsonb_build_object('from','COMPLETED','to','HARD_COMPLETE','reason','grace over'), t+'26h',n FROM o
) e ORDER BY at, n, version;
INSERT INTO feed SELECT row_number() OVER (ORDER BY position), stream_id, version, '\x00', position, position FROM events;
INSERT INTO eco_views SELECT eco, 'E2-'||n, noc, osp, 'CMR', 'Fiber cut', ST_SetSRID(ST_Point(-97.74,30.27),4326), 'HARD_COMPLETE','Complete','DISPATCHED','PT','accepted','x',false,null,'closed',1,1,t,t,t,t,t,9,t,'{}' FROM o;
VACUUM ANALYZE events, feed, eco_views, pager_process_state, contact_refs;
