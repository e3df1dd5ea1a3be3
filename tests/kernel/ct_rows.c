/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SEMANTICS 8.8 line by line, observed again on the kernel that runs the test.
 */
#include "ct_rows.h"

#include <netinet/in.h>

#define TCP(dir, bits, from, to)           \
	.spec = { .protocol = IPPROTO_TCP, \
		  .is_reply = (dir) == 1,  \
		  .flags = (bits),         \
		  .seq = (from),           \
		  .ack = (to) }
#define DATA(dir, bits, from, to, len)     \
	.spec = { .protocol = IPPROTO_TCP, \
		  .is_reply = (dir) == 1,  \
		  .flags = (bits),         \
		  .seq = (from),           \
		  .ack = (to),             \
		  .payload_len = (len) }
#define HARM(bits, wrong)                          \
	.spec = { .protocol = IPPROTO_TCP,         \
		  .flags = (bits),                 \
		  .seq = 1000,                     \
		  .ack = (bits)&CT_ACK ? 5001 : 0, \
		  .harm = (wrong) }
#define SAYS(set, lookup, fate, kernel) \
	.states = (set), .look = (lookup), .goes = (fate), .state = (kernel)
#define ROWS(of)                                   \
	{                                          \
		(of), sizeof(of) / sizeof((of)[0]) \
	}

enum { OUT, BACK };

#define A CT_ACK
#define S CT_SYN
#define F CT_FIN
#define R CT_RST

static const struct ct_row tcp[] = {
	{ "SYN", TCP(OUT, S, 1000, 0), SAYS("N", 'u', 'd', 'N') },
	{ "+SYN again", TCP(OUT, S, 1000, 0), SAYS("N", 'f', 'p', 'N') },
	{ "+SYN of another seq", TCP(OUT, S, 9000, 0),
	  SAYS("N", 'f', 'p', 'N') },
	{ "SYN, ECE, CWR, PSH, URG",
	  TCP(OUT, S | CT_ECE | CT_CWR | CT_PSH | CT_URG, 1000, 0),
	  SAYS("N", 'u', 'd', 'N') },

	{ "SYN before an ACK", TCP(OUT, S, 1000, 0), SAYS("N", 'u', 'd', 'N') },
	{ "+ACK in SYN_SENT", TCP(OUT, A, 1001, 1), SAYS("N", 'f', 'p', 'I') },
	{ "SYN before a FIN", TCP(OUT, S, 1000, 0), SAYS("N", 'u', 'd', 'N') },
	{ "+FIN back in SYN_SENT", TCP(BACK, F | A, 5000, 1001),
	  SAYS("NI", 'f', 'p', 'I') },
	{ "SYN before a SYN", TCP(OUT, S, 1000, 0), SAYS("N", 'u', 'd', 'N') },
	{ "+SYN back in SYN_SENT", TCP(BACK, S, 5000, 0),
	  SAYS("N", 'f', 'p', 'E') },
	{ "SYN before a wrong answer", TCP(OUT, S, 1000, 0),
	  SAYS("N", 'u', 'd', 'N') },
	{ "+SYN, ACK of another", TCP(BACK, S | A, 5000, 77),
	  SAYS("I", 'f', 'p', 'E') },
	{ "SYN before an ACK back", TCP(OUT, S, 1000, 0),
	  SAYS("N", 'u', 'd', 'N') },
	{ "+ACK back in SYN_SENT", TCP(BACK, A, 5000, 1001),
	  SAYS("N", 'f', 'p', 'E') },
	{ "SYN before a RST", TCP(OUT, S, 1000, 0), SAYS("N", 'u', 'd', 'N') },
	{ "+RST back in SYN_SENT", TCP(BACK, R | A, 0, 1001),
	  SAYS("NI", 'f', 'p', 'E') },
	{ "+SYN again, nothing is left", TCP(OUT, S, 2000, 0),
	  SAYS("N", 'u', 'd', 'N') },

	{ "a connection's SYN", TCP(OUT, S, 1000, 0),
	  SAYS("N", 'u', 'd', 'N') },
	{ "+SYN, ACK", TCP(BACK, S | A, 5000, 1001), SAYS("I", 'f', 'p', 'E') },
	{ "+ACK", TCP(OUT, A, 1001, 5001), SAYS("N", 'f', 'p', 'E') },
	{ "+data", DATA(OUT, A, 1001, 5001, 100), SAYS("NI", 'f', 'p', 'E') },
	{ "+data back", DATA(BACK, A, 5001, 1101, 100),
	  SAYS("NI", 'f', 'p', 'E') },
	{ "+old data", DATA(OUT, A, 1001, 5001, 100),
	  SAYS("NI", 'f', 'p', 'E') },
	{ "+an old ACK", TCP(OUT, A, 1101, 5001), SAYS("N", 'f', 'p', 'E') },
	{ "+keepalive", TCP(OUT, A, 1100, 5101), SAYS("N", 'f', 'p', 'E') },
	{ "+data beyond the window", DATA(OUT, A, 900000, 5101, 100),
	  SAYS("NI", 'f', 'p', 'I') },
	{ "+ACK of what was not sent", TCP(OUT, A, 1101, 900000),
	  SAYS("N", 'f', 'p', 'I') },
	{ "+SYN, in order", TCP(OUT, S, 1101, 0), SAYS("N", 'f', 'p', 'E') },
	{ "+SYN of any seq", TCP(OUT, S, 700000, 0), SAYS("N", 'f', 'p', 'E') },
	{ "+SYN back", TCP(BACK, S, 5101, 0), SAYS("N", 'f', 'p', 'I') },
	{ "+SYN, ACK from the client", TCP(OUT, S | A, 1101, 5101),
	  SAYS("I", 'f', 'p', 'I') },
	{ "+SYN, ACK again", TCP(BACK, S | A, 5000, 1001),
	  SAYS("I", 'f', 'p', 'E') },
	{ "+RST below the last ACK", TCP(BACK, R, 4000, 0),
	  SAYS("NI", 'f', 'p', 'I') },
	{ "+RST far away", TCP(OUT, R, 800000000, 0),
	  SAYS("NI", 'f', 'p', 'I') },
	{ "+no flags", TCP(OUT, 0, 1101, 5101), SAYS("I", 'f', 'p', 'I') },
	{ "+FIN", TCP(OUT, F | A, 1101, 5101), SAYS("NI", 'f', 'p', 'E') },
	{ "+ACK of the FIN", TCP(BACK, A, 5101, 1102),
	  SAYS("N", 'f', 'p', 'E') },
	{ "+FIN back", TCP(BACK, F | A, 5101, 1102),
	  SAYS("NI", 'f', 'p', 'E') },
	{ "+the last ACK", TCP(OUT, A, 1102, 5102), SAYS("N", 'f', 'p', 'E') },
	{ "+late data", DATA(OUT, A, 1001, 5102, 100),
	  SAYS("NI", 'f', 'p', 'E') },
	{ "+SYN in TIME_WAIT", TCP(OUT, S, 50000, 0),
	  SAYS("N", 'f', 'p', 'N') },
	{ "+SYN, ACK of it", TCP(BACK, S | A, 90000, 50001),
	  SAYS("I", 'f', 'p', 'E') },

	{ "SYN, then a RST of it", TCP(OUT, S, 1000, 0),
	  SAYS("N", 'u', 'd', 'N') },
	{ "+SYN, ACK first", TCP(BACK, S | A, 5000, 1001),
	  SAYS("I", 'f', 'p', 'E') },
	{ "+RST in order", TCP(OUT, R, 1001, 0), SAYS("NI", 'f', 'p', 'E') },
	{ "+data after the RST", DATA(BACK, A, 5001, 1001, 10),
	  SAYS("NI", 'f', 'p', 'E') },

	{ "+SYN after the RST, by the other", TCP(BACK, S, 9000, 0),
	  SAYS("N", 'f', 'p', 'I') },
	{ "SYN, then a RST and a SYN", TCP(OUT, S, 1000, 0),
	  SAYS("N", 'u', 'd', 'N') },
	{ "+SYN, ACK in between", TCP(BACK, S | A, 5000, 1001),
	  SAYS("I", 'f', 'p', 'E') },
	{ "+RST of it", TCP(OUT, R, 1001, 0), SAYS("NI", 'f', 'p', 'E') },
	{ "+SYN of the same again", TCP(OUT, S, 9000, 0),
	  SAYS("N", 'f', 'p', 'N') },

	{ "SYN, ACK of nothing", TCP(OUT, S | A, 1000, 5001),
	  SAYS("I", 'u', 'd', 'I') },
	{ "RST of nothing", TCP(OUT, R, 1000, 0), SAYS("NI", 'u', 'd', 'I') },
	{ "RST, ACK of nothing", TCP(OUT, R | A, 1000, 1),
	  SAYS("NI", 'u', 'd', 'I') },
	{ "FIN, ACK of nothing", TCP(OUT, F | A, 1000, 5001),
	  SAYS("NI", 'u', 'd', 'I') },
	{ "FIN", TCP(OUT, F, 1000, 0), SAYS("I", 'u', 'd', 'I') },
	{ "no flags", TCP(OUT, 0, 1000, 0), SAYS("I", 'u', 'd', 'I') },
	{ "SYN, FIN", TCP(OUT, S | F, 1000, 0), SAYS("I", 'u', 'd', 'I') },
	{ "SYN, RST", TCP(OUT, S | R, 1000, 0), SAYS("I", 'u', 'd', 'I') },
	{ "FIN, PSH, URG", TCP(OUT, F | CT_PSH | CT_URG, 1000, 0),
	  SAYS("I", 'u', 'd', 'I') },
	{ "URG", TCP(OUT, CT_URG, 1000, 0), SAYS("I", 'u', 'd', 'I') },
	{ "all flags", TCP(OUT, 0xff, 1000, 5001), SAYS("I", 'u', 'd', 'I') },
	{ "ACK of nothing", TCP(OUT, A, 1000, 5001), SAYS("N", 'u', 'd', 'N') },
	{ "PSH, ACK of nothing", DATA(OUT, A | CT_PSH, 1000, 5001, 100),
	  SAYS("NI", 'u', 'd', 'N') },
	{ "URG, ACK of nothing", DATA(OUT, A | CT_URG, 1000, 5001, 7),
	  SAYS("N", 'u', 'd', 'N') },

	{ "SYN, sum wrong", HARM(S, CT_BAD_SUM), SAYS("N", 'u', 'p', 'I') },
	{ "SYN, sum 0", HARM(S, CT_NO_SUM), SAYS("N", 'u', 'p', 'I') },
	{ "SYN, doff 4", HARM(S, CT_DOFF_4), SAYS("I", 'u', 'd', 'I') },
	{ "SYN, doff 15", HARM(S, CT_DOFF_15), SAYS("I", 'u', 'd', 'I') },
	{ "ACK, sum wrong", HARM(A, CT_BAD_SUM), SAYS("N", 'u', 'p', 'I') },
	{ "four bytes", HARM(S, CT_SHORT), SAYS("I", '-', 'd', 'I') },
};

#define UDP(dir, len, wrong)               \
	.spec = { .protocol = IPPROTO_UDP, \
		  .is_reply = (dir) == 1,  \
		  .payload_len = (len),    \
		  .harm = (wrong) }

static const struct ct_row udp[] = {
	{ "UDP", UDP(OUT, 11, CT_WHOLE), SAYS("N", 'u', 'd', 'N') },
	{ "+UDP again", UDP(OUT, 11, CT_WHOLE), SAYS("N", 'f', 'p', 'N') },
	{ "+UDP back", UDP(BACK, 1200, CT_WHOLE), SAYS("N", 'f', 'p', 'E') },
	{ "+UDP after it", UDP(OUT, 0, CT_WHOLE), SAYS("N", 'f', 'p', 'E') },
	{ "+UDP, length beyond", UDP(OUT, 11, CT_LEN_MORE),
	  SAYS("I", 'f', 'p', 'I') },
	{ "+UDP back, sum wrong", UDP(BACK, 5, CT_BAD_SUM),
	  SAYS("N", 'f', 'p', 'I') },
	{ "UDP, sum wrong", UDP(OUT, 11, CT_BAD_SUM),
	  SAYS("N", 'u', 'p', 'I') },
	{ "UDP, no sum", UDP(OUT, 11, CT_NO_SUM), SAYS("N", 'u', 'd', 'N') },
	{ "UDP, length 7", UDP(OUT, 11, CT_LEN_7), SAYS("I", 'u', 'd', 'I') },
	{ "UDP, length beyond", UDP(OUT, 11, CT_LEN_MORE),
	  SAYS("I", 'u', 'd', 'I') },
	{ "UDP, length less, no sum", UDP(OUT, 11, CT_LEN_LESS_NO_SUM),
	  SAYS("N", 'u', 'd', 'N') },
	{ "UDP, length less", UDP(OUT, 11, CT_LEN_LESS),
	  SAYS("N", 'u', 'd', 'N') },
	{ "UDP, four bytes", UDP(OUT, 0, CT_SHORT), SAYS("I", '-', 'd', 'I') },
	{ "UDP, 1,400 bytes", UDP(OUT, 1400, CT_WHOLE),
	  SAYS("N", 'u', 'd', 'N') },
	{ "UDP, 1,401 bytes", UDP(OUT, 1401, CT_WHOLE),
	  SAYS("N", 'u', 'd', 'N') },
	{ "UDP, 505 bytes", UDP(OUT, 505, CT_WHOLE), SAYS("N", 'u', 'd', 'N') },
	{ "UDP, 504 bytes, wrong", UDP(OUT, 504, CT_BAD_SUM),
	  SAYS("N", 'u', 'p', 'I') },
};

#define ICMP(dir, number)                   \
	.spec = { .protocol = IPPROTO_ICMP, \
		  .is_reply = (dir) == 1,   \
		  .type = (number),         \
		  .payload_len = 12 }

static const struct ct_row icmp4[] = {
	{ "echo", ICMP(OUT, 8), SAYS("NEI", '-', 'd', 'N') },
	{ "+echo again", ICMP(OUT, 8), SAYS("NEI", '-', 'd', 'N') },
	{ "+its answer", ICMP(BACK, 0), SAYS("EI", '-', 'p', 'E') },
	{ "+echo after it", ICMP(OUT, 8), SAYS("NEI", '-', 'd', 'E') },
	{ "timestamp", ICMP(OUT, 13), SAYS("NEI", '-', 'd', 'N') },
	{ "+timestamp's answer", ICMP(BACK, 14), SAYS("EI", '-', 'p', 'E') },
	{ "information", ICMP(OUT, 15), SAYS("NEI", '-', 'd', 'N') },
	{ "+information's answer", ICMP(BACK, 16), SAYS("EI", '-', 'p', 'E') },
	{ "mask", ICMP(OUT, 17), SAYS("NEI", '-', 'd', 'N') },
	{ "+mask's answer", ICMP(BACK, 18), SAYS("EI", '-', 'p', 'E') },
	{ "answer to nothing", ICMP(OUT, 0), SAYS("EI", '-', 'p', 'I') },
	{ "timestamp's to nothing", ICMP(OUT, 14), SAYS("EI", '-', 'p', 'I') },
	{ "mask's to nothing", ICMP(OUT, 18), SAYS("EI", '-', 'p', 'I') },
	{ "type 1", ICMP(OUT, 1), SAYS("I", '-', 'd', 'I') },
	{ "type 9", ICMP(OUT, 9), SAYS("I", '-', 'd', 'I') },
	{ "type 10", ICMP(OUT, 10), SAYS("I", '-', 'd', 'I') },
	{ "type 19", ICMP(OUT, 19), SAYS("I", '-', 'd', 'I') },
	{ "type 42", ICMP(OUT, 42), SAYS("I", '-', 'd', 'I') },
	{ "type 255", ICMP(OUT, 255), SAYS("I", '-', 'd', 'I') },
	{ "redirect of nothing", ICMP(OUT, 5), SAYS("I", 'u', 'd', 'I') },
	{ "UDP that is answered by an error", UDP(OUT, 3, CT_WHOLE),
	  SAYS("N", 'u', 'd', 'N') },
	{ "+unreachable", ICMP(BACK, 3), SAYS("I", 'f', 'p', 'R'),
	  .quotes = true },
	{ "UDP that is too long-lived", UDP(OUT, 3, CT_WHOLE),
	  SAYS("N", 'u', 'd', 'N') },
	{ "+time exceeded", ICMP(BACK, 11), SAYS("I", 'f', 'p', 'R'),
	  .quotes = true },
	{ "UDP and an error the wrong way", UDP(OUT, 3, CT_WHOLE),
	  SAYS("N", 'u', 'd', 'N') },
	{ "+parameter problem", ICMP(OUT, 12), SAYS("I", 'u', 'd', 'I'),
	  .quotes = true },
};

#define ICMP6(dir, number)                    \
	.spec = { .protocol = IPPROTO_ICMPV6, \
		  .is_reply = (dir) == 1,     \
		  .type = (number),           \
		  .payload_len = 24 }
#define ICMP6_WRONG(number)                   \
	.spec = { .protocol = IPPROTO_ICMPV6, \
		  .type = (number),           \
		  .payload_len = 24,          \
		  .harm = CT_BAD_SUM }

static const struct ct_row icmp6[] = {
	{ "echo", ICMP6(OUT, 128), SAYS("NEI", '-', 'd', 'N') },
	{ "+echo again", ICMP6(OUT, 128), SAYS("NEI", '-', 'd', 'N') },
	{ "+its answer", ICMP6(BACK, 129), SAYS("EI", '-', 'p', 'E') },
	{ "+echo after it", ICMP6(OUT, 128), SAYS("NEI", '-', 'd', 'E') },
	{ "echo, sum wrong", ICMP6_WRONG(128), SAYS("NEI", '-', 'd', 'I') },
	{ "answer to nothing", ICMP6(OUT, 129), SAYS("EI", '-', 'p', 'I') },
	{ "node information", ICMP6(OUT, 139), SAYS("NEI", '-', 'd', 'N') },
	{ "+its answer", ICMP6(BACK, 140), SAYS("EI", '-', 'p', 'E') },
	{ "information to nothing", ICMP6(OUT, 140),
	  SAYS("EI", '-', 'p', 'I') },
	{ "MLD query", ICMP6(OUT, 130), SAYS("UI", '-', 'd', 'U') },
	{ "router advertisement", ICMP6(OUT, 134), SAYS("UI", '-', 'd', 'U') },
	{ "neighbour solicitation", ICMP6(OUT, 135),
	  SAYS("UI", '-', 'd', 'U') },
	{ "neighbour, sum wrong", ICMP6_WRONG(135), SAYS("UI", '-', 'd', 'I') },
	{ "neighbour advertisement", ICMP6(OUT, 136),
	  SAYS("UI", '-', 'd', 'U') },
	{ "MLDv2 report", ICMP6(OUT, 143), SAYS("UI", '-', 'd', 'U') },
	{ "MRD advertisement", ICMP6(OUT, 151), SAYS("UI", '-', 'd', 'U') },
	{ "MRD solicitation", ICMP6(OUT, 152), SAYS("UI", '-', 'd', 'U') },
	{ "MRD termination", ICMP6(OUT, 153), SAYS("I", '-', 'd', 'I') },
	{ "redirect of nothing", ICMP6(OUT, 137), SAYS("I", 'u', 'd', 'I') },
	{ "type 138", ICMP6(OUT, 138), SAYS("I", '-', 'd', 'I') },
	{ "type 141", ICMP6(OUT, 141), SAYS("I", '-', 'd', 'I') },
	{ "type 144", ICMP6(OUT, 144), SAYS("I", '-', 'd', 'I') },
	{ "type 255", ICMP6(OUT, 255), SAYS("I", '-', 'd', 'I') },
	{ "type 1 of nothing", ICMP6(OUT, 1), SAYS("I", 'u', 'd', 'I') },
	{ "type 100 of nothing", ICMP6(OUT, 100), SAYS("I", 'u', 'd', 'I') },
	{ "UDP that is answered by an error", UDP(OUT, 3, CT_WHOLE),
	  SAYS("N", 'u', 'd', 'N') },
	{ "+unreachable", ICMP6(BACK, 1), SAYS("I", 'f', 'p', 'R'),
	  .quotes = true },
	{ "UDP that is too big", UDP(OUT, 3, CT_WHOLE),
	  SAYS("N", 'u', 'd', 'N') },
	{ "+too big", ICMP6(BACK, 2), SAYS("I", 'f', 'p', 'R'),
	  .quotes = true },
};

#define OTHER(dir, number)                \
	.spec = { .protocol = (number),   \
		  .is_reply = (dir) == 1, \
		  .payload_len = 16 }

/* Of a type that both families have, by a host that has seen the quoted. */
#define ERROR(dir, harm, end)                                                \
	.spec = { .is_reply = (dir) == 1 }, .quotes = true, .quote = (harm), \
	.more = (end)
#define QUOTES(harm) ERROR(BACK, CT_QUOTE_##harm, 0)
#define ENDS(at) ERROR(BACK, CT_QUOTE_WHOLE, (at))

static const struct ct_row errors[] = {
	{ "UDP, of which errors speak", UDP(OUT, 30, CT_WHOLE),
	  SAYS("N", 'u', 'd', 'N') },
	{ "+an error", QUOTES(WHOLE), SAYS("I", 'f', 'p', 'R') },
	{ "+it again", QUOTES(WHOLE), SAYS("I", 'f', 'p', 'R') },
	{ "+by a router", .spec = { .is_reply = true, .is_from_router = true },
	  .quotes = true, SAYS("I", 'f', 'p', 'R') },
	{ "+its sum is wrong", .spec = { .is_reply = true, .harm = CT_BAD_SUM },
	  .quotes = true, SAYS("I", 'f', 'p', 'I') },
	{ "+by the sender", ERROR(OUT, CT_QUOTE_WHOLE, 0),
	  SAYS("I", 'u', 'd', 'I') },
	{ "+quoted with eight bytes", ENDS(8), SAYS("I", 'f', 'p', 'R') },
	{ "+quoted up to the ports", ENDS(4), SAYS("I", 'f', 'p', 'R') },
	{ "+up to the ports but a byte", ENDS(3), SAYS("I", 'u', 'd', 'I') },
	{ "+a header alone", ENDS(CT_NO_BYTES), SAYS("I", 'u', 'd', 'I') },
	{ "+less than a header", ENDS(-1), SAYS("I", 'u', 'd', 'I') },
	{ "+eight bytes of a header", ENDS(-12), SAYS("I", 'u', 'd', 'I') },
	{ "+nothing quoted", ENDS(-40), SAYS("I", 'u', 'd', 'I') },
	{ "+sent by another", QUOTES(SOURCE), SAYS("I", 'u', 'd', 'I') },
	{ "+sent to another", QUOTES(OTHER_END), SAYS("I", 'u', 'd', 'I') },
	{ "+of another port", QUOTES(PORT), SAYS("I", 'u', 'd', 'I') },
	{ "+of another protocol", QUOTES(TCP), SAYS("I", 'u', 'd', 'I') },
	{ "+of one that is not asked for", QUOTES(OTHER),
	  SAYS("RI", '-', 'd', 'I') },
	{ "+of another version", QUOTES(VERSION), SAYS("I", 'f', 'p', 'R') },
	{ "a SYN", TCP(OUT, S, 1000, 0), SAYS("N", 'u', 'd', 'N') },
	{ "+an error of it", QUOTES(WHOLE), SAYS("I", 'f', 'p', 'R') },
	{ "+an error of another", QUOTES(PORT), SAYS("I", 'u', 'd', 'I') },
	{ "+its answer", TCP(BACK, S | A, 5000, 1001),
	  SAYS("I", 'f', 'p', 'E') },
	{ "+an error of the answer", ERROR(OUT, CT_QUOTE_WHOLE, 8),
	  SAYS("I", 'f', 'p', 'R') },
	{ "+the wrong way", ERROR(BACK, CT_QUOTE_WHOLE, 8),
	  SAYS("I", 'u', 'd', 'I') },
	{ "protocol 98, of which errors speak", OTHER(OUT, 98),
	  SAYS("NERI", '-', 'p', 'N') },
	{ "+an error of it", QUOTES(WHOLE), SAYS("RI", '-', 'd', 'R') },
	{ "+an error of it sent by another", QUOTES(SOURCE),
	  SAYS("I", 'u', 'd', 'I') },
};

/* Options, and pieces, are another thing in each family. */
static const struct ct_row error4[] = {
	{ "UDP and errors", UDP(OUT, 30, CT_WHOLE), SAYS("N", 'u', 'd', 'N') },
	{ "+of a first fragment", QUOTES(FIRST), SAYS("I", 'f', 'p', 'R') },
	{ "+of a later one", QUOTES(LATER), SAYS("I", 'u', 'd', 'I') },
	{ "+of one with options", QUOTES(OPTIONS), SAYS("I", 'u', 'd', 'I') },
	{ "+that end at them", ERROR(BACK, CT_QUOTE_OPTIONS, 3),
	  SAYS("I", 'u', 'd', 'I') },
	{ "+of one without a header", QUOTES(NO_IHL),
	  SAYS("I", 'u', 'd', 'I') },
	{ "echo", ICMP(OUT, 8), SAYS("NEI", '-', 'd', 'N') },
	{ "+an error of it", QUOTES(WHOLE), SAYS("RI", '-', 'd', 'R') },
	{ "+an error of half of it", ENDS(7), SAYS("I", 'u', 'd', 'I') },
	{ "type 9", ICMP(OUT, 9), SAYS("I", '-', 'd', 'I') },
	{ "+an error of that", QUOTES(WHOLE), SAYS("I", 'u', 'd', 'I') },
	{ "an error of nothing", ICMP(OUT, 3), SAYS("I", 'u', 'd', 'I') },
	{ "+an error of an error", QUOTES(WHOLE), SAYS("I", 'u', 'd', 'I') },
};

static const struct ct_row error6[] = {
	{ "UDP and errors", UDP(OUT, 30, CT_WHOLE), SAYS("N", 'u', 'd', 'N') },
	{ "+of a first fragment", QUOTES(FIRST), SAYS("RI", '-', 'd', 'R') },
	{ "+of a later one", QUOTES(LATER), SAYS("RI", '-', 'd', 'I') },
	{ "+of one with options", QUOTES(OPTIONS), SAYS("RI", '-', 'd', 'R') },
	{ "+sent by another with options", ERROR(BACK, CT_QUOTE_SOURCE, 0),
	  SAYS("I", 'u', 'd', 'I') },
	{ "echo", ICMP6(OUT, 128), SAYS("NEI", '-', 'd', 'N') },
	{ "+an error of it", QUOTES(WHOLE), SAYS("RI", '-', 'd', 'R') },
	{ "+an error of half of it", ENDS(7), SAYS("I", 'u', 'd', 'I') },
	{ "an error of nothing", ICMP6(OUT, 1), SAYS("I", 'u', 'd', 'I') },
	{ "+an error of an error", QUOTES(WHOLE), SAYS("I", 'u', 'd', 'I') },
	{ "neighbour", ICMP6(OUT, 136), SAYS("UI", '-', 'd', 'U') },
	{ "+an error of it", QUOTES(WHOLE), SAYS("I", 'u', 'd', 'I') },
};

/* Who listens at port 82 says 83 himself (ct_state.c). */
#define PORT(dir, port)                      \
	.spec = { .protocol = IPPROTO_UDP,   \
		  .is_reply = (dir) == BACK, \
		  .server_port = (port),     \
		  .payload_len = 30 }

static const struct ct_row natted[] = {
	{ "UDP that is translated", PORT(OUT, 82), SAYS("N", 'u', 'd', 'N') },
	{ "+an error of what it became", QUOTES(EXCHANGED),
	  SAYS("I", 'f', 'p', 'R') },
	{ "+an error of what it was", QUOTES(WHOLE), SAYS("I", 'u', 'd', 'I') },
	{ "+UDP back", PORT(BACK, 83), SAYS("N", 'f', 'p', 'E') },
	{ "+an error of the answer as it came",
	  ERROR(OUT, CT_QUOTE_EXCHANGED, 0), SAYS("I", 'f', 'p', 'R') },
	{ "+an error of the answer as it was", ERROR(OUT, CT_QUOTE_WHOLE, 0),
	  SAYS("I", 'u', 'd', 'I') },
};

static const struct ct_row other[] = {
	{ "ESP", OTHER(OUT, 50), SAYS("NERI", '-', 'p', 'N') },
	{ "+ESP back", OTHER(BACK, 50), SAYS("NERI", '-', 'p', 'E') },
	{ "protocol 99", OTHER(OUT, 99), SAYS("NERI", '-', 'p', 'N') },
	{ "IGMP's number", OTHER(OUT, 2), SAYS("NERI", '-', 'p', 'N') },
	{ "SCTP, malformed", OTHER(OUT, 132), SAYS("NERI", '-', 'p', 'I') },
	{ "DCCP", OTHER(OUT, 33), SAYS("NERI", '-', 'p', 'N') },
};

static const struct ct_row strict[] = {
	{ "SYN", TCP(OUT, S, 1000, 0), SAYS("N", 'u', 'd', 'N') },
	{ "ACK of nothing", TCP(OUT, A, 1000, 5001),
	  SAYS("NI", 'u', 'd', 'I') },
	{ "PSH, ACK of nothing", DATA(OUT, A | CT_PSH, 1000, 5001, 100),
	  SAYS("NI", 'u', 'd', 'I') },
	{ "UDP", UDP(OUT, 11, CT_WHOLE), SAYS("N", 'u', 'd', 'N') },
};

/* FTP (RFC 959): where the client listens for data, port 25601. */
static const uint8_t user_command[] = "USER anonymous\r\n";
static const uint8_t port_command[] = "PORT 198,51,100,2,100,1\r\n";

#define FTP(dir, bits, from, to)           \
	.spec = { .protocol = IPPROTO_TCP, \
		  .is_reply = (dir) == 1,  \
		  .server_port = 21,       \
		  .flags = (bits),         \
		  .seq = (from),           \
		  .ack = (to) }
/* GRO may give a data segment the FIN of one behind it: INVALID, too. */
#define FTP_LINE(what, line, from)                                   \
	{                                                            \
		(what),                                              \
			.spec = { .protocol = IPPROTO_TCP,           \
				  .server_port = 21,                 \
				  .flags = A | CT_PSH,               \
				  .seq = (from),                     \
				  .ack = 5001,                       \
				  .payload = (line),                 \
				  .payload_len = sizeof(line) - 1 }, \
			SAYS("NRIU", 'f', 'p', 'E')                  \
	}
/* From port 20 of the server to that of the client. */
#define FTP_DATA(bits)                     \
	.spec = { .protocol = IPPROTO_TCP, \
		  .is_reply = true,        \
		  .flow = 25601,           \
		  .server_port = 20,       \
		  .flags = (bits),         \
		  .seq = 70000 }

static const struct ct_row helped4[] = {
	{ "SYN to port 21", FTP(OUT, S, 1000, 0), SAYS("NRU", 'u', 'd', 'N') },
	{ "+SYN, ACK", FTP(BACK, S | A, 5000, 1001),
	  SAYS("IU", 'f', 'p', 'E') },
	{ "+ACK", FTP(OUT, A, 1001, 5001), SAYS("NRU", 'f', 'p', 'E') },
	/* The helper wants to have seen the end of a line. */
	FTP_LINE("+USER", user_command, 1001),
	FTP_LINE("+PORT", port_command, 1001 + sizeof(user_command) - 1),
	{ "what is expected", FTP_DATA(S), SAYS("NRU", 'u', 'd', 'R') },
	{ "what is expected, again", FTP_DATA(S), SAYS("NRU", 'f', 'p', 'R') },
};

#define PORT81(bits)                       \
	.spec = { .protocol = IPPROTO_TCP, \
		  .server_port = 81,       \
		  .flags = (bits),         \
		  .seq = 1000 }

static const struct ct_row notrack[] = {
	{ "not tracked", PORT81(S), SAYS("NRU", 'u', 'd', 'U') },
	{ "+not tracked, again", PORT81(S), SAYS("NRU", 'u', 'd', 'U') },
	{ "not tracked, no flags", PORT81(0), SAYS("IU", 'u', 'd', 'U') },
	{ "tracked", TCP(OUT, S, 1000, 0), SAYS("NRU", 'u', 'd', 'N') },
};

const struct ct_rows ct_rows_tcp = ROWS(tcp), ct_rows_udp = ROWS(udp);
const struct ct_rows ct_rows_icmp4 = ROWS(icmp4), ct_rows_icmp6 = ROWS(icmp6);
const struct ct_rows ct_rows_error4 = ROWS(error4);
const struct ct_rows ct_rows_error6 = ROWS(error6);
const struct ct_rows ct_rows_errors = ROWS(errors),
		     ct_rows_natted = ROWS(natted);
const struct ct_rows ct_rows_other = ROWS(other), ct_rows_strict = ROWS(strict);
const struct ct_rows ct_rows_helped4 = ROWS(helped4);
const struct ct_rows ct_rows_notrack = ROWS(notrack);
