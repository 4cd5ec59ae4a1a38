/*
 * append.c
 *		Appending events: read the stream's last version and hash, chain, insert.
 *
 * The insert is ON CONFLICT (stream_id, version) DO NOTHING by the executor's own means, without
 * SQL: a speculative heap insertion that is killed when the key turns out to be taken.  Who finds
 * the version taken by an open transaction waits for its end; nobody else waits for anybody.
 */
#include "postgres.h"

#include <ctype.h>

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "ground/clock.h"
#include "ground/errcodes.h"
#include "ground/json.h"
#include "store/append.h"
#include "store/chain.h"
#include "store/frontier.h"

#define STREAM_TYPE_MAX 64 /* bytes, without the NUL */
#define EVENT_TYPE_MAX 128
#define EVENTS_PER_APPEND_MAX 1000
#define ACTOR_MAX 255 /* characters of a token's sub */

/* The columns of strike.events, in order. */
enum
{
	COL_STREAM_ID,
	COL_VERSION,
	COL_STREAM_TYPE,
	COL_EVENT_TYPE,
	COL_PAYLOAD,
	COL_METADATA,
	COL_OCCURRED_AT,
	COL_HASH,
	COL_POSITION,
	COLUMNS
};

/* Where a stream stands. */
typedef struct Head
{
	int32 version; /* 0 = no such stream */
	uint8 hash[CHAIN_HASH_SIZE];
	TimestampTz occurred_at;
	char stream_type[STREAM_TYPE_MAX + 1];
} Head;

PG_FUNCTION_INFO_V1(strike_append);

static Oid
schema_relation(const char *name)
{
	Oid relid = get_relname_relid(name, get_namespace_oid("strike", false));

	if (!OidIsValid(relid))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("relation strike.%s does not exist", name),
						errhint("Run CREATE EXTENSION strike CASCADE in this database.")));
	return relid;
}

/* Reads the last event of the stream that the active snapshot sees. */
static void
read_head(Relation events, Relation key, const pg_uuid_t *stream_id, TupleTableSlot *slot,
		  Head *head)
{
	ScanKeyData scan_key;
	IndexScanDesc scan;

	memset(head, 0, sizeof(*head));
	ScanKeyInit(&scan_key, 1, BTEqualStrategyNumber, F_UUID_EQ, UUIDPGetDatum(stream_id));
	scan = index_beginscan(events, key, GetActiveSnapshot(), 1, 0);
	index_rescan(scan, &scan_key, 1, NULL, 0);
	if (index_getnext_slot(scan, BackwardScanDirection, slot))
	{
		bytea *hash;

		slot_getallattrs(slot);
		head->version = DatumGetInt32(slot->tts_values[COL_VERSION]);
		head->occurred_at = DatumGetTimestampTz(slot->tts_values[COL_OCCURRED_AT]);
		hash = DatumGetByteaPP(slot->tts_values[COL_HASH]);
		if (VARSIZE_ANY_EXHDR(hash) != CHAIN_HASH_SIZE)
			ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
							errmsg("event %d of the stream has no valid hash", head->version),
							errhint("Run strike_verify_events() on the stream.")));
		memcpy(head->hash, VARDATA_ANY(hash), CHAIN_HASH_SIZE);
		text_to_cstring_buffer(DatumGetTextPP(slot->tts_values[COL_STREAM_TYPE]), head->stream_type,
							   sizeof(head->stream_type));
	}
	ExecClearTuple(slot);
	index_endscan(scan);
}

/*
 * Inserts the slot's row; false when (stream_id, version) is taken.  The head was just read, so
 * the version is most likely free: the insertion is tried first, and only when the key turns out
 * to be there is it looked at (which waits for an open transaction that holds it).
 */
static bool
insert_unless_taken(ResultRelInfo *target, EState *estate, TupleTableSlot *slot, List *arbiters)
{
	Relation events = target->ri_RelationDesc;

	for (;;)
	{
		ItemPointerData conflict;
		bool taken = false;
		uint32 token;

		token = SpeculativeInsertionLockAcquire(GetCurrentTransactionId());
		table_tuple_insert_speculative(events, slot, estate->es_output_cid, 0, NULL, token);
		list_free(ExecInsertIndexTuples(target, slot, estate, false, true, &taken, arbiters));
		table_tuple_complete_speculative(events, slot, token, !taken);
		SpeculativeInsertionLockRelease(GetCurrentTransactionId());
		if (!taken)
			return true;
		if (!ExecCheckIndexConstraints(target, slot, estate, &conflict, arbiters))
			return false;
		/* whoever held it rolled back: once more */
		CHECK_FOR_INTERRUPTS();
	}
}

/* One try: all events, or nothing when the first is a conflict. */
static int32
try_append(const pg_uuid_t *stream_id, const char *stream_type, int32 expected,
		   const NewEvent *new_events, int n, const Jsonb *metadata, const char *metadata_text,
		   int metadata_length)
{
	Relation events = table_open(schema_relation("events"), RowExclusiveLock);
	Oid sequence = schema_relation("event_position");
	Oid key_oid = RelationGetPrimaryKeyIndex(events);
	Relation key = index_open(key_oid, AccessShareLock);
	EState *estate = CreateExecutorState();
	ResultRelInfo *target = makeNode(ResultRelInfo);
	TupleTableSlot *slot = table_slot_create(events, NULL);
	List *arbiters = list_make1_oid(key_oid);
	Head head;
	int32 result;

	PushCopiedSnapshot(GetTransactionSnapshot());
	UpdateActiveSnapshotCommandId();
	read_head(events, key, stream_id, slot, &head);
	if (head.version > 0 && strcmp(head.stream_type, stream_type) != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the stream is of type %s, not %s", head.stream_type, stream_type),
						errhint("A stream keeps its type; use another stream_id.")));
	result = head.version;
	if (expected != APPEND_EXPECT_ANY && expected != head.version)
		result = APPEND_CONFLICT;
	else
	{
		InitResultRelInfo(target, events, 0, NULL, 0);
		ExecOpenIndices(target, true);
		for (int i = 0; i < n; i++)
		{
			char *payload = JsonbToCString(NULL, &new_events[i].payload->root,
										   VARSIZE_ANY_EXHDR(new_events[i].payload));
			TimestampTz now = clock_now();
			bytea *hash = palloc(VARHDRSZ + CHAIN_HASH_SIZE);

			if (now < head.occurred_at)
				now = head.occurred_at;
			SET_VARSIZE(hash, VARHDRSZ + CHAIN_HASH_SIZE);
			chain_event_hash((uint8 *) VARDATA(hash), head.version == 0 ? NULL : head.hash,
							 stream_id, head.version + 1, stream_type, new_events[i].type, payload,
							 strlen(payload), metadata_text, metadata_length, now);

			ExecClearTuple(slot);
			memset(slot->tts_isnull, 0, COLUMNS * sizeof(bool));
			slot->tts_values[COL_STREAM_ID] = UUIDPGetDatum(stream_id);
			slot->tts_values[COL_VERSION] = Int32GetDatum(head.version + 1);
			slot->tts_values[COL_STREAM_TYPE] = CStringGetTextDatum(stream_type);
			slot->tts_values[COL_EVENT_TYPE] = CStringGetTextDatum(new_events[i].type);
			slot->tts_values[COL_PAYLOAD] = JsonbPGetDatum(new_events[i].payload);
			slot->tts_values[COL_METADATA] = JsonbPGetDatum(metadata);
			slot->tts_values[COL_OCCURRED_AT] = TimestampTzGetDatum(now);
			slot->tts_values[COL_HASH] = PointerGetDatum(hash);
			slot->tts_values[COL_POSITION] = Int64GetDatum(frontier_draw(sequence));
			ExecStoreVirtualTuple(slot);

			estate->es_output_cid = GetCurrentCommandId(true);
			if (!insert_unless_taken(target, estate, slot, arbiters))
			{
				/* Only the first can be: whoever has it has all that follow. */
				if (i > 0)
					elog(ERROR, "stream changed within one append");
				result = APPEND_CONFLICT;
				break;
			}
			head.version++;
			head.occurred_at = now;
			memcpy(head.hash, VARDATA(hash), CHAIN_HASH_SIZE);
			result = head.version;
		}
		ExecCloseIndices(target);
	}
	PopActiveSnapshot();
	ExecDropSingleTupleTableSlot(slot);
	FreeExecutorState(estate);
	index_close(key, AccessShareLock);
	table_close(events, NoLock);
	if (result > 0)
		CommandCounterIncrement();
	return result;
}

/*
 * Is it a name that Strike itself writes: "strike", "strike:WORKER", "contact:REF", in any letters'
 * case and behind blanks?  Whoever could call himself so would sign with another's hand.
 */
static bool
is_reserved(const char *sub)
{
	while (isspace((unsigned char) *sub))
		sub++;
	return pg_strncasecmp(sub, "contact:", 8) == 0 || pg_strncasecmp(sub, "strike:", 7) == 0 ||
		   pg_strcasecmp(sub, "strike") == 0;
}

/* A name of one line; OpenID Connect allows 255 characters. */
static bool
is_a_name(const char *sub)
{
	if (pg_mbstrlen(sub) > ACTOR_MAX)
		return false;
	for (; *sub != '\0'; sub++)
		if ((unsigned char) *sub < 0x20 || *sub == 0x7f)
			return false;
	return true;
}

/* The JWT's sub, else the session's user.  42501 for a sub that is reserved or no name. */
static const char *
current_actor(void)
{
	const char *claims = GetConfigOption("request.jwt.claims", true, false);

	if (claims != NULL && claims[0] != '\0')
	{
		Jsonb *parsed = json_parse(claims, -1);
		char *sub = parsed ? json_get_text(parsed, "sub") : NULL;

		if (sub != NULL && sub[0] != '\0')
		{
			if (is_reserved(sub) || !is_a_name(sub))
				ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
								errmsg("the token's sub can't stand in the record"),
								errhint("Names that begin with strike: or contact: are Strike's"
										" own; a name is one line of at most %d characters.",
										ACTOR_MAX)));
			return sub;
		}
	}
	return GetUserNameFromId(GetSessionUserId(), false);
}

/* The caller's keys, with v (1 unless given as a number) and actor set by us. */
static Jsonb *
complete_metadata(const Jsonb *given, const char *actor)
{
	JsonBuild b;

	json_begin(&b);
	if (given != NULL)
	{
		JsonbIterator *it = JsonbIteratorInit(unconstify(JsonbContainer *, &given->root));
		JsonbIteratorToken token;
		JsonbValue v;

		(void) JsonbIteratorNext(&it, &v, true);
		while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_END_OBJECT)
		{
			char *name = pnstrdup(v.val.string.val, v.val.string.len);

			Assert(token == WJB_KEY);
			(void) JsonbIteratorNext(&it, &v, true);
			if (strcmp(name, "v") != 0 && strcmp(name, "actor") != 0)
				json_jsonb(&b, name, JsonbValueToJsonb(&v));
		}
	}
	json_int(&b, "v", json_get_int(given, "v", 1));
	json_text(&b, "actor", actor);
	return json_end(&b);
}

/*
 * The metadata that most events have, nothing but actor and v, as jsonb and as text: kept from
 * one append to the next, since a session's actor seldom changes.
 */
static const Jsonb *
plain_metadata(const char *actor, const char **text, int *length)
{
	static char *kept_actor = NULL;
	static Jsonb *kept = NULL;
	static char *kept_text = NULL;

	if (kept == NULL || strcmp(kept_actor, actor) != 0)
	{
		Jsonb *made = complete_metadata(NULL, actor);
		MemoryContext outside = MemoryContextSwitchTo(TopMemoryContext);
		char *new_actor = pstrdup(actor);
		char *new_text = JsonbToCString(NULL, &made->root, VARSIZE_ANY_EXHDR(made));
		Jsonb *copy = palloc(VARSIZE(made));

		memcpy(copy, made, VARSIZE(made));
		MemoryContextSwitchTo(outside);
		if (kept != NULL)
		{
			pfree(kept_actor);
			pfree(kept);
			pfree(kept_text);
		}
		kept_actor = new_actor;
		kept = copy;
		kept_text = new_text;
	}
	*text = kept_text;
	*length = strlen(kept_text);
	return kept;
}

int32
append_events(const pg_uuid_t *stream_id, const char *stream_type, int32 expected,
			  const NewEvent *events, int n, const char *actor, const Jsonb *metadata)
{
	const Jsonb *complete;
	const char *text;
	int length;
	int32 version;

	Assert(n > 0);
	if (actor == NULL)
		actor = current_actor();
	if (metadata == NULL || JB_ROOT_COUNT(metadata) == 0)
		complete = plain_metadata(actor, &text, &length);
	else
	{
		complete = complete_metadata(metadata, actor);
		text = JsonbToCString(NULL, unconstify(JsonbContainer *, &complete->root),
							  VARSIZE_ANY_EXHDR(complete));
		length = strlen(text);
	}
	do
	{
		version = try_append(stream_id, stream_type, expected, events, n, complete, text, length);
		CHECK_FOR_INTERRUPTS();
	} while (version == APPEND_CONFLICT && expected == APPEND_EXPECT_ANY &&
			 !IsolationUsesXactSnapshot());
	return version;
}

void
append_raise_conflict(const pg_uuid_t *stream_id, int32 expected)
{
	char *id = DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(stream_id)));

	if (expected == APPEND_EXPECT_ANY)
		ereport(ERROR, (errcode(ERRCODE_STRIKE_REFUSED),
						errmsg("stream %s was appended to by another transaction", id),
						errhint("Use READ COMMITTED, or begin the transaction again.")));
	ereport(ERROR, (errcode(ERRCODE_STRIKE_REFUSED),
					errmsg("stream %s is not at version %d", id, expected),
					errhint("Read the stream again, decide again, and append with its current "
							"version.")));
}

static void refuse(const char *message, const char *hint) pg_attribute_noreturn();

static void
refuse(const char *message, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", message), errhint("%s", hint)));
}

/* One element of strike_append's array. */
static NewEvent
event_argument(const JsonbValue *element)
{
	const char *hint = "Each event is an object {\"type\": text, \"payload\": object}.";
	Jsonb *object =
		element->type == jbvBinary ? JsonbValueToJsonb(unconstify(JsonbValue *, element)) : NULL;
	NewEvent event = {NULL, NULL};
	JsonbValue buffer;
	JsonbValue *type;

	if (object == NULL || !JB_ROOT_IS_OBJECT(object))
		refuse("an event is not an object", hint);
	type = getKeyJsonValueFromContainer(&object->root, "type", 4, &buffer);
	if (type == NULL || type->type != jbvString || type->val.string.len == 0)
		refuse("an event has no type", hint);
	if (type->val.string.len > EVENT_TYPE_MAX)
		refuse("an event's type is too long", "Use at most 128 bytes.");
	event.type = pnstrdup(type->val.string.val, type->val.string.len);
	event.payload = json_get(object, "payload");
	if (event.payload == NULL || !JB_ROOT_IS_OBJECT(event.payload))
		refuse("an event's payload is not an object", hint);
	return event;
}

/* strike_append(stream_id uuid, stream_type text, expected_version int, events jsonb, metadata jsonb) */
Datum
strike_append(PG_FUNCTION_ARGS)
{
	pg_uuid_t *stream_id;
	char *stream_type;
	int32 expected = PG_ARGISNULL(2) ? APPEND_EXPECT_ANY : PG_GETARG_INT32(2);
	Jsonb *array;
	Jsonb *metadata = PG_ARGISNULL(4) ? NULL : PG_GETARG_JSONB_P(4);
	NewEvent *events;
	JsonbIterator *it;
	JsonbValue v;
	int n;
	int32 version;

	if (PG_ARGISNULL(0))
		refuse("stream_id is null", "Give the aggregate's uuid.");
	if (PG_ARGISNULL(1) || VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(1)) == 0)
		refuse("stream_type is empty", "For example ECO or PagerRun.");
	if (PG_ARGISNULL(3) || !JB_ROOT_IS_ARRAY(PG_GETARG_JSONB_P(3)) ||
		JB_ROOT_IS_SCALAR(PG_GETARG_JSONB_P(3)))
		refuse("events is not an array", "Give [{\"type\": text, \"payload\": object}, …].");
	if (!PG_ARGISNULL(2) && expected < 0)
		refuse("expected_version is negative", "0 means a new stream, null means any version.");
	if (metadata != NULL && !JB_ROOT_IS_OBJECT(metadata))
		refuse("metadata is not an object", "Give a JSON object, or leave it out.");
	stream_id = PG_GETARG_UUID_P(0);
	stream_type = text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (strlen(stream_type) > STREAM_TYPE_MAX)
		refuse("stream_type is too long", "Use at most 64 bytes.");
	array = PG_GETARG_JSONB_P(3);
	n = JB_ROOT_COUNT(array);
	if (n == 0)
		refuse("events is empty", "Give at least one event.");
	if (n > EVENTS_PER_APPEND_MAX)
		refuse("too many events in one append", "Append at most 1000 at once.");

	events = palloc(n * sizeof(NewEvent));
	it = JsonbIteratorInit(&array->root);
	(void) JsonbIteratorNext(&it, &v, true); /* the array itself */
	for (int i = 0; i < n; i++)
	{
		(void) JsonbIteratorNext(&it, &v, true);
		events[i] = event_argument(&v);
	}
	version = append_events(stream_id, stream_type, expected, events, n, NULL, metadata);
	if (version == APPEND_CONFLICT)
		append_raise_conflict(stream_id, expected);
	PG_RETURN_INT32(version);
}
