/*
 * pager.pml
 *		The page protocol: two contacts, one call to each, a provider, a worker that may die
 *		between any two steps, reports that come twice, late, crosswise or never.
 *
 *		rows (st, sid, claim, next ..)	what is committed: survives every crash
 *		op, c_*, answer					the worker's memory: gone with it
 *		wire, ex, key, h_*				the network, the provider, its reports under way
 *
 * Time is left out: a deadline may come at any moment, a report at any later one.  What stands for
 * time: a request that nobody waits for any more is asked after only when it is off the wire.
 *
 * A transaction is a reading, then everything else in one step: whoever has changed the run in
 * between makes it read again (the run's version).  tables.pml, from src/domain/, says what news do
 * to an attempt, to the run and to the process.
 *
 * Built with flags (docs/model.md): FAULTS=n, HANDLERS=n, LAG, TWIML (the other transport: nothing
 * stops a second call to a number, only reports bring a key, and each names its call), and those that
 * break the protocol.
 */
#include "tables.pml"

#ifndef FAULTS
#define FAULTS 2 /* crashes, requests and answers lost, refusals, stuck calls: so many in all */
#endif
#ifndef HANDLERS
#define HANDLERS 1 /* reports that are handled at the same moment */
#endif

#ifndef CONTACTS
#define CONTACTS 2
#endif
#ifdef LAG
#define RINGS 2		/* the provider's list may miss a call: an attempt can ring twice */
#else
#define RINGS 1
#endif
#define CALLS (CONTACTS * RINGS)
#define NOBODY 255
#define OF(call) ((call) % CONTACTS) /* the attempt that a call belongs to */

/* ---- rows ---- */

mtype:todo = {NOTHING, SEND, ASK, END};
mtype:attempt_state st[CONTACTS] = AT_NONE;
byte sid[CONTACTS];				/* call + 1; 0 = not known */
byte claim[CONTACTS];			/* generation of the worker whose request is under way; 0 = none */
mtype:todo next[CONTACTS] = NOTHING;
bit asked[CONTACTS];			/* deadline_asked */
bit mark[CONTACTS];				/* possible_repeat */
bit line[CONTACTS];
bit sent[CONTACTS];				/* sent_at or calling_at are known */

mtype:process_state process = PP_PENDING;
mtype:run_state outcome = RUN_RUNNING;
byte current = NOBODY;			/* attempt */
byte tried;						/* contacts 0 .. tried - 1 */
bit accepted, taken_over, canceled;

/* ---- the worker's memory ---- */

mtype:business = {IDLE, TO_SEND, TO_REPEAT, POSTED, NOT_LISTED, LOOK_AT_IT, HEARD, OVER_THERE};
mtype:business op[CONTACTS] = IDLE;
byte c_sid[CONTACTS];			/* the call that is asked after */
mtype:attempt_input heard[CONTACTS] = AI_CANCEL; /* what it means, not recorded yet; AI_CANCEL = nothing */
bit gone[CONTACTS];				/* it is over at the provider */
mtype:reply = {NO_ANSWER_YET, CREATED, ACTIVE_ALREADY, NOT_NOW, REFUSES, ACCOUNT_REFUSED};
mtype:reply answer[CONTACTS] = NO_ANSWER_YET;
byte answer_sid[CONTACTS];
byte generation = 1;

/* ---- the world ---- */

byte wire[CONTACTS];			/* requests for a call that haven't arrived */
byte rings[CONTACTS];			/* how often the telephone rang for this attempt */
mtype:phone = {NO_CALL, RINGING, PRESSED, HEARING, STUCK, GONE};
mtype:phone ex[CALLS] = NO_CALL;
byte key[CALLS];				/* 1, 2; 3 = a machine answered, or nobody */
byte h_calling[CALLS];			/* copies of reports under way */
#ifdef TWIML
bit h_placed[CALLS];			/* queued, initiated: it is there */
#endif
byte h_last[CALLS];
byte faults;
bit no_command;

#define LIVE(a) (st[a] == AT_INTENT || st[a] == AT_UNKNOWN || st[a] == AT_CALLING || st[a] == AT_ANSWERED)
#define ENDED(a) (st[a] != AT_NONE && !LIVE(a))
#define ACTIVE(e) (ex[e] == RINGING || ex[e] == PRESSED || ex[e] == HEARING || ex[e] == STUCK)

#define promise(holds, words) \
	if \
	:: (holds) \
	:: else -> printf("promise broken: "); printf(words); printf("\n"); assert(false) \
	fi

/* ---- transactions: 0 is the worker's, 1 .. HANDLERS are reports' ---- */

#define TRANSACTIONS (HANDLERS + 1)
bit stale[TRANSACTIONS];		/* the run has changed since it was read */
byte as_claim[TRANSACTIONS];	/* what a writer writes back as it was: scheduling isn't fenced */
mtype:todo as_next[TRANSACTIONS] = NOTHING;
#ifdef NO_CAS
mtype:attempt_state as_st[TRANSACTIONS] = AT_NONE;
mtype:process_state as_process[TRANSACTIONS] = PP_PENDING;
mtype:run_state as_run[TRANSACTIONS] = RUN_RUNNING;
bit as_accepted[TRANSACTIONS];
#endif

inline read_rows(t, a)
{
	stale[t] = 0;
	as_claim[t] = claim[a];
	as_next[t] = next[a];
#ifdef NO_CAS
	as_st[t] = st[a];
	as_process[t] = process;
	as_run[t] = outcome;
	as_accepted[t] = accepted;
#endif
}

inline forget_rows(t)
{
	stale[t] = 0;
	as_claim[t] = 0;
	as_next[t] = NOTHING;
#ifdef NO_CAS
	as_st[t] = AT_NONE;
	as_process[t] = PP_PENDING;
	as_run[t] = RUN_RUNNING;
	as_accepted[t] = 0;
#endif
}

#ifdef NO_CAS
#define FRESH(t) true
#define WAS(t, a) as_st[t]
#define WAS_ACCEPTED(t) as_accepted[t]
#else
#define FRESH(t) (!stale[t])
#define WAS(t, a) st[a]
#define WAS_ACCEPTED(t) accepted
#endif

hidden byte n;

/* The run's version rises: whoever has read it before reads again. */
inline changed()
{
	for (n : 0 .. TRANSACTIONS - 1) {
		stale[n] = 1
	}
}

inline step_run(input)
{
	run_step(outcome, input);
	promise(run_to != RUN_REFUSED, "the table of the run takes what happens");
	outcome = run_to
}

inline step_process(input)
{
	process_step(process, input);
	promise(process_to != PP_REFUSED, "the table of the process takes what happens");
	process = process_to
}

/* With TwiML a busy line is all that keeps another order's call away from somebody who listens. */
#if defined(TWIML) && !defined(LAG)
#define LINE_IS_FREE(a) promise(!ACTIVE(a), "his line is free when his call is over")
#else
#define LINE_IS_FREE(a) skip
#endif

/* Who pressed a key hears what became of it: the call ends by itself, and is asked after. */
#ifdef TWIML
#define HEARS(a) (line[a] && sid[a] != 0 && (st[a] == AT_ACCEPTED || st[a] == AT_DECLINED || st[a] == AT_STOOD_DOWN))
#else
#define HEARS(a) false
#endif

/* attempt_note_end(): is it over at the provider too?  What isn't is ended there. */
inline note_end(a, input)
{
	if
	:: HEARS(a) && (input == AI_KEY_2 || input == AI_KEY_1_FIRST || input == AI_KEY_1_LATE) ->
		next[a] = ASK;
		claim[a] = 0
	:: !(HEARS(a) && (input == AI_KEY_2 || input == AI_KEY_1_FIRST || input == AI_KEY_1_LATE)) && ((sid[a] == 0 && claim[a] == 0 && (next[a] == NOTHING || next[a] == SEND)) ||
		input == AI_KEY_2 || input == AI_NO_ANSWER || input == AI_BUSY || input == AI_VOICEMAIL ||
		input == AI_FAILED || input == AI_KEY_1_FIRST || input == AI_KEY_1_LATE) ->
		if
		:: line[a] -> LINE_IS_FREE(a)
		:: else
		fi;
		next[a] = NOTHING;
		claim[a] = 0;
		line[a] = 0
	:: else ->
		if
		:: sid[a] != 0 && line[a] -> next[a] = END
		:: else
		fi
	fi
}

/* pager_end_calls(): the other live attempts are canceled. */
inline end_calls(except)
{
	for (n : 0 .. CONTACTS - 1) {
		if
		:: n != except && LIVE(n) ->
			attempt_step(st[n], AI_CANCEL);
			st[n] = attempt_to;
			step_run(RI_ATTEMPT);
			note_end(n, AI_CANCEL)
		:: else
		fi
	}
}

hidden mtype:attempt_input news;
hidden mtype:attempt_state was;
hidden byte recorded;

#ifdef REPEAT_KNOWN
#define REPEATS_KNOWN true
#else
#define REPEATS_KNOWN false
#endif
#ifdef SECOND_YES_COUNTS
#define SECOND_COUNTS true
#else
#define SECOND_COUNTS false
#endif
#ifdef UNWANTED_YES_COUNTS
#define UNWANTED_COUNTS true
#else
#define UNWANTED_COUNTS false
#endif

/* What the model must be able to reach, or its promises would say little. */
#ifdef SEE_SECOND_YES
#define SEE_SECOND promise(!accepted, "seen: a second yes")
#else
#define SEE_SECOND skip
#endif
#ifdef SEE_LATE_YES
#define SEE_LATE promise(process != PP_COMPLETED, "seen: a yes after the run had ended")
#else
#define SEE_LATE skip
#endif
#ifdef SEE_ADOPTED
#define SEE_FOUND promise(false, "seen: a lost call found and adopted")
#else
#define SEE_FOUND skip
#endif
#ifdef SEE_REPEATED
#define SEE_AGAIN promise(was != AT_UNKNOWN, "seen: a request repeated after asking")
#else
#define SEE_AGAIN skip
#endif

/* pager_record(): the one way for all news about an attempt. */
inline record(t, a, input, found_sid)
{
	news = input;
	if
	:: news == AI_KEY_1_FIRST && WAS(t, a) != AT_ACCEPTED ->
#ifndef NO_CAS
		read_rows(t, a); /* the order's runs are locked now: as they stand */
#endif
		if
		:: (WAS_ACCEPTED(t) && !SECOND_COUNTS) || ((taken_over || canceled) && !UNWANTED_COUNTS) ->
			SEE_SECOND;
			news = AI_KEY_1_LATE
		:: else
		fi
	:: else
	fi;
	was = WAS(t, a);
	attempt_step(was, news);
	printf("attempt %d: %e, %e -> %e\n", a, was, news, attempt_to);
	if
	:: attempt_to == AT_REFUSED || (news == AI_RESEND && sid[a] != 0 && !REPEATS_KNOWN) -> recorded = 0
	:: attempt_to != AT_REFUSED && !attempt_emits && found_sid == 0 && news != AI_LOST &&
		news != AI_OWNER_DIED && news != AI_RESEND && news != AI_NOT_NOW -> recorded = 0
#ifdef DROP_LATE
	:: was != AT_NONE && was != AT_INTENT && was != AT_UNKNOWN && was != AT_CALLING && was != AT_ANSWERED &&
		(news == AI_KEY_1_FIRST || news == AI_KEY_1_LATE) -> recorded = 0
#endif
	:: else ->
		recorded = 1;
		changed();
#ifdef NO_CAS
		process = as_process[t];
		outcome = as_run[t];
		accepted = as_accepted[t];
#endif
		st[a] = attempt_to;
		claim[a] = as_claim[t];
		next[a] = as_next[t];
		if
		:: found_sid != 0 -> sid[a] = found_sid
		:: else
		fi;
		if
		:: news == AI_PLACED ->
			claim[a] = 0;
			sent[a] = sent[a] || sid[a] != 0;
			next[a] = (sid[a] != 0 -> ASK : NOTHING) /* a live call is asked after until it ends */
		:: news == AI_LOST || news == AI_OWNER_DIED -> claim[a] = 0; next[a] = ASK
		:: news == AI_RESEND ->
			promise(!accepted && !taken_over && !canceled, "nobody is called after a yes or a take-over or a cancel");
			promise(sid[a] == 0, "what has a call is not called again");
			SEE_AGAIN;
			claim[a] = generation;
#ifndef NO_MARK
			mark[a] = mark[a] || was == AT_UNKNOWN;
#endif
			next[a] = NOTHING
		:: news == AI_NOT_NOW ->
			claim[a] = 0;
			next[a] = (sid[a] != 0 || was == AT_UNKNOWN -> ASK : SEND);
			asked[a] = 0
		:: news == AI_CALLING -> sent[a] = 1; asked[a] = 0
		:: else
		fi;
		if
		:: ENDED(a) ->
			note_end(a, news);
			/* given up as never placed, and now it rings: that call is looked at */
			if
			:: t != 0 && found_sid != 0 && (news == AI_CALLING || news == AI_PLACED) && !line[a] -> next[a] = ASK
			:: else
			fi
		:: else
		fi;
		if
		:: attempt_emits && news != AI_KEY_1_FIRST -> step_run(RI_ATTEMPT)
		:: else
		fi;
		if
		:: attempt_emits && ENDED(a) && a == current && news != AI_KEY_1_FIRST -> step_process(PI_ATTEMPT_ENDED)
		:: else
		fi;
		if
		:: news == AI_KEY_1_FIRST && was != AT_ACCEPTED && st[a] == AT_ACCEPTED ->
			promise(key[a] == 1 || (RINGS > 1 && key[(a + CONTACTS) % CALLS] == 1),
				"a yes is a key press");
			promise(!accepted, "one yes");
			promise(!taken_over && !canceled, "no yes where nobody is needed");
			SEE_LATE;
			accepted = 1;
			step_run(RI_ACCEPTED);
			step_process(PI_ACCEPTED);
#ifndef CALL_ON
			end_calls(a)
#endif
		:: else
		fi
	fi
}

/* The worker's: it reads and writes in one step; what it could miss meanwhile, a Handler could. */
inline record_now(a, input, found_sid)
{
	read_rows(0, a);
	record(0, a, input, found_sid);
	forget_rows(0)
}

/* pager_fail_run() */
inline fail_run()
{
	if
	:: process != PP_COMPLETED ->
#ifndef FAIL_AND_LEAVE
		end_calls(NOBODY);
#endif
		step_process(PI_CANT_PAGE);
		step_run(RI_CANT_PAGE)
	:: else
	fi
}

/* pager_settle(): over at the provider. */
inline settle(a)
{
	changed();
	if
	:: line[a] -> LINE_IS_FREE(a)
	:: else
	fi;
	line[a] = 0;
	next[a] = NOTHING;
	claim[a] = 0
}

/* call_schedule(): only if the attempt is as it was read; here that is one step. */
inline schedule(a, what)
{
	next[a] = what;
	claim[a] = 0
}

inline forget_call(a)
{
	op[a] = IDLE;
	c_sid[a] = 0;
	heard[a] = AI_CANCEL;
	gone[a] = 0;
	answer[a] = NO_ANSWER_YET;
	answer_sid[a] = 0
}

#define MAY_FAIL (faults < FAULTS)

/* ---- the worker: whom to call ---- */

hidden byte whom;
hidden byte held_back; /* the circuit is open: the worker finds it due later */

inline call()
{
	whom = tried;
	printf("worker: calls contact %d\n", whom);
	promise(!accepted && !taken_over && !canceled, "nobody is called after a yes or a take-over or a cancel");
	attempt_step(st[whom], AI_INTEND);
	promise(attempt_to != AT_REFUSED, "an attempt is made once");
	st[whom] = attempt_to;
	claim[whom] = (held_back -> 0 : generation);
	line[whom] = 1;
	current = whom;
	tried++;
	step_process(PI_CALL);
	step_run(RI_ATTEMPT);
	if
	:: held_back -> next[whom] = SEND
	:: else -> op[whom] = TO_SEND
	fi
}

#define UNREACHED(a) (st[a] == AT_TIMEOUT && !sent[a])

/* pager_decide(): one transaction */
inline decide(circuit_open)
{
	held_back = circuit_open;
	if
	:: current != NOBODY && LIVE(current) && sid[current] != 0 && !asked[current] ->
		printf("worker: the time of contact %d is over: the provider is asked once more\n", current);
		changed();
		asked[current] = 1;
		next[current] = ASK
	:: else ->
		if
		:: current != NOBODY && LIVE(current) ->
			printf("worker: the time of contact %d is over\n", current);
			record_now(current, AI_DEADLINE, 0)
		:: else
		fi;
		changed();
		if
		:: tried < CONTACTS -> call()
		:: else ->
			if
			:: UNREACHED(0) || UNREACHED(CONTACTS - 1) ->
				step_process(PI_CANT_PAGE);
				step_run(RI_CANT_PAGE)
			:: else ->
				step_process(PI_ALL_TRIED);
				step_run(RI_ALL_TRIED)
			fi;
			printf("worker: all were tried: %e\n", outcome)
		fi
	fi
}

/* ---- the worker: one attempt's business with the provider ---- */

/* A transaction of the worker's about attempt a: done, or the database couldn't take it. */
#define TRANSACTION(a, done) \
	if \
	:: d_step { done; skip } \
	:: MAY_FAIL -> d_step { faults++; printf("fault: news of contact %d could not be recorded\n", a); forget_call(a) } \
	fi

/* The call isn't at the provider: requested again unless it is over for us. */
inline repeat(a)
{
	record_now(a, AI_RESEND, 0);
	if
	:: recorded -> c_sid[a] = 0; op[a] = TO_REPEAT
	:: !recorded && ENDED(a) && sid[a] == 0 -> op[a] = OVER_THERE
	:: else -> schedule(a, ASK); forget_call(a)
	fi
}

/* What the provider's record of a call says of a key. */
#ifdef TWIML
#define KEY_SEEN(e) (key[e] == 3 -> 3 : 0)
#else
#define KEY_SEEN(e) key[e]
#endif

/* Fetched, and its context: what of it is to be recorded?  AI_INTEND stands for: it goes on. */
inline look(a)
{
	gone[a] = !ACTIVE(c_sid[a] - 1);
	op[a] = HEARD;
	printf("worker: asks after the call to contact %d: key %d, gone %d\n", a, KEY_SEEN(c_sid[a] - 1), gone[a]);
	if
	:: KEY_SEEN(c_sid[a] - 1) == 1 -> heard[a] = AI_KEY_1_FIRST
	:: KEY_SEEN(c_sid[a] - 1) == 2 -> heard[a] = AI_KEY_2
	:: KEY_SEEN(c_sid[a] - 1) != 1 && KEY_SEEN(c_sid[a] - 1) != 2 && ENDED(a) -> heard[a] = AI_CANCEL
	:: KEY_SEEN(c_sid[a] - 1) != 1 && KEY_SEEN(c_sid[a] - 1) != 2 && !ENDED(a) && gone[a] -> heard[a] = AI_VOICEMAIL
	/* it rings, if the provider says so much */
	:: LIVE(a) && !gone[a] && KEY_SEEN(c_sid[a] - 1) == 0 && (st[a] == AT_INTENT || st[a] == AT_UNKNOWN) -> heard[a] = AI_CALLING
	:: LIVE(a) && !gone[a] && KEY_SEEN(c_sid[a] - 1) == 0 -> heard[a] = (asked[a] -> AI_DEADLINE : AI_INTEND)
	fi
}

/* A question that brings no answer. */
inline ask_failed(a)
{
	faults++;
	printf("fault: the question about contact %d is lost\n", a);
	if
	:: asked[a] && !ENDED(a) && c_sid[a] != 0 -> gone[a] = 0; heard[a] = AI_DEADLINE; op[a] = HEARD
	:: else -> schedule(a, ASK); forget_call(a)
	fi
}

inline not_now(a)
{
	record_now(a, AI_NOT_NOW, 0);
	if
	:: ENDED(a) && sid[a] == 0 -> answer[a] = NO_ANSWER_YET; op[a] = OVER_THERE
	:: else -> forget_call(a)
	fi
}

inline conclude(a)
{
	if
	:: heard[a] == AI_INTEND -> schedule(a, ASK)
	:: heard[a] == AI_CANCEL ->
		if
		:: !gone[a] && HEARS(a) -> schedule(a, ASK)
		:: !gone[a] && !HEARS(a) -> schedule(a, END)
		:: else
		fi
	:: else ->
		record_now(a, heard[a], c_sid[a]);
		if
		:: heard[a] == AI_CALLING -> schedule(a, ASK)
		:: else
		fi
	fi;
	if
	:: gone[a] -> heard[a] = AI_CANCEL; op[a] = OVER_THERE
	:: else -> forget_call(a)
	fi
}

inline found_call(a, e)
{
	SEE_FOUND;
	c_sid[a] = e + 1;
	record_now(a, AI_PLACED, c_sid[a]);
	op[a] = LOOK_AT_IT
}

inline not_there(a)
{
	if
	:: ENDED(a) -> op[a] = OVER_THERE
#ifdef TWIML
	:: else -> op[a] = NOT_LISTED /* a report of the call may come before it is requested again */
#else
	:: else -> repeat(a)
#endif
	fi
}

inline ask_list(a)
{
	if
#ifdef LAG
	:: d_step { ex[a] != NO_CALL && ex[a + CONTACTS] == NO_CALL && MAY_FAIL ->
			faults++;
			printf("fault: the call to contact %d is not on the list yet\n", a);
			not_there(a);
			skip
		}
	:: d_step { ex[a + CONTACTS] != NO_CALL -> found_call(a, a + CONTACTS) }
#endif
	:: d_step { ex[a] != NO_CALL -> found_call(a, a) }
	:: d_step { ex[a] == NO_CALL -> not_there(a); skip }
	fi
}

#ifdef NO_MARGIN
#define OFF_THE_WIRE(a) true
#else
#define OFF_THE_WIRE(a) (wire[a] == 0)
#endif

/* Between the intent and its request the row is read once more. */
#ifdef SEND_UNSEEN
#define LOOKS false
#else
#define LOOKS true
#endif

/* With two contacts, a call is asked after only when the answer can change something: less to search. */
#if CONTACTS > 1
#define WORTH_ASKING(a) (ENDED(a) || asked[a] || key[sid[a] - 1] != 0 || !ACTIVE(sid[a] - 1))
#else
#define WORTH_ASKING(a) true
#endif

#define BUSINESS(a) \
	/* the intent, or the claim of another request, is committed */ \
	:: atomic { op[a] == TO_SEND && LOOKS && ENDED(a) -> op[a] = OVER_THERE } \
	:: atomic { (op[a] == TO_SEND && !(LOOKS && ENDED(a))) || op[a] == TO_REPEAT -> \
			promise(op[a] == TO_REPEAT || !ENDED(a), "what was read as over is not sent"); \
			wire[a]++; \
			op[a] = POSTED; \
			printf("worker: requests the call to contact %d\n", a) } \
	:: atomic { (op[a] == TO_SEND || op[a] == TO_REPEAT) && MAY_FAIL -> \
			faults++; \
			printf("fault: the intent for contact %d is not safe on the standbys\n", a); \
			forget_call(a) } \
	/* the answer to the request */ \
	:: atomic { op[a] == POSTED && answer[a] == CREATED -> \
			TRANSACTION(a, record_now(a, AI_PLACED, answer_sid[a]); forget_call(a)) } \
	:: atomic { op[a] == POSTED && answer[a] == ACTIVE_ALREADY -> /* ours: nobody else calls there */ \
			if \
			:: TRANSACTION(a, record_now(a, AI_PLACED, answer_sid[a]); forget_call(a)) \
			:: MAY_FAIL -> faults++; TRANSACTION(a, record_now(a, AI_LOST, 0); forget_call(a)) \
			fi } \
	:: atomic { op[a] == POSTED && answer[a] == NOT_NOW -> TRANSACTION(a, not_now(a)) } \
	:: atomic { op[a] == POSTED && answer[a] == REFUSES -> \
			TRANSACTION(a, record_now(a, AI_FAILED, 0); forget_call(a)) } \
	:: atomic { op[a] == POSTED && answer[a] == ACCOUNT_REFUSED -> \
			TRANSACTION(a, record_now(a, AI_FAILED, 0); fail_run(); forget_call(a)) } \
	:: atomic { op[a] == POSTED && answer[a] == NO_ANSWER_YET && wire[a] == 0 -> \
			TRANSACTION(a, record_now(a, AI_LOST, 0); forget_call(a)) } \
	:: atomic { op[a] == POSTED && answer[a] == NO_ANSWER_YET && wire[a] > 0 && MAY_FAIL -> \
			faults++; \
			printf("fault: the request to contact %d is slow and given up\n", a); \
			TRANSACTION(a, record_now(a, AI_LOST, 0); forget_call(a)) } \
	/* what is due */ \
	:: atomic { op[a] == IDLE && next[a] == SEND -> TRANSACTION(a, repeat(a)) } \
	:: atomic { op[a] == IDLE && next[a] == ASK && sid[a] != 0 && WORTH_ASKING(a) -> c_sid[a] = sid[a]; look(a) } \
	:: atomic { op[a] == IDLE && next[a] == ASK && sid[a] != 0 && WORTH_ASKING(a) && MAY_FAIL -> c_sid[a] = sid[a]; ask_failed(a) } \
	:: atomic { op[a] == IDLE && next[a] == ASK && sid[a] == 0 && OFF_THE_WIRE(a) -> ASK_THE_LIST(a) } \
	:: atomic { op[a] == IDLE && next[a] == ASK && sid[a] == 0 && OFF_THE_WIRE(a) && MAY_FAIL -> ask_failed(a) } \
	:: atomic { op[a] == NOT_LISTED -> TRANSACTION(a, repeat(a)) } \
	:: atomic { op[a] == LOOK_AT_IT -> look(a) } \
	:: atomic { op[a] == LOOK_AT_IT && MAY_FAIL -> ask_failed(a) } \
	:: atomic { op[a] == HEARD -> TRANSACTION(a, conclude(a)) } \
	:: atomic { op[a] == IDLE && next[a] == END -> \
			promise(sid[a] != 0, "what is ended is known"); \
			c_sid[a] = sid[a]; \
			ex[c_sid[a] - 1] = GONE; \
			printf("worker: ends the call to contact %d\n", a); \
			AFTER_THE_END(a) } \
	:: atomic { op[a] == IDLE && next[a] == END && MAY_FAIL -> \
			faults++; \
			printf("fault: the end of the call to contact %d is lost\n", a); \
			if \
			:: ex[sid[a] - 1] = GONE /* done, but the answer is lost */ \
			:: skip \
			fi } \
	:: atomic { op[a] == OVER_THERE -> TRANSACTION(a, settle(a); forget_call(a)) } \
	/* requests that nobody waits for any more */ \
	:: atomic { SWEEPS && op[a] == IDLE && claim[a] != 0 -> \
			TRANSACTION(a, record_now(a, (claim[a] == generation -> AI_LOST : AI_OWNER_DIED), 0)) }

#ifdef BLIND_RETRY
#define ASK_THE_LIST(a) d_step { repeat(a); skip }
#else
#define ASK_THE_LIST(a) ask_list(a)
#endif
#ifdef END_UNSEEN
#define AFTER_THE_END(a) op[a] = OVER_THERE
#else
#define AFTER_THE_END(a) look(a)
#endif
#ifdef NO_SETTLE
#define SWEEPS false
#else
#define SWEEPS true
#endif

#ifdef NO_DEADLINE
#define DUE (current == NOBODY || !LIVE(current))
#else
#define DUE true
#endif
#ifdef POST_FIRST
#define REQUESTED requested
#else
#define REQUESTED false
#endif

#ifdef POST_FIRST
bit requested;
#endif

/* A run's time comes: at any moment, and in the end. */
proctype Deadline()
{
end:
	do
#ifdef POST_FIRST
	:: d_step { process != PP_COMPLETED && !requested && tried < CONTACTS && (current == NOBODY || !LIVE(current)) ->
			printf("worker: requests the call to contact %d\n", tried);
			requested = 1;
			wire[tried] = wire[tried] + 1 }
	:: d_step { process != PP_COMPLETED && requested -> requested = 0; decide(0); op[current] = POSTED }
	:: d_step { process != PP_COMPLETED && !requested && (tried == CONTACTS || (current != NOBODY && LIVE(current))) -> decide(0) }
#else
	:: d_step { process != PP_COMPLETED && DUE -> decide(0) }
#if CONTACTS == 1
	:: d_step { process != PP_COMPLETED && DUE && MAY_FAIL ->
			faults++;
			printf("fault: the provider does not answer and gets one probe at a time\n");
			decide(1) }
#endif
#endif
	od
}

proctype Worker()
{
end:
	do
	BUSINESS(0)
#if CONTACTS > 1
	BUSINESS(1)
#endif
	/* it dies, and another one starts at once */
	:: d_step { MAY_FAIL && (op[0] != IDLE || op[CONTACTS - 1] != IDLE || REQUESTED) ->
			faults++;
			generation++;
			printf("fault: the worker dies\n");
#ifdef POST_FIRST
			requested = 0;
#endif
			forget_call(0);
			forget_call(CONTACTS - 1)
		}
	od
}

/* ---- reports ---- */

/* Which call reports, + 1: with TwiML it is said; it is the attempt's if no other is known. */
#if defined(TWIML) && !defined(FORGET_CALLER)
#define CALLER(e) from = e + 1
#else
#define CALLER(e) skip
#endif
#ifdef TWIML
#define REPORT_PLACED(e) \
	:: atomic { h_placed[e] > 0 -> h_placed[e] = 0; CALLER(e); a = OF(e); input = AI_PLACED; read_rows(t, a) }
#else
#define REPORT_PLACED(e)
#endif

#define REPORT(e) \
	REPORT_PLACED(e) \
	:: atomic { h_calling[e] > 0 -> h_calling[e]--; CALLER(e); a = OF(e); input = AI_CALLING; read_rows(t, a) } \
	:: atomic { h_last[e] > 0 -> \
			h_last[e]--; \
			CALLER(e); \
			a = OF(e); \
			input = (key[e] == 1 -> AI_KEY_1_FIRST : (key[e] == 2 -> AI_KEY_2 : \
				(key[e] == 3 -> HEARD_A_MACHINE : AI_NO_ANSWER))); \
			read_rows(t, a); \
			LOCKS(t, a) }

/* a key press locks the order's runs first: nothing comes between its reading and its writing */
#ifdef NO_CAS
#define LOCKS(t, a) skip
#else
#define LOCKS(t, a) \
			if \
			:: input == AI_KEY_1_FIRST -> d_step { from = (sid[a] == 0 -> from : 0); record(t, a, input, from); input = AI_CANCEL; forget_rows(t); a = 0; from = 0 } \
			:: else \
			fi
#endif

#ifdef VOICEMAIL_IS_YES
#define HEARD_A_MACHINE AI_KEY_1_FIRST
#else
#define HEARD_A_MACHINE AI_VOICEMAIL
#endif

proctype Handler(byte t)
{
	mtype:attempt_input input = AI_CANCEL;
	byte a;
	byte from; /* the call that reports, + 1; 0 = not said */

end:
	do
	:: if
		REPORT(0)
#if CALLS > 1
		REPORT(1)
#endif
#if CALLS > 2
		REPORT(2)
		REPORT(3)
#endif
		fi;
		do
		:: input == AI_CANCEL -> break
		:: d_step { !FRESH(t) && input != AI_CANCEL -> read_rows(t, a) } /* somebody was faster */
		:: d_step { FRESH(t) && input != AI_CANCEL -> from = (sid[a] == 0 -> from : 0); record(t, a, input, from); forget_rows(t); input = AI_CANCEL; a = 0; from = 0 }; break
		od
	od
}

/* ---- the network, the people, the operators ---- */

#ifdef TWIML
#define SPEAKS_ON true	/* the key is reported while the call goes on */
#define ANY_NUMBER true /* a call is placed whatever calls that number already */
#else
#define SPEAKS_ON false
#define ANY_NUMBER false
#endif

inline ring(e)
{
	ex[e] = RINGING;
	rings[OF(e)]++;
	promise(st[OF(e)] != AT_NONE, "a call has an intent");
#ifdef LAG
	promise(rings[OF(e)] <= 1 || mark[OF(e)], "a second ring is marked as a possible repeat");
#else
	promise(rings[OF(e)] <= 1, "one ring an attempt");
#endif
#ifdef TWIML
	if
	:: h_placed[e] = 1
	:: skip
	fi;
#endif
	if
	:: e == 0 -> h_calling[e] = 1
	:: h_calling[e] = 0
	fi
}

inline respond(a, what, call_sid)
{
	if
	:: op[a] == POSTED -> answer[a] = what; answer_sid[a] = call_sid
	:: op[a] == POSTED && MAY_FAIL -> faults++
	:: op[a] != POSTED
	fi
}

inline report(e)
{
	ex[e] = (ex[e] == PRESSED && SPEAKS_ON -> HEARING : GONE);
	if
	:: h_last[e] = 0 /* lost */
	:: h_last[e] = 1
	:: MAY_FAIL -> faults++; h_last[e] = 2
	fi
}

/* pager_stop(), with the order's runs locked */
#ifdef CANCEL
#define COMMAND command(canceled, RI_CANCEL, PI_CANCEL)
#else
#define COMMAND command(taken_over, RI_TAKE_OVER, PI_TAKE_OVER)
#endif

inline command(which, run_input, process_input)
{
	printf("an operator: %e\n", run_input);
	which = 1;
	changed();
	end_calls(NOBODY);
	step_run(run_input);
	step_process(process_input)
}

#define WIRE(a) \
	:: atomic { wire[a] > 0 -> \
			wire[a]--; \
			if \
			:: MAY_FAIL -> faults++ /* lost */ \
			:: MAY_FAIL -> faults++; respond(a, NOT_NOW, 0) \
			:: MAY_FAIL -> faults++; respond(a, REFUSES, 0) \
			:: MAY_FAIL -> faults++; respond(a, ACCOUNT_REFUSED, 0) \
			:: ACTIVE(a) && !ANY_NUMBER -> respond(a, ACTIVE_ALREADY, a + 1) \
			SECOND(a) \
			fi \
		}
#ifdef LAG
#define SECOND(a) \
			:: ACTIVE(a + CONTACTS) && !ANY_NUMBER -> respond(a, ACTIVE_ALREADY, a + CONTACTS + 1) \
			:: !ACTIVE(a) && !ACTIVE(a + CONTACTS) && ex[a] == NO_CALL -> ring(a); respond(a, CREATED, a + 1) \
			:: (!ACTIVE(a) || ANY_NUMBER) && ex[a] != NO_CALL && ex[a + CONTACTS] == NO_CALL -> \
				ring(a + CONTACTS); respond(a, CREATED, a + CONTACTS + 1) \
			:: ex[a] != NO_CALL && ex[a + CONTACTS] != NO_CALL && (ANY_NUMBER || (ex[a] == GONE && ex[a + CONTACTS] == GONE)) -> \
				promise(false, "at most two rings")
#else
#define SECOND(a) :: !ACTIVE(a) || ANY_NUMBER -> ring(a); respond(a, CREATED, a + 1)
#endif

#define PERSON(e) \
	:: atomic { ex[e] == RINGING -> ex[e] = PRESSED; key[e] = 1; printf("contact %d presses 1\n", OF(e)) } \
	:: atomic { ex[e] == RINGING && (OF(e) == 0 || CONTACTS == 1) -> ex[e] = PRESSED; key[e] = 2; printf("contact %d presses 2\n", OF(e)) } \
	:: atomic { ex[e] == RINGING && (OF(e) == 1 || CONTACTS == 1) -> key[e] = 3; printf("contact %d: a machine answers\n", OF(e)); report(e) } \
	:: atomic { ex[e] == RINGING && MAY_FAIL -> faults++; ex[e] = STUCK; printf("fault: the call to contact %d rings on\n", OF(e)) } \
	:: atomic { ex[e] == PRESSED -> report(e) } \
	:: d_step { ex[e] == HEARING -> ex[e] = GONE }

proctype World()
{
end:
	do
	WIRE(0)
	PERSON(0)
#if CONTACTS > 1
	WIRE(1)
#endif
#if CALLS > 1
	PERSON(1)
#endif
#if CALLS > 2
	PERSON(2)
	PERSON(3)
#endif
#ifndef NO_COMMAND
	/* an operator who has something to say, or never will */
	:: d_step { !no_command && !taken_over && !canceled -> COMMAND }
	:: d_step { !no_command && !taken_over && !canceled -> no_command = 1 }
#endif
	od
}

/* ---- when nothing can happen any more ---- */

#define PRESSED_1(a) (key[a] == 1 || (RINGS > 1 && key[((a) + CONTACTS) % CALLS] == 1))

proctype Judge()
{
	byte a;

	atomic {
		timeout ->
		promise(process == PP_COMPLETED && outcome != RUN_RUNNING, "a run ends in an outcome");
		promise((outcome == RUN_DISPATCHED) == accepted, "DISPATCHED means that somebody accepted");
#if !defined(LAG) && !defined(TWIML)
		/*
		 * A call that the list doesn't show is taken as not there: what happens in it may be lost.  A
		 * TwiML call's own record holds no key: with the report of it the key is lost.
		 */
		promise(accepted || !(PRESSED_1(0) || PRESSED_1(CONTACTS - 1)) || taken_over || canceled,
			"a pressed key is not dropped");
#endif
		for (a : 0 .. CONTACTS - 1) {
			promise(!LIVE(a), "an attempt ends");
#if !defined(LAG) && !defined(TWIML)
			promise(!PRESSED_1(a) || st[a] == AT_ACCEPTED || st[a] == AT_STOOD_DOWN,
				"who pressed 1 is told");
#endif
			promise(claim[a] == 0 && next[a] == NOTHING && op[a] == IDLE, "nothing is left to do");
			promise(line[a] == 0, "the line is free")
		};
#ifndef LAG
		for (a : 0 .. CALLS - 1) {
			promise(!ACTIVE(a), "no call is left ringing")
		};
#endif
		skip
	}
}

init
{
	atomic {
		run Worker();
		run Deadline();
		run Handler(1);
#if HANDLERS > 1
		run Handler(2);
#endif
		run World();
		run Judge()
	}
}

ltl ends { <> (process == PP_COMPLETED) }
ltl dispatched_by_key { [] (outcome == RUN_DISPATCHED -> (PRESSED_1(0) || PRESSED_1(CONTACTS - 1))) }
ltl yes_is_final { [] (accepted -> [] (accepted && outcome == RUN_DISPATCHED)) }
