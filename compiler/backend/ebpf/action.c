/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a rule's action is in C: how a packet leaves its chain, and what is kept
 * of a way that may be one of several.
 */
#include "backend/ebpf/action.h"

bool tz_ebpf_is_base(const struct tz_ebpf_printer *p)
{
	return p->chain->ir->hook != TZ_HOOK_NONE;
}

/* Of nat it is asked whether some way translates: no other matters. */
static bool is_walked(const struct tz_ebpf_printer *p)
{
	return p->chain->ir->table == TZ_TABLE_NAT &&
	       p->chain->accepts_only_surely;
}

static const char *uncertain_accept(const struct tz_ebpf_printer *p)
{
	return p->chain->accepts_only_surely ? "TZ_V_PASS" : "TZ_V_ACCEPT";
}

void tz_ebpf_line(struct tz_ebpf_printer *p, int depth, const char *text)
{
	for (int i = 0; i < depth; i++)
		tz_buf_puts(p->out, "\t");
	tz_buf_puts(p->out, text);
	tz_buf_puts(p->out, "\n");
}

static void drop(struct tz_ebpf_printer *p, int depth)
{
	tz_ebpf_line(p, depth,
		     p->has_maybe_return ? "return tz_drop_or_return(s, back);"
					 : "return TZ_V_DROP;");
}

void tz_ebpf_leave(struct tz_ebpf_printer *p, int depth)
{
	tz_ebpf_line(p, depth,
		     tz_ebpf_is_base(p) && !p->is_part ? "goto policy;"
						       : "return TZ_V_RETURN;");
}

/* A way ends in a drop: what its sender is told, a number or an expression. */
void tz_ebpf_ends(struct tz_ebpf_printer *p, int depth, const char *answer)
{
	if (!tz_plan_answers(p->plan))
		return;
	for (int i = 0; i < depth; i++)
		tz_buf_puts(p->out, "\t");
	tz_buf_printf(p->out, "tz_ends(s, %s);\n", answer);
}

/* From here on this is one of several ways: nothing is spent on it. */
static void doubt(struct tz_ebpf_printer *p, int depth)
{
	if (p->plan->states.n)
		tz_ebpf_line(p, depth, "s->spending |= TZ_SPENDING_UNSURE;");
}

/* After a possible return: only what is dropped by all ways counts. */
static void maybe_leave(struct tz_ebpf_printer *p, int depth)
{
	doubt(p, depth);
	if (!tz_ebpf_is_base(p)) {
		tz_ebpf_line(p, depth, "if (s->n_path < back)");
		tz_ebpf_line(p, depth + 1, "back = s->n_path;");
	} else if (p->chain->ir->policy == TZ_IR_ACCEPT && !is_walked(p)) {
		for (int i = 0; i < depth; i++)
			tz_buf_puts(p->out, "\t");
		tz_buf_printf(p->out, "return %s;\n", uncertain_accept(p));
	} else if (p->chain->ir->policy == TZ_IR_DROP) {
		tz_ebpf_ends(p, depth, "TZ_ANSWER_NONE");
	}
}

void tz_ebpf_call(struct tz_ebpf_printer *p, int depth,
		  const struct tz_plan_chain *target)
{
	for (int i = 0; i < depth; i++)
		tz_buf_puts(p->out, "\t");
	tz_buf_puts(p->out, "v = ");
	tz_ebpf_chain_name(target, p->out);
	tz_buf_puts(p->out, "(ctx, s);\n");
}

/* What follows a call of a chain whose verdict is in v. */
void tz_ebpf_after_call(struct tz_ebpf_printer *p, int depth,
			enum tz_action action)
{
	bool is_maybe =
		action == TZ_ACT_MAYBE_JUMP || action == TZ_ACT_MAYBE_GOTO;

	if (is_maybe) {
		tz_ebpf_line(p, depth, "s->n_path = n;");
		tz_ebpf_line(p, depth,
			     is_walked(p) ? "if (v == TZ_V_PASS)"
					  : "if (v <= TZ_V_ACCEPT)");
		for (int i = 0; i <= depth; i++)
			tz_buf_puts(p->out, "\t");
		if (p->chain->accepts_only_surely)
			tz_buf_puts(p->out, "return TZ_V_PASS;\n");
		else
			tz_buf_puts(p->out, "return v;\n");
		if (action == TZ_ACT_MAYBE_GOTO) {
			tz_ebpf_line(p, depth, "if (v == TZ_V_RETURN) {");
			maybe_leave(p, depth + 1);
			tz_ebpf_line(p, depth, "}");
		}
		return;
	}
	tz_ebpf_line(p, depth, "if (v == TZ_V_DROP)");
	drop(p, depth + 1);
	tz_ebpf_line(p, depth, "if (v != TZ_V_RETURN)");
	tz_ebpf_line(p, depth + 1, "return v;");
	if (action == TZ_ACT_GOTO)
		tz_ebpf_leave(p, depth);
}

/* In the nat table a packet may not count: its flow may have been there. */
bool tz_ebpf_action_counts(const struct tz_ebpf_printer *p,
			   enum tz_action action)
{
	if (p->chain->ir->table == TZ_TABLE_NAT)
		return false;
	return action == TZ_ACT_ACCEPT_COUNT || action == TZ_ACT_DROP_COUNT ||
	       action == TZ_ACT_ANSWER || action == TZ_ACT_RETURN ||
	       action == TZ_ACT_COUNT || action == TZ_ACT_LOG ||
	       action == TZ_ACT_JUMP || action == TZ_ACT_GOTO;
}

bool tz_ebpf_action_logs(enum tz_action action)
{
	return action == TZ_ACT_LOG || action == TZ_ACT_MAYBE_LOG;
}

/* A packet that may have returned before is accepted by one of its ways. */
static void accept(struct tz_ebpf_printer *p, int depth)
{
	if (p->has_maybe_return && p->chain->accepts_only_surely) {
		tz_ebpf_line(p, depth, "if (back != ~0u)");
		tz_ebpf_line(p, depth + 1, "return TZ_V_PASS;");
	}
	tz_ebpf_line(p, depth, "return TZ_V_ACCEPT;");
}

/*
 * The statements of an action but the call of a jump and what follows; @answer
 * is what ANSWER and MAYBE_DROP tell.
 */
void tz_ebpf_act(struct tz_ebpf_printer *p, int depth, enum tz_action action,
		 const char *answer)
{
	switch (action) {
	case TZ_ACT_PASS:
		tz_ebpf_line(p, depth, "return TZ_V_PASS;");
		return;
	case TZ_ACT_ACCEPT:
		doubt(p, depth);
		accept(p, depth);
		return;
	case TZ_ACT_ACCEPT_COUNT:
		accept(p, depth);
		return;
	case TZ_ACT_DROP:
	case TZ_ACT_DROP_COUNT:
		tz_ebpf_ends(p, depth, "TZ_ANSWER_NONE");
		drop(p, depth);
		return;
	case TZ_ACT_ANSWER:
		tz_ebpf_ends(p, depth, answer);
		drop(p, depth);
		return;
	case TZ_ACT_RETURN:
		tz_ebpf_leave(p, depth);
		return;
	case TZ_ACT_MAYBE_RETURN:
		maybe_leave(p, depth);
		return;
	case TZ_ACT_MAYBE_JUMP:
	case TZ_ACT_MAYBE_GOTO:
		tz_ebpf_line(p, depth, "n = s->n_path;");
		doubt(p, depth);
		return;
	case TZ_ACT_MAYBE_DROP:
		doubt(p, depth);
		tz_ebpf_ends(p, depth, answer);
		return;
	case TZ_ACT_COUNT:
	case TZ_ACT_LOG:
	case TZ_ACT_MAYBE_LOG:
	case TZ_ACT_JUMP:
	case TZ_ACT_GOTO:
	case TZ_N_ACTIONS:
		return;
	}
}
