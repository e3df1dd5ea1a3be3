/* SPDX-License-Identifier: GPL-2.0-only */
/* What programs of rules may ask for; see the header. */
#include "cbpf/place.h"

/* By number / 4. Known at IP: the same to all who see the packet. */
static const struct {
	const char *what;
	bool is_known_at_ip, is_known_at_tc;
} rows[TZ_AD_N] = {
	[SKF_AD_PROTOCOL / 4] = { "the packet's type", true, true },
	[SKF_AD_PKTTYPE / 4] = { "whom the frame is for", true, true },
	[SKF_AD_IFINDEX / 4] = { "the number of the device", false, true },
	[SKF_AD_NLATTR / 4] = { "netlink attributes", false, false },
	[SKF_AD_NLATTR_NEST / 4] = { "netlink attributes", false, false },
	[SKF_AD_MARK / 4] = { "the packet's mark", false, true },
	[SKF_AD_QUEUE / 4] = { "the receive queue", false, true },
	[SKF_AD_HATYPE / 4] = { "the kind of the device", false, false },
	[SKF_AD_RXHASH / 4] = { "the receive hash", false, true },
	[SKF_AD_CPU / 4] = { "the CPU", false, true },
	[SKF_AD_ALU_XOR_X / 4] = { "nothing: A ^= X", true, true },
	/* a tag for another device never comes to the rules (SEMANTICS 1.10) */
	[SKF_AD_VLAN_TAG / 4] = { "the VLAN tag", true, true },
	[SKF_AD_VLAN_TAG_PRESENT / 4] = { "the VLAN tag", true, true },
	[SKF_AD_PAY_OFFSET / 4] = { "where the payload begins", false, false },
	[SKF_AD_RANDOM / 4] = { "a random number", false, true },
	[SKF_AD_VLAN_TPID / 4] = { "the VLAN tag", true, true },
};

/* Whether @insn loads from a place that it names itself. */
static bool is_absolute(const struct sock_filter *insn)
{
	return (BPF_CLASS(insn->code) == BPF_LD &&
		BPF_MODE(insn->code) == BPF_ABS) ||
	       insn->code == (BPF_LDX | BPF_B | BPF_MSH);
}

/* The number of what @insn asks for; false: it is a load of another kind. */
static bool asks_extension(const struct sock_filter *insn, uint32_t *number)
{
	*number = insn->k - (uint32_t)SKF_AD_OFF;
	return BPF_CLASS(insn->code) == BPF_LD && is_absolute(insn) &&
	       *number < SKF_AD_MAX;
}

static bool is_known(uint32_t number, enum tz_cbpf_place place)
{
	switch (place) {
	case TZ_CBPF_AT_IP:
		return rows[number / 4].is_known_at_ip;
	case TZ_CBPF_AT_TC:
		return rows[number / 4].is_known_at_tc;
	case TZ_CBPF_AT_FRAME:
	case TZ_CBPF_N_PLACES:
		break;
	}
	return number == SKF_AD_ALU_XOR_X;
}

const char *tz_cbpf_obstacle(const struct tz_cbpf *program,
			     enum tz_cbpf_place place)
{
	for (size_t i = 0; i < program->n; i++) {
		uint32_t number;

		if (asks_extension(&program->insns[i], &number) &&
		    !is_known(number, place))
			return rows[number / 4].what;
	}
	return NULL;
}

bool tz_cbpf_asks_tag(const struct tz_cbpf *program)
{
	for (size_t i = 0; i < program->n; i++) {
		uint32_t number;

		if (asks_extension(&program->insns[i], &number) &&
		    (number == SKF_AD_VLAN_TAG || number == SKF_AD_VLAN_TPID ||
		     number == SKF_AD_VLAN_TAG_PRESENT))
			return true;
	}
	return false;
}

bool tz_cbpf_asks_device(const struct tz_cbpf *program)
{
	for (size_t i = 0; i < program->n; i++) {
		uint32_t k = program->insns[i].k;

		if (BPF_CLASS(program->insns[i].code) == BPF_LD &&
		    is_absolute(&program->insns[i]) &&
		    (k == (uint32_t)(SKF_AD_OFF + SKF_AD_IFINDEX) ||
		     k == (uint32_t)(SKF_AD_OFF + SKF_AD_HATYPE)))
			return true;
	}
	return false;
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
