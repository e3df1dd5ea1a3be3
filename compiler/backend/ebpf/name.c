/* SPDX-License-Identifier: GPL-2.0-only */
/* Names and places in generated C. */
#include "backend/ebpf/emit.h"

#include <ctype.h>

void tz_ebpf_chain_name(const struct tz_plan_chain *chain, struct tz_buf *out)
{
	const struct tz_ir_chain *ir = chain->ir;

	tz_buf_printf(out, "c%u_%s_", chain->index, tz_table_name(ir->table));
	for (const char *c = ir->name; *c; c++)
		tz_buf_printf(out, "%c", isalnum((unsigned char)*c) ? *c : '_');
}

/* A function of its own is verified once, whoever calls it. */
const char *tz_ebpf_linkage(const struct tz_plan_chain *chain)
{
	return chain->is_inline ? "static __always_inline" : "__noinline";
}

void tz_ebpf_place(const struct tz_plan *plan, struct tz_span span,
		   struct tz_buf *out)
{
	if (!plan->ir->sources)
		return;

	struct tz_place place = tz_sources_find(plan->ir->sources, span.begin);

	if (place.source)
		tz_buf_printf(out, "%s:%u", place.source->name, place.line);
}

/* Text inside a comment: a rule's own words must not end it. */
void tz_ebpf_comment(struct tz_buf *out, const char *text)
{
	for (const char *c = text; *c; c++) {
		unsigned char u = (unsigned char)*c;

		if (*c == '*' && c[1] == '/')
			tz_buf_puts(out, "* ");
		else
			tz_buf_printf(out, "%c", u < ' ' || u == 127 ? '?' : u);
	}
}
