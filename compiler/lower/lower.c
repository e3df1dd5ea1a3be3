/* SPDX-License-Identifier: GPL-2.0-only */
/* Chains and rules into the IR. */
#include "lower/lower.h"

#include <string.h>

#include "lower/match.h"
#include "lower/match_set.h"
#include "sema/own.h"
#include "sema/sema.h"
#include "sema/value.h"

struct lowering {
	struct tz_ir *ir;
	struct tz_sema *sema;
	struct tz_map *chains; /* of the table: tz_ir_chain by name */
};

/* ---- targets ---- */

static enum tz_ir_verdict verdict_of(const struct tz_ext *ext)
{
	static const struct {
		const char *name;
		enum tz_ir_verdict verdict;
	} rows[] = {
		{ "ACCEPT", TZ_IR_ACCEPT }, { "DROP", TZ_IR_DROP },
		{ "REJECT", TZ_IR_REJECT }, { "RETURN", TZ_IR_RETURN },
		{ "LOG", TZ_IR_LOG },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, ext->name) == 0)
			return rows[i].verdict;
	switch (ext->kind) {
	case TZ_EXT_MODIFY:
		return TZ_IR_MODIFY;
	case TZ_EXT_LOG:
		return TZ_IR_LOG;
	case TZ_EXT_REAL:
	case TZ_EXT_PURE:
	case TZ_EXT_WRITES:
	case TZ_EXT_NAT:
	case TZ_EXT_OTHER:
		return TZ_IR_OTHER;
	}
	return TZ_IR_OTHER;
}

/* Of REJECT; it is the port that cannot be reached by default. */
static uint8_t answer_of(const struct lowering *l,
			 const struct tz_sema_use *target)
{
	const struct tz_sema_option *with =
		tz_sema_option(target, "reject-with");
	const char *said = with ? with->args[0]->text : "port-unreach";

	return (uint8_t)tz_value_reject_answer(
		l->sema->family, tz_value_reject_type(l->sema->family, said));
}

static void set_target(struct lowering *l, struct tz_ir_rule *rule,
		       const struct tz_sema_rule *from)
{
	if (from->chain) {
		rule->verdict = from->is_goto ? TZ_IR_GOTO : TZ_IR_JUMP;
		rule->chain = tz_map_get(l->chains, from->chain->name);
		rule->target = from->chain->name;
	} else if (from->target) {
		rule->verdict = verdict_of(from->target->ext);
		rule->target = from->target->ext->name;
		rule->is_nat = from->target->ext->kind == TZ_EXT_NAT;
		if (rule->verdict == TZ_IR_REJECT)
			rule->answer = answer_of(l, from->target);
		if (strcmp(rule->target, "SET") == 0)
			rule->puts = tz_lower_set_target(l->ir, from->target);
	}
}

/* ---- rules ---- */

static const char *comment_of(const struct tz_sema_rule *rule)
{
	for (const struct tz_sema_use *u = rule->matches; u; u = u->next)
		if (strcmp(u->ext->name, "comment") == 0)
			return u->options->args[0]->text;
	return NULL;
}

static bool is_own(const struct tz_sema_rule *rule)
{
	for (const struct tz_sema_use *u = rule->matches; u; u = u->next)
		if (tz_own_is(u->ext))
			return true;
	return false;
}

static void add_rule(struct lowering *l, struct tz_ir_chain *chain,
		     struct tz_sema_rule *from)
{
	struct tz_ir_rule *rule = tz_ir_add_rule(l->ir, chain);

	rule->span = from->line->span;
	rule->packets = from->counters.packets;
	rule->bytes = from->counters.bytes;
	rule->comment = comment_of(from);
	rule->text = tz_sema_rule_text(l->sema, from);
	rule->is_own = is_own(from);
	rule->matches =
		tz_lower_matches(l->ir, chain->family, chain->table, from,
				 from->src_address, from->dst_address);
	set_target(l, rule, from);
}

/* ---- tables ---- */

static struct tz_ir_chain *add_chain(struct lowering *l, enum tz_table table,
				     const struct tz_sema_chain *from)
{
	struct tz_ir_chain *chain =
		tz_ir_add_chain(l->ir, l->sema->family, table, from->name);

	chain->span = from->span;
	chain->policy = from->drops ? TZ_IR_DROP : TZ_IR_ACCEPT;
	chain->packets = from->packets;
	chain->bytes = from->bytes;
	tz_map_put(l->chains, from->name, chain);
	return chain;
}

static void lower_table(struct lowering *l, const struct tz_sema_table *table)
{
	size_t first = l->ir->chains.n;

	l->ir->has_table[l->sema->family == TZ_IPV6][table->table] = true;
	l->chains = tz_map_new(l->sema->arena);
	for (size_t i = 0; i < table->chains.n; i++)
		add_chain(l, table->table, table->chains.at[i]);
	for (size_t i = 0; i < table->chains.n; i++) {
		const struct tz_sema_chain *from = table->chains.at[i];

		for (size_t j = 0; j < from->rules.n; j++)
			add_rule(l, l->ir->chains.at[first + i],
				 from->rules.at[j]);
	}
}

/* Each file brings whole tables: two cannot share one. */
static bool table_is_new(struct tz_ir *ir, struct tz_diags *diags,
			 enum tz_family family,
			 const struct tz_sema_table *table)
{
	for (size_t i = 0; i < ir->chains.n; i++) {
		const struct tz_ir_chain *chain = ir->chains.at[i];

		if (chain->family != family || chain->table != table->table)
			continue;
		tz_diag(diags, TZ_DIAG_DUPLICATE_TABLE, table->span,
			"another file has the IPv%d table %s already",
			(int)family, tz_table_name(table->table));
		tz_diag(diags, TZ_DIAG_NOTE, chain->span, "here");
		return false;
	}
	return true;
}

bool tz_lower_file(struct tz_ir *ir, struct tz_diags *diags,
		   const struct tz_ast_file *file, enum tz_family family)
{
	struct tz_sema_script *script =
		tz_sema_script(file->arena, diags, file);
	unsigned int families = tz_sema_families(file, script, family);
	struct tz_sema_file *parts[2];
	size_t n = 0;

	for (enum tz_family f = TZ_IPV4; f <= TZ_IPV6; f += TZ_IPV6 - TZ_IPV4) {
		if (!(families & (f == TZ_IPV4 ? TZ_FOR_4 : TZ_FOR_6)))
			continue;
		parts[n] = tz_sema_file(file->arena, diags, file, script, f);
		for (size_t i = 0; i < parts[n]->tables.n; i++)
			table_is_new(ir, diags, f, parts[n]->tables.at[i]);
		n++;
	}
	if (tz_diags_have_errors(diags))
		return false;
	for (size_t p = 0; p < n; p++) {
		struct lowering l = { .ir = ir, .sema = parts[p]->sema };

		for (size_t i = 0; i < parts[p]->tables.n; i++)
			lower_table(&l, parts[p]->tables.at[i]);
	}
	return true;
}
