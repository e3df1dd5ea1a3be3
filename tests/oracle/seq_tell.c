/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What rules drop is what goes into a hook and does not come out of it; what
 * the kernel loses between hooks is nobody's finding.
 */
#include "seq_tell.h"

#include <arpa/inet.h>
#include <stdio.h>

void tz_seq_sum(const struct tz_meter_counts *counts,
		struct tz_seq_result *result)
{
	*result = (struct tz_seq_result){ 0 };
	for (unsigned int class = 0; class < TZ_METER_N_CLASSES; class ++) {
		uint64_t at[TZ_METER_N_STAGES];
		bool is_dropped = class & TZ_METER_DROP;
		bool has_entry = class & (TZ_METER_FOUND | TZ_METER_TRACKED);

		for (int i = 0; i < TZ_METER_N_STAGES; i++)
			at[i] = counts->at[i][class];
		uint64_t passed =
			at[TZ_METER_INPUT_PASSED] + at[TZ_METER_FORWARD_PASSED];
		uint64_t dropped = at[TZ_METER_TRACK] - at[TZ_METER_PREROUTED] +
				   at[TZ_METER_INPUT] + at[TZ_METER_FORWARD] -
				   passed;

		result->packets += counts->judged[class];
		if (is_dropped)
			result->xdp_dropped += counts->judged[class];
		if (class & TZ_METER_FOUND)
			result->found += counts->judged[class];
		result->raw += at[TZ_METER_RAW] - at[TZ_METER_RAW_PASSED];
		result->dropped += dropped;
		if (is_dropped)
			result->unsound += passed;
		if (is_dropped && has_entry && !(class & TZ_METER_REQUEST))
			result->unrefreshed += dropped;
		if (has_entry)
			continue;
		result->alone += dropped;
		if (is_dropped)
			result->covered += dropped;
		if (class & TZ_METER_FRAGMENT) {
			result->fragments += dropped;
		} else if (class & TZ_METER_OTHER) {
			result->others += dropped;
			if (is_dropped)
				result->others_covered += dropped;
		}
	}
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 100.0;
}

double tz_seq_coverage(const struct tz_seq_result *result)
{
	return percent(result->covered, result->alone);
}

double tz_seq_askable_coverage(const struct tz_seq_result *result)
{
	return percent(result->covered - result->others_covered,
		       result->alone - result->others - result->fragments);
}

void tz_seq_tell_result(const char *name, const struct tz_seq_result *r)
{
	printf("%s: %llu frames, %llu of known connections, XDP drops %llu\n"
	       "  raw drops %llu, the rules behind it %llu: %llu without an "
	       "entry\n"
	       "  (%llu in pieces, %llu not of TCP or UDP), of which XDP %llu: "
	       "%.1f%%, of whole TCP and UDP %.1f%%\n"
	       "  unsound %llu, not refreshed %llu\n",
	       name, (unsigned long long)r->packets,
	       (unsigned long long)r->found, (unsigned long long)r->xdp_dropped,
	       (unsigned long long)r->raw, (unsigned long long)r->dropped,
	       (unsigned long long)r->alone, (unsigned long long)r->fragments,
	       (unsigned long long)r->others, (unsigned long long)r->covered,
	       tz_seq_coverage(r), tz_seq_askable_coverage(r),
	       (unsigned long long)r->unsound,
	       (unsigned long long)r->unrefreshed);
}

void tz_seq_tell_exact(const struct tz_exact_result *r)
{
	printf("  exact: %zu rules, %zu packets (%zu of them broken), %zu "
	       "pairs: states misjudged %zu, not known %zu, counters "
	       "different %zu\n",
	       r->rules, r->packets, r->broken, r->pairs, r->misjudged,
	       r->unknown, r->different);
}

void tz_seq_tell_event(const char *name, const struct tz_meter_event *event)
{
	static const char *const infos[] = {
		"established",    "related",    "new",       "reply", "related",
		"new (as reply)", "unassigned", "untracked", "none",
	};
	const uint8_t *ip = event->bytes;
	bool is_v6 = ip[0] >> 4 == 6;
	int family = is_v6 ? AF_INET6 : AF_INET;
	const uint8_t *l4 = ip + (is_v6 ? 40 : (ip[0] & 15) * 4);
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	const char *finding = "UNSOUND";

	if (event->stage == TZ_METER_N_STAGES)
		finding = event->class & TZ_METER_DROP ? "not refreshed"
						       : "missed";
	inet_ntop(family, ip + (is_v6 ? 8 : 12), src, sizeof(src));
	inet_ntop(family, ip + (is_v6 ? 24 : 16), dst, sizeof(dst));
	fprintf(stderr,
		"%s: %s: %s > %s protocol %u len %u%s%s%s%s, "
		"conntrack info %s\n   ",
		name, finding, src, dst, ip[is_v6 ? 6 : 9], event->len,
		event->class & TZ_METER_DROP ? " drop" : "",
		event->class & TZ_METER_FOUND ? " found" : "",
		event->class & TZ_METER_FRAGMENT ? " fragment" : "",
		event->class & TZ_METER_TRACKED ? " tracked" : "",
		infos[event->ctinfo <= TZ_METER_NO_CT ? event->ctinfo : 0]);
	for (const uint8_t *at = l4; at < l4 + 24; at++)
		fprintf(stderr, " %02x", *at);
	fputc('\n', stderr);
}
