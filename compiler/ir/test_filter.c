/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test bpf: a program of classic BPF over the packet from its IP header on
 * (net/netfilter/xt_bpf.c).
 */
#include <linux/if_ether.h>
#include <string.h>

#include "cbpf/place.h"
#include "ir/packet.h"
#include "ir/test.h"

enum { FRAME_MAX = 65535 + 64 };

static struct tz_cbpf program_of(const struct tz_test *test)
{
	/* the arena aligns it (base/arena.h) */
	return (struct tz_cbpf){
		.insns = (struct sock_filter *)(uintptr_t)test->bytes,
		.n = test->n_bytes / sizeof(struct sock_filter),
	};
}

static void know(struct tz_filter_packet *packet, unsigned int number,
		 uint32_t value)
{
	packet->has_ad |= UINT64_C(1) << number / 4;
	packet->ad[number / 4] = value;
}

unsigned int tz_test_bpf(const struct tz_view *view, const struct tz_test *test)
{
	struct tz_cbpf program = program_of(test);
	const struct tz_packet *p = view->packet;
	uint8_t frame[FRAME_MAX];
	struct tz_filter_packet packet = {
		.frame = p->frame,
		.frame_len = p->l3 + p->ip_len,
		.data = p->l3,
		.net = p->l3,
		.len = (uint32_t)p->ip_len,
	};

	/* the kernel moves the link header over a tag that it takes out */
	if (p->l3 != TZ_ETH_LEN && tz_cbpf_reads_link(&program))
		return TZ_OUTCOME_UNKNOWN;
	if (view->is_forwarded) {
		memcpy(frame, p->frame, packet.frame_len);
		tz_packet_spend_hop(p->family, frame + p->l3);
		packet.frame = frame;
	}
	know(&packet, SKF_AD_PROTOCOL,
	     p->family == TZ_IPV6 ? ETH_P_IPV6 : ETH_P_IP);
	know(&packet, SKF_AD_PKTTYPE, p->link_type);
	know(&packet, SKF_AD_VLAN_TAG, 0);
	know(&packet, SKF_AD_VLAN_TAG_PRESENT, 0);
	know(&packet, SKF_AD_VLAN_TPID, 0);
	return tz_outcome_of(tz_cbpf_run(&program, &packet));
}

bool tz_test_bpf_is_sound(const struct tz_test *test)
{
	struct tz_cbpf program = program_of(test);
	size_t at;

	return !test->n_args && test->n_bytes &&
	       test->n_bytes % sizeof(*program.insns) == 0 &&
	       !tz_cbpf_check(&program, &at) &&
	       !tz_cbpf_obstacle(&program, TZ_CBPF_AT_IP);
}
