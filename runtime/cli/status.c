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

static struct tamiz_count sum_of(const struct tamiz_status_rule *rule)
{
	return (struct tamiz_count){
		rule->xdp.packets + rule->kernel.packets,
		rule->xdp.bytes + rule->kernel.bytes,
	};
}

static void print_rule(const struct cli *cli,
		       const struct tamiz_status_rule *rule)
{
	print_count(cli, sum_of(rule));
	print_count(cli, rule->xdp);
	if (rule->is_live)
		print_count(cli, rule->kernel);
	else
		print_no_count(cli);
	cli_print_columns(rule->family, rule->text);
}

static bool is_same_chain(const struct tamiz_status_rule *a,
			  const struct tamiz_status_rule *b)
{
	return a->family == b->family && !strcmp(a->table, b->table) &&
	       !strcmp(a->chain, b->chain);
}

static void print_chain_head(const struct cli *cli,
			     const struct tamiz_status_rule *rule,
			     const struct tamiz_status_rule *policy)
{
	const char *counts = cli->exact ? "%8s %10s %8s %10s %8s %10s "
					: "%6s %5s %6s %5s %6s %5s ";
	char packets[24], bytes[24];

	printf("\nChain %s (", rule->chain);
	if (policy) {
		struct tamiz_count sum = sum_of(policy);

		printf("policy %s %s packets, %s bytes; ", policy->target,
		       number(packets, cli, sum.packets),
		       number(bytes, cli, sum.bytes));
		printf("at XDP %s packets, %s bytes; ",
		       number(packets, cli, policy->xdp.packets),
		       number(bytes, cli, policy->xdp.bytes));
	}
	printf("table %s, IPv%d)\n", rule->table, rule->family);
	printf(counts, "pkts", "bytes", "xdp", "bytes", "kernel", "bytes");
	cli_print_columns_head();
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
		print_chain_head(cli, &rules[i], policy);
		for (size_t k = i; k < device->n_rules; k++) {
			if (is_printed[k] ||
			    !is_same_chain(&rules[i], &rules[k]))
				continue;
			is_printed[k] = true;
			if (rules[k].number)
				print_rule(cli, &rules[k]);
		}
	}
	free(is_printed);
}

/* What XDP passes is the kernel's to judge: does it still have the rules? */
static void print_drift(const struct tamiz_status_device *device)
{
	size_t n = 0, n_missing = 0;

	for (size_t i = 0; i < device->n_rules; i++) {
		const struct tamiz_status_rule *rule = &device->rules[i];

		n += rule->is_ingress && rule->number;
		n_missing += rule->is_ingress && rule->number && !rule->is_live;
	}
	if (n_missing)
		printf("  drifted: %zu of %zu ingress rules are not live in "
		       "the kernel\n",
		       n_missing, n);
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
	struct tm tm;

	if (localtime_r(&at, &tm))
		strftime(when, sizeof(when), "%F %T", &tm);
	printf("%s: %s, backend %s, %s XDP, generation %u since %s, tamiz %s\n",
	       device->ifname, device->mode, device->backend, device->xdp,
	       device->generation, when, device->version);
	/* Programs count the frames that they pass only where it is free. */
	printf("  frames: %s dropped",
	       number(dropped, cli, device->dropped.packets));
	if (device->passed.packets)
		printf(", %s passed",
		       number(passed, cli, device->passed.packets));
	if (device->unjudged.packets)
		printf(", %s not judged",
		       number(unjudged, cli, device->unjudged.packets));
	putchar('\n');
	print_notes(device);
	if (!cli->verbose)
		return;
	if (!strcmp(device->mode, "offload"))
		print_drift(device);
	print_chains(cli, device);
}

static json_t *pack_count(struct tamiz_count count)
{
	return json_pack("{s:I, s:I}", "packets", (json_int_t)count.packets,
			 "bytes", (json_int_t)count.bytes);
}

static json_t *pack_rule(const struct tamiz_status_rule *rule)
{
	json_t *json = json_pack(
		"{s:i, s:s, s:s, s:i, s:s, s:i, s:s, s:s, s:s?, s:b, s:s, s:o}",
		"family", rule->family, "table", rule->table, "chain",
		rule->chain, "number", (int)rule->number, "file", rule->file,
		"line", (int)rule->line, "text", rule->text, "target",
		rule->target, "comment", rule->comment, "ingress",
		(int)rule->is_ingress, "fit", rule->fit, "xdp",
		pack_count(rule->xdp));

	if (rule->is_live)
		json_object_set_new(json, "kernel", pack_count(rule->kernel));
	json_object_set_new(json, "sum", pack_count(sum_of(rule)));
	return json;
}

static json_t *pack_notes(const struct tamiz_status_device *device)
{
	json_t *notes = json_array();

	for (size_t i = 0; i < device->notes.n; i++)
		json_array_append_new(notes, tz_json_text(device->notes.at[i]));
	return notes;
}

static json_t *pack_device(const struct tamiz_status_device *device)
{
	json_t *json = json_pack("{s:s, s:b, s:o}", "device", device->ifname,
				 "damaged", (int)device->is_damaged, "notes",
				 pack_notes(device));
	json_t *rules = json_array();

	for (size_t i = 0; i < device->n_rules; i++)
		json_array_append_new(rules, pack_rule(&device->rules[i]));

	json_t *more = json_pack(
		"{s:I, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:o, "
		"s:o}",
		"ifindex", (json_int_t)device->ifindex, "mode", device->mode,
		"backend", device->backend, "version", device->version, "xdp",
		device->xdp, "generation", (json_int_t)device->generation,
		"attached_at", (json_int_t)device->attached_at, "root_id",
		(json_int_t)device->root_id, "rules_id",
		(json_int_t)device->rules_id, "passed",
		pack_count(device->passed), "dropped",
		pack_count(device->dropped), "unjudged",
		pack_count(device->unjudged), "rules", rules);

	if (!device->is_damaged)
		json_object_update(json, more);
	json_decref(more);
	return json;
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
					      pack_device(device));
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

	if (cli->verbose || cli->json) {
		int error = tamiz_live_read(&live, &notes, &message);

		cli_print_notes(&notes);
		if (error)
			return cli_fail(cli, &message, error);
	}

	struct listing listing = { cli, live, json_array(), 0 };
	int status = print_all(&listing);

	json_decref(listing.array);
	tamiz_live_free(live);
	return status;
}
