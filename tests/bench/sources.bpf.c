// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes of one frame, which a test run repeats, a million: each run gives it
 * the next of 2^20 sources, in an order in which no two neighbours follow each
 * other, and calls what is measured. The identification of the IPv4 header
 * makes up for the source, so that its checksum stays right.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define N_SOURCES (1u << 20)
#define IP 14

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} tz_next SEC(".maps");

__u32 tz_place; /* of one CPU: the measuring thread stays on it */

SEC("xdp.frags")
int tz_sources(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data;
	__u8 *data_end = (void *)(long)ctx->data_end;
	__u32 high, low, sum;

	if (data + IP + 20 > data_end)
		return XDP_ABORTED;
	/* goes through all of them (Knuth, volume 2, 3.2.1.2) */
	tz_place = (tz_place * 1664525u + 1013904223u) & (N_SOURCES - 1);
	high = 0x0a00 | tz_place >> 16;
	low = tz_place & 0xffff;
	sum = high + low;
	sum = ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
	data[IP + 4] = sum >> 8;
	data[IP + 5] = sum;
	data[IP + 12] = high >> 8;
	data[IP + 13] = high;
	data[IP + 14] = low >> 8;
	data[IP + 15] = low;
	bpf_tail_call(ctx, &tz_next, 0);
	return XDP_ABORTED;
}

char tz_license[] SEC("license") = "GPL";
