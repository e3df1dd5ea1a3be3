/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of rules with random matches. Chains call later ones of their table
 * only, some more than once.
 */
#include "plan_rules.h"

#include <string.h>

#include "plan_matches.h"

/* In replace all that is called must be reached (TZ_PLAN_LEVELS). */
enum { N_CHAINS_OFFLOAD = 7, N_CHAINS_REPLACE = 4 };

/* What later rules read of it is stale (ir/stale.c). */
static void put_change(struct tz_maker *m)
{
	static const char *const targets[] = {
		"TTL", "TCPOPTSTRIP", "TCPMSS", "DSCP", "MARK", "ECN",
	};
	/* the latter three may decide about the route, which is then unknown */
	unsigned int n = strcmp(m->hook, "PREROUTING") ? 6 : 3;

	tz_buf_printf(m->out, "=> modify target \"%s\"\n",
		      targets[tz_maker_below(m, n)]);
}

static void put_verdict(struct tz_maker *m, unsigned int chain, bool drops)
{
	unsigned int r = tz_maker_below(m, 40);

	if (chain < m->n_chains && r < 12) {
		unsigned int callee =
			chain + 1 + tz_maker_below(m, m->n_chains - chain);

		tz_buf_printf(m->out, "=> %s \"%s%u\"\n", r ? "jump" : "goto",
			      m->hook, callee);
		return;
	}
	if (r < 16)
		tz_maker_put(m, "=> accept\n");
	else if (r < 18)
		tz_maker_put(m, "=> return\n");
	else if (r < 22)
		tz_maker_put(m,
			     r < 20 ? "=> continue\n" : "=> continue logged\n");
	else if (r == 22 && !m->is_replace && !tz_maker_below(m, 3))
		tz_maker_put(m,
			     tz_maker_below(m, 2) ? "=> log\n" : "=> reject\n");
	else if (r >= 37 && m->answers && strcmp(m->hook, "PREROUTING"))
		tz_buf_printf(m->out, "=> reject answered %u\n",
			      1 + tz_maker_below(m, 2));
	else if (r == 23 && !m->is_replace && !tz_maker_below(m, 3))
		tz_maker_put(m, "=> other target \"CONNMARK\"\n");
	else if (r == 23 && !m->is_replace)
		put_change(m);
	else
		tz_maker_put(m, drops ? "=> drop\n" : "=> accept\n");
}

static void put_chain(struct tz_maker *m, const char *table, unsigned int chain)
{
	unsigned int n =
		1 + tz_maker_below(m, chain ? m->size / 2 + 1 : m->size);
	bool drops = tz_maker_below(m, 5);

	tz_buf_printf(m->out, "chain v%d %s \"%s", (int)m->family, table,
		      m->hook);
	if (chain)
		tz_buf_printf(m->out, "%u\" {\n", chain);
	else
		tz_buf_printf(m->out, "\" policy %s {\n",
			      tz_maker_below(m, 2) ? "drop" : "accept");
	while (n--) {
		tz_maker_put(m, "rule \"\" ");
		tz_maker_put_matches(m);
		put_verdict(m, chain, drops);
	}
	tz_maker_put(m, "}\n");
}

static void put_table(struct tz_maker *m, const char *table, const char *hook)
{
	m->is_raw = !strcmp(table, "raw");
	m->hook = hook;
	for (unsigned int i = 0; i <= m->n_chains; i++)
		put_chain(m, table, i);
}

/* Two chains of rules that translate, or do not: nothing else ends them. */
static void put_nat(struct tz_maker *m)
{
	static const char *const verdicts[] = {
		"=> accept\n",
		"=> return\n",
		"=> other target \"DNAT\" nat\n",
		"=> jump \"PREROUTING1\"\n",
		"=> goto \"PREROUTING1\"\n",
	};

	m->hook = "PREROUTING";
	for (unsigned int chain = 0; chain < 2; chain++) {
		tz_buf_printf(m->out, "chain v%d nat \"PREROUTING%s\" %s {\n",
			      (int)m->family, chain ? "1" : "",
			      chain ? "" : "policy accept");
		for (unsigned int n = 1 + tz_maker_below(m, 5); n; n--) {
			tz_maker_put(m, "rule \"\" ");
			tz_maker_put_matches(m);
			tz_maker_put(
				m, verdicts[tz_maker_below(m, chain ? 3 : 5)]);
		}
		tz_maker_put(m, "}\n");
	}
}

void tz_random_rules(struct tz_dice *dice, bool is_replace, bool owns_state,
		     unsigned int size, struct tz_buf *out)
{
	struct tz_maker m = {
		.dice = dice,
		.out = out,
		.is_replace = is_replace,
		.owns_state = owns_state,
		.size = size,
		.n_chains = is_replace ? N_CHAINS_REPLACE : N_CHAINS_OFFLOAD,
	};

	m.answers = !tz_maker_below(&m, 2);
	for (int i = 0; i < 2; i++) {
		m.family = i ? TZ_IPV6 : TZ_IPV4;
		if (tz_maker_below(&m, 2))
			put_table(&m, "raw", "PREROUTING");
		if (!tz_maker_below(&m, 3))
			put_table(&m, "mangle", "INPUT");
		if (!is_replace && !tz_maker_below(&m, 3))
			put_nat(&m);
		put_table(&m, "filter", "INPUT");
		put_table(&m, "filter", "FORWARD");
		if (!tz_maker_below(&m, 4))
			put_table(&m, "security", "INPUT");
	}
}
