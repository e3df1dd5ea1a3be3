/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames for hosts that reject them (reject.rules, reject.rules6): what is
 * answered, and what is not, because of the packet, or because of where it
 * comes from or goes to.
 */
#include "reject_rows.h"

#include <netinet/in.h>

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, PSH = 0x08, ACK = 0x10 };

#define TCP(flags, port, len)              \
	.spec = { .src = PEER,             \
		  .dst = HOST,             \
		  .protocol = IPPROTO_TCP, \
		  .sport = 4000,           \
		  .dport = port,           \
		  .tcp_flags = flags,      \
		  .payload_len = len }
#define UDP(port, len)                     \
	.spec = { .src = PEER,             \
		  .dst = HOST,             \
		  .protocol = IPPROTO_UDP, \
		  .sport = 4000,           \
		  .dport = port,           \
		  .payload_len = len }
#define UDP_OF(from, to, port)             \
	.spec = { .src = from,             \
		  .dst = to,               \
		  .protocol = IPPROTO_UDP, \
		  .sport = 4000,           \
		  .dport = port,           \
		  .payload_len = 9 }
#define TCP_OF(from, to, flags, port)      \
	.spec = { .src = from,             \
		  .dst = to,               \
		  .protocol = IPPROTO_TCP, \
		  .sport = 4000,           \
		  .dport = port,           \
		  .tcp_flags = flags }
#define ICMP(type)                          \
	.spec = { .src = "192.0.2.3",       \
		  .dst = HOST,              \
		  .protocol = IPPROTO_ICMP, \
		  .icmp_type = type,        \
		  .payload_len = 20 }

const struct row rows4[] = {
	{ "SYN", TCP(SYN, 1, 0), AS_IT_IS },
	{ "SYN with data", TCP(SYN, 1, 11), NUMBERED },
	{ "ACK", TCP(ACK, 1, 0), NUMBERED },
	{ "data", TCP(ACK | PSH, 1, 1000), NUMBERED },
	{ "FIN", TCP(FIN, 1, 0), NUMBERED },
	{ "SYN and FIN", TCP(SYN | FIN, 1, 0), NUMBERED },
	{ "no flags", TCP(0, 1, 5), NUMBERED },
	{ "RST", TCP(RST, 1, 0), AS_IT_IS },
	{ "RST and ACK", TCP(RST | ACK, 1, 0), NUMBERED },
	{ "long header", TCP(SYN, 1, 0), LONG_HEADER },
	{ "bad sum of TCP", TCP(SYN, 1, 0), BAD_SUM },
	{ "SYN, padded", TCP(SYN, 1, 0), PADDED },
	{ "SYN, tagged", TCP(SYN, 1, 0), TAGGED },
	{ "SYN, options", TCP(SYN, 1, 0), OPTIONS },
	{ "SYN to many", TCP(SYN, 1, 0), TO_GROUP },
	{ "net", UDP(100, 0), AS_IT_IS },
	{ "host", UDP(101, 1), AS_IT_IS },
	{ "proto", UDP(102, 2), AS_IT_IS },
	{ "port", UDP(103, 3), AS_IT_IS },
	{ "net prohibited", UDP(109, 511), AS_IT_IS },
	{ "host prohibited", UDP(110, 520), AS_IT_IS },
	{ "prohibited", UDP(113, 521), AS_IT_IS },
	{ "longest", UDP(103, 1452), AS_IT_IS },
	{ "no sum", UDP(103, 30), NO_SUM },
	{ "bad sum of UDP", UDP(103, 30), BAD_SUM },
	{ "tagged", UDP(103, 30), TAGGED },
	{ "tagged twice", UDP(103, 900), TWICE_TAGGED },
	{ "options", UDP(103, 30), OPTIONS },
	{ "last hop", UDP(103, 30), TTL_ONE },
	{ "TOS", UDP(103, 30), TOS },
	{ "to many", UDP(103, 30), TO_GROUP },
	{ "padded", UDP(103, 0), PADDED },
	{ "TCP, port", TCP(SYN, 2, 0), AS_IT_IS },
	{ "TCP, bad sum", TCP(SYN, 2, 0), BAD_SUM },
	{ "ping", ICMP(8), AS_IT_IS },
	{ "ping's answer", ICMP(0), AS_IT_IS },
	{ "timestamp", ICMP(13), AS_IT_IS },
	{ "unreachable", ICMP(3), AS_IT_IS },
	{ "redirect", ICMP(5), AS_IT_IS },
	{ "type 42", ICMP(42), AS_IT_IS },
	{ "ping, bad sum", ICMP(8), BAD_SUM },
	{ "GRE", UDP(103, 30), OTHER_PROTOCOL + 47 },
	{ "ESP", UDP(103, 30), OTHER_PROTOCOL + 50 },
	{ "SCTP", UDP(103, 30), OTHER_PROTOCOL + 132 },
	{ "IPIP", UDP(103, 30), OTHER_PROTOCOL + 4 },
	{ "another address of the host", UDP_OF(PEER, "192.0.2.9", 103),
	  AS_IT_IS },
	{ "SYN to another address", TCP_OF(PEER, "192.0.2.9", SYN, 1),
	  AS_IT_IS },
	{ "no neighbour", UDP_OF("192.0.2.77", HOST, 103), AS_IT_IS },
	{ "from the host", UDP_OF(HOST, HOST, 103), AS_IT_IS },
	{ "from nowhere", UDP_OF("0.0.0.0", HOST, 103), AS_IT_IS },
	{ "from loopback", UDP_OF("127.0.0.1", HOST, 103), AS_IT_IS },
	{ "to loopback", UDP_OF(PEER, "127.0.0.1", 103), AS_IT_IS },
	{ "from another address of the host", UDP_OF("192.0.2.9", HOST, 103),
	  AS_IT_IS },
	{ "from the broadcast address", UDP_OF("192.0.2.255", HOST, 103),
	  AS_IT_IS },
	{ "SYN from the broadcast address",
	  TCP_OF("192.0.2.255", HOST, SYN, 1), AS_IT_IS },
	{ "from everybody", UDP_OF("255.255.255.255", HOST, 103), AS_IT_IS },
	{ "from the network", UDP_OF("192.0.2.0", HOST, 103), AS_IT_IS },
	{ "from a group", UDP_OF("224.0.0.5", HOST, 103), AS_IT_IS },
	{ "SYN from a group", TCP_OF("224.0.0.5", HOST, SYN, 1), AS_IT_IS },
	{ "SYN from the host", TCP_OF(HOST, HOST, SYN, 1), AS_IT_IS },
	{ "to the network", UDP_OF(PEER, "192.0.2.0", 103), AS_IT_IS },
	{ "on the way, back to the sender", UDP_OF(PEER, PEER, 110), AS_IT_IS },
	{ "on the way, from the host", UDP_OF(HOST, "198.51.100.9", 110),
	  AS_IT_IS },
	{ "on the way, to the broadcast address there",
	  UDP_OF(PEER, "198.51.100.255", 110), AS_IT_IS },
	{ "from afar", UDP_OF("203.0.113.5", HOST, 103), AS_IT_IS },
	{ "SYN from afar", TCP_OF("203.0.113.5", HOST, SYN, 1), AS_IT_IS },
	{ "no way back", UDP_OF("10.9.9.9", HOST, 103), AS_IT_IS },
	{ "another way back", UDP_OF("198.51.100.8", HOST, 103), AS_IT_IS },
	{ "to the broadcast address", UDP_OF(PEER, "192.0.2.255", 103),
	  AS_IT_IS },
	{ "SYN to the broadcast address", TCP_OF(PEER, "192.0.2.255", SYN, 1),
	  AS_IT_IS },
	{ "to a group", UDP_OF(PEER, "224.0.0.1", 103), TO_GROUP },
	{ "on the way", UDP_OF(PEER, "198.51.100.9", 110), AS_IT_IS },
	{ "on the way, options", UDP_OF(PEER, "198.51.100.9", 110), OPTIONS },
	{ "on the way, from afar", UDP_OF("203.0.113.5", "198.51.100.9", 110),
	  AS_IT_IS },
	{ "on the way, last hop", UDP_OF(PEER, "198.51.100.9", 110), TTL_ONE },
	{ "SYN on the way", TCP_OF(PEER, "198.51.100.9", SYN, 1), AS_IT_IS },
};

#define HOST6 "fd07:1::1"
#define PEER6 "fd07:1::2"
#define ICMP6(type)                           \
	.spec = { .src = "fd07:1::3",         \
		  .dst = HOST6,               \
		  .protocol = IPPROTO_ICMPV6, \
		  .icmp_type = type,          \
		  .payload_len = 20 }
#define TCP6(flags, len)                   \
	.spec = { .src = PEER6,            \
		  .dst = HOST6,            \
		  .protocol = IPPROTO_TCP, \
		  .sport = 4000,           \
		  .dport = 1,              \
		  .tcp_flags = flags,      \
		  .payload_len = len }
#define UDP6(port, len)                    \
	.spec = { .src = PEER6,            \
		  .dst = HOST6,            \
		  .protocol = IPPROTO_UDP, \
		  .sport = 4000,           \
		  .dport = port,           \
		  .payload_len = len }

const struct row rows6[] = {
	{ "SYN", TCP6(SYN, 0), AS_IT_IS },
	{ "SYN with data", TCP6(SYN, 33), NUMBERED },
	{ "data", TCP6(ACK | PSH, 1000), NUMBERED },
	{ "FIN", TCP6(FIN, 0), NUMBERED },
	{ "RST", TCP6(RST, 0), AS_IT_IS },
	{ "bad sum of TCP", TCP6(SYN, 0), BAD_SUM },
	{ "SYN, tagged", TCP6(SYN, 0), TAGGED },
	{ "no route", UDP6(100, 0), AS_IT_IS },
	{ "prohibited", UDP6(101, 1), AS_IT_IS },
	{ "address", UDP6(103, 1184), AS_IT_IS },
	{ "port", UDP6(104, 1185), AS_IT_IS },
	{ "policy", UDP6(105, 30), AS_IT_IS },
	{ "reject route", UDP6(106, 31), AS_IT_IS },
	{ "longest", UDP6(104, 1452), AS_IT_IS },
	{ "bad sum of UDP", UDP6(104, 30), BAD_SUM },
	{ "no sum", UDP6(104, 30), NO_SUM },
	{ "tagged", UDP6(104, 30), TAGGED },
	{ "class", UDP6(104, 30), TOS },
	{ "last hop", UDP6(104, 30), TTL_ONE },
	{ "to many", UDP6(104, 30), TO_GROUP },
	{ "ping", ICMP6(128), AS_IT_IS },
	{ "ping's answer", ICMP6(129), AS_IT_IS },
	{ "unreachable", ICMP6(1), AS_IT_IS },
	{ "type 100", ICMP6(100), AS_IT_IS },
	{ "another address of the host", UDP_OF(PEER6, "fd07:1::9", 104),
	  AS_IT_IS },
	{ "from afar", UDP_OF("fd07:3::5", HOST6, 104), AS_IT_IS },
	{ "from nowhere", UDP_OF("::", HOST6, 104), AS_IT_IS },
	{ "from loopback", UDP_OF("::1", HOST6, 104), AS_IT_IS },
	{ "to loopback", UDP_OF(PEER6, "::1", 104), AS_IT_IS },
	{ "from a group", UDP_OF("ff02::1", HOST6, 104), AS_IT_IS },
	{ "SYN from a group", TCP_OF("ff02::1", HOST6, SYN, 1), AS_IT_IS },
	{ "from the host", UDP_OF(HOST6, HOST6, 104), AS_IT_IS },
	{ "from the routers", UDP_OF("fd07:1::", HOST6, 104), AS_IT_IS },
	{ "to the routers", UDP_OF(PEER6, "fd07:1::", 104), AS_IT_IS },
	{ "SYN to the routers", TCP_OF(PEER6, "fd07:1::", SYN, 1), AS_IT_IS },
	{ "from an IPv4 address", UDP_OF("::ffff:192.0.2.2", HOST6, 104),
	  AS_IT_IS },
	{ "no way back", UDP_OF("fd99::5", HOST6, 104), AS_IT_IS },
	{ "to a group", UDP_OF(PEER6, "ff02::1", 104), TO_GROUP },
	{ "on the way", UDP_OF(PEER6, "fd07:2::9", 101), AS_IT_IS },
	{ "SYN on the way", TCP_OF(PEER6, "fd07:2::9", SYN, 1), AS_IT_IS },
};

const size_t n_rows4 = sizeof(rows4) / sizeof(rows4[0]);
const size_t n_rows6 = sizeof(rows6) / sizeof(rows6[0]);
