/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tests on the chunks of SCTP and the options of DCCP. What is broken drops at
 * once.
 */
#ifndef TAMIZ_TEST_CHUNKS_BPF_H
#define TAMIZ_TEST_CHUNKS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <tamiz/abi.h>

#ifdef TZ_HAS_sctp_chunks

#define TZ_SCTP_LEN 12
#define TZ_CHUNK_FLAGS_MAX 4

/* Which types, and of some of them which flags: (flags & mask) == value. */
struct tz_chunks {
	__u64 types[4];
	__u8 kind; /* 0 all of them, 1 any, 2 only these */
	__u8 is_inverted, n_flags, pad[5];
	struct {
		__u8 type, mask, value, pad;
	} flags[TZ_CHUNK_FLAGS_MAX];
};

static const struct tz_chunks tz_chunks[TZ_N_CHUNKS];

struct tz_chunk_scan {
	struct xdp_md *ctx;
	const struct tz_chunks *chunks;
	__u64 missing[4];
	__u32 at, end;
	__u32 is_broken, is_decided, is_true, pad;
};

static __always_inline int tz_chunk_fits(const struct tz_chunks *c, __u8 type,
					 __u8 flags)
{
	if (!(c->types[type >> 6] >> (type & 63) & 1))
		return 0;
	for (int i = 0; i < TZ_CHUNK_FLAGS_MAX; i++)
		if (i < c->n_flags && c->flags[i].type == type)
			return (flags & c->flags[i].mask) == c->flags[i].value;
	return 1;
}

/* net/netfilter/xt_sctp.c:match_packet, one chunk. */
static long tz_chunk_step(__u32 i, void *arg)
{
	struct tz_chunk_scan *x = arg;
	const struct tz_chunks *c = x->chunks;
	__u8 head[4] = {};
	__u32 len;
	int fits;

	x->is_broken = x->at + 4 > x->end ||
		       bpf_xdp_load_bytes(x->ctx, x->at, head, 4);
	len = head[2] << 8 | head[3];
	if (x->is_broken || !len) {
		x->is_broken = 1;
		return 1;
	}
	fits = tz_chunk_fits(c, head[0], head[1]);
	if (c->kind == 0 && fits)
		x->missing[head[0] >> 6] &= ~(1ull << (head[0] & 63));
	x->is_decided = (c->kind == 1 && fits) || (c->kind == 2 && !fits);
	x->at += (len + 3) & ~3u;
	return x->is_decided || x->at >= x->end;
}

/* Behind a test for a whole SCTP header. */
__noinline int tz_test_sctp_chunks(struct xdp_md *ctx, struct tz_scratch *s,
				   __u32 number)
{
	struct tz_chunk_scan x = { .ctx = ctx };
	const struct tz_chunks *c;
	int is_true;

	if (!s || number >= TZ_N_CHUNKS)
		return TZ_TEST_UNREADABLE;
	c = x.chunks = &tz_chunks[number];
	for (int i = 0; i < 4; i++)
		x.missing[i] = c->types[i];
	x.at = (__u32)s->key.l4_off + TZ_SCTP_LEN;
	x.end = (__u32)s->key.l4_off + s->key.l4_len;
	bpf_loop(s->key.l4_len / 4 + 1, tz_chunk_step, &x, 0);
	if (x.is_broken)
		return TZ_TEST_HOTDROP;
	if (c->kind == 0)
		is_true = !(x.missing[0] | x.missing[1] | x.missing[2] |
			    x.missing[3]);
	else
		is_true = x.is_decided == (c->kind == 1);
	return is_true != c->is_inverted ? TZ_TEST_TRUE : TZ_TEST_FALSE;
}

#endif

#ifdef TZ_HAS_dccp_option

#define TZ_DCCP_LEN 12
#define TZ_DCCP_OPTIONS_MAX 1008

struct tz_dccp_scan {
	struct xdp_md *ctx;
	__u32 at, end, option;
	__u32 is_found, is_unreadable, pad;
};

/* net/netfilter/xt_dccp.c:dccp_find_option, one option. */
static long tz_dccp_step(__u32 i, void *arg)
{
	struct tz_dccp_scan *x = arg;
	__u8 head[2] = {};

	if (x->at >= x->end)
		return 1;
	if (bpf_xdp_load_bytes(x->ctx, x->at, head, 1) ||
	    (x->at + 1 < x->end &&
	     bpf_xdp_load_bytes(x->ctx, x->at + 1, head + 1, 1))) {
		x->is_unreadable = 1;
		return 1;
	}
	x->is_found = head[0] == x->option;
	x->at += head[0] < 2 || !head[1] ? 1 : head[1];
	return x->is_found;
}

/* The header without its options (RFC 4340, 5.1-5.6). */
static __always_inline __u32 tz_dccp_header_len(__u8 type_and_x)
{
	__u32 len = type_and_x & 1 ? 16 : 12, type = type_and_x >> 1 & 15;

	if (type == 2) /* Data */
		return len;
	if (type == 0) /* Request */
		return len + 4;
	/* Response, Reset and what is reserved have 12 more, the others 8 */
	return 0x378u >> type & 1 ? len + 8 : len + 12;
}

/* Behind a test for a whole DCCP header. */
__noinline int tz_test_dccp_option(struct xdp_md *ctx, struct tz_scratch *s,
				   __u32 option, __u32 is_inverted)
{
	struct tz_dccp_scan x = { .ctx = ctx, .option = option };
	__u8 head[9] = {};
	__u32 begin, end;

	if (!s || bpf_xdp_load_bytes(ctx, s->key.l4_off, head, sizeof(head)))
		return TZ_TEST_UNREADABLE;
	begin = tz_dccp_header_len(head[8]);
	end = head[4] * 4u;
	if (end < begin || (end > begin && end > s->key.l4_len))
		return TZ_TEST_HOTDROP;
	x.at = s->key.l4_off + begin;
	x.end = s->key.l4_off + end;
	bpf_loop(TZ_DCCP_OPTIONS_MAX, tz_dccp_step, &x, 0);
	if (x.is_unreadable)
		return TZ_TEST_UNREADABLE;
	return x.is_found != is_inverted ? TZ_TEST_TRUE : TZ_TEST_FALSE;
}

#endif

#endif
