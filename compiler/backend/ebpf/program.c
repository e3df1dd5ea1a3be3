/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program around the chains: which hooks a packet meets, and when all
 * that is left of its ways is a drop (DESIGN 5).
 */
#include "backend/ebpf/emit.h"

/* Whether the program asks the chains of @h at all. */
static bool is_met(const struct tz_plan *plan, enum tz_family family,
		   const struct tz_plan_hook *h)
{
	const struct tz_plan_family *f =
		&plan->families[tz_family_index(family)];

	if (plan->options->is_replace || (h != &f->input && h != &f->forward))
		return h->n > 0;
	if (f->hides_route)
		return f->input.can_drop && f->forward.can_drop;
	return h->can_drop;
}

/* Tells programs that keep state where they are (state.bpf.h). */
static void set_spending(const struct tz_plan *plan, const char *change,
			 struct tz_buf *out)
{
	if (plan->states.n)
		tz_buf_printf(out, "\ts->spending %s;\n", change);
}

/* What a drop behind the raw table depends on besides: "" where nothing. */
static const char *if_new(const struct tz_plan *plan, int family)
{
	return plan->options->ct[family == 6].is_on
		       ? " &&\n\t       tz_ct_is_new(ctx, s)"
		       : "";
}

/* The same where nothing else is open. */
static const char *is_new(const struct tz_plan *plan, int family)
{
	return plan->options->ct[family == 6].is_on ? "tz_ct_is_new(ctx, s)"
						    : "1";
}

/* Whether the chain is asked for nothing but what it may translate. */
static bool is_walked_only(const struct tz_plan *plan,
			   const struct tz_plan_chain *chain)
{
	size_t i = tz_family_index(chain->ir->family);
	const struct tz_plan_family *f = &plan->families[i];

	return chain->ir->table == TZ_TABLE_NAT &&
	       plan->options->ct[i].walks_nat && !plan->states.n &&
	       !f->has_effects[TZ_TABLE_NAT] && !f->has_logs[TZ_TABLE_NAT];
}

/* Where the sender may be told something, nothing but that is not known. */
static const char *if_silent(const struct tz_plan *plan)
{
	return tz_plan_answers(plan) ? " &&\n\t       tz_ends_silently(s)" : "";
}

static void base_chain(const struct tz_plan *plan,
		       const struct tz_plan_chain *chain, struct tz_buf *out)
{
	if (is_walked_only(plan, chain))
		tz_buf_puts(out, "\tif (s->key.l4 & TZ_L4_CT_ASKABLE) {\n");
	if (chain->ir->table != TZ_TABLE_RAW)
		set_spending(plan, "|= TZ_SPENDING_BEHIND_RAW", out);
	if (chain->leaves_drops)
		set_spending(plan, "|= TZ_SPENDING_OTHERS", out);
	tz_buf_puts(out, "\tv = ");
	tz_ebpf_chain_name(chain, out);
	tz_buf_puts(out, "(ctx, s);\n");
	if (chain->leaves_drops)
		set_spending(plan, "&= ~TZ_SPENDING_OTHERS", out);
	tz_buf_printf(out, "\tif (v != TZ_V_ACCEPT)\n\t\treturn %s;\n",
		      chain->leaves_drops ? "TZ_V_PASS" : "v");
	if (is_walked_only(plan, chain))
		tz_buf_puts(out, "\t}\n");
}

/*
 * tz_HOOK4(s): true when all ways through the chains of the hook drop. The
 * reassembled datagram is what INPUT sees, so a fragment is not dropped there.
 */
static void hook(const struct tz_plan *plan, enum tz_family family,
		 const char *name, const char *at, const struct tz_plan_hook *h,
		 struct tz_buf *out)
{
	if (!is_met(plan, family, h))
		return;
	tz_buf_printf(out,
		      "static __always_inline int tz_%s%d" TZ_EBPF_PARAMETERS
		      "\n{\n\tint v TZ_UNUSED;\n\n",
		      name, family);
	if (h == &plan->families[tz_family_index(family)].input &&
	    !plan->options->is_replace)
		tz_buf_puts(out, "\tif (s->key.class & TZ_CLASS_FRAGMENT)\n"
				 "\t\treturn TZ_V_PASS;\n");
	tz_buf_printf(out,
		      tz_ebpf_has_tests(plan) ? "\ttz_be_at(s, TZ_AT_%s);\n"
					      : "\ts->at = TZ_AT_%s;\n",
		      at);
	for (size_t i = 0; i < h->n; i++)
		base_chain(plan, h->chains[i], out);
	tz_buf_puts(out, "\treturn TZ_V_ACCEPT;\n}\n\n");
}

/* What the raw table drops has no connection yet: it is a part of its own. */
static void hook_prerouting(const struct tz_plan *plan, enum tz_family family,
			    struct tz_buf *out)
{
	struct tz_plan_hook h =
		plan->families[tz_family_index(family)].prerouting;
	struct tz_plan_hook raw = { .chains = { h.chains[0] }, .n = 1 };

	if (h.n && h.chains[0]->ir->table == TZ_TABLE_RAW) {
		hook(plan, family, "raw", "PREROUTING", &raw, out);
		for (size_t i = 1; i < h.n; i++)
			h.chains[i - 1] = h.chains[i];
		h.n--;
	}
	if (h.n)
		hook(plan, family, "prerouting", "PREROUTING", &h, out);
}

/* Nobody knows whether a packet goes to INPUT or FORWARD: both must drop. */
static void judge_hidden(const struct tz_plan *plan,
			 const struct tz_plan_family *f, int family,
			 struct tz_buf *out)
{
	if (!f->input.can_drop || !f->forward.can_drop)
		return;
	set_spending(plan, "|= TZ_SPENDING_UNSURE", out);
	tz_buf_printf(out,
		      "\tn = s->n_path;\n"
		      "\tif (tz_forward%d(ctx, s) != TZ_V_DROP)\n"
		      "\t\treturn 0;\n"
		      "\ts->n_path = n;\n"
		      "\treturn tz_input%d(ctx, s) == TZ_V_DROP%s%s;\n",
		      family, family, if_silent(plan), if_new(plan, family));
}

/* Programs that keep state ask where a packet goes before they spend. */
static const char *asker(const struct tz_plan *plan)
{
	return plan->states.n ? "tz_state_route" : "tz_route";
}

/*
 * Of packets whose connection the kernel is not asked for, nobody knows either
 * (judge_hidden); of these INPUT is what counts.
 */
static void judge_some(const struct tz_plan *plan,
		       const struct tz_plan_family *f, struct tz_buf *out)
{
	if (!f->input.can_drop || !f->forward.can_drop) {
		tz_buf_puts(out, "\tif (!(s->key.l4 & TZ_L4_CT_ASKABLE))\n"
				 "\t\treturn 0;\n");
		return;
	}
	tz_buf_puts(out, "\tis_hidden = !(s->key.l4 & TZ_L4_CT_ASKABLE);\n");
	if (plan->states.n)
		tz_buf_puts(out, "\tif (is_hidden)\n\t\ts->spending |= "
				 "TZ_SPENDING_UNSURE;\n");
}

/* INPUT's chains: they drop, and routing sends the packet there. */
static void judge_input(const struct tz_plan *plan,
			const struct tz_plan_family *f, int family,
			struct tz_buf *out)
{
	bool some = f->hides_some_routes && f->forward.can_drop;

	tz_buf_printf(out,
		      "\tif (tz_input%d(ctx, s) == TZ_V_DROP) {\n"
		      "%s\t\troute = %s(ctx, s);\n"
		      "\t\tif (route == TZ_ROUTE_INPUT)\n"
		      "\t\t\treturn %s;\n",
		      family,
		      some ? "\t\tn_input = s->n_path;\n"
			     "\t\tif (!is_hidden)\n\t"
			   : "",
		      asker(plan), is_new(plan, family));
	if (some)
		tz_buf_puts(out, "\t\tif (route == TZ_ROUTE_NOWHERE)\n"
				 "\t\t\treturn 0;\n"
				 "\t} else if (is_hidden) {\n"
				 "\t\treturn 0;\n\t}\n");
	else if (f->forward.can_drop)
		tz_buf_puts(out, "\t\tif (route != TZ_ROUTE_FORWARD)\n"
				 "\t\t\treturn 0;\n\t}\n");
	else
		tz_buf_puts(out, "\t\treturn 0;\n\t}\n");
	tz_buf_puts(out, "\ts->n_path = n;\n");
	if (tz_plan_logs(plan))
		tz_buf_printf(out, "%s\ts->n_logs = n_logs;\n",
			      some ? "\tif (!is_hidden)\n\t" : "");
	if (tz_plan_answers(plan))
		tz_buf_printf(out, "%s\ts->key.answers = answers;\n",
			      some ? "\tif (!is_hidden)\n\t" : "");
	set_spending(plan, "= spending", out);
}

/* FORWARD's; the path of INPUT is kept in front of theirs. */
static void judge_forward(const struct tz_plan *plan,
			  const struct tz_plan_family *f, int family,
			  struct tz_buf *out)
{
	bool some = f->hides_some_routes && f->input.can_drop;

	if (some)
		tz_buf_puts(out,
			    "\tif (is_hidden)\n\t\ts->n_path = n_input;\n");
	tz_buf_printf(out,
		      "\tif (tz_forward%d(ctx, s) != TZ_V_DROP)\n"
		      "\t\treturn 0;\n",
		      family);
	if (some)
		tz_buf_printf(out,
			      "\tif (is_hidden) {\n"
			      "\t\ts->n_path = n_input;\n"
			      "\t\treturn %s%s;\n"
			      "\t}\n",
			      is_new(plan, family), if_silent(plan));
	tz_buf_printf(out,
		      "\tif (route == TZ_ROUTE_UNKNOWN)\n"
		      "\t\troute = %s(ctx, s);\n"
		      "\treturn route == TZ_ROUTE_FORWARD%s;\n",
		      asker(plan), if_new(plan, family));
}

/* What is noted in the chains of one route is forgotten in the other's. */
static void judge_routed(const struct tz_plan *plan,
			 const struct tz_plan_family *f, int family,
			 struct tz_buf *out)
{
	if (!f->input.can_drop && !f->forward.can_drop)
		return;
	if (f->hides_some_routes)
		judge_some(plan, f, out);
	if (plan->states.n)
		tz_buf_puts(out, "\tspending = s->spending;\n");
	tz_buf_puts(out, "\tn = s->n_path;\n");
	if (tz_plan_logs(plan))
		tz_buf_puts(out, "\tn_logs = s->n_logs;\n");
	if (tz_plan_answers(plan))
		tz_buf_puts(out, "\tanswers = s->key.answers;\n");
	if (f->input.can_drop)
		judge_input(plan, f, family, out);
	if (f->forward.can_drop)
		judge_forward(plan, f, family, out);
}

/* Replace: the chains of the hook that routing names, and no others. */
static void judge_replace(const struct tz_plan *plan,
			  const struct tz_plan_family *f, int family,
			  struct tz_buf *out)
{
	if (!f->input.n && !f->forward.n)
		return;
	tz_buf_printf(out, "\troute = %s(ctx, s);\n", asker(plan));
	if (f->input.n)
		tz_buf_printf(out,
			      "\tif (route == TZ_ROUTE_INPUT)\n"
			      "\t\treturn tz_input%d(ctx, s) == TZ_V_DROP;\n",
			      family);
	if (f->forward.n)
		tz_buf_printf(out,
			      "\tif (route == TZ_ROUTE_FORWARD)\n"
			      "\t\treturn tz_forward%d(ctx, s) == TZ_V_DROP;\n",
			      family);
}

static void prerouting(const char *name, const char *condition, int family,
		       struct tz_buf *out)
{
	tz_buf_printf(out,
		      "\tv = tz_%s%d(ctx, s);\n"
		      "\tif (v != TZ_V_ACCEPT)\n"
		      "\t\treturn v == TZ_V_DROP%s;\n",
		      name, family, condition);
}

/* tz_judge4(ctx, s): true when the packet is to be dropped. */
static void judge(const struct tz_plan *plan, enum tz_family family,
		  struct tz_buf *out)
{
	const struct tz_plan_family *f =
		&plan->families[tz_family_index(family)];

	tz_buf_printf(out,
		      "static __always_inline int tz_judge%d" TZ_EBPF_PARAMETERS
		      "\n{\n"
		      "\tint v TZ_UNUSED, route TZ_UNUSED = TZ_ROUTE_UNKNOWN;\n"
		      "\tint is_hidden TZ_UNUSED = 0;\n"
		      "\t__u32 n TZ_UNUSED, n_logs TZ_UNUSED;\n"
		      "\t__u32 n_input TZ_UNUSED = 0;\n"
		      "\t__u16 answers TZ_UNUSED;\n"
		      "\t__u8 spending TZ_UNUSED;\n\n",
		      family);
	if (f->prerouting.n &&
	    f->prerouting.chains[0]->ir->table == TZ_TABLE_RAW)
		prerouting("raw", "", family, out);
	if (f->prerouting.n &&
	    f->prerouting.chains[f->prerouting.n - 1]->ir->table !=
		    TZ_TABLE_RAW)
		prerouting("prerouting", if_new(plan, family), family, out);
	if (plan->options->is_replace)
		judge_replace(plan, f, family, out);
	else if (f->hides_route)
		judge_hidden(plan, f, family, out);
	else
		judge_routed(plan, f, family, out);
	tz_buf_puts(out, "\treturn 0;\n}\n\n");
}

/* Whether layer 4 begins at an authentication header of IPv6. */
static bool ends_at_auth(const struct tz_plan *plan)
{
	return !plan->options->is_replace && plan->families[1].is_planned &&
	       plan->options->backends[TZ_BACKEND_NFT] &&
	       !plan->options->backends[TZ_BACKEND_LEGACY];
}

static void entry_point(const struct tz_plan *plan, struct tz_buf *out)
{
	tz_buf_puts(out, "SEC(\"xdp.frags\")\n"
			 "int tz_rules(struct xdp_md *ctx)\n{\n"
			 "\tstruct tz_scratch *s = tz_begin(ctx);\n"
			 "\tint drop = 0;\n\n");
	if (plan->options->is_replace)
		tz_buf_puts(out, "\tif (tz_is_illegible())\n"
				 "\t\treturn tz_drop_illegible(ctx);\n");
	tz_buf_puts(out, "\tif (!s)\n\t\treturn tz_next_stage(ctx);\n");
	set_spending(plan, "= 0", out);
	if (plan->states.n)
		tz_buf_puts(out, "\ts->route = TZ_ROUTE_UNKNOWN;\n");
	if (!plan->options->is_replace &&
	    plan->options->backends[TZ_BACKEND_NFT] &&
	    plan->families[1].is_planned)
		tz_buf_printf(out,
			      "\t/* to nft AH is the final protocol */\n"
			      "\tif (s->key.family == 6 && "
			      "s->key.has_auth%s)\n"
			      "\t\treturn tz_next_stage(ctx);\n",
			      ends_at_auth(plan) ? " && !tz_end_at_auth(ctx, s)"
						 : "");
	if (plan->options->fragments_drop)
		tz_buf_puts(out, "\t/* the operator's decision */\n"
				 "\tif (s->key.class & TZ_CLASS_FRAGMENT)\n"
				 "\t\treturn tz_drop(ctx, s);\n");
	if (plan->options->is_replace)
		tz_buf_puts(out, "\tif (!tz_header_is_good(ctx, &s->key))\n"
				 "\t\treturn tz_next_stage(ctx);\n"
				 "\ttz_take_frames(s);\n");
	for (int i = 0; i < 2; i++)
		if (plan->families[i].is_planned)
			tz_buf_printf(out,
				      "\tif (s->key.family == %d)\n"
				      "\t\tdrop = tz_judge%d(ctx, s);\n",
				      i ? 6 : 4, i ? 6 : 4);
	tz_buf_puts(out, "\tif (drop)\n\t\treturn tz_drop(ctx, s);\n"
			 "\treturn tz_pass(ctx, s);\n}\n\n"
			 "char tz_license[] SEC(\"license\") = "
			 "\"Dual BSD/GPL\";\n");
}

/* What ct.bpf.h is told. */
static void connections(const struct tz_plan *plan, struct tz_buf *out)
{
	const struct tz_ct_options *ct = plan->options->ct;

	if (!ct[0].is_on && !ct[1].is_on)
		return;
	tz_buf_puts(out, "#define TZ_CT\n");
	if (ct->is_loose)
		tz_buf_puts(out, "#define TZ_CT_LOOSE\n");
	if (ct->expects)
		tz_buf_puts(out, "#define TZ_CT_EXPECTS\n");
	if (ct->notracks)
		tz_buf_puts(out, "#define TZ_CT_NOTRACK\n");
	if (ct->knows_requests)
		tz_buf_puts(out, "#define TZ_CT_REQUESTS\n");
	if (ct->tells_sums)
		tz_buf_puts(out, "#define TZ_CT_SUM\n");
}

static void headers(const struct tz_plan *plan, bool is_standalone,
		    struct tz_buf *out)
{
	tz_ebpf_sizes(plan, out);
	connections(plan, out);
	if (tz_plan_answers(plan))
		tz_buf_printf(out,
			      "#define TZ_ANSWERS\n"
			      "#define TZ_ANSWER_RATE %u\n"
			      "#define TZ_ANSWER_TTL %u\n"
			      "#define TZ_ANSWER_HOPS %u\n",
			      plan->options->answer_rate,
			      plan->options->answer_ttl,
			      plan->options->answer_hops);
	if (ends_at_auth(plan))
		tz_buf_puts(out, "#define TZ_ENDS_AT_AUTH\n");
	if (is_standalone) {
		tz_buf_puts(out, "\n");
		for (size_t i = 0; tz_ebpf_headers[i]; i++)
			tz_buf_puts(out, tz_ebpf_headers[i]);
		return;
	}
	tz_buf_puts(out, "\n#include <tamiz/rules.bpf.h>\n");
	if (plan->tables.n)
		tz_buf_puts(out, "#include <tamiz/classify.bpf.h>\n");
	if (tz_ebpf_has_tests(plan) || ends_at_auth(plan))
		tz_buf_puts(out, "#include <tamiz/test.bpf.h>\n");
	if (plan->states.n)
		tz_buf_puts(out, "#include <tamiz/state.bpf.h>\n");
}

void tz_ebpf_emit(const struct tz_plan *plan, bool is_standalone,
		  struct tz_buf *out)
{
	tz_buf_puts(out, "/* Made by tamiz. Compile with: clang -O2 -g "
			 "-target bpf -mcpu=v3 */\n");
	headers(plan, is_standalone, out);
	tz_ebpf_tables(plan, out);
	tz_ebpf_test_data(plan, out);
	tz_ebpf_state_tables(plan, out);
	tz_buf_puts(out, "\n");
	for (size_t i = plan->chains.n; i-- > 0;) {
		const struct tz_plan_chain *chain = plan->chains.at[i];

		if (!chain->is_called)
			continue;
		tz_buf_printf(out, "%s int ", tz_ebpf_linkage(chain));
		tz_ebpf_chain_name(chain, out);
		tz_buf_puts(out, TZ_EBPF_PARAMETERS ";\n");
	}
	tz_buf_puts(out, "\n");
	for (size_t i = plan->chains.n; i-- > 0;)
		if (plan->chains.at[i]->is_called)
			tz_ebpf_chain(plan, plan->chains.at[i], out);
	for (int i = 0; i < 2; i++) {
		const struct tz_plan_family *f = &plan->families[i];
		enum tz_family family = i ? TZ_IPV6 : TZ_IPV4;

		if (!f->is_planned)
			continue;
		hook_prerouting(plan, family, out);
		hook(plan, family, "input", "INPUT", &f->input, out);
		hook(plan, family, "forward", "FORWARD", &f->forward, out);
		judge(plan, family, out);
	}
	entry_point(plan, out);
}
