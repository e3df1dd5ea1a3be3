/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Watches each packet's way through netfilter. A marker frame (an ethertype
 * of our own) stands in front of every frame of the test and carries its
 * number; the receiver works through its queue in order and on one CPU, so
 * that whatever the hooks see until the next marker belongs to that number.
 * The last hooks end the packet: none comes to a socket or a neighbour, and no
 * answer ever takes part.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>

#include "watch.h"

struct net_device {
	int ifindex;
} __attribute__((preserve_access_index));

struct nf_hook_state {
	struct net_device *in;
} __attribute__((preserve_access_index));

struct sk_buff {
	unsigned int len, mark;
} __attribute__((preserve_access_index));

struct bpf_nf_ctx {
	const struct nf_hook_state *state;
	struct sk_buff *skb;
} __attribute__((preserve_access_index));

enum { VERDICT_DROP = 0, VERDICT_ACCEPT = 1 }; /* NF_DROP, NF_ACCEPT */

volatile __u32 watched_ifindex;
volatile __u32 current_frame;
volatile struct tz_watch_seen seen[TZ_WATCH_MAX];
volatile __u32 burst_next, burst_ifindex;
struct tz_watch_frame burst[TZ_WATCH_BURST_MAX];

/*
 * Notes @stage for the current frame. A packet of another device is not ours
 * (an answer that came round over lo): it is let through and not noted.
 */
static __always_inline bool note(struct bpf_nf_ctx *ctx, __u32 stage)
{
	struct net_device *in = ctx->state->in;

	if (!in || in->ifindex != watched_ifindex)
		return false;
	__u32 frame = current_frame;
	if (frame >= TZ_WATCH_MAX)
		return false;
	seen[frame].stages |= stage;
	if (stage & TZ_WATCH_SURVIVED) {
		seen[frame].n_survivors++;
		seen[frame].len += ctx->skb->len;
	}
	return true;
}

#define WATCH(name, stage)                    \
	SEC("netfilter/" #name)               \
	int tz_##name(struct bpf_nf_ctx *ctx) \
	{                                     \
		note(ctx, stage);             \
		return VERDICT_ACCEPT;        \
	}

WATCH(arrived, TZ_WATCH_ARRIVED)
WATCH(defragmented, TZ_WATCH_DEFRAGMENTED)
WATCH(prerouted, TZ_WATCH_PREROUTED)
WATCH(input, TZ_WATCH_INPUT)
WATCH(forward, TZ_WATCH_FORWARD)

SEC("netfilter/survived_input")
int tz_survived_input(struct bpf_nf_ctx *ctx)
{
	return note(ctx, TZ_WATCH_INPUT_SURVIVED) ? VERDICT_DROP
						  : VERDICT_ACCEPT;
}

SEC("netfilter/survived_forward")
int tz_survived_forward(struct bpf_nf_ctx *ctx)
{
	return note(ctx, TZ_WATCH_FORWARD_SURVIVED) ? VERDICT_DROP
						    : VERDICT_ACCEPT;
}

/*
 * No answer of the receiver leaves it (REJECT, ICMP errors, reports), but for
 * what its own sockets say to each other.
 */
SEC("netfilter/mute")
int tz_mute(struct bpf_nf_ctx *ctx)
{
	return ctx->skb->mark == TZ_WATCH_TALK_MARK ? VERDICT_ACCEPT
						    : VERDICT_DROP;
}

SEC("tc")
int tz_marker(struct __sk_buff *skb)
{
	__u32 frame;

	if (skb->protocol != bpf_htons(TZ_WATCH_ETHERTYPE))
		return TC_ACT_OK;
	if (bpf_skb_load_bytes(skb, TZ_WATCH_MARKER_OFF, &frame,
			       sizeof(frame)) == 0)
		current_frame = frame;
	return TC_ACT_SHOT;
}

/*
 * Gives the live frame of a test run the next contents of the burst and sends
 * it: all of a burst are in the receiver's ring before it polls.
 */
SEC("xdp")
int tz_source(struct xdp_md *ctx)
{
	__u32 i = burst_next++;

	if (i >= TZ_WATCH_BURST_MAX)
		return XDP_ABORTED;
	__u32 len = burst[i].len;

	if (len == 0 || len > TZ_WATCH_FRAME_MAX)
		return XDP_ABORTED;
	/* The test run hands each frame over in its full length. */
	if (bpf_xdp_adjust_tail(ctx, (int)len - TZ_WATCH_FRAME_MAX) ||
	    bpf_xdp_store_bytes(ctx, 0, burst[i].bytes, len))
		return XDP_ABORTED;
	return bpf_redirect(burst_ifindex, 0);
}

char _license[] SEC("license") = "GPL";
