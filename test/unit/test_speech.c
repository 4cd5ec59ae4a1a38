/*
 * test_speech.c
 *		What a voice reads, what a document may hold, what a call's status means.
 */
#include "domain/pager_attempt.h"
#include "domain/speech.h"

#include "check.h"

static char out[SPEECH_MAX];

static const char *
read_aloud(const char *message)
{
	speech_readable(message, out);
	return out;
}

static void
words(void)
{
	CHECK_TEXT("a street", read_aloud("NOC: ECO 524 - Fiber cut on Main St"),
			   "NOC: ECO 524 - Fiber cut on Main Street");
	CHECK_TEXT("with a full stop, and more behind it",
			   read_aloud("cut at Oak Ave. & 5th St, Hwy 71"),
			   "cut at Oak Avenue and 5th Street, Highway 71");
	CHECK_TEXT("a saint is no street", read_aloud("closet at St. Mary"), "closet at Saint Mary");
	CHECK_TEXT("small letters", read_aloud("pole on elm st"), "pole on elm Street");
	CHECK_TEXT("a state is no court", read_aloud("Hartford CT"), "Hartford CT");
	CHECK_TEXT("a word that only begins so", read_aloud("Strand, Drum"), "Strand, Drum");
	CHECK_TEXT("a long number is spelled", read_aloud("circuit 8842071"), "circuit 8 8 4 2 0 7 1");
	CHECK_TEXT("within a word too", read_aloud("KX12345b"), "KX1 2 3 4 5b");
	CHECK_TEXT("a short one is read", read_aloud("12 fibres, pole 4711"), "12 fibres, pole 4711");
	CHECK_TEXT("a number sign", read_aloud("pole #12 @ gate"), "pole number 12 at gate");
	CHECK_TEXT("other alphabets", read_aloud("Straße № 5 光ファイバー"), "Straße № 5 光ファイバー");
	CHECK_TEXT("a line's end is a pause", read_aloud("one\ntwo\x01"), "one two\x01");
	CHECK_TEXT("nothing", read_aloud(""), "");
}

static void
bounds(void)
{
	static char text[9000];
	const char *heard;

	memset(text, '7', sizeof(text) - 1);
	heard = read_aloud(text);
	CHECK("spelling stays within its bound", strlen(heard) < SPEECH_MAX && strlen(heard) > 3400);
	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xC3\xA9", 2);
	text[8998] = '\0';
	heard = read_aloud(text);
	CHECK("a character isn't cut", strlen(heard) < SPEECH_MAX && strlen(heard) % 2 == 0);
}

static void
documents(void)
{
	char buffer[2000];
	char tiny[60];
	Twiml twiml;
	const char *document;

	twiml_begin(&twiml, buffer, sizeof(buffer));
	twiml_ask(&twiml, "<Dial>+1</Dial> & \"you\" 'n' \x1B", "http://h/g?a=1&b=\"");
	twiml_hangup(&twiml);
	document = twiml_end(&twiml);
	CHECK("what people typed is text and nothing else",
		  document && !strstr(document, "<Dial>") &&
			  strstr(document,
					 "&lt;Dial&gt;+1&lt;/Dial&gt; &amp; &quot;you&quot; &apos;n&apos;  </Say>"));
	CHECK("a URL is escaped",
		  document && strstr(document, "action=\"http://h/g?a=1&amp;b=&quot;\"") != NULL);
	CHECK("one key, and an answer without one",
		  document && strstr(document, "numDigits=\"1\"") &&
			  strstr(document, "actionOnEmptyResult=\"true\""));
	twiml_begin(&twiml, tiny, sizeof(tiny));
	twiml_say(&twiml, "longer than the room");
	CHECK("what doesn't fit is no document", twiml_end(&twiml) == NULL);
}

static const char *why;

static void
statuses(void)
{
	CHECK("ringing", attempt_call_status("ringing", NULL, &why) == AI_CALLING);
	CHECK("answered is no yes", attempt_call_status("in-progress", "human", &why) == AI_ANSWERED);
	CHECK("completed is no yes", attempt_call_status("completed", "human", &why) == AI_FAILED);
	CHECK_TEXT("and says why", why, "no key press");
	CHECK("voicemail", attempt_call_status("completed", "machine_start", &why) == AI_VOICEMAIL);
	CHECK("fax", attempt_call_status("completed", "fax", &why) == AI_VOICEMAIL);
	CHECK("busy", attempt_call_status("busy", NULL, &why) == AI_BUSY);
	CHECK("nobody", attempt_call_status("no-answer", NULL, &why) == AI_NO_ANSWER);
	CHECK("no connection", attempt_call_status("failed", NULL, &why) == AI_FAILED);
	CHECK_TEXT("says so", why, "the call could not be connected");
	CHECK("ended", attempt_call_status("canceled", NULL, &why) == AI_FAILED);
	CHECK("queued says nothing new", attempt_call_status("queued", NULL, &why) == -1);
	CHECK("initiated neither", attempt_call_status("initiated", NULL, &why) == -1);
	CHECK("what isn't known neither", attempt_call_status("exploded", NULL, &why) == -1);
	CHECK("nothing neither", attempt_call_status(NULL, NULL, &why) == -1);
}

/* What the Studio flow reports: a yes is the key 1, whatever else is said beside it. */
static void
studio_reports(void)
{
	CHECK("ringing", attempt_studio_report("CALLING", NULL, NULL, NULL, true, &why) == AI_CALLING);
	CHECK("key 1",
		  attempt_studio_report("ACCEPTED", "1", NULL, NULL, true, &why) == AI_ACCEPT_FIRST);
	CHECK("key 1 is human, whatever the detection of machines believes",
		  attempt_studio_report("ACCEPTED", "1", "machine_start", NULL, true, &why) ==
			  AI_ACCEPT_FIRST);
	CHECK("key 1, and nobody is needed",
		  attempt_studio_report("ACCEPTED", "1", "human", NULL, false, &why) == AI_ACCEPT_LATE);
	CHECK("accepted without a key is no yes",
		  attempt_studio_report("ACCEPTED", NULL, "human", NULL, true, &why) == AI_FAILED);
	CHECK_TEXT("and says why", why, "no key press");
	CHECK("nor with an empty one",
		  attempt_studio_report("ACCEPTED", "", NULL, NULL, true, &why) == AI_FAILED);
	CHECK("nor with another one",
		  attempt_studio_report("ACCEPTED", "3", NULL, NULL, true, &why) == AI_FAILED);
	CHECK("nor with more than one",
		  attempt_studio_report("ACCEPTED", "11", NULL, NULL, true, &why) == AI_FAILED);
	CHECK("nor from a machine",
		  attempt_studio_report("ACCEPTED", NULL, "machine_start", NULL, true, &why) == AI_FAILED);
	CHECK_TEXT("which says the same", why, "no key press");
	CHECK("key 2", attempt_studio_report("DECLINED", "2", NULL, NULL, true, &why) == AI_DECLINE);
	CHECK("voicemail is what it is",
		  attempt_studio_report("FAILED", NULL, "machine_start", NULL, true, &why) == AI_VOICEMAIL);
	CHECK("nobody answers",
		  attempt_studio_report("FAILED", NULL, NULL, "no-answer", true, &why) == AI_NO_ANSWER);
	CHECK("busy", attempt_studio_report("FAILED", NULL, NULL, "busy", true, &why) == AI_BUSY);
	CHECK("no connection",
		  attempt_studio_report("FAILED", NULL, NULL, "failed", true, &why) == AI_FAILED);
	CHECK_TEXT("says so", why, "the call could not be connected");
	CHECK("an event nobody knows",
		  attempt_studio_report("EXPLODED", "1", NULL, NULL, true, &why) == -1);
	CHECK("none at all", attempt_studio_report(NULL, "1", NULL, NULL, true, &why) == -1);
}

static void
riders(void)
{
	CHECK("one call: it rings for each", attempt_for_rider(AI_CALLING, true) == AI_CALLING);
	CHECK("nobody answers: for none", attempt_for_rider(AI_NO_ANSWER, true) == AI_NO_ANSWER);
	CHECK("a yes is for one order", attempt_for_rider(AI_ACCEPT_FIRST, true) == -1);
	CHECK("a no too", attempt_for_rider(AI_DECLINE, true) == -1);
	CHECK("no key for the first: the next is asked about all the same",
		  attempt_for_rider(AI_FAILED, true) == RIDE_ASK);
	CHECK("refused: refused for each", attempt_for_rider(AI_FAILED, false) == AI_FAILED);
	CHECK("canceled for one: not for the others", attempt_for_rider(AI_CANCEL, true) == -1);
	CHECK("canceled before it was placed: the others get their own",
		  attempt_for_rider(AI_CANCEL, false) == AI_DEADLINE);
	CHECK("never placed in time", attempt_for_rider(AI_DEADLINE, false) == AI_DEADLINE);
}

int
main(void)
{
	words();
	bounds();
	documents();
	statuses();
	studio_reports();
	riders();
	return checks_done();
}
