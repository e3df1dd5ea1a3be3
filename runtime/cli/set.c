/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tamiz set: members of the sets that attached rules ask; and --ipset, which
 * takes the kernel's for files.
 */
#include "runtime/cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <tamiz/sets.h>

#include "runtime/scope.h"

enum verb { LIST, ADD, DELETE, SWAP, SYNC, N_VERBS };

static const struct {
	const char *name, *operands;
	size_t min, max; /* operands */
} verbs[N_VERBS] = {
	[LIST] = { "list", "[NAME]", 0, 1 },
	[ADD] = { "add", "NAME MEMBER...", 2, SIZE_MAX },
	[DELETE] = { "del", "NAME MEMBER...", 2, SIZE_MAX },
	[SWAP] = { "swap", "NAME NAME", 2, 2 },
	[SYNC] = { "sync", "[NAME]", 0, 1 },
};

int cli_set_ipset(struct cli *cli, const char *text)
{
	static const struct cli_word words[] = { { "live", 1 }, { NULL, 0 } };
	int value;

	if (cli_choose("ipset", text, words, &value))
		return -EINVAL;
	cli->sets_live = value;
	return 0;
}

int cli_live_sets(const struct cli *cli, struct tamiz_text *text)
{
	struct tamiz_message message = { 0 };
	char *sets;
	size_t len;
	int error = tamiz_live_sets(&sets, &len, &message);

	if (error)
		return cli_fail(cli, &message, error);
	*text = (struct tamiz_text){ "live.ipset", sets, len };
	return EXIT_DONE;
}

/* ---- add, del ---- */

/* The operands from the third on, a line each; "-": those of standard input. */
static char *join_members(const struct cli *cli)
{
	size_t len = 0;
	char *text = NULL, line[1024];
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	for (size_t i = 2; i < cli->files.n; i++) {
		if (strcmp(cli->files.at[i], "-")) {
			fprintf(out, "%s\n", cli->files.at[i]);
			continue;
		}
		while (fgets(line, sizeof(line), stdin))
			fputs(line, out);
		fputs("\n", out);
	}
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

static void say_done(const char *what, const struct tamiz_set_done *done)
{
	printf("%s %zu member%s on %zu device%s\n", what, done->n_members,
	       done->n_members == 1 ? "" : "s", done->n_devices,
	       done->n_devices == 1 ? "" : "s");
}

static int change(const struct cli *cli, const struct tamiz_set_target *target,
		  enum tamiz_set_action action)
{
	_cleanup_free_ char *members = join_members(cli);
	struct tamiz_message message = { 0 };
	struct tamiz_set_done done;
	int error = members ? tamiz_set_change(target, action, members, &done,
					       &message)
			    : -ENOMEM;

	if (error == -EINVAL && message.text) {
		cli_error("%s", message.text);
		tamiz_message_clear(&message);
		return EXIT_FAULT;
	}
	if (error)
		return cli_fail(cli, &message, error);
	say_done(action == TAMIZ_SET_ADD ? "added" : "removed", &done);
	return EXIT_DONE;
}

static int swap_sets(const struct cli *cli,
		     const struct tamiz_set_target *target)
{
	struct tamiz_message message = { 0 };
	struct tamiz_set_done done;
	int error = tamiz_set_swap(target, cli->files.at[2], &done, &message);

	if (error)
		return cli_fail(cli, &message, error);
	printf("swapped on %zu device%s\n", done.n_devices,
	       done.n_devices == 1 ? "" : "s");
	return EXIT_DONE;
}

/* ---- list ---- */

static void say_age(const struct tamiz_set_shown *set)
{
	time_t now = time(NULL);
	long long age = (long long)now - (long long)set->read_at;

	printf("# %s: %s, %zu member%s", set->ifname, set->name, set->n,
	       set->n == 1 ? "" : "s");
	if (set->read_at)
		printf(", read %lld s ago", age > 0 ? age : 0);
	puts("");
}

static int print_set(const struct tamiz_set_shown *set, void *arg)
{
	(void)arg;
	say_age(set);
	fputs(set->create, stdout);
	for (size_t i = 0; i < set->n; i++)
		printf("add %s %s\n", set->name, set->members[i]);
	return 0;
}

static int list_sets(const struct cli *cli,
		     const struct tamiz_set_target *target)
{
	struct tamiz_message message = { 0 };
	int error = tamiz_set_list(target, print_set, NULL, &message);

	return error ? cli_fail(cli, &message, error) : EXIT_DONE;
}

/* ---- sync ---- */

static volatile sig_atomic_t is_over;

static void end_watch(int signal)
{
	(void)signal;
	is_over = 1;
}

/* What was synchronised last; only what is new there is taken again. */
static int sync_once(const struct cli *cli,
		     const struct tamiz_set_target *target, char **last,
		     struct tamiz_set_done *done)
{
	struct tamiz_message message = { 0 };
	struct tamiz_notes notes = { 0 };
	char *text = NULL;
	size_t len;
	int error = tamiz_live_sets(&text, &len, &message);

	if (!error && *last && !strcmp(*last, text)) {
		free(text);
		return EXIT_DONE;
	}
	if (!error)
		error = tamiz_set_sync(target, done, &notes, &message);
	cli_print_notes(&notes);
	if (error) {
		free(text);
		return cli_fail(cli, &message, error);
	}
	free(*last);
	*last = text;
	say_done("synchronised", done);
	fflush(stdout);
	return EXIT_DONE;
}

static int sync_sets(const struct cli *cli,
		     const struct tamiz_set_target *target)
{
	const struct timespec pause = { .tv_sec = 1 };
	struct sigaction action = { .sa_handler = end_watch };
	struct tamiz_set_done done;
	char *last = NULL;
	int status = sync_once(cli, target, &last, &done);

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	while (cli->watch && status == EXIT_DONE && !is_over) {
		nanosleep(&pause, NULL);
		if (!is_over)
			status = sync_once(cli, target, &last, &done);
	}
	free(last);
	return status;
}

/* ---- all of them ---- */

static int run_verb(const struct cli *cli, enum verb verb,
		    const struct tamiz_set_target *target)
{
	switch (verb) {
	case LIST:
		return list_sets(cli, target);
	case ADD:
		return change(cli, target, TAMIZ_SET_ADD);
	case DELETE:
		return change(cli, target, TAMIZ_SET_DELETE);
	case SWAP:
		return swap_sets(cli, target);
	case SYNC:
		return sync_sets(cli, target);
	case N_VERBS:
		break;
	}
	return EXIT_USAGE;
}

static enum verb find_verb(const char *name)
{
	int verb = 0;

	while (verb < N_VERBS && strcmp(verbs[verb].name, name))
		verb++;
	return (enum verb)verb;
}

int cli_set(const struct cli *cli)
{
	enum verb verb = find_verb(cli->files.at[0]);
	size_t n_devices = cli->devices.n ? cli->devices.n : 1;
	size_t n = cli->files.n - 1;
	int status = EXIT_DONE;

	if (verb == N_VERBS) {
		cli_error("set does not know \"%s\"; it takes one of:",
			  cli->files.at[0]);
		for (int i = 0; i < N_VERBS; i++)
			fprintf(stderr, "  %s %s\n", verbs[i].name,
				verbs[i].operands);
		return EXIT_USAGE;
	}
	if (n < verbs[verb].min || n > verbs[verb].max) {
		cli_error("usage: tamiz set %s %s", verbs[verb].name,
			  verbs[verb].operands);
		return EXIT_USAGE;
	}
	if (cli->watch && verb != SYNC) {
		cli_error("--watch goes with set sync");
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < n_devices && status == EXIT_DONE; i++) {
		const struct tamiz_set_target target = {
			.ifname = cli->devices.n ? cli->devices.at[i] : NULL,
			.name = n ? cli->files.at[1] : NULL,
		};

		status = run_verb(cli, verb, &target);
	}
	return status;
}
