/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpdump expressions by dice, a line each: pcap_random SEED COUNT. Most are
 * right; some ask what a link or a qualifier has not.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t dice;

static uint32_t roll(uint32_t n)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (uint32_t)(dice >> 32) % n;
}

#define ONE_OF(list) list[roll(sizeof(list) / sizeof(list[0]))]

static const char *const ports[] = { "53",     "80",   "443", "0",
				     "domain", "smtp", "ntp", "0x35" };
static const char *const ranges[] = { "1-1023", "53-25",   "smtp-domain",
				      "67",     "0-65535", "ntp" };
static const char *const hosts[] = {
	"10.0.0.1", "192.168.1", "172.16",     "1.2.3.4",        "2001:db8::1",
	"::1",      "fe80::1",   "0x0a000001", "255.255.255.255"
};
static const char *const nets[] = { "10.0.0.0/8",
				    "192.168.0.0/16",
				    "10",
				    "172.16",
				    "192.168 mask 255.255.0.0",
				    "2001:db8::/32",
				    "::/0",
				    "0.0.0.0/0",
				    "ff00::/8",
				    "192.168.1.0/24",
				    "0" };
static const char *const macs[] = { "00:11:22:33:44:55", "0-1-2-3-4-5",
				    "0011.2233.4455", "ffffffffffff",
				    "1:80:c2:0:0:0" };
static const char *const protos[] = {
	"ip",     "ip6",  "arp",  "rarp",  "tcp",  "udp",     "sctp", "icmp",
	"icmp6",  "igmp", "pim",  "ah",    "esp",  "vrrp",    "igrp", "carp",
	"stp",    "iso",  "clnp", "isis",  "esis", "l1",      "l2",   "iih",
	"lsp",    "snp",  "csnp", "psnp",  "ipx",  "netbeui", "aarp", "atalk",
	"decnet", "lat",  "sca",  "moprc", "mopdl"
};
static const char *const indexed[] = { "ip",     "ip6",   "tcp",   "udp",
				       "icmp",   "icmp6", "ether", "arp",
				       "sctp",   "link",  "igmp",  "rarp",
				       "decnet", "atalk" };
static const char *const words[] = { "vlan",
				     "vlan 5",
				     "mpls",
				     "mpls 100",
				     "pppoes",
				     "pppoes 7",
				     "pppoed",
				     "llc",
				     "llc ui",
				     "llc s",
				     "broadcast",
				     "multicast",
				     "ip multicast",
				     "ip6 multicast",
				     "ip broadcast",
				     "ether broadcast",
				     "less 100",
				     "greater 60",
				     "len > 70",
				     "byte 0 > 3",
				     "byte 12 = 8",
				     "byte 3 < 200",
				     "ip protochain 6",
				     "ip6 protochain 17",
				     "protochain 58",
				     "proto 17",
				     "ip proto \\tcp",
				     "ip6 proto 6",
				     "ether proto \\ip6",
				     "ether proto 0x88cc",
				     "link proto \\stp",
				     "iso proto \\isis",
				     "isis proto 0x12",
				     "ether proto 5",
				     "ip proto icmp",
				     "proto \\udp" };

static void arith(unsigned int depth)
{
	static const char *const ops[] = { "+", "-", "*", "/",  "%",
					   "&", "|", "^", "<<", ">>" };
	static const char *const sizes[] = { "", ":1", ":2", ":4" };
	static const char *const numbers[] = {
		"0",  "1",     "2",         "0xf",        "6",       "12",
		"17", "0x800", "1500",      "0xffff",     "0x86dd",  "tcp-syn",
		"4",  "3",     "icmp-echo", "4294967295", "tcpflags"
	};
	uint32_t kind = roll(depth > 3 ? 4 : 10);

	if (kind < 3) {
		printf("%s", ONE_OF(numbers));
	} else if (kind == 3) {
		printf(roll(2) ? "len" : "ip[9]");
	} else if (kind < 6) {
		printf("%s[", ONE_OF(indexed));
		if (roll(3))
			printf("%u", roll(24));
		else
			arith(depth + 2);
		printf("%s]", ONE_OF(sizes));
	} else if (kind == 6) {
		printf(roll(4) ? "(" : "-(");
		arith(depth + 1);
		printf(")");
	} else {
		arith(depth + 1);
		printf(" %s ", ONE_OF(ops));
		arith(depth + 1);
	}
}

/* What may stand behind one kind of qualifiers. */
static const struct id {
	const char *type;
	const char *const *list;
	uint32_t n;
} ids[] = {
#define ID(type, list)                                     \
	{                                                  \
		type, list, sizeof(list) / sizeof(list[0]) \
	}
	ID("port ", ports), ID("portrange ", ranges),
	ID("host ", hosts), ID("net ", nets),
	ID("", hosts),      ID("", macs),
};
enum { IDS_OF_MACS = 5, IDS_UNTYPED = 4 };

static void id(const struct id *of, unsigned int depth)
{
	if (depth < 3 && roll(5) == 0) {
		printf("not ");
		id(of, depth + 1);
	} else if (depth < 3 && roll(5) == 0) {
		printf("(");
		id(of, depth + 1);
		for (uint32_t n = roll(3); n > 0; n--) {
			printf(roll(2) ? " or " : " and ");
			id(of, depth + 1);
		}
		printf(")");
	} else {
		printf("%s", of->list[roll(of->n)]);
	}
}

static void head(void)
{
	static const char *const of[] = { "",      "",     "ip ",   "ip6 ",
					  "tcp ",  "udp ", "sctp ", "arp ",
					  "rarp ", "icmp " };
	static const char *const dirs[] = { "",
					    "src ",
					    "dst ",
					    "src or dst ",
					    "dst or src ",
					    "src and dst ",
					    "dst and src " };
	const struct id *what = &ids[roll(IDS_OF_MACS + 1)];
	bool is_mac = what == &ids[IDS_OF_MACS];
	const char *dir = ONE_OF(dirs);

	printf("%s", is_mac ? "ether " : ONE_OF(of));
	if (!*dir && what >= &ids[IDS_UNTYPED])
		dir = "src or dst ";
	printf("%s%s", dir, what->type);
	id(what, 0);
	while (roll(4) == 0) {
		printf(roll(2) ? " or " : " and ");
		id(what, 0);
	}
}

static void expression(unsigned int depth)
{
	static const char *const relations[] = { "=", "==", "!=", ">",
						 "<", ">=", "<=" };
	/* What may be wrong there, or mean something else. */
	static const char *const strays[] = {
		"not ",  "(",    ")",     "ip ",   "src ",
		"port ", "and ", "or ",   "80 ",   "1.2.3.4 ",
		"len ",  "= 1 ", "[0] ",  "vlan ", "tcp ",
		"& 7 ",  "- ",   "host ", "::1 ",  "1:2:3:4:5:6 ",
	};
	uint32_t kind = roll(depth > 3 ? 8 : 12);

	if (roll(6) == 0)
		printf(roll(2) ? "not " : "! ");
	if (roll(25) == 0)
		printf("%s", ONE_OF(strays));
	if (kind < 3) {
		head();
	} else if (kind < 5) {
		printf("%s", ONE_OF(protos));
	} else if (kind == 5) {
		printf("%s", ONE_OF(words));
	} else if (kind < 8) {
		arith(0);
		printf(" %s ", ONE_OF(relations));
		arith(1);
	} else if (kind < 10) {
		printf("(");
		expression(depth + 1);
		printf(")");
	} else {
		expression(depth + 1);
		printf(roll(3) ? " and " : roll(2) ? " or " : " || ");
		expression(depth + 1);
	}
	if (roll(40) == 0)
		printf(" %s", ONE_OF(strays));
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	dice = strtoul(argv[1], NULL, 10) * 0x9e3779b97f4a7c15 + 1;
	for (unsigned long n = strtoul(argv[2], NULL, 10); n > 0; n--) {
		/* Elsewhere libpcap computes with what was never set. */
		bool is_inside = roll(20) == 0;

		if (is_inside)
			printf(roll(2) ? "geneve and (" : "geneve 9 and (");
		expression(0);
		printf(is_inside ? ")\n" : "\n");
	}
	return 0;
}
