/*
 * driver.c
 *		Drives a fuzz target where there is no libFuzzer: seeds, mutated by a generator of its own,
 *		so many runs from one number.  A target that finds something aborts; the run to repeat it
 *		with is printed.
 *
 *		driver SEED RUNS FILE …
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUT_MAX 16384
#define SEEDS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

static uint8_t seeds[SEEDS_MAX][INPUT_MAX];
static size_t seed_length[SEEDS_MAX];
static int seed_count;
static uint64_t state;
static char last_words[80];

/* splitmix64 */
static uint64_t
draw(uint64_t below)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31)) % below;
}

static void
on_abort(int signal_number)
{
	ssize_t written = write(2, last_words, strlen(last_words));

	(void) written;
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static size_t
mutate(uint8_t *bytes, size_t length)
{
	static const char *const words[] = {
		"\r\n\r\n",
		"\r\n",
		":",
		"Content-Length: 5",
		"Transfer-Encoding: chunked",
		"0\r\n\r\n",
		"ffffffff",
		"\x81\xfe",
		"\x81\xff",
		"\x89\x80",
		"{\"token\":",
		"\"since\":",
		"-1",
		"99999999999999999999",
		"\\u0000",
		"[[[[[[[[[[[[[[",
		"null",
		".",
		"eyJhbGciOiJub25lIn0",
		"\xf0\x9f\x92\xa9",
	};

	for (uint64_t n = 1 + draw(6); n > 0; n--)
	{
		size_t at = length > 0 ? draw(length) : 0;
		size_t part = 1 + draw(32);

		switch (draw(6))
		{
			case 0: /* a bit */
				if (length > 0)
					bytes[at] ^= (uint8_t) (1u << draw(8));
				break;
			case 1: /* a byte */
				if (length > 0)
					bytes[at] = (uint8_t) draw(256);
				break;
			case 2: /* less */
				part = part < length - at ? part : length - at;
				memmove(bytes + at, bytes + at + part, length - at - part);
				length -= part;
				break;
			case 3: /* twice */
				part = part < length - at ? part : length - at;
				if (length + part <= INPUT_MAX)
				{
					memmove(bytes + at + part, bytes + at, length - at);
					length += part;
				}
				break;
			case 4: /* a word that matters */
			{
				const char *word = words[draw(sizeof(words) / sizeof(words[0]))];
				size_t size = strlen(word);

				if (length + size <= INPUT_MAX)
				{
					memmove(bytes + at + size, bytes + at, length - at);
					memcpy(bytes + at, word, size);
					length += size;
				}
				break;
			}
			case 5: /* the end of another seed */
			{
				int other = (int) draw((uint64_t) seed_count);
				size_t from = seed_length[other] > 0 ? draw(seed_length[other]) : 0;
				size_t size = seed_length[other] - from;

				size = at + size <= INPUT_MAX ? size : INPUT_MAX - at;
				memcpy(bytes + at, seeds[other] + from, size);
				length = at + size;
				break;
			}
		}
	}
	return length;
}

int
main(int argc, char **argv)
{
	static uint8_t bytes[INPUT_MAX];
	uint64_t first = argc > 2 ? strtoull(argv[1], NULL, 10) : 0;
	uint64_t runs = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;

	signal(SIGABRT, on_abort);
	for (int i = 3; i < argc && seed_count < SEEDS_MAX; i++)
	{
		FILE *file = fopen(argv[i], "rb");

		if (file == NULL)
			return 2;
		seed_length[seed_count] = fread(seeds[seed_count], 1, INPUT_MAX, file);
		seed_count++;
		fclose(file);
	}
	if (seed_count == 0 || runs == 0)
		return 2;
	if (LLVMFuzzerInitialize != NULL)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 0; i < seed_count; i++)
		LLVMFuzzerTestOneInput(seeds[i], seed_length[i]);
	for (uint64_t run = 0; run < runs; run++)
	{
		int seed;
		size_t length;

		state = first + run;
		snprintf(last_words, sizeof(last_words), "found by: driver %llu 1\n",
				 (unsigned long long) (first + run));
		seed = (int) draw((uint64_t) seed_count);
		memcpy(bytes, seeds[seed], seed_length[seed]);
		length = mutate(bytes, seed_length[seed]);
		LLVMFuzzerTestOneInput(bytes, length);
	}
	printf("%llu inputs from %llu on\n", (unsigned long long) runs, (unsigned long long) first);
	return 0;
}
