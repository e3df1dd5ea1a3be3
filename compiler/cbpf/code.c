/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables of instructions and of what the kernel knows of a packet. */
#include "cbpf/code.h"

#include <string.h>

const struct tz_cbpf_code tz_cbpf_codes[TZ_CBPF_N_CODES] = {
#define CODE(number, text, kind) \
	[number] = { .name = text, .code = number, .operand = TZ_CBPF_##kind },
#include "cbpf/code.def"
#undef CODE
};

const struct tz_cbpf_alias tz_cbpf_aliases[] = {
	{ "ja", "jmp", false },   { "jneq", "jeq", true },
	{ "jne", "jeq", true },   { "jlt", "jge", true },
	{ "jle", "jgt", true },   { "ldi", "ld", false },
	{ "ldxi", "ldx", false },
};
const size_t tz_cbpf_n_aliases =
	sizeof(tz_cbpf_aliases) / sizeof(*tz_cbpf_aliases);

/* Where two names mean the same, the first is printed. */
static const struct {
	const char *name;
	uint32_t number;
} ads[] = {
	{ "proto", SKF_AD_PROTOCOL },
	{ "type", SKF_AD_PKTTYPE },
	{ "ifidx", SKF_AD_IFINDEX },
	{ "nla", SKF_AD_NLATTR },
	{ "nlan", SKF_AD_NLATTR_NEST },
	{ "mark", SKF_AD_MARK },
	{ "queue", SKF_AD_QUEUE },
	{ "hatype", SKF_AD_HATYPE },
	{ "rxhash", SKF_AD_RXHASH },
	{ "cpu", SKF_AD_CPU },
	{ "vlan_tci", SKF_AD_VLAN_TAG },
	{ "vlan_avail", SKF_AD_VLAN_TAG_PRESENT },
	{ "vlan_pr", SKF_AD_VLAN_TAG_PRESENT },
	{ "poff", SKF_AD_PAY_OFFSET },
	{ "rand", SKF_AD_RANDOM },
	{ "vlan_tpid", SKF_AD_VLAN_TPID },
};

const struct tz_cbpf_code *tz_cbpf_code(uint16_t code)
{
	if (code >= TZ_CBPF_N_CODES || !tz_cbpf_codes[code].name)
		return NULL;
	return &tz_cbpf_codes[code];
}

const char *tz_cbpf_ad_name(uint32_t number)
{
	for (size_t i = 0; i < sizeof(ads) / sizeof(*ads); i++)
		if (ads[i].number == number)
			return ads[i].name;
	return NULL;
}

bool tz_cbpf_ad_find(const char *name, size_t len, uint32_t *number)
{
	for (size_t i = 0; i < sizeof(ads) / sizeof(*ads); i++) {
		if (strlen(ads[i].name) != len ||
		    strncasecmp(ads[i].name, name, len) != 0)
			continue;
		*number = ads[i].number;
		return true;
	}
	return false;
}
