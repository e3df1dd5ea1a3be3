/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Aggregated counters say that something is wrong; the way of a single frame
 * says what. The interpreter's ways are the kernel's, or the oracle would
 * have said so.
 */
#include "paths.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "ir/eval.h"
#include "lib/lab.h"

/* The index of what counts as @counted among those of the public list. */
static uint32_t number_of(const struct tamiz *tamiz,
			  const struct tz_ir_counted *counted)
{
	unsigned int number =
		counted->rule ? (unsigned int)counted->rule->index + 1 : 0;
	size_t n = tamiz_n_rules(tamiz);

	for (size_t i = 0; i < n; i++) {
		struct tamiz_rule rule = tamiz_rule(tamiz, i);

		if (rule.number == number &&
		    strcmp(rule.chain, counted->chain->name) == 0 &&
		    strcmp(rule.table, tz_table_name(counted->chain->table)) ==
			    0)
			return (uint32_t)i;
	}
	return (uint32_t)n;
}

static void print_number(const struct tamiz *tamiz, uint32_t number)
{
	if (number >= tamiz_n_rules(tamiz)) {
		fprintf(stderr, " ?%u", number);
		return;
	}
	struct tamiz_rule rule = tamiz_rule(tamiz, number);

	fprintf(stderr, " %s/%s:%u", rule.table, rule.chain, rule.number);
}

static enum tz_truth refuse(void *arg, const struct tz_ir_match *match)
{
	(void)arg;
	(void)match;
	return TZ_FALSE;
}

static bool explain(const struct tz_check *check, size_t i)
{
	const struct tz_frame_ref *frame = &check->probes->all.at[i].frame;
	const struct tz_path *path = &check->behind->paths[i];
	const struct tamiz *tamiz = check->subject->tamiz;
	struct tz_eval_options options = { .backend = check->backend,
					   .ifname = check->subject->dev,
					   .opaque = refuse };
	uint32_t counted[TZ_PATH_MAX];
	struct tz_eval_result result = { .counted = counted,
					 .counted_max = TZ_PATH_MAX };
	struct tz_packet packet;

	if (tz_packet_parse(frame->bytes, frame->len, tz_lab_mac, &packet) !=
	    TZ_PACKET_FILTERED)
		return false;
	tz_eval_verdict(check->subject->ir, &packet,
			check->is_router ? TZ_ROUTE_FORWARD : TZ_ROUTE_INPUT,
			&options, &result);
	bool differs = result.n_counted != path->n || path->n > TZ_PATH_MAX;

	for (size_t k = 0; k < result.n_counted && k < TZ_PATH_MAX; k++) {
		counted[k] = number_of(
			tamiz, &check->subject->ir->counted.at[counted[k]]);
		differs |= k < path->n && counted[k] != path->at[k];
	}
	if (!differs)
		return false;
	fprintf(stderr, "frame %zu counts at", i);
	for (size_t k = 0; k < result.n_counted && k < TZ_PATH_MAX; k++)
		print_number(tamiz, counted[k]);
	fputs("; XDP:", stderr);
	for (size_t k = 0; k < path->n && k < TZ_PATH_MAX; k++)
		print_number(tamiz, path->at[k]);
	fputs("\n  ", stderr);
	for (size_t k = 0; k < frame->len; k++)
		fprintf(stderr, "%02x", frame->bytes[k]);
	fputc('\n', stderr);
	return true;
}

void tz_paths_explain(const struct tz_check *check, size_t max)
{
	for (size_t i = 0; i < check->probes->all.n && max > 0; i++)
		if (check->behind->verdicts[i] == XDP_DROP)
			max -= explain(check, i);
}
