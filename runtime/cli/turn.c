/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tamiz detach, confirm, rollback, enforce: what is done to devices without a
 * rule file, one by one or to all.
 */
#include "runtime/cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int turn_function(const char *ifname, const char *bpffs, size_t *n,
			  struct tamiz_notes *notes,
			  struct tamiz_message *message);

/* tamiz_detach has nothing to note. */
static int detach(const char *ifname, const char *bpffs, size_t *n,
		  struct tamiz_notes *notes, struct tamiz_message *message)
{
	(void)notes;
	return tamiz_detach(ifname, bpffs, n, message);
}

/* @all: "detached from", before a number of devices. */
static int take_turns(const struct cli *cli, turn_function *turn,
		      const char *one, const char *all)
{
	size_t n_devices = cli->all ? 1 : cli->devices.n;
	int status = EXIT_DONE;

	for (size_t i = 0; i < n_devices; i++) {
		struct tamiz_message message = { 0 };
		struct tamiz_notes notes = { 0 };
		const char *ifname = cli->all ? NULL : cli->devices.at[i];
		size_t n;
		int error = turn(ifname, NULL, &n, &notes, &message);

		cli_print_notes(&notes);
		if (error)
			status = cli_fail(cli, &message, error);
		else if (ifname)
			printf("%s: %s\n", ifname, one);
		else
			printf("%s %zu device%s\n", all, n, n == 1 ? "" : "s");
	}
	return status;
}

int cli_detach(const struct cli *cli)
{
	if (cli->sockets.n)
		return cli_detach_sockets(cli);
	return take_turns(cli, detach, "detached", "detached from");
}

int cli_confirm(const struct cli *cli)
{
	return take_turns(cli, tamiz_confirm, "confirmed", "confirmed on");
}

int cli_rollback(const struct cli *cli)
{
	return take_turns(cli, tamiz_rollback, "rolled back", "rolled back on");
}

int cli_enforce(const struct cli *cli)
{
	return take_turns(cli, tamiz_enforce,
			  "enforced: what is to be "
			  "dropped is dropped now",
			  "enforced on");
}

unsigned int cli_seconds(int64_t ms)
{
	return (unsigned int)((llabs((long long)ms) + 999) / 1000);
}

static int parse_seconds(const char *option, const char *text,
			 unsigned long min, unsigned int *value)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text >= '0' && *text <= '9' && !*end && n >= min &&
	    n <= TAMIZ_CONFIRM_MAX_S) {
		*value = (unsigned int)n;
		return 0;
	}
	cli_error("--%s takes %lu to %d seconds, not \"%s\"", option, min,
		  TAMIZ_CONFIRM_MAX_S, text);
	return -EINVAL;
}

int cli_set_confirm(struct cli *cli, const char *text)
{
	return parse_seconds("confirm", text, 1, &cli->attach.confirm_s);
}

int cli_set_wait(struct cli *cli, const char *text)
{
	return parse_seconds("wait", text, 0, &cli->wait_s);
}
