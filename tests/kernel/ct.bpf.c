/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <tamiz/ct.bpf.h> by itself: what it says of a frame goes into a map. Built
 * with the macros of the header that are to be tried.
 */
#define TZ_CT
#define TZ_CT_SUM
#define TZ_N_COUNTERS 1

/* Not all of rules.bpf.h is called. */
#pragma clang diagnostic ignored "-Wunused-function"

#include <tamiz/packet.bpf.h>
#include <tamiz/rules.bpf.h>

#include "ct.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tz_ct_answer);
} ct_answer SEC(".maps");

SEC("xdp.frags")
int ct_ask(struct xdp_md *ctx)
{
	struct tz_scratch *s = tz_scratch_get();
	struct tz_ct_answer answer = {};
	__u32 zero = 0;

	if (!s)
		return XDP_ABORTED;
	s->abi_version = TZ_ABI_VERSION;
	tz_parse(ctx, &s->key, 0x020000000002ull);
	s = tz_begin(ctx);
	if (s) {
		answer.is_parsed = 1;
		answer.states = s->key.l4 >> TZ_L4_CT_SHIFT & TZ_CT_ALL;
		answer.is_askable = !!(s->key.l4 & TZ_L4_CT_ASKABLE);
		if (answer.is_askable) {
			answer.is_unknown = tz_ct_is_unknown(ctx, s);
			answer.is_well_formed = tz_ct_is_well_formed(ctx, s);
		}
		answer.is_new = tz_ct_is_new(ctx, s);
	}
	bpf_map_update_elem(&ct_answer, &zero, &answer, BPF_ANY);
	return answer.is_new ? XDP_DROP : XDP_PASS;
}

/* The lookup alone, without what parsing and deciding take: for its cost. */
SEC("xdp.frags")
int ct_drop(struct xdp_md *ctx)
{
	struct tz_scratch *s = tz_scratch_get();

	if (!s)
		return XDP_ABORTED;
	s->abi_version = TZ_ABI_VERSION;
	tz_parse(ctx, &s->key, 0x020000000002ull);
	s = tz_begin(ctx);
	return s && tz_ct_is_new(ctx, s) ? XDP_DROP : XDP_PASS;
}

char tz_license[] SEC("license") = "Dual BSD/GPL";
