/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The program that a device runs at tc: calls the stages in their order, as
 * root.bpf.c does at XDP. Rules at tc look at frames themselves: nothing is
 * parsed.
 */
#define TZ_AT_TC
#include <tamiz/ctx.bpf.h>
#include <tamiz/maps.bpf.h>

SEC("tc")
int tz_root(struct __sk_buff *ctx)
{
	struct tz_scratch *s = tz_scratch_get();

	if (!s)
		return TZ_PASS;
	s->abi_version = TZ_ABI_VERSION;
	s->key.skip = TZ_SKIP_NOT_IP;
	bpf_tail_call(ctx, &tz_stages, TZ_STAGE_RULES);
	return TZ_PASS;
}

char tz_license[] SEC("license") = "Dual BSD/GPL";
