/* SPDX-License-Identifier: GPL-2.0-only */
/* Building the IR: what lower/ and the text parser call. */
#include "ir/ir.h"

#include <string.h>

#include "sema/ipset.h"

struct tz_ir *tz_ir_new(struct tz_arena *arena,
			const struct tz_sources *sources)
{
	struct tz_ir *ir = tz_new(arena, struct tz_ir);

	ir->arena = arena;
	ir->sources = sources;
	ir->sets = tz_ipsets_new(arena);
	return ir;
}

struct tz_ir_chain *tz_ir_add_chain(struct tz_ir *ir, enum tz_family family,
				    enum tz_table table, const char *name)
{
	struct tz_ir_chain *chain = tz_new(ir->arena, struct tz_ir_chain);
	enum tz_hook hook = tz_hook_by_name(name);

	chain->name = name;
	chain->family = family;
	chain->table = table;
	chain->hook = tz_table_has_hook(table, hook) ? hook : TZ_HOOK_NONE;
	chain->policy = TZ_IR_ACCEPT;
	if (chain->hook != TZ_HOOK_NONE) {
		chain->policy_id = (uint32_t)ir->counted.n;
		tz_vec_push(ir->arena, &ir->counted,
			    (struct tz_ir_counted){ chain, NULL });
		ir->base[family == TZ_IPV6][table][hook] = chain;
	}
	chain->index = ir->chains.n;
	tz_vec_push(ir->arena, &ir->chains, chain);
	return chain;
}

struct tz_ir_chain *tz_ir_find_chain(const struct tz_ir *ir,
				     enum tz_family family, enum tz_table table,
				     const char *name)
{
	for (size_t i = 0; i < ir->chains.n; i++) {
		struct tz_ir_chain *chain = ir->chains.at[i];

		if (chain->family == family && chain->table == table &&
		    !strcmp(chain->name, name))
			return chain;
	}
	return NULL;
}

struct tz_ir_rule *tz_ir_add_rule(struct tz_ir *ir, struct tz_ir_chain *chain)
{
	struct tz_ir_rule *rule = tz_new(ir->arena, struct tz_ir_rule);

	rule->verdict = TZ_IR_CONTINUE;
	rule->target = "";
	rule->text = "";
	rule->owner = chain;
	rule->index = chain->rules.n;
	rule->id = (uint32_t)ir->counted.n;
	tz_vec_push(ir->arena, &ir->counted,
		    (struct tz_ir_counted){ chain, rule });
	tz_vec_push(ir->arena, &chain->rules, rule);
	return rule;
}

struct tz_ir_match *tz_ir_new_match(struct tz_ir *ir,
				    enum tz_ir_match_kind kind,
				    struct tz_span span)
{
	struct tz_ir_match *match = tz_new(ir->arena, struct tz_ir_match);

	match->kind = kind;
	match->span = span;
	return match;
}

/* Nesting is bounded by tz_ir_verify. */
bool tz_ir_any_leaf(const struct tz_ir_match *first,
		    bool (*holds)(const struct tz_ir_match *leaf,
				  const void *arg),
		    const void *arg)
{
	for (const struct tz_ir_match *m = first; m; m = m->next)
		if (tz_ir_has_operands(m)
			    ? tz_ir_any_leaf(m->operands, holds, arg)
			    : holds(m, arg))
			return true;
	return false;
}

bool tz_ir_has_nat(const struct tz_ir *ir, enum tz_family family)
{
	for (size_t i = 0; i < ir->counted.n; i++) {
		const struct tz_ir_counted *c = &ir->counted.at[i];

		if (c->chain->family == family && c->rule && c->rule->is_nat)
			return true;
	}
	return false;
}
