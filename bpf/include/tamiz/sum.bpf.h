/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The Internet checksum (RFC 1071) of parts of a frame, wherever they are: a
 * frame of several pieces can only be read through a buffer.
 */
#ifndef TAMIZ_SUM_BPF_H
#define TAMIZ_SUM_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include <tamiz/abi.h>

#if defined(TZ_CT_SUM) || defined(TZ_ANSWERS)

/* What bpf_csum_diff takes at once. */
#define TZ_SUM_CHUNK 512

/* A piece of the frame, and zeros up to the next word. */
struct tz_sum_piece {
	__u8 bytes[TZ_SUM_CHUNK + 4];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tz_sum_piece);
} tz_sum_pieces SEC(".maps");

struct tz_sum {
	struct xdp_md *ctx;
	__u32 off, rest;
	__s64 sum; /* of what was read; negative: not all can be read */
};

static long tz_sum_step(__u32 i, void *arg)
{
	struct tz_sum *of = arg;
	__u32 zero = 0, len = of->rest;
	struct tz_sum_piece *piece = bpf_map_lookup_elem(&tz_sum_pieces, &zero);

	(void)i;
	if (!piece || !len)
		return 1;
	if (len > TZ_SUM_CHUNK)
		len = TZ_SUM_CHUNK;
	/* the register that is compared must be the one that is passed */
	asm volatile("" : "+r"(len));
	if (!len || len > TZ_SUM_CHUNK ||
	    bpf_xdp_load_bytes(of->ctx, of->off, piece->bytes, len)) {
		of->sum = -1;
		return 1;
	}
	__builtin_memset(piece->bytes + len, 0, 4);
	of->sum = bpf_csum_diff(0, 0, (__be32 *)piece->bytes, (len + 3) & ~3u,
				of->sum);
	of->off += len;
	of->rest -= len;
	return of->sum < 0;
}

static __always_inline __u32 tz_sum_fold(__u64 sum)
{
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/*
 * The sum of @of->rest bytes from @of->off on, added to @of->sum: 16 bits in
 * the order of the bytes. 0 when they are not all there.
 */
static __always_inline __u32 tz_sum_all(struct tz_sum *of)
{
	bpf_loop((of->rest + TZ_SUM_CHUNK - 1) / TZ_SUM_CHUNK, tz_sum_step, of,
		 0);
	if (of->sum < 0 || of->rest)
		return 0;
	return tz_sum_fold((__u32)of->sum);
}

/* RFC 793, RFC 768, RFC 8200 8.1; over all of the packet (nf_checksum). */
static __always_inline __u32 tz_sum_pseudo(const struct tz_packet_key *key)
{
	__u64 sum = (key->l4 >> TZ_L4_PROTO_SHIFT & 0xff) + key->l4_len;
	__u32 n = key->family == 4 ? 1 : 4;

	for (__u32 i = 0; i < 4; i++)
		if (i < n)
			sum += (key->addr[i] >> 32) + (__u32)key->addr[i];
	return bpf_htons((__u16)tz_sum_fold(sum));
}

#endif
#endif
