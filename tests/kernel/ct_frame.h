/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames of connections: segments with numbers, and what is wrong with them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CT_FIN 0x01
#define CT_SYN 0x02
#define CT_RST 0x04
#define CT_PSH 0x08
#define CT_ACK 0x10
#define CT_URG 0x20
#define CT_ECE 0x40
#define CT_CWR 0x80

/* What is broken in a frame that was whole. */
enum ct_harm {
	CT_WHOLE,
	CT_BAD_SUM,
	CT_NO_SUM,   /* UDP: none; TCP: 0, which is wrong */
	CT_DOFF_4,   /* a header of 16 bytes, it says */
	CT_DOFF_15,  /* of 60, which are not there */
	CT_LEN_7,    /* UDP: less than its header */
	CT_LEN_MORE, /* UDP: more than there is */
	CT_LEN_LESS, /* UDP: bytes behind it, which the checksum covers */
	CT_LEN_LESS_NO_SUM,
	CT_SHORT, /* four bytes of layer 4 only */
	CT_N_HARMS
};

/* What is wrong with a packet that an ICMP error quotes. */
enum ct_quote_harm {
	CT_QUOTE_WHOLE,
	CT_QUOTE_FIRST,     /* a first fragment */
	CT_QUOTE_LATER,     /* a later one */
	CT_QUOTE_SOURCE,    /* sent by another than the error goes to */
	CT_QUOTE_OTHER_END, /* sent to another */
	CT_QUOTE_PORT,      /* to another port */
	CT_QUOTE_EXCHANGED, /* 82 and 83 are exchanged */
	CT_QUOTE_TCP,       /* of this protocol */
	CT_QUOTE_OTHER,
	CT_QUOTE_OPTIONS, /* as if it had options, or an extension header */
	CT_QUOTE_NO_IHL,  /* IPv4: as if it had no header */
	CT_QUOTE_VERSION,
	CT_QUOTE_N_HARMS
};

struct ct_frame_spec {
	uint8_t family; /* 4 or 6 */
	uint8_t protocol;
	bool is_reply;       /* from the server to the client */
	bool is_from_router; /* not from one of these */
	uint16_t flow; /* tells connections apart: the client's port or id */
	uint16_t server_port; /* 0: 80 */
	uint8_t flags;        /* TCP */
	uint32_t seq, ack;
	uint8_t type, code; /* ICMP */
	enum ct_harm harm;
	const uint8_t *payload; /* NULL: any */
	size_t payload_len;
};

#define CT_FRAME_MAX 9014

struct ct_frame {
	uint8_t bytes[CT_FRAME_MAX];
	size_t len;
};

void ct_frame_build(struct ct_frame *frame, const struct ct_frame_spec *spec);
/* The IP packet of @frame as an error quotes it; returns its length. */
size_t ct_frame_quote(const struct ct_frame *frame, enum ct_quote_harm harm,
		      uint8_t *quote, size_t max);
