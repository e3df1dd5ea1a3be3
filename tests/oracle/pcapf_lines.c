/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of long lists: what people block one by one, and its neighbours. */
#include "oracle/pcapf_lines.h"

#include <stdio.h>
#include <string.h>

uint32_t pcapf_below(uint64_t *dice, uint32_t n)
{
	*dice = *dice * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(*dice >> 33) % n;
}

#define PICK(dice, words) \
	words[pcapf_below(dice, sizeof(words) / sizeof(words[0]))]

static const char *direction(uint64_t *dice)
{
	static const char *const words[] = { "",     "",     "src ",
					     "dst ", "dst ", "src and dst " };

	return PICK(dice, words);
}

static uint32_t port(uint64_t *dice)
{
	static const uint16_t usual[] = { 0,    22,   25,   53,    80,
					  123,  443,  1900, 11211, 65535,
					  1434, 5060, 67,   255,   256 };

	return pcapf_below(dice, 2) ? PICK(dice, usual)
				    : pcapf_below(dice, 65536);
}

static void write_port(uint64_t *dice, char *text, size_t size)
{
	static const char *const protos[] = { "", "", "tcp ", "udp ", "sctp " };
	const char *proto = PICK(dice, protos), *dir = direction(dice);
	uint32_t low = port(dice), high = low + pcapf_below(dice, 3000);

	if (pcapf_below(dice, 3))
		snprintf(text, size, "%s%sport %u", proto, dir, low);
	else
		snprintf(text, size, "%s%sportrange %u-%u", proto, dir, low,
			 high < 65535 ? high : 65535);
}

static void write_host(uint64_t *dice, char *text, size_t size)
{
	static const char *const protos[] = {
		"", "", "", "ip ", "arp ", "rarp "
	};
	const char *proto = PICK(dice, protos), *dir = direction(dice);
	uint32_t address = 0x0a000000 | pcapf_below(dice, 4) << 16 |
			   pcapf_below(dice, 65536);
	uint32_t bits = pcapf_below(dice, 33);

	if (pcapf_below(dice, 3)) {
		bits = 32;
		snprintf(text, size, "%s%shost ", proto, dir);
	} else {
		address &= bits ? UINT32_MAX << (32 - bits) : 0;
		snprintf(text, size, "%s%snet ", proto, dir);
	}
	snprintf(text + strlen(text), size - strlen(text), "%u.%u.%u.%u",
		 address >> 24, address >> 16 & 255, address >> 8 & 255,
		 address & 255);
	if (bits < 32)
		snprintf(text + strlen(text), size - strlen(text), "/%u", bits);
}

static void write_host6(uint64_t *dice, char *text, size_t size)
{
	const char *dir = direction(dice);
	uint32_t high = pcapf_below(dice, 64), low = pcapf_below(dice, 65536);

	switch (pcapf_below(dice, 4)) {
	case 0:
		snprintf(text, size, "ip6 %snet 2001:db8:%x::/48", dir, high);
		return;
	case 1:
		snprintf(text, size, "ip6 %snet 2001:%x00::/24", dir, high);
		return;
	default:
		snprintf(text, size, "%shost 2001:db8:%x::%x", dir, high, low);
	}
}

static void write_mac(uint64_t *dice, char *text, size_t size)
{
	snprintf(text, size, "ether %shost 02:00:5e:%02x:%02x:%02x",
		 direction(dice), pcapf_below(dice, 4), pcapf_below(dice, 256),
		 pcapf_below(dice, 256));
}

static void write_proto(uint64_t *dice, char *text, size_t size)
{
	static const char *const words[] = {
		"tcp",
		"udp",
		"icmp",
		"arp",
		"sctp",
		"igmp",
		"esp",
		"rarp",
		"tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn",
		"tcp[tcpflags] = 0",
		"tcp[tcpflags] & tcp-ack = 0",
		"tcp[tcpflags] & 7 = 0",
		"tcp[tcpflags] & 0x30 = 0",
		"tcp[tcpflags] != 18",
		"tcp[tcpflags] = tcp-syn",
		"icmp[icmptype] = 8",
		"udp[0:2] = 19",
		"tcp[tcpflags] & tcp-rst != 0",
		"ether broadcast",
		"vlan",
		"ip[6:2] & 0x1fff != 0",
		"ip6[6] = 58",
		"ip6[6] = 6 and ip6[53] & 2 != 0",
		"ether proto 0x88cc",
		"less 60",
	};

	if (pcapf_below(dice, 2))
		snprintf(text, size, "%s", PICK(dice, words));
	else
		snprintf(text, size, "%sproto %u",
			 pcapf_below(dice, 2) ? "ip " : "ip6 ",
			 pcapf_below(dice, 256));
}

static void write_one(uint64_t *dice, char *text, size_t size)
{
	switch (pcapf_below(dice, 13)) {
	case 0:
	case 1:
	case 2:
	case 3:
		write_port(dice, text, size);
		return;
	case 4:
	case 5:
	case 6:
		write_host(dice, text, size);
		return;
	case 7:
	case 8:
		write_host6(dice, text, size);
		return;
	case 9:
		write_mac(dice, text, size);
		return;
	default:
		write_proto(dice, text, size);
	}
}

void pcapf_line(uint64_t *dice, char *text, size_t size)
{
	char parts[3][200];
	uint32_t n = pcapf_below(dice, 3);
	bool is_and = pcapf_below(dice, 3);

	for (int i = 0; i < 3; i++)
		write_one(dice, parts[i], sizeof(parts[i]));
	/* What is wide alone takes all that lists have behind it. */
	if (n == 0 || !is_and)
		write_port(dice, parts[1], sizeof(parts[1]));
	if (n == 0)
		snprintf(text, size, "%s and %s", parts[0], parts[1]);
	else if (n == 1 && is_and)
		snprintf(text, size, "%s and (%s or %s)", parts[0], parts[1],
			 parts[2]);
	else if (n == 1)
		snprintf(text, size, "%s or dst host 10.0.0.%u", parts[1],
			 pcapf_below(dice, 256));
	else if (pcapf_below(dice, 8))
		snprintf(text, size, "%s and not %s", parts[0], parts[1]);
	else
		snprintf(text, size, "%s", parts[1]);
}
