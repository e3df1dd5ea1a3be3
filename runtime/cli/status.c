/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tamiz status: per device what is attached and what became of its frames;
 * with -v per chain as `iptables -L -v -n` prints it, with three counts: both
 * together, which is what the kernel alone would have counted, at XDP, and in
 * the kernel behind it.
 */
#include "runtime/cli/cli.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/json.h"

/* As iptables does: five digits, then thousands with K, M, G, T. */
static const char *number(char out[24], const struct cli *cli, uint64_t n)
{
	static const char *const units[] = { "", "K", "M", "G", "T" };
	int unit = 0;

	if (!cli->exact && n > 99999) {
		do {
			n = (n + 500) / 1000;
			unit++;
		} while (n > 9999 && unit < 4);
	}
	snprintf(out, 24, "%" PRIu64 "%s", n, units[unit]);
	return out;
}

static void print_count(const struct cli *cli, struct tamiz_count count)
{
	char packets[24], bytes[24];

	printf(cli->exact ? "%8s %10s " : "%6s %5s ",
	       number(packets, cli, count.packets),
	       number(bytes, cli, count.bytes));
}

static void print_no_count(const struct cli *cli)
{
	printf(cli->exact ? "%8s %10s " : "%6s %5s ", "-", "-");
}

/* A fourth pair, where something was counted in monitor mode. */
static bool has_would(const struct tamiz_status_device *device)
{
	return device->is_monitor || device->would_drop.packets;
}

/* A rule of expressions, as it stands in its file. */
static void print_expression(const struct tamiz_status_rule *rule)
{
	for (const char *c = rule->text; *c; c++)
		putchar((unsigned char)*c < ' ' || *c == 127 ? '?' : *c);
	if (rule->comment)
		fputs("  # ", stdout);
	for (const char *c = rule->comment; c && *c; c++)
		putchar((unsigned char)*c < ' ' || *c == 127 ? '?' : *c);
	putchar('\n');
}

static void print_rule(const struct cli *cli,
		       const struct tamiz_status_device *device,
		       const struct tamiz_status_rule *rule)
{
	print_count(cli, rule->sum);
	print_count(cli, rule->xdp);
	if (rule->is_live)
		print_count(cli, rule->kernel);
	else
		print_no_count(cli);
	if (has_would(device))
		print_count(cli, rule->would);
	if (rule->family)
		cli_print_columns(rule->family, rule->text);
	else
		print_expression(rule);
}

static bool is_same_chain(const struct tamiz_status_rule *a,
			  const struct tamiz_status_rule *b)
{
	return a->family == b->family && !strcmp(a->table, b->table) &&
	       !strcmp(a->chain, b->chain);
}

static void print_chain_head(const struct cli *cli,
			     const struct tamiz_status_device *device,
			     const struct tamiz_status_rule *rule,
			     const struct tamiz_status_rule *policy)
{
	const char *counts = cli->exact ? "%8s %10s %8s %10s %8s %10s "
					: "%6s %5s %6s %5s %6s %5s ";
	char packets[24], bytes[24];

	printf("\nChain %s (", rule->chain);
	if (policy) {
		struct tamiz_count sum = policy->sum;

		printf("policy %s %s packets, %s bytes; ", policy->target,
		       number(packets, cli, sum.packets),
		       number(bytes, cli, sum.bytes));
		printf("at XDP %s packets, %s bytes; ",
		       number(packets, cli, policy->xdp.packets),
		       number(bytes, cli, policy->xdp.bytes));
	}
	if (rule->family)
		printf("table %s, IPv%d)\n", rule->table, rule->family);
	else
		printf("table %s)\n", rule->table);
	printf(counts, "pkts", "bytes", "xdp", "bytes", "kernel", "bytes");
	if (has_would(device))
		printf(cli->exact ? "%8s %10s " : "%6s %5s ", "would", "bytes");
	if (rule->family)
		cli_print_columns_head();
	else
		puts("rule");
}

/*
 * Rules come chain by chain; where the policy stands among them is the
 * compiler's affair, so it is looked for.
 */
static void print_chains(const struct cli *cli,
			 const struct tamiz_status_device *device)
{
	const struct tamiz_status_rule *rules = device->rules;
	bool *is_printed = calloc(device->n_rules + 1, sizeof(*is_printed));

	for (size_t i = 0; is_printed && i < device->n_rules; i++) {
		const struct tamiz_status_rule *policy = NULL;

		if (is_printed[i])
			continue;
		for (size_t k = i; k < device->n_rules; k++) {
			if (!rules[k].number &&
			    is_same_chain(&rules[i], &rules[k]))
				policy = &rules[k];
		}
		print_chain_head(cli, device, &rules[i], policy);
		for (size_t k = i; k < device->n_rules; k++) {
			if (is_printed[k] ||
			    !is_same_chain(&rules[i], &rules[k]))
				continue;
			is_printed[k] = true;
			if (rules[k].number)
				print_rule(cli, device, &rules[k]);
		}
	}
	free(is_printed);
}

/* What XDP passes is the kernel's to judge: does it still have the rules? */
static void print_drift(const struct cli *cli,
			const struct tamiz_status_device *device)
{
	size_t n = 0, n_missing = 0;

	for (size_t i = 0; i < device->n_rules; i++) {
		const struct tamiz_status_rule *rule = &device->rules[i];

		/* rules of expressions, and own ones, are not the kernel's */
		if (!rule->family || rule->is_own || !rule->is_ingress ||
		    !rule->number)
			continue;
		n++;
		n_missing += !rule->is_live;
	}
	/* What was not live at the attach was told then. */
	if ((n_missing && cli->verbose) || *device->drift)
		printf("  drifted: %zu of %zu ingress rules are not live in "
		       "the kernel%s%s\n",
		       n_missing, n, *device->drift ? "; " : "", device->drift);
}

const char *cli_hook_words(const struct tamiz_status_device *device,
			   char words[CLI_HOOK_LEN])
{
	bool is_tc = !strcmp(device->xdp, "tc");

	snprintf(words, CLI_HOOK_LEN, "%s%s", device->xdp, is_tc ? "" : " XDP");
	return words;
}

static void print_trial(const struct tamiz_status_device *device)
{
	unsigned int seconds = cli_seconds(device->left_ms);

	switch (device->trial) {
	case TAMIZ_TRIAL_NONE:
		break;
	case TAMIZ_TRIAL_WAITING:
		printf("  unconfirmed, rolls back in %u s: tamiz confirm --dev "
		       "%s\n",
		       seconds, device->ifname);
		break;
	case TAMIZ_TRIAL_OVER:
		printf("  rolled back %u s ago: generation %u was not "
		       "confirmed%s\n",
		       seconds, device->tried,
		       device->is_void ? ", and there was none before: nothing "
					 "is in force"
				       : "");
		break;
	}
}

static void print_notes(const struct tamiz_status_device *device)
{
	for (size_t i = 0; i < device->notes.n; i++)
		printf("  note: %s\n", device->notes.at[i]);
}

static void print_device(const struct cli *cli,
			 const struct tamiz_status_device *device)
{
	if (device->is_damaged) {
		printf("%s: damaged\n", device->ifname);
		print_notes(device);
		return;
	}

	time_t at = (time_t)device->attached_at;
	char when[32] = "?", passed[24], dropped[24], unjudged[24];
	char would[24], hook[CLI_HOOK_LEN];
	struct tm tm;

	if (localtime_r(&at, &tm))
		strftime(when, sizeof(when), "%F %T", &tm);
	printf("%s: %s%s, backend %s, %s, generation %u since %s, tamiz %s\n",
	       device->ifname, device->mode,
	       device->is_monitor ? ", monitor" : "", device->backend,
	       cli_hook_words(device, hook), device->generation, when,
	       device->version);
	print_trial(device);
	/* Programs count the frames that they pass only where it is free. */
	printf("  frames: %s dropped",
	       number(dropped, cli, device->dropped.packets));
	if (device->is_monitor || device->would_drop.packets)
		printf(", %s would be dropped",
		       number(would, cli, device->would_drop.packets));
	if (device->passed.packets)
		printf(", %s passed",
		       number(passed, cli, device->passed.packets));
	if (device->unjudged.packets)
		printf(", %s not judged",
		       number(unjudged, cli, device->unjudged.packets));
	putchar('\n');
	if (!strcmp(device->connections, "lookup"))
		puts("  connections: what the rules drop is looked up first");
	if (!strcmp(device->connections, "unknown"))
		puts("  connections: unknown; rules that go by their state are "
		     "left to the kernel");
	print_notes(device);
	if (!strcmp(device->mode, "offload"))
		print_drift(cli, device);
	if (cli->verbose)
		print_chains(cli, device);
}

/* What was printed of all devices that were asked for. */
struct listing {
	const struct cli *cli;
	const struct tamiz_live *live;
	json_t *array;
	size_t n;
};

static int print_status(struct listing *listing,
			const struct tamiz_status *status)
{
	int result = EXIT_DONE;

	for (size_t i = 0; i < status->n_devices; i++) {
		const struct tamiz_status_device *device = &status->devices[i];

		if (listing->cli->json) {
			json_array_append_new(listing->array,
					      cli_status_pack(device));
		} else {
			if (listing->n)
				putchar('\n');
			print_device(listing->cli, device);
		}
		listing->n++;
		if (device->is_damaged)
			result = EXIT_SYSTEM;
	}
	return result;
}

/* @ifname: NULL for all devices. */
static int read_and_print(struct listing *listing, const char *ifname)
{
	const struct cli *cli = listing->cli;
	struct tamiz_message message = { 0 };
	struct tamiz_status *status;
	int error = tamiz_status_read(ifname, NULL, listing->live, &status,
				      &message);

	if (error)
		return cli_fail(cli, &message, error);

	int result = print_status(listing, status);

	if (ifname && !status->n_devices) {
		cli_error("%s has no rules of tamiz", ifname);
		result = EXIT_SYSTEM;
	}
	tamiz_status_free(status);
	return result;
}

static int print_all(struct listing *listing)
{
	const struct cli *cli = listing->cli;
	int result = EXIT_DONE;

	if (!cli->devices.n)
		result = read_and_print(listing, NULL);
	for (size_t i = 0; i < cli->devices.n; i++) {
		int status = read_and_print(listing, cli->devices.at[i]);

		if (status != EXIT_DONE)
			result = status;
	}
	if (cli->json) {
		json_dumpf(listing->array, stdout, JSON_INDENT(1));
		putchar('\n');
	} else if (!listing->n && result == EXIT_DONE) {
		puts("nothing is attached in this network namespace");
	}
	return result;
}

int cli_status(const struct cli *cli)
{
	struct tamiz_message message = { 0 };
	struct tamiz_notes notes = { 0 };
	struct tamiz_live *live = NULL;

	if (cli->sockets.n)
		return cli_status_sockets(cli);

	int error = tamiz_check_caps(&message);

	if (!error)
		error = tamiz_live_read(&live, &notes, &message);
	cli_print_notes(&notes);
	if (error)
		return cli_fail(cli, &message, error);

	struct listing listing = { cli, live, json_array(), 0 };
	int status = print_all(&listing);

	json_decref(listing.array);
	tamiz_live_free(live);
	return status;
}
