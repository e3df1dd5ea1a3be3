/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What functions made of filters (classic BPF, tcpdump expressions) lean on
 * wherever they run: variables, shifts, and how a load is made.
 */
#ifndef TAMIZ_FILTER_BPF_H
#define TAMIZ_FILTER_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include <tamiz/abi.h>

#if defined(TZ_HAS_bpf) || defined(TZ_HAS_frames)

/* Of a load that gives no number. */
#define TZ_LOAD_SHORT (-1) /* the packet ends before */
#define TZ_LOAD_FAR (-2)   /* who knows what the kernel can read there */

/* linux/filter.h: offsets from the network header, from the link header. */
#define TZ_NET_OFF 0xfff00000u
#define TZ_LINK_OFF 0xffe00000u

/* Offsets up to here are looked for in the first piece. */
#define TZ_NEAR_MAX 0x7fff

#define TZ_FILTER_VARS 18

struct tz_filter_vars {
	__u32 at[TZ_FILTER_VARS];
};

/* Of filters that have more of them than there are registers. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tz_filter_vars);
} tz_filter_vars SEC(".maps");

static __always_inline __u32 *tz_filter_vars_get(void)
{
	__u32 zero = 0;
	struct tz_filter_vars *vars =
		bpf_map_lookup_elem(&tz_filter_vars, &zero);

	return vars ? vars->at : 0;
}

/* Shifts by more than there are bits give 0, here as in the flow graph. */
static __always_inline __u32 tz_shl(__u32 a, __u32 b)
{
	return b < 32 ? a << (b & 31) : 0;
}

static __always_inline __u32 tz_shr(__u32 a, __u32 b)
{
	return b < 32 ? a >> (b & 31) : 0;
}

static __always_inline long tz_number_of(const __u8 *bytes, __u32 size)
{
	if (size == 1)
		return bytes[0];
	if (size == 2)
		return bytes[0] << 8 | bytes[1];
	return (__u32)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 |
	       bytes[3];
}

/*
 * @size bytes at @off, from @base on, where they are in the first piece of the
 * frame, else what @slow says. Reading ctx anew keeps no pointer alive from one
 * load to the next, or the verifier would follow each load's two ways to the
 * end; and the register that is compared must be the one that is added.
 */
#define TZ_LOAD_DIRECT(ctx, base, off, size, slow)                  \
	({                                                          \
		__auto_type c = (ctx);                              \
		__u64 o = (off);                                    \
		void *p;                                            \
		long n = TZ_LOAD_FAR;                               \
		asm volatile("" : "+r"(o));                         \
		if (o <= TZ_NEAR_MAX) {                             \
			asm volatile("" : "+r"(c), "+r"(o));        \
			p = (void *)(long)c->data + (base);         \
			p += o;                                     \
			if (p + (size) > (void *)(long)c->data_end) \
				n = TZ_LOAD_FAR;                    \
			else if ((size) == 1)                       \
				n = *(__u8 *)p;                     \
			else if ((size) == 2)                       \
				n = bpf_ntohs(*(__be16 *)p);        \
			else                                        \
				n = bpf_ntohl(*(__be32 *)p);        \
		}                                                   \
		if (n < 0)                                          \
			n = (slow);                                 \
		n;                                                  \
	})

/* A load for a local, or what the function says where there is none. */
#define TZ_FILTER_TAKE(to, load)                                          \
	do {                                                              \
		long got = (load);                                        \
		if (got < 0)                                              \
			return got == TZ_LOAD_SHORT ? TZ_TEST_FALSE       \
						    : TZ_TEST_UNREADABLE; \
		to = got;                                                 \
	} while (0)

#endif
#endif
