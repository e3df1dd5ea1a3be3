/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values of the options that say what is logged, and how much of it, and who
 * answers what is rejected.
 */
#include "runtime/cli/cli.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool cli_parse_number(const char *text, unsigned long min, unsigned long max,
		      unsigned int *value)
{
	char *end;
	unsigned long n;

	if (strspn(text, "0123456789") != strlen(text) || !*text)
		return false;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || n < min || n > max)
		return false;
	*value = (unsigned int)n;
	return true;
}

int cli_set_log(struct cli *cli, const char *text)
{
	if (strcmp(text, "ring") && strcmp(text, "kernel")) {
		cli_error("--log does not know \"%s\"; it takes kernel or "
			  "ring",
			  text);
		return -EINVAL;
	}
	cli->options.log_ring = !strcmp(text, "ring");
	return 0;
}

int cli_set_reject(struct cli *cli, const char *text)
{
	static const struct cli_word words[] = {
		{ "kernel", TAMIZ_ANSWERS_KERNEL },
		{ "answer", TAMIZ_ANSWERS_XDP },
		{ "drop", TAMIZ_ANSWERS_NOBODY },
		{ NULL, 0 },
	};
	int value;

	if (cli_choose("reject", text, words, &value))
		return -EINVAL;
	cli->options.answers = (enum tamiz_answers)value;
	return 0;
}

int cli_set_reject_rate(struct cli *cli, const char *text)
{
	if (cli_parse_number(text, 1, TAMIZ_ANSWER_RATE_MAX,
			     &cli->options.answer_rate))
		return 0;
	cli_error("--reject-rate takes 1 to %u, not \"%s\"",
		  TAMIZ_ANSWER_RATE_MAX, text);
	return -EINVAL;
}

/* The name of a rule, which is argv's, ends where the fraction begins. */
static int add_sample(struct cli *cli, const char *text, size_t name_len,
		      unsigned int every)
{
	size_t n = cli->options.n_samples;
	struct tamiz_sample *samples =
		reallocarray(cli->samples, n + 1, sizeof(*samples));
	char *equals = (char *)(uintptr_t)(text + name_len);

	if (!samples)
		return -ENOMEM;
	*equals = '\0';
	samples[n] = (struct tamiz_sample){ text, every };
	cli->samples = samples;
	cli->options.samples = samples;
	cli->options.n_samples = n + 1;
	return 0;
}

int cli_set_sample(struct cli *cli, const char *text)
{
	const char *equals = strrchr(text, '=');
	const char *fraction = equals ? equals + 1 : text;
	unsigned int every;

	if (strncmp(fraction, "1/", 2) || equals == text ||
	    !cli_parse_number(fraction + 2, 1, UINT32_MAX, &every)) {
		cli_error("--sample takes 1/N or RULE=1/N, not \"%s\"", text);
		return -EINVAL;
	}
	if (equals)
		return add_sample(cli, text, (size_t)(equals - text), every);
	cli->options.sample_every = every;
	return 0;
}

int cli_set_snaplen(struct cli *cli, const char *text)
{
	if (cli_parse_number(text, 1, TAMIZ_SNAPLEN_MAX, &cli->options.snaplen))
		return 0;
	cli_error("--snaplen takes 1 to %d bytes, not \"%s\"",
		  TAMIZ_SNAPLEN_MAX, text);
	return -EINVAL;
}

int cli_set_count(struct cli *cli, const char *text)
{
	if (cli_parse_number(text, 1, UINT32_MAX, &cli->count))
		return 0;
	cli_error("--count takes a number, not \"%s\"", text);
	return -EINVAL;
}
