/*
 * wall.c
 *		The server's wall clock, as a test sets it: preloaded (LD_PRELOAD), it moves the real time
 *		by the seconds that stand in the file $STRIKE_WALL (text, 15 characters), at any moment.
 *
 * Clocks that nobody can set stay as they are.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define LENGTH 15

static const volatile char *written;

__attribute__((constructor)) static void
attach(void)
{
	const char *path = getenv("STRIKE_WALL");
	int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *page;

	if (file < 0)
		return;
	page = mmap(NULL, LENGTH, PROT_READ, MAP_SHARED, file, 0);
	close(file);
	written = page == MAP_FAILED ? NULL : page;
}

static long
moved(void)
{
	long seconds = 0;

	for (int i = 1; written != NULL && i < LENGTH && written[i] >= '0' && written[i] <= '9'; i++)
		seconds = seconds * 10 + written[i] - '0';
	return written != NULL && written[0] == '-' ? -seconds : seconds;
}

int
clock_gettime(clockid_t clock, struct timespec *at)
{
	int result = (int) syscall(SYS_clock_gettime, clock, at);

	if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		at->tv_sec += moved();
	return result;
}

int
gettimeofday(struct timeval *restrict at, void *restrict zone)
{
	struct timespec now;

	(void) zone;
	(void) clock_gettime(CLOCK_REALTIME, &now);
	at->tv_sec = now.tv_sec;
	at->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *at)
{
	struct timespec now;

	(void) clock_gettime(CLOCK_REALTIME, &now);
	if (at != NULL)
		*at = now.tv_sec;
	return now.tv_sec;
}
