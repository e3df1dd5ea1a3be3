/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rules on trial. Until a deadline this program, in the slot of the rules,
 * calls the rules that are to be confirmed, and from then on those that were in
 * force before; an empty slot is what a device without rules does. So the old
 * rules come back by themselves: no process and no timer has to live for it.
 * Confirming puts the tried rules into the slot instead of this program.
 */
#include <tamiz/ctx.bpf.h>
#include <tamiz/maps.bpf.h>

#ifndef TZ_SECTION
#define TZ_SECTION "xdp.frags"
#endif

/* CLOCK_BOOTTIME, which goes on while the machine sleeps. */
const volatile __u64 tz_trial_until_ns = 0;

SEC(TZ_SECTION)
int tz_trial(TZ_CTX *ctx)
{
	if (bpf_ktime_get_boot_ns() < tz_trial_until_ns)
		bpf_tail_call(ctx, &tz_stages, TZ_STAGE_TRIED);
	else
		bpf_tail_call(ctx, &tz_stages, TZ_STAGE_BEFORE);
	bpf_tail_call(ctx, &tz_stages, TZ_STAGE_LB);
	return TZ_PASS;
}

char tz_license[] SEC("license") = "Dual BSD/GPL";
