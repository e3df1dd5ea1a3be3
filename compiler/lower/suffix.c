/* SPDX-License-Identifier: GPL-2.0-only */
/* The end of a datagram as a flow graph; see the header. */
#include "lower/suffix.h"

#include <ctype.h>
#include <linux/in.h>

#include "lower/run.h"
#include "sema/words.h"

enum { VAR_SUFFIX = TZ_VAR_OTHERS };

#define UDP_HEADER 8

static uint8_t digit(char c)
{
	if (c >= '0' && c <= '9')
		return (uint8_t)(c - '0');
	return (uint8_t)(tolower((unsigned char)c) - 'a' + 10);
}

static bool is_digit(const struct tz_words *w)
{
	return w->at < w->len && isxdigit((unsigned char)w->text[w->at]);
}

static bool read_bytes(struct tz_words *w, struct tz_run *run)
{
	while (w->at < w->len) {
		size_t begin = w->at;
		uint8_t byte;

		if (tz_words_skip(w, ' ') || tz_words_skip(w, '\t'))
			continue;
		if (!is_digit(w))
			return tz_words_error(
				w, TZ_DIAG_BYTES, begin, begin + 1,
				"'%c' is no hexadecimal digit", w->text[begin]);
		byte = (uint8_t)(digit(w->text[w->at++]) << 4);
		if (!is_digit(w))
			return tz_words_error(w, TZ_DIAG_BYTES, begin, w->at,
					      "a byte is two digits");
		byte |= digit(w->text[w->at++]);
		if (run->n == TZ_SUFFIX_MAX)
			return tz_words_error(w, TZ_DIAG_BYTES, begin, w->at,
					      "more than %d bytes",
					      TZ_SUFFIX_MAX);
		tz_run_push(run, byte, 0);
	}
	return run->n ? true
		      : tz_words_error(w, TZ_DIAG_BYTES, 0, w->len,
				       "the bytes are missing");
}

struct tz_flow *tz_suffix_lower(struct tz_arena *arena, struct tz_diags *diags,
				struct tz_span span, const char *text,
				size_t len,
				const struct tz_transport *transport)
{
	struct tz_flow *flow = tz_flow_new(arena);
	struct tz_transport udp_at = *transport;
	struct tz_run run = { 0 };
	uint32_t udp, length, end, node;
	struct tz_words w;

	udp_at.protocol = IPPROTO_UDP;
	tz_words_init(&w, arena, diags, span, text, len);
	if (!read_bytes(&w, &run))
		return NULL;
	udp = tz_transport_at(flow, &udp_at);
	length = tz_term_load(flow, 2, udp, 4);
	end = tz_term_arith(flow, TZ_TERM_ADD, udp, length);
	node = tz_run_compare(
		flow, &run,
		(struct tz_run_at){ tz_term_var(flow, VAR_SUFFIX), 0 },
		TZ_FLOW_ACCEPT, TZ_FLOW_REJECT);
	node = tz_flow_let(flow, VAR_SUFFIX,
			   tz_term_arith(flow, TZ_TERM_SUB, end,
					 tz_term_const(flow, (uint32_t)run.n)),
			   node);
	node = tz_flow_test(flow, TZ_FLOW_GE, length,
			    tz_term_const(flow, UDP_HEADER + (uint32_t)run.n),
			    node, TZ_FLOW_REJECT);
	flow->root = tz_transport_find(flow, &udp_at, node);
	return flow;
}
