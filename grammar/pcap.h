/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reader of tcpdump expressions, as pcap-filter(7) tells and libpcap 1.10
 * takes them, with vxlan of later ones.
 */
#pragma once

#include "ast/pcap.h"
#include "base/diag.h"

struct tz_pcap_context {
	struct tz_arena *arena;
	struct tz_diags *diags;
	char *text; /* len bytes, then two NUL bytes */
	size_t len;
	uint32_t offset;  /* of the next token, in the space of all sources */
	const char *word; /* the last token, in @text */
	size_t word_len;
	void *scanner;
	struct tz_pcap_node *root; /* NULL: no expression, all packets */
};

/*
 * Reads the @len bytes at @text, which stand at @begin in the sources of
 * @diags; *root is NULL when nothing was written. Errors are recorded.
 */
void tz_pcap_parse(struct tz_arena *arena, struct tz_diags *diags,
		   uint32_t begin, const char *text, size_t len,
		   struct tz_pcap_node **root);

/* Scanner over the context's text; it lives in the arena. */
void tz_pcap_scan_begin(struct tz_pcap_context *context);
