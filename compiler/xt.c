/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules of iptables that hold a filter: one with -m bpf, several in a chain of
 * their own when it is too large for one (xt_split.c), or one that names a
 * socket filter in bpffs. Printed as the commands that make them.
 */
#include <ctype.h>
#include <string.h>

#include "filter.h"
#include "flow/graft.h"

/* XT_EXTENSION_MAXNAMELEN, less the NUL; a chain that is made adds "-NNN". */
#define CHAIN_NAME_MAX 28
#define NAME_MAX_LEN (CHAIN_NAME_MAX - 4)
#define CHAINS_MAX 999

static const char *text_or(const char *text, const char *standard)
{
	return text && *text ? text : standard;
}

const char *tz_xt_name(const struct tamiz *t)
{
	return text_or(t->options.xt.name, "tamiz");
}

void tz_xt_add(struct tamiz *t, struct tz_xt_rule rule)
{
	rule.more = text_or(rule.more, "");
	tz_vec_push(t->arena, &t->xt_rules, rule);
}

const char *tz_xt_new_chain(struct tamiz *t)
{
	const char *name = tz_xt_name(t);
	size_t n = t->xt_chains.n;

	if (n == CHAINS_MAX) {
		tz_diag(t->diags, TZ_DIAG_TOO_MANY_INSNS, (struct tz_span){ 0 },
			"the filter takes more than %d chains", CHAINS_MAX);
		return NULL;
	}
	if (n)
		name = tz_arena_printf(t->arena, "%s-%zu", name, n);
	tz_vec_push(t->arena, &t->xt_chains, name);
	return name;
}

/* Words that go into a shell command as they are. */
static bool is_plain(const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)word[i]) &&
		    !strchr("_.:+-", word[i]))
			return false;
	return len && *word != '-';
}

/* The chain of the options: its table's name, or NULL, and its own. */
static const char *split_chain(const struct tamiz *t, size_t *table_len,
			       const char **chain)
{
	const char *text = text_or(t->options.xt.chain, "INPUT");
	const char *slash = strchr(text, '/');

	*chain = slash ? slash + 1 : text;
	*table_len = slash ? (size_t)(slash - text) : 0;
	return slash ? text : NULL;
}

static bool check_names(struct tamiz *t)
{
	const char *chain, *name = tz_xt_name(t);
	size_t table_len;
	const char *table = split_chain(t, &table_len, &chain);

	if ((!table || is_plain(table, table_len)) &&
	    is_plain(chain, strlen(chain)) && strlen(chain) <= CHAIN_NAME_MAX &&
	    is_plain(name, strlen(name)) && strlen(name) <= NAME_MAX_LEN)
		return true;
	tz_diag(t->diags, TZ_DIAG_CHAIN_NAME, (struct tz_span){ 0 },
		"\"%s\" and \"%s\" cannot both name chains in a command: at "
		"most %d and %d letters, digits and _.:+-",
		text_or(t->options.xt.chain, "INPUT"), name, CHAIN_NAME_MAX,
		NAME_MAX_LEN);
	return false;
}

bool tz_xt_has_object(const struct tamiz *t)
{
	return *text_or(t->options.xt.object, "");
}

/* Whether no packet comes back from the target. */
static bool is_final(const char *target)
{
	return !strcmp(target, "DROP") || !strcmp(target, "ACCEPT") ||
	       !strncmp(target, "REJECT", strlen("REJECT"));
}

static void build_split(struct tamiz *t)
{
	const char *target = text_or(t->options.xt.jump, "DROP");
	struct tz_xt_rule like = { .chain = tz_xt_new_chain(t) };

	if (!strncmp(target, "RETURN", strlen("RETURN"))) {
		tz_diag(t->diags, TZ_DIAG_CHAIN_NAME, (struct tz_span){ 0 },
			"RETURN would leave the chain that --split makes, and "
			"no other");
		return;
	}
	if (!is_final(target)) {
		like.is_goto = true;
		like.target = tz_xt_new_chain(t);
		tz_xt_add(t, (struct tz_xt_rule){ .chain = like.target });
	}
	tz_xt_split(t, t->whole, &like, true);
	tz_xt_add(t, (struct tz_xt_rule){ .target = like.chain });
}

/* Whether packets of that version of IP can match at all. */
static bool may_match(const struct tamiz *t, unsigned int version)
{
	enum tz_link link = tz_filter_link(&t->options);
	struct tz_arena *arena = tz_arena_new();
	struct tz_flow *flow = tz_flow_new(arena);
	struct tz_graft graft = { .yes = TZ_FLOW_ACCEPT, .no = TZ_FLOW_REJECT };
	uint32_t kind = tz_term_arith(flow, TZ_TERM_AND,
				      tz_term_load(flow, 1, TZ_TERM_ZERO, 0),
				      tz_term_const(flow, 0xf0));
	bool may;

	flow->root = tz_flow_test(
		flow, TZ_FLOW_EQ, kind, tz_term_const(flow, version << 4),
		tz_flow_graft(flow, t->flow, t->flow->root, &graft),
		TZ_FLOW_REJECT);
	may = tz_flow_optimize(arena, flow)->root != TZ_FLOW_REJECT;
	tz_arena_free(arena);
	return may && link != (version == 4 ? TZ_LINK_IPV6 : TZ_LINK_IPV4);
}

/* Rules that more than decide are a chain, and each ends with its packet. */
static void build_rules(struct tamiz *t)
{
	const char *target = text_or(t->options.xt.jump, "DROP");

	if (tz_xt_has_object(t))
		tz_diag(t->diags, TZ_DIAG_NO_FILTER, (struct tz_span){ 0 },
			"rates, samples and counts are no part of a socket "
			"filter: leave --object out");
	else if (!is_final(target))
		tz_diag(t->diags, TZ_DIAG_NO_FILTER, (struct tz_span){ 0 },
			"\"%s\" would not end the rules where they drop",
			target);
	else
		tz_xt_build_rules(t);
}

void tz_xt_build(struct tamiz *t)
{
	if (!check_names(t))
		return;
	if (!may_match(t, 4) && !may_match(t, 6))
		tz_diag(t->diags, TZ_DIAG_NEVER_MATCHES, (struct tz_span){ 0 },
			"the filter never matches: packets begin with the IP "
			"header here, there is no link header");
	if (t->lines && !tz_xt_rules_only_decide(t)) {
		build_rules(t);
		return;
	}
	if (tz_xt_has_object(t))
		return;
	if (t->program.n)
		tz_xt_add(t, (struct tz_xt_rule){ .program = t->program });
	else
		build_split(t);
}

/* Between quotes, so that a shell takes any path for one word. */
static void put_quoted(struct tz_buf *out, const char *text)
{
	tz_buf_puts(out, "'");
	for (; *text; text++)
		if (*text == '\'')
			tz_buf_puts(out, "'\\''");
		else
			tz_buf_append(out, text, 1);
	tz_buf_puts(out, "'");
}

static void put_rule(const struct tamiz *t, const char *command,
		     const struct tz_xt_rule *rule, struct tz_buf *out)
{
	const char *chain, *object = text_or(t->options.xt.object, "");
	size_t table_len;

	split_chain(t, &table_len, &chain);
	tz_buf_printf(out, "%s -A %s", command, rule->chain ?: chain);
	if (!rule->chain && t->options.xt.match)
		tz_buf_printf(out, " %s", t->options.xt.match);
	if (rule->program.n) {
		tz_buf_puts(out, " -m bpf --bytecode \"");
		tz_cbpf_print(&rule->program, TZ_CBPF_BYTECODE, out);
		tz_buf_puts(out, "\"");
	} else if (*object) {
		tz_buf_puts(out, " -m bpf --object-pinned ");
		put_quoted(out, object);
	}
	const char *target =
		rule->target ?: text_or(t->options.xt.jump, "DROP");

	tz_buf_puts(out, rule->more);
	if (*target)
		tz_buf_printf(out, " %s %s", rule->is_goto ? "-g" : "-j",
			      target);
	tz_buf_puts(out, "\n");
}

static void put_commands(const struct tamiz *t, const char *program,
			 struct tz_buf *out)
{
	const char *chain, *command = program;
	size_t table_len;
	const char *table = split_chain(t, &table_len, &chain);

	if (table)
		command = tz_arena_printf(t->arena, "%s -t %.*s", program,
					  (int)table_len, table);
	for (size_t i = 0; i < t->xt_chains.n; i++)
		tz_buf_printf(out, "%s -N %s\n", command, t->xt_chains.at[i]);
	for (size_t i = 0; i < t->xt_rules.n; i++)
		put_rule(t, command, &t->xt_rules.at[i], out);
	if (tz_xt_has_object(t))
		put_rule(t, command, &(struct tz_xt_rule){ .more = "" }, out);
}

void tz_xt_print(const struct tamiz *t, struct tz_buf *out)
{
	if (may_match(t, 4))
		put_commands(t, "iptables", out);
	if (may_match(t, 6))
		put_commands(t, "ip6tables", out);
}
