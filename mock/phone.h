/*
 * phone.h
 *		One telephone call and the person at its other end.  Who drives the call (a Studio flow, or
 *		TwiML) listens to it and asks for keys; what the person does comes from the ECO's scenario,
 *		the faults, or somebody at the dashboard.
 *
 *			made → queued (for its turn) → dialing → ringing → talking → ended
 */
#ifndef MOCK_PHONE_H
#define MOCK_PHONE_H

#include "clock.h"
#include "eco.h"
#include "ids.h"

#include <stdbool.h>

#define PHONE_DIGITS_MAX 32
#define PHONE_ORDERS_MAX 8

typedef enum PhoneState
{
	PHONE_QUEUED, /* made, waiting for its turn, or being dialed */
	PHONE_RINGING,
	PHONE_TALKING,
	PHONE_ENDED
} PhoneState;

typedef enum PhoneEnd
{
	PHONE_COMPLETED, /* was answered */
	PHONE_NO_ANSWER,
	PHONE_BUSY,
	PHONE_FAILED,
	PHONE_CANCELED /* ended by the API before it was answered */
} PhoneEnd;

struct Phone;
struct PhoneLine;

/* Any may be NULL. */
typedef struct PhoneListener
{
	void (*dialing)(struct Phone *phone); /* its turn has come */
	void (*ringing)(struct Phone *phone);
	void (*answered)(struct Phone *phone); /* phone->machine says by whom */
	void (*pressed)(struct Phone *phone);  /* phone->digits, "" = nothing in the time given */
	void (*ended)(struct Phone *phone);	   /* phone->end says how; also after phone_hang_up() */
} PhoneListener;

typedef struct Phone
{
	char call_sid[ID_TEXT];
	Eco *eco; /* the first order's */
	char said[PHONE_ORDERS_MAX +
			  1];				 /* the key for the first order, then for those of also; 0 = none */
	Eco *also[PHONE_ORDERS_MAX]; /* of further orders in the same call, NULL after the last */
	char *account;
	char *to, *from;
	char *attempt_id; /* NULL = unknown */
	const PhoneListener *listener;
	void *owner;
	double ring_s;	/* how long it may ring */
	double setup_s; /* from its turn to the first ring */
	PhoneState state;
	PhoneEnd end;
	bool machine; /* voicemail has answered */
	bool asking;  /* a key is waited for */
	bool will_answer;
	char *heard; /* what was said last, NULL = nothing yet */
	/* keys */
	char digits[PHONE_DIGITS_MAX + 1]; /* of the last question */
	bool finished;					   /* by the finish key */
	char last_key;					   /* 0 = none yet */
	char next_key;					   /* about to be pressed */
	int want_digits;
	char finish_key; /* 0 = none */
	double silence_s;
	/* what a tester did before it could happen: 'A'nswer, 'V'oicemail, 'B'usy, 'F'ail, 'N'o answer, let
	 * it 'R'ing */
	char early_act;
	char early_key;
	bool by_hand;	   /* a tester has taken it: the scenario's person does nothing more */
	double rings_till; /* mock clock, while it rings */
	const char *next;  /* what happens by itself when timer fires, for people */
	int64_t created_ms, started_ms, answered_ms, ended_ms; /* UTC; 0 = not yet */
	Timer *timer;
	struct PhoneLine *line; /* its account's, NULL = before phone_dial and after the end */
	bool waiting;			/* in the line's queue */
	TAILQ_ENTRY(Phone) queue;
	TAILQ_ENTRY(Phone) link; /* in the ECO */
	TAILQ_ENTRY(Phone) all;
} Phone;

TAILQ_HEAD(PhoneList, Phone);

extern Phone *phone_new(Eco *eco, const char *account, const char *to, const char *from,
						const char *attempt_id, const PhoneListener *listener, void *owner);

/*
 * Dials, after the account's calls before it where calls_per_second (or, without that fault, the
 * usual rate; 0 = unlimited) or concurrent_calls makes it wait.  Set will_answer, ring_s and
 * setup_s before.
 */
extern void phone_dial(Phone *phone, double usual_rate);
/*
 * Waits for keys: want of them (0 = any number), or fewer and the finish key (0 = none), each
 * within silence_s of the one before.  The person presses key after PHONE_PRESS_SECONDS, or
 * (key 0) never.
 */
extern void phone_ask(Phone *phone, char key, int want, char finish, double silence_s);
extern void phone_ask_no_more(Phone *phone); /* the question is withdrawn */
extern void phone_says(Phone *phone, const char *text);
extern void phone_concerns(Phone *phone, Eco *eco); /* it carries that order too */
/* Where the key that was pressed for that order is kept. */
extern char *phone_said(Phone *phone, const Eco *eco);
extern double phone_speech_seconds(const char *text);
extern void phone_hang_up(Phone *phone); /* whoever does it; nothing when it has ended */
/* From the dashboard; what can't happen yet happens as soon as it can. */
extern void phone_press(Phone *phone, char key);
extern void phone_pick_up(Phone *phone, bool machine);
extern void phone_answer(Phone *phone);	  /* the keys are the tester's, too, from then on */
extern void phone_let_ring(Phone *phone); /* to the end, whatever the scenario's person would do */
extern void phone_refuse(Phone *phone, PhoneEnd end); /* busy, failed, no answer */
extern void phone_free(Phone *phone);

extern Phone *phone_find(const char *call_sid);
extern struct PhoneList *phone_all(void);
extern const char *phone_status(const Phone *phone); /* in the Calls API's words */
extern long phone_queue_ms(const Phone *phone);		 /* from its making to its first ring */
extern void phone_reset(void);

#endif
