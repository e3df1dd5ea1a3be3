/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Both ends of the replace storm: a source that gives each live frame the next
 * destination port and sends it to the device, and a sink that counts, by
 * port, what comes out behind the rules.
 */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>

#include "storm.h"

volatile __u32 target_ifindex;
volatile __u64 n_sent[TZ_STORM_PORTS];
volatile __u64 n_seen[TZ_STORM_PORTS];
__u32 turn;

SEC("xdp")
int tz_source(struct xdp_md *ctx)
{
	__u8 *data = (__u8 *)(long)ctx->data;
	__u32 port = turn;

	turn = port + 1 < TZ_STORM_PORTS ? port + 1 : 0;
	if (port >= TZ_STORM_PORTS)
		return XDP_ABORTED;
	if (data + TZ_STORM_FRAME_LEN > (__u8 *)(long)ctx->data_end)
		return XDP_ABORTED;
	*(__u16 *)(data + TZ_STORM_DPORT_OFF) =
		bpf_htons(TZ_STORM_FIRST_PORT + port);
	n_sent[port]++;
	return bpf_redirect(target_ifindex, 0);
}

SEC("tc")
int tz_sink(struct __sk_buff *skb)
{
	__be16 dport;

	if (bpf_skb_load_bytes(skb, TZ_STORM_DPORT_OFF, &dport, sizeof(dport)))
		return TC_ACT_SHOT;
	for (__u32 i = 0; i < TZ_STORM_PORTS; i++)
		if (dport == bpf_htons(TZ_STORM_FIRST_PORT + i))
			n_seen[i]++;
	return TC_ACT_SHOT;
}

char _license[] SEC("license") = "GPL";
