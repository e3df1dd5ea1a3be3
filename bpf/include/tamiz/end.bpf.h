/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The end of the rules stage: the packet goes on, or is dropped. */
#ifndef TAMIZ_END_BPF_H
#define TAMIZ_END_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <tamiz/abi.h>
#include <tamiz/count.bpf.h>
#include <tamiz/ctx.bpf.h>
#include <tamiz/log.bpf.h>
#include <tamiz/maps.bpf.h>

static __always_inline int tz_next_stage(TZ_CTX *ctx)
{
	bpf_tail_call(ctx, &tz_stages, TZ_STAGE_LB);
	return TZ_PASS;
}

/* Some way lets the packet pass. */
static __always_inline int tz_pass(TZ_CTX *ctx, struct tz_scratch *s)
{
	tz_log_pass(ctx, s);
	return tz_next_stage(ctx);
}

/* The packet is dropped, or, in monitor mode, could have been. */
static __always_inline int tz_end(TZ_CTX *ctx, struct tz_scratch *s,
				  int is_monitor)
{
	__u32 bytes = s->key.ip_len;

	if (is_monitor) {
		tz_log_drop(ctx, s, TZ_LOG_WOULD_DROP,
			    tz_add(&tz_outcomes, TZ_OUTCOME_WOULD_DROP, bytes));
		return tz_next_stage(ctx);
	}
	tz_log_drop(ctx, s, TZ_LOG_DROPPED,
		    tz_add(&tz_outcomes, TZ_OUTCOME_DROPPED, bytes));
	return TZ_DROP;
}

#endif
