/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The stage of rules of expressions (.pcapf), at XDP and at tc: they judge
 * every frame, IP or not, and nobody judges after them. Generated code defines
 * TZ_IS_REPLACE and, where rules have rates, TZ_N_LIMITS.
 */
#ifndef TAMIZ_FRAMES_BPF_H
#define TAMIZ_FRAMES_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <tamiz/abi.h>
#include <tamiz/count.bpf.h>
#include <tamiz/ctx.bpf.h>
#include <tamiz/end.bpf.h>
#include <tamiz/limit.h>
#include <tamiz/maps.bpf.h>

#ifdef TZ_HAS_frames

/* What counters add: what is behind the link header, IP or not. */
static __always_inline __u16 tz_frame_bytes(TZ_CTX *ctx)
{
	__u64 len = tz_frame_len(ctx);

	len = len > TZ_FRAME_NET ? len - TZ_FRAME_NET : 0;
	return len < 0xffff ? len : 0xffff;
}

/* @ip_len: what the root program has said, for tz_end_frame. */
static __always_inline struct tz_scratch *tz_begin_frame(TZ_CTX *ctx,
							 __u16 *ip_len)
{
	struct tz_scratch *s = tz_scratch_get();

	if (!s)
		return 0;
#ifndef TZ_AT_TC
	/* At tc the program may run alone, where no root has been before. */
	if (s->abi_version != TZ_ABI_VERSION)
		return 0;
#endif
	*ip_len = s->key.ip_len;
	s->key.ip_len = tz_frame_bytes(ctx);
	s->n_path = 0;
	tz_log_begin(s);
	s->first_counter = tz_is_monitor() ? TZ_N_COUNTERS : 0;
	return s;
}

/* Drops or passes the frame; what comes next finds the key as it was. */
static __always_inline int tz_end_frame(TZ_CTX *ctx, struct tz_scratch *s,
					int verdict, __u16 ip_len)
{
	if (!s->key.skip)
		s->key.ip_len = ip_len;
	return verdict == TZ_V_DROP ? tz_end(ctx, s, tz_is_monitor())
				    : tz_pass(ctx, s);
}

#ifdef TZ_N_LIMITS

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TZ_N_LIMITS);
	__type(key, __u32);
	__type(value, __u64);
} tz_limits SEC(".maps");

/* One in @step nanoseconds; see limit.h. */
static __always_inline int tz_limit_exceeds(__u32 number, __u64 step,
					    __u64 room)
{
	__u64 *next = bpf_map_lookup_elem(&tz_limits, &number);

	return next &&
	       !tz_limit_take(next, bpf_ktime_get_boot_ns(), step, room);
}

#endif
#endif
#endif
