/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A chain as a C function. It returns what all ways of the packet through the
 * chain have in common (enum tz_verdict in count.bpf.h).
 */
#include "backend/ebpf/action.h"

#include <stdio.h>

/* What stands before the code of a rule: where it is from. */
static void rule_heading(struct tz_ebpf_printer *p,
			 const struct tz_ir_rule *rule)
{
	tz_buf_puts(p->out, "\t/* ");
	tz_ebpf_place(p->plan, rule->span, p->out);
	tz_buf_puts(p->out, ": ");
	tz_ebpf_comment(p->out, rule->text);
	tz_buf_printf(p->out, " */\n\tTZ_AGAIN%d(s);\n", p->chain->ir->family);
	tz_ebpf_locals_forget(p->plan, rule, p->out);
}

static void straight(struct tz_ebpf_printer *p, const struct tz_decision *d)
{
	struct tz_buf condition = { 0 };
	char answer[4];

	tz_ebpf_condition(p->plan, p->chain->ir->family, d, &condition);
	tz_buf_printf(p->out, "\tif (%s) {\n",
		      condition.len ? condition.text : "1");
	tz_buf_free(&condition);
	if (tz_ebpf_action_counts(p, d->action))
		tz_buf_printf(p->out, "\t\ttz_note(s, %u);\n", d->rule->id);
	if (tz_ebpf_action_logs(d->action))
		tz_buf_printf(p->out, "\t\ttz_note_log(s, %u);\n", d->rule->id);
	snprintf(answer, sizeof(answer), "%u", d->answer);
	tz_ebpf_act(p, 2, d->action, answer);
	if (d->target) {
		tz_ebpf_call(p, 2, d->target);
		tz_ebpf_after_call(p, 2, d->action);
	}
	tz_ebpf_line(p, 1, "}");
}

static void straight_run(struct tz_ebpf_printer *p, size_t first, size_t n)
{
	const struct tz_decision *d = &p->chain->decisions.at[first];

	for (size_t i = 0; i < n; i++) {
		if (!i || d[i].rule != d[i - 1].rule)
			rule_heading(p, d[i].rule);
		straight(p, &d[i]);
	}
}

/*
 * Parts: long runs of decisions that are compared one by one, without jumps,
 * are functions of their own, for the verifier bounds how far a jump may go and
 * how many may be pending in a function. They take a frame, which the deepest
 * chains have not got.
 */
#define PART_MIN 48
#define PART_MAX 192

/* The decisions from @first on that make a part; 0: none does. */
static size_t part_at(const struct tz_ebpf_printer *p,
		      const struct tz_segment *segment, size_t first)
{
	const struct tz_decision *d = p->chain->decisions.at;
	size_t end = segment->first + segment->n, n = 0;

	if (p->has_maybe_return || p->chain->level >= tz_plan_levels(p->plan))
		return 0;
	while (first + n < end && !d[first + n].target &&
	       (n < PART_MAX || d[first + n].rule == d[first + n - 1].rule))
		n++;
	return n < PART_MIN ? 0 : n;
}

static void part_name(struct tz_ebpf_printer *p, size_t first)
{
	tz_ebpf_chain_name(p->chain, p->out);
	tz_buf_printf(p->out, "_%zu", first);
}

static void straight_segment(struct tz_ebpf_printer *p,
			     const struct tz_segment *segment)
{
	size_t end = segment->first + segment->n;

	for (size_t i = segment->first; i < end;) {
		size_t n = 0, here = 0;

		while (i + here < end && !(n = part_at(p, segment, i + here)))
			here++;
		straight_run(p, i, here);
		i += here;
		if (!n)
			return;
		tz_buf_puts(p->out, "\tv = ");
		part_name(p, i);
		tz_buf_puts(p->out, "(ctx, s);\n");
		tz_ebpf_line(p, 1, "if (v == TZ_V_RETURN)");
		tz_ebpf_leave(p, 2);
		tz_ebpf_line(p, 1, "if (v != TZ_V_NEXT)");
		tz_ebpf_line(p, 2, "return v;");
		i += n;
	}
}

/* The calls of a table's jumps, by target. */
static void dispatch(struct tz_ebpf_printer *p,
		     const struct tz_segment *segment, enum tz_action action,
		     int depth)
{
	struct tz_arena *scratch = tz_arena_new();
	bool *seen = tz_new_array(scratch, bool, p->plan->chains.n);

	tz_ebpf_line(p, depth, "switch (TZ_HIT_TARGET(hit)) {");
	for (size_t i = 0; i < segment->n; i++) {
		const struct tz_decision *d =
			&p->chain->decisions.at[segment->first + i];

		if (d->action != action || seen[d->target->index])
			continue;
		seen[d->target->index] = true;
		for (int k = 0; k < depth; k++)
			tz_buf_puts(p->out, "\t");
		tz_buf_printf(p->out, "case %u:\n", d->target->index);
		tz_ebpf_call(p, depth + 1, d->target);
		tz_ebpf_line(p, depth + 1, "break;");
	}
	tz_ebpf_line(p, depth, "default:");
	tz_ebpf_line(p, depth + 1, "return TZ_V_PASS;");
	tz_ebpf_line(p, depth, "}");
	tz_arena_free(scratch);
}

static void table_heading(struct tz_ebpf_printer *p,
			  const struct tz_segment *segment)
{
	const struct tz_decision *d = p->chain->decisions.at;
	const struct tz_ir_rule *first = d[segment->first].rule;
	const struct tz_ir_rule *last = d[segment->first + segment->n - 1].rule;

	tz_buf_puts(p->out, "\t/* ");
	tz_ebpf_place(p->plan, first->span, p->out);
	tz_buf_puts(p->out, " to ");
	tz_ebpf_place(p->plan, last->span, p->out);
	tz_buf_printf(p->out, ": %zu rules in table %u */\n",
		      last->index - first->index + 1, segment->table);
}

static void table_actions(struct tz_ebpf_printer *p,
			  const struct tz_segment *segment, int depth)
{
	static const char *const names[] = {
		"PASS",       "ACCEPT",       "ACCEPT_COUNT", "DROP",
		"DROP_COUNT", "ANSWER",       "RETURN",       "COUNT",
		"LOG",        "MAYBE_LOG",    "JUMP",         "GOTO",
		"MAYBE_DROP", "MAYBE_RETURN", "MAYBE_JUMP",   "MAYBE_GOTO",
	};
	unsigned int present = 0;

	_Static_assert(sizeof(names) / sizeof(names[0]) == TZ_N_ACTIONS,
		       "a name per action");
	for (size_t i = 0; i < segment->n; i++)
		present |= 1u
			   << p->chain->decisions.at[segment->first + i].action;
	tz_ebpf_line(p, depth, "switch (TZ_HIT_ACTION(hit)) {");
	for (int a = 0; a < TZ_N_ACTIONS; a++) {
		enum tz_action action = (enum tz_action)a;

		if (!(present >> a & 1))
			continue;
		for (int k = 0; k < depth; k++)
			tz_buf_puts(p->out, "\t");
		tz_buf_printf(p->out, "case TZ_ACT_%s:\n", names[a]);
		if (tz_ebpf_action_counts(p, action))
			tz_ebpf_line(p, depth + 1,
				     "tz_note(s, TZ_HIT_RULE(hit));");
		if (tz_ebpf_action_logs(action))
			tz_ebpf_line(p, depth + 1,
				     "tz_note_log(s, TZ_HIT_RULE(hit));");
		tz_ebpf_act(p, depth + 1, action, "TZ_HIT_TARGET(hit)");
		if (action == TZ_ACT_JUMP || action == TZ_ACT_GOTO ||
		    action >= TZ_ACT_MAYBE_JUMP) {
			dispatch(p, segment, action, depth + 1);
			tz_ebpf_after_call(p, depth + 1, action);
		}
		tz_ebpf_line(p, depth + 1, "break;");
	}
	tz_ebpf_line(p, depth, "}");
}

static void table(struct tz_ebpf_printer *p, const struct tz_segment *segment)
{
	int family = p->chain->ir->family;

	table_heading(p, segment);
	if (!segment->n_continuing) {
		tz_buf_printf(p->out, "\thit = tz_find%d(&s->key, %u, 0);\n",
			      family, segment->table);
		tz_ebpf_line(p, 1, "if (hit) {");
		table_actions(p, segment, 2);
		tz_ebpf_line(p, 1, "}");
		return;
	}
	/*
	 * The verifier follows the loop round by round, 8,192 branches at
	 * most. In offload a longer path goes up to the kernel anyway.
	 */
	bool is_cut = !p->plan->options->is_replace &&
		      segment->n_continuing > TZ_PATH_MAX;

	tz_ebpf_line(p, 1, "floor = 0;");
	tz_buf_printf(p->out, "\tfor (int i = 0; i <= %u; i++) {\n",
		      is_cut ? TZ_PATH_MAX : segment->n_continuing);
	if (is_cut)
		tz_buf_printf(p->out,
			      "\t\tif (i == %u)\n\t\t\treturn TZ_V_PASS;\n",
			      TZ_PATH_MAX);
	tz_buf_printf(p->out, "\t\thit = tz_find%d(&s->key, %u, floor);\n",
		      family, segment->table);
	tz_ebpf_line(p, 2, "if (!hit)");
	tz_ebpf_line(p, 3, "break;");
	tz_ebpf_line(p, 2, "floor = TZ_HIT_ORDER(hit);");
	table_actions(p, segment, 2);
	tz_ebpf_line(p, 1, "}");
}

/* Parameters and locals of a chain's function, or of a part's. */
static void begin_body(struct tz_ebpf_printer *p)
{
	tz_buf_puts(p->out, TZ_EBPF_PARAMETERS "\n{\n");
	/* what is not used clang does not pass; the verifier insists on it */
	tz_ebpf_line(p, 1, "asm volatile(\"\" ::\"r\"(ctx));");
	tz_ebpf_line(p, 1, "if (!s)");
	tz_ebpf_line(p, 2, "return TZ_V_PASS;");
	tz_buf_printf(p->out, "\tTZ_READ%d(s);\n", p->chain->ir->family);
	tz_ebpf_line(p, 1, "__u32 n TZ_UNUSED, back TZ_UNUSED = ~0u;");
	tz_ebpf_line(p, 1, "__u32 floor TZ_UNUSED;");
	tz_ebpf_line(p, 1, "__u64 hit TZ_UNUSED;");
	tz_ebpf_line(p, 1, "int v TZ_UNUSED;");
	tz_ebpf_locals(p->plan, p->chain->ir, p->out);
	tz_buf_puts(p->out, "\n");
}

static void heading(struct tz_ebpf_printer *p)
{
	const struct tz_ir_chain *ir = p->chain->ir;

	tz_buf_printf(p->out, "/* IPv%d %s ", ir->family,
		      tz_table_name(ir->table));
	tz_ebpf_comment(p->out, ir->name);
	if (tz_ebpf_is_base(p))
		tz_buf_printf(p->out, ", policy %s",
			      ir->policy == TZ_IR_DROP ? "DROP" : "ACCEPT");
	if (p->chain->is_after_nat)
		tz_buf_puts(p->out, ", behind NAT");
	tz_buf_printf(p->out, " */\n%s int ", tz_ebpf_linkage(p->chain));
	tz_ebpf_chain_name(p->chain, p->out);
	begin_body(p);
}

/* The functions of the chain's parts, before its own. */
static void parts(struct tz_ebpf_printer *p)
{
	p->is_part = true;
	for (size_t k = 0; k < p->chain->segments.n; k++) {
		const struct tz_segment *segment = &p->chain->segments.at[k];
		size_t end = segment->first + segment->n, n;

		for (size_t i = segment->first; !segment->is_table && i < end;
		     i += n ? n : 1) {
			n = part_at(p, segment, i);
			if (!n)
				continue;
			tz_buf_puts(p->out, "__noinline int ");
			part_name(p, i);
			begin_body(p);
			straight_run(p, i, n);
			tz_ebpf_line(p, 1, "return TZ_V_NEXT;\n}\n");
		}
	}
	p->is_part = false;
}

static void ending(struct tz_ebpf_printer *p)
{
	const struct tz_ir_chain *ir = p->chain->ir;

	if (!tz_ebpf_is_base(p)) {
		tz_ebpf_line(p, 1, "return TZ_V_RETURN;");
	} else {
		tz_buf_puts(p->out, "policy: TZ_UNUSED\n\t/* ");
		tz_ebpf_place(p->plan, ir->span, p->out);
		tz_buf_puts(p->out, ": policy */\n");
		if (ir->table != TZ_TABLE_NAT)
			tz_buf_printf(p->out, "\ttz_note(s, %u);\n",
				      ir->policy_id);
		if (ir->policy == TZ_IR_DROP)
			tz_ebpf_ends(p, 1, "TZ_ANSWER_NONE");
		tz_ebpf_line(p, 1,
			     ir->policy == TZ_IR_DROP ? "return TZ_V_DROP;"
						      : "return TZ_V_ACCEPT;");
	}
	tz_buf_puts(p->out, "}\n\n");
}

void tz_ebpf_chain(const struct tz_plan *plan,
		   const struct tz_plan_chain *chain, struct tz_buf *out)
{
	struct tz_ebpf_printer p = { .plan = plan, .chain = chain, .out = out };

	for (size_t i = 0; i < chain->decisions.n; i++)
		p.has_maybe_return |=
			!tz_ebpf_is_base(&p) &&
			(chain->decisions.at[i].action == TZ_ACT_MAYBE_RETURN ||
			 chain->decisions.at[i].action == TZ_ACT_MAYBE_GOTO);
	parts(&p);
	heading(&p);
	for (size_t i = 0; i < chain->segments.n; i++) {
		const struct tz_segment *segment = &chain->segments.at[i];

		if (segment->is_table) {
			table(&p, segment);
			continue;
		}
		straight_segment(&p, segment);
	}
	ending(&p);
}
