/* SPDX-License-Identifier: GPL-2.0-only */
/* What programs of rules may ask for; see the header. */
#include "cbpf/place.h"

/* By number / 4. Known: the same to all who see the packet. */
static const struct {
	const char *what;
	bool is_known_at_ip;
} rows[TZ_AD_N] = {
	[SKF_AD_PROTOCOL / 4] = { "the packet's type", true },
	[SKF_AD_PKTTYPE / 4] = { "whom the frame is for", true },
	[SKF_AD_IFINDEX / 4] = { "the number of the device", false },
	[SKF_AD_NLATTR / 4] = { "netlink attributes", false },
	[SKF_AD_NLATTR_NEST / 4] = { "netlink attributes", false },
	[SKF_AD_MARK / 4] = { "the packet's mark", false },
	[SKF_AD_QUEUE / 4] = { "the receive queue", false },
	[SKF_AD_HATYPE / 4] = { "the kind of the device", false },
	[SKF_AD_RXHASH / 4] = { "the receive hash", false },
	[SKF_AD_CPU / 4] = { "the CPU", false },
	[SKF_AD_ALU_XOR_X / 4] = { "nothing: A ^= X", true },
	/* a tag for another device never comes to the rules (SEMANTICS 1.10) */
	[SKF_AD_VLAN_TAG / 4] = { "the VLAN tag", true },
	[SKF_AD_VLAN_TAG_PRESENT / 4] = { "the VLAN tag", true },
	[SKF_AD_PAY_OFFSET / 4] = { "where the payload begins", false },
	[SKF_AD_RANDOM / 4] = { "a random number", false },
	[SKF_AD_VLAN_TPID / 4] = { "the VLAN tag", true },
};

/* Whether @insn loads from a place that it names itself. */
static bool is_absolute(const struct sock_filter *insn)
{
	return (BPF_CLASS(insn->code) == BPF_LD &&
		BPF_MODE(insn->code) == BPF_ABS) ||
	       insn->code == (BPF_LDX | BPF_B | BPF_MSH);
}

const char *tz_cbpf_obstacle(const struct tz_cbpf *program,
			     enum tz_cbpf_place place)
{
	for (size_t i = 0; i < program->n; i++) {
		const struct sock_filter *insn = &program->insns[i];
		uint32_t number = insn->k - (uint32_t)SKF_AD_OFF;

		if (BPF_CLASS(insn->code) != BPF_LD || !is_absolute(insn) ||
		    number >= SKF_AD_MAX || number == SKF_AD_ALU_XOR_X)
			continue;
		if (place != TZ_CBPF_AT_IP || !rows[number / 4].is_known_at_ip)
			return rows[number / 4].what;
	}
	return NULL;
}

bool tz_cbpf_reads_link(const struct tz_cbpf *program)
{
	for (size_t i = 0; i < program->n; i++) {
		uint32_t k = program->insns[i].k;

		if (is_absolute(&program->insns[i]) &&
		    k >= (uint32_t)SKF_LL_OFF && k < (uint32_t)SKF_NET_OFF)
			return true;
	}
	return false;
}
