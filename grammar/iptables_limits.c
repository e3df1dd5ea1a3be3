/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How large a tree may become: a file of 512 MiB can hold a hundred million
 * lines of four bytes, each of them thirty times as much in memory.
 */
#include "grammar/iptables_context.h"

/* Twice the rules that tamiz takes (sema.h), of eight words each. */
#define LINES_MAX (4u << 20)
#define TOKENS_MAX (32u << 20)

bool tz_iptables_take(struct tz_iptables_context *context)
{
	size_t n_lines = context->file->n_lines;

	if (tz_diags_full(context->diags))
		return false;
	if (n_lines <= LINES_MAX && ++context->n_tokens <= TOKENS_MAX)
		return true;
	tz_diag(context->diags, TZ_DIAG_TOO_LARGE,
		(struct tz_span){ context->offset, context->offset },
		n_lines > LINES_MAX
			? "the file has more than %u lines with rules"
			: "the file has more than %u words",
		n_lines > LINES_MAX ? LINES_MAX : TOKENS_MAX);
	tz_diags_stop(context->diags);
	return false;
}
