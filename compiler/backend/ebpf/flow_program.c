/* SPDX-License-Identifier: GPL-2.0-only */
/* Classic BPF programs of rules as C functions, by way of the flow graph. */
#include "backend/ebpf/flow.h"

#include <string.h>

#include "cbpf/cbpf.h"
#include "flow/flow.h"

/* What @flow asks, in a comment: it may be several lines. */
static void describe(const struct tz_flow *flow, struct tz_buf *out)
{
	struct tz_buf text = { 0 };

	tz_flow_describe(flow, &text);
	tz_buf_puts(out, "/*\n");
	for (char *line = text.text; line && *line;) {
		char *end = strchr(line, '\n');

		if (end)
			*end = '\0';
		tz_buf_printf(out, " * %s\n", line);
		line = end ? end + 1 : NULL;
	}
	tz_buf_puts(out, " */\n");
	tz_buf_free(&text);
}

void tz_ebpf_program(const uint8_t *bytes, size_t n_bytes, const char *prefix,
		     const char *head, struct tz_buf *out)
{
	struct tz_arena *arena = tz_arena_new();
	struct tz_cbpf program = {
		.n = n_bytes / sizeof(struct sock_filter),
	};
	struct tz_flow *flow;

	program.insns = tz_new_array(arena, struct sock_filter, program.n);
	memcpy(program.insns, bytes, n_bytes);
	flow = tz_flow_optimize(arena, tz_flow_decode(arena, &program));
	describe(flow, out);
	tz_buf_puts(out, head);
	tz_ebpf_flow(flow, prefix, out);
	tz_arena_free(arena);
}
