/*
 * phone.h
 *		One telephone call and the person at its other end.  Who drives the call (a Studio flow, or
 *		TwiML) listens to it and asks for keys; what the person does comes from the ECO's scenario,
 *		the faults, or somebody at the dashboard.
 */
#ifndef MOCK_PHONE_H
#define MOCK_PHONE_H

#include "clock.h"
#include "eco.h"
#include "ids.h"

#include <stdbool.h>

typedef enum PhoneState
{
	PHONE_QUEUED,
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

/* All called with the phone; key 0 = nothing was pressed in the time given. */
typedef struct PhoneListener
{
	void (*ringing)(struct Phone *phone);
	void (*answered)(struct Phone *phone); /* phone->machine says by whom */
	void (*pressed)(struct Phone *phone, char key);
	void (*ended)(struct Phone *phone); /* phone->end says how; also after phone_hang_up() */
} PhoneListener;

typedef struct Phone
{
	char call_sid[ID_TEXT];
	Eco *eco;
	char *to, *from;
	char *attempt_id; /* NULL = unknown */
	const PhoneListener *listener;
	void *owner;
	double ring_s; /* how long it may ring */
	PhoneState state;
	PhoneEnd end;
	bool machine; /* voicemail has answered */
	bool asking;  /* a key is waited for */
	bool will_answer;
	char last_key;										   /* 0 = none yet */
	int64_t created_ms, started_ms, answered_ms, ended_ms; /* UTC; 0 = not yet */
	double due_at;										   /* mock clock: when the timer fires */
	Timer *timer;
	TAILQ_ENTRY(Phone) link; /* in the ECO */
	TAILQ_ENTRY(Phone) all;
} Phone;

TAILQ_HEAD(PhoneList, Phone);

/* Dials at once, or after the calls queued before it where calls_per_second limits them. */
extern Phone *
phone_dial(Eco *eco, const char *to, const char *from, const char *attempt_id, double ring_s,
		   bool will_answer, const PhoneListener *listener, void *owner);
/* Waits for a key: the person presses it after PHONE_PRESS_SECONDS, or (key 0) never. */
extern void phone_ask(Phone *phone, char key, double silence_s);
extern void phone_hang_up(Phone *phone); /* whoever does it; nothing when it has ended */
/* From the dashboard: picks up if it rings, and presses the key at the next question or now. */
extern void phone_press(Phone *phone, char key);
extern void phone_pick_up(Phone *phone, bool machine);
extern void phone_refuse(Phone *phone, PhoneEnd end); /* busy, failed, no answer */
extern void phone_free(Phone *phone);

extern char phone_key(Answer answer); /* '1', '2' or 0 */
extern Phone *phone_find(const char *call_sid);
extern struct PhoneList *phone_all(void);
extern const char *phone_status(const Phone *phone); /* in the Calls API's words */
extern void phone_reset(void);

#endif
