/* SPDX-License-Identifier: GPL-2.0-only */
/* Systems that open and answer connections; see the header. */
#include "tests/unit/p0f_systems.h"

#define OPTIONS(...)                \
	.options = { __VA_ARGS__ }, \
	.options_len = sizeof((uint8_t[]){ __VA_ARGS__ })

#define MSS(n) 2, 4, (n) >> 8, (n)&255
#define SCALE(n) 3, 3, (n)
#define SACK_OK 4, 2
#define TS(own, peer) 8, 10, 0, 0, 0, own, 0, 0, 0, peer
#define NOP 1

#define LINUX "mss,sok,ts,nop,ws"
#define LINUX_OPTIONS OPTIONS(MSS(1460), SACK_OK, TS(7, 0), NOP, SCALE(6))

/* The first one is that of issue 4. */
const struct p0f_system p0f_systems[P0F_SYSTEMS] = {
	{ "4:64:0:*:mss*10,6:" LINUX ":df,id+:0",
	  { .ttl = 60,
	    .id = 7,
	    .fragment = 0x4000,
	    .seq = 5,
	    .flags = 2,
	    .window = 14600,
	    LINUX_OPTIONS } },
	{ "6:64:0:*:mss*20,7:" LINUX ":flow:0",
	  { .is_ipv6 = true,
	    .ttl = 29,
	    .flow_label = 0x12345,
	    .seq = 5,
	    .flags = 2,
	    .window = 28800,
	    OPTIONS(MSS(1440), SACK_OK, TS(7, 0), NOP, SCALE(7)) } },
	{ "*:128:0:*:8192,8:mss,nop,ws,nop,nop,sok:df,id+:0",
	  { .ttl = 128,
	    .id = 1,
	    .fragment = 0x4000,
	    .seq = 5,
	    .flags = 2,
	    .window = 8192,
	    OPTIONS(MSS(1460), NOP, SCALE(8), NOP, NOP, SACK_OK) } },
	{ "*:64:0:*:65535,3:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0",
	  { .is_ipv6 = true,
	    .ttl = 64,
	    .seq = 5,
	    .flags = 2,
	    .window = 65535,
	    OPTIONS(MSS(1440), NOP, SCALE(3), NOP, NOP, TS(7, 0), SACK_OK, 0,
		    0) } },
	{ "*:64:0:*:16384,3:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+:0",
	  { .ttl = 55,
	    .id = 9,
	    .fragment = 0x4000,
	    .seq = 5,
	    .flags = 2,
	    .window = 16384,
	    OPTIONS(MSS(1460), NOP, NOP, SACK_OK, NOP, SCALE(3), NOP, NOP,
		    TS(7, 0)) } },
	{ "4:255-:0:0:%1024,0:::0",
	  { .ttl = 41, .id = 3, .seq = 5, .flags = 2, .window = 3072 } },
	{ "4:64:0:1460:mtu*2,0:mss,sok,eol+1:id-,ecn,seq-,ack+:+",
	  { .ttl = 64,
	    .tos = 1,
	    .ack = 9,
	    .flags = 2,
	    .window = 3000,
	    OPTIONS(MSS(1460), SACK_OK, 0, 0),
	    .payload_len = 5 } },
	{ "4:60:8:*:*,*:nop,nop,ts,?30:df,ts1-,ts2+,uptr+,pushf+:*",
	  { .ttl = 50,
	    .fragment = 0x4000,
	    .ip_option_words = 2,
	    .seq = 5,
	    .flags = 0x0a,
	    .urgent = 4,
	    OPTIONS(NOP, NOP, TS(0, 3), 30, 8, 1, 2, 3, 4, 5, 6) } },
	{ "4:128:0:1400:65535,15:mss,nop,ws,eol+3:0+,urgf+,opt+,exws:0",
	  { .ttl = 128,
	    .id = 8,
	    .fragment = 0x8000,
	    .seq = 5,
	    .flags = 0x22,
	    .window = 65535,
	    OPTIONS(MSS(1400), NOP, SCALE(15), 0, 0, 0, 9) } },
	{ "6:64:8:*:*,0:mss,sok,?9:flow,bad:0",
	  { .is_ipv6 = true,
	    .n_headers = 1,
	    .ttl = 64,
	    .flow_label = 1,
	    .seq = 5,
	    .flags = 2,
	    OPTIONS(MSS(1400), SACK_OK, 9, 41) } },
};

/* The same of answers: SYN+ACK. */
const struct p0f_system p0f_replies[P0F_REPLIES] = {
	{ "4:64:0:*:mss*10,6:mss,sok,ts,nop,ws:df:0",
	  { .ttl = 60,
	    .fragment = 0x4000,
	    .seq = 5,
	    .ack = 6,
	    .flags = 0x12,
	    .window = 14600,
	    OPTIONS(MSS(1460), SACK_OK, TS(7, 9), NOP, SCALE(6)) } },
	{ "*:64:0:1460:1024,0:mss:ack-:0",
	  { .is_ipv6 = true,
	    .ttl = 64,
	    .seq = 5,
	    .flags = 0x12,
	    .window = 1024,
	    OPTIONS(MSS(1460)) } },
};

/* Changes one thing of the segment, as quirk @which has it. */
void p0f_toggle(struct p0f_segment *s, int which)
{
	switch (which) {
	case 0:
		s->fragment ^= 0x4000;
		break;
	case 1:
		s->id = s->id ? 0 : 77;
		break;
	case 2:
		s->tos ^= 2;
		break;
	case 3:
		s->fragment ^= 0x8000;
		break;
	case 4:
		s->flow_label ^= 0x80000;
		break;
	case 5:
		s->seq = s->seq ? 0 : 0x100;
		break;
	case 6:
		s->ack = s->ack ? 0 : 1;
		break;
	case 7:
		s->urgent = s->urgent ? 0 : 3;
		break;
	case 8:
		s->flags ^= 0x20;
		break;
	case 9:
		s->flags ^= 0x08;
		break;
	case 10:
		s->flags ^= 0x40;
		break;
	case 11:
		s->flags ^= 0x100;
		break;
	case 12: /* ts1- of the options of Linux; others change otherwise */
		s->options[11] ^= 7;
		break;
	case 13:
		s->options[15] ^= 7;
		break;
	case 14:
		s->options[19] ^= 9;
		break;
	case 15:
		s->options[5] ^= 1;
		break;
	case 16:
		s->payload_len ^= 3;
		break;
	case 17:
		s->window++;
		break;
	case 18:
		s->ttl ^= 0x41;
		break;
	}
}
