/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules of expressions as a program for XDP or tc. Those that fit tables are
 * looked up, all at once, before any other is asked, and have their say when
 * the others before them have had theirs. Of the others a run, of which only
 * the last may let the next one be asked, is one graph that says which of them
 * takes the frame: what they ask alike is asked once. Functions hold some of
 * these, for a program may have 256.
 */
#include "backend/backend.h"

#include <inttypes.h>

#include "backend/ebpf/emit.h"
#include "backend/ebpf/flow.h"
#include "flow/flow.h"
#include "flow/graft.h"

/* A run ends behind so many nodes of its rules' graphs, before they share. */
#define RUN_NODES_MAX 800
/* A function ends behind so many runs, or nodes of their graphs. */
#define PART_RUNS_MAX 32
#define PART_NODES_MAX 400

/* Of functions, between their names and bodies. */
#define PARAMETERS "(struct %s *ctx, struct tz_scratch *s)"

/* What a graph returns of rule @id; 0: none takes the frame. */
#define TAKEN(id, ends) ((uint32_t)((id) + 1) << 2 | (ends))
enum { GOES_ON, DROPS, ACCEPTS };

static const struct hook {
	const char *define; /* in front of the headers */
	const char *headers, *const *standalone;
	const char *section;
	const char *context;
} hooks[] = {
	[TZ_FRAMES_AT_XDP] = { "",
			       "#include <tamiz/frames.bpf.h>\n"
			       "#include <tamiz/test.bpf.h>\n"
			       "#include <tamiz/frame_key.bpf.h>\n\n",
			       tz_ebpf_headers, "xdp.frags", "xdp_md" },
	[TZ_FRAMES_AT_TC] = { "#define TZ_AT_TC\n",
			      "#include <tamiz/frames.bpf.h>\n"
			      "#include <tamiz/tc.bpf.h>\n"
			      "#include <tamiz/frame_key.bpf.h>\n\n",
			      tz_ebpf_tc_headers, "tc", "__sk_buff" },
	[TZ_FRAMES_AT_TC_NET] = { "#define TZ_AT_TC\n"
				  "#define TZ_LINK_IS_NET\n",
				  "#include <tamiz/frames.bpf.h>\n"
				  "#include <tamiz/tc.bpf.h>\n"
				  "#include <tamiz/frame_key.bpf.h>\n\n",
				  tz_ebpf_tc_headers, "tc", "__sk_buff" },
};

struct printer {
	const struct tz_pcapf *pcapf;
	const struct hook *hook;
	const struct tz_sources *sources;
	const struct tz_plan_options *options;
	const struct tz_frames_plan *plan;
	struct tz_buf *out;
	size_t *coded; /* rules that are in no table */
	size_t n_coded;
	size_t n_parts;
};

static const struct tz_pcapf_rule *rule_at(const struct printer *p, size_t i)
{
	return &p->pcapf->rules.at[i];
}

static size_t n_rates(const struct printer *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->pcapf->rules.n; i++)
		n += rule_at(p, i)->action == TZ_PCAPF_LIMIT;
	return n;
}

static bool has_samples(const struct printer *p)
{
	for (size_t i = 0; i < p->pcapf->rules.n; i++)
		if (rule_at(p, i)->action == TZ_PCAPF_SAMPLE)
			return true;
	return p->options->n_samples;
}

/* What log.bpf.h is told; without TZ_LOGS there is nothing of it. */
static void logging(const struct printer *p)
{
	const struct tz_plan_options *o = p->options;

	if (!has_samples(p) && !o->sample_every)
		return;
	tz_buf_printf(p->out,
		      "#define TZ_LOGS\n#define TZ_LOG_SNAPLEN %u\n"
		      "#define TZ_SAMPLE_EVERY %u\n",
		      o->snaplen, o->sample_every);
	if (!has_samples(p))
		return;
	tz_buf_puts(p->out, "#define TZ_SAMPLED_RULES(RULE)");
	for (size_t i = 0; i < o->n_samples; i++)
		tz_buf_printf(p->out, " RULE(%u, %u)", o->samples[i].id,
			      o->samples[i].every);
	for (size_t i = 0; i < p->pcapf->rules.n; i++)
		if (rule_at(p, i)->action == TZ_PCAPF_SAMPLE)
			tz_buf_printf(p->out, " RULE(%zu, %u)", i,
				      rule_at(p, i)->every);
	tz_buf_puts(p->out, "\n");
}

static bool has_rates(const struct printer *p)
{
	return p->plan->goes_on && n_rates(p);
}

/* What frame_key.bpf.h and classify.bpf.h are told. */
static void table_defines(const struct printer *p)
{
	static const char *const names[] = {
		[TZ_FRAMES_IP4] = "IP4",
		[TZ_FRAMES_IP6] = "IP6",
		[TZ_FRAMES_LINK] = "LINK",
	};
	size_t padded = 1;

	tz_ebpf_table_sizes(&p->plan->trees, p->out);
	for (int t = 0; t < TZ_FRAMES_N_TABLES; t++)
		if (p->plan->tables[t] >= 0)
			tz_buf_printf(p->out, "#define TZ_FRAMES_%s %d\n",
				      names[t], p->plan->tables[t]);
	if (p->plan->asks_flags)
		tz_buf_puts(p->out, "#define TZ_FRAMES_FLAGS\n");
	if (p->plan->goes_on)
		tz_buf_puts(p->out, "#define TZ_FRAMES_GO_ON\n");
	while (padded < n_rates(p))
		padded *= 2;
	if (has_rates(p))
		tz_buf_printf(p->out, "#define TZ_N_RATES %zu\n", padded);
}

static void headers(const struct printer *p, bool is_standalone)
{
	size_t n = p->pcapf->rules.n, n_limits = n_rates(p);

	tz_buf_puts(p->out, "/* Made by tamiz. Compile with: clang -O2 -g "
			    "-target bpf -mcpu=v3 */\n");
	tz_buf_printf(p->out,
		      "%s#define TZ_N_COUNTERS %zu\n#define TZ_IS_REPLACE\n"
		      "#define TZ_HAS_frames\n",
		      p->hook->define, n ? n : 1);
	if (n_limits)
		tz_buf_printf(p->out, "#define TZ_N_LIMITS %zu\n", n_limits);
	table_defines(p);
	logging(p);
	tz_buf_puts(p->out, "\n");
	if (!is_standalone) {
		tz_buf_puts(p->out, p->hook->headers);
		return;
	}
	for (size_t i = 0; p->hook->standalone[i]; i++)
		tz_buf_puts(p->out, p->hook->standalone[i]);
}

static void heading(const struct printer *p, const struct tz_pcapf_rule *rule)
{
	struct tz_place place = tz_sources_find(p->sources, rule->span.begin);

	tz_buf_puts(p->out, "/* ");
	if (place.source) {
		tz_ebpf_comment(p->out, place.source->name);
		tz_buf_printf(p->out, ":%u: ", place.line);
	}
	tz_ebpf_comment(p->out, rule->text);
	tz_buf_puts(p->out, " */\n");
}

/* What becomes of a frame that @rule takes, and that is not within its rate. */
static uint32_t ending_of(const struct tz_pcapf_rule *rule)
{
	switch (rule->action) {
	case TZ_PCAPF_DROP:
	case TZ_PCAPF_LIMIT:
		return DROPS;
	case TZ_PCAPF_ACCEPT:
		return ACCEPTS;
	case TZ_PCAPF_COUNT:
	case TZ_PCAPF_SAMPLE:
	case TZ_PCAPF_N_ACTIONS:
		break;
	}
	return GOES_ON;
}

static bool ends_run(const struct tz_pcapf_rule *rule)
{
	return rule->action != TZ_PCAPF_DROP && rule->action != TZ_PCAPF_ACCEPT;
}

/* The rate of @rule as tz_limit_exceeds takes it. */
static void rate(const struct tz_pcapf_rule *rule, uint64_t *step,
		 uint64_t *room)
{
	*step = rule->rate ? UINT64_C(1000000000) / rule->rate : 0;
	*room = rule->rate ? *step * (rule->burst - 1) : 0;
}

/* ---- rules in tables ---- */

static void rates(const struct printer *p)
{
	if (!has_rates(p))
		return;
	tz_buf_puts(p->out, "struct tz_frame_rate tz_rates[TZ_N_RATES] "
			    "SEC(\".data.tz_tables\") = {\n");
	for (size_t i = 0; i < p->pcapf->rules.n; i++) {
		uint64_t step, room;

		rate(rule_at(p, i), &step, &room);
		if (rule_at(p, i)->action == TZ_PCAPF_LIMIT)
			tz_buf_printf(p->out,
				      "\t{ %" PRIu64 ", %" PRIu64 " },\n", step,
				      room);
	}
	tz_buf_puts(p->out, "};\n");
}

static void tables(const struct printer *p)
{
	if (!p->plan->n_in_table)
		return;
	tz_buf_puts(p->out, "/* In tables: */\n");
	for (size_t i = 0; i < p->pcapf->rules.n; i++)
		if (p->plan->is_in_table[i])
			heading(p, rule_at(p, i));
	tz_ebpf_tables(&p->plan->trees, p->out);
	rates(p);
	tz_buf_puts(p->out, "\n");
}

/* ---- the others ---- */

static size_t coded_at(const struct printer *p, size_t i)
{
	return p->coded[i];
}

static const struct tz_pcapf_rule *coded_rule(const struct printer *p, size_t i)
{
	return rule_at(p, coded_at(p, i));
}

/* How many from @first on are one run. */
static size_t run_at(const struct printer *p, size_t first)
{
	size_t n = 0, n_nodes = 0;

	while (first + n < p->n_coded && n_nodes < RUN_NODES_MAX) {
		const struct tz_pcapf_rule *rule = coded_rule(p, first + n++);

		n_nodes += rule->flow->nodes.n;
		if (ends_run(rule) ||
		    (first + n < p->n_coded &&
		     coded_rule(p, first + n)->asks_tag != rule->asks_tag))
			break;
	}
	return n;
}

/* Which rule of the run takes the frame; each stands alone. */
static const struct tz_flow *graph_of(const struct printer *p,
				      struct tz_arena *arena, size_t first,
				      size_t n)
{
	struct tz_flow *flow = tz_flow_new(arena);

	while (n--) {
		const struct tz_pcapf_rule *rule = coded_rule(p, first + n);
		uint32_t taken = TAKEN(coded_at(p, first + n), ending_of(rule));
		struct tz_graft graft = {
			.yes = tz_flow_return(flow, tz_term_const(flow, taken)),
			.no = flow->root,
			.guards = true,
		};

		flow->root = tz_flow_graft(flow, rule->flow, rule->flow->root,
					   &graft);
	}
	return tz_flow_optimize(arena, flow);
}

/* The function of a run; returns the nodes of its graph. */
static size_t run_function(const struct printer *p, size_t run, size_t first,
			   size_t n)
{
	struct tz_arena *arena = tz_arena_new();
	const struct tz_flow *flow = graph_of(p, arena, first, n);
	size_t n_nodes = flow->nodes.n;

	for (size_t i = first; i < first + n; i++)
		heading(p, coded_rule(p, i));
	tz_buf_printf(p->out,
		      "static __always_inline __u32 tz_run_%zu" PARAMETERS "\n",
		      run, p->hook->context);
	tz_ebpf_flow(flow,
		     coded_rule(p, first)->asks_tag ? "TZ_APART" : "TZ_TAKEN",
		     p->out);
	tz_buf_puts(p->out, "\n");
	tz_arena_free(arena);
	return n_nodes;
}

/* What a rule that is not within its rate does not take. */
static void ask_rate(const struct printer *p, size_t id)
{
	uint64_t step, room;

	rate(rule_at(p, id), &step, &room);
	tz_buf_printf(p->out,
		      "\tif (taken == %" PRIu32 " && !tz_limit_exceeds(%" PRIu32
		      ", %" PRIu64 ", %" PRIu64 "))\n\t\ttaken = 0;\n",
		      TAKEN(id, DROPS), p->plan->rates[id], step, room);
}

/* Run @run, from @first to @last of the rules in code, is asked. */
static void ask(struct printer *p, size_t run, size_t first, size_t last)
{
	bool has_rate = coded_rule(p, last)->action == TZ_PCAPF_LIMIT;

	if (p->plan->n_in_table)
		tz_buf_printf(p->out, "\tTZ_FRAME_RULES(%zu);\n",
			      coded_at(p, first) + 1);
	tz_buf_printf(p->out, "\ttaken = tz_run_%zu(ctx, s);\n", run);
	if (p->plan->n_in_table && has_rate)
		tz_buf_puts(p->out, "\tTZ_FRAME_RULES(taken >> 2);\n");
	if (has_rate)
		ask_rate(p, coded_at(p, last));
	if (p->plan->n_in_table)
		tz_buf_puts(p->out, "\tTZ_FRAME_TAKEN(taken);\n");
	else
		tz_buf_puts(p->out, "\tif (taken)\n"
				    "\t\ttz_note(s, (taken >> 2) - 1);\n"
				    "\tif (taken & 3)\n"
				    "\t\treturn taken & 1 ? TZ_V_DROP : "
				    "TZ_V_PASS;\n");
}

static void begin_part(struct printer *p)
{
	tz_buf_printf(p->out,
		      "__noinline int tz_frames_%zu" PARAMETERS
		      "\n{\n\t__u32 taken TZ_UNUSED;\n",
		      p->n_parts++, p->hook->context);
	if (p->plan->n_in_table)
		tz_buf_puts(p->out, "\tstruct tz_frame_keys *k = "
				    "tz_frame_keys_get();\n");
	tz_buf_printf(p->out,
		      "\n\tasm volatile(\"\" ::\"r\"(ctx));\n"
		      "\tif (!s%s)\n\t\treturn TZ_V_PASS;\n",
		      p->plan->n_in_table ? " || !k" : "");
}

/* Runs from rule @first on, number @run the first; returns the next rule. */
static size_t part(struct printer *p, size_t first, size_t *run)
{
	size_t ends[PART_RUNS_MAX], n_runs = 0, n_nodes = 0, begin = first;

	while (first < p->n_coded && n_runs < PART_RUNS_MAX &&
	       n_nodes < PART_NODES_MAX) {
		size_t n = run_at(p, first);

		n_nodes += run_function(p, *run + n_runs, first, n);
		first += n;
		ends[n_runs++] = first;
	}
	begin_part(p);
	for (size_t i = 0; i < n_runs; i++) {
		ask(p, (*run)++, begin, ends[i] - 1);
		begin = ends[i];
	}
	if (p->plan->n_in_table && first == p->n_coded)
		tz_buf_puts(p->out, "\tTZ_FRAME_RULES(~0u);\n");
	tz_buf_puts(p->out, "\treturn TZ_V_NEXT;\n}\n\n");
	return first;
}

static void parts(struct printer *p)
{
	size_t run = 0, first = 0;

	do
		first = part(p, first, &run);
	while (first < p->n_coded);
}

/* The program itself. */
static void stage(const struct printer *p)
{
	tz_buf_printf(p->out,
		      "SEC(\"%s\")\n"
		      "int tz_rules(struct %s *ctx)\n{\n"
		      "\t__u16 ip_len;\n"
		      "\tstruct tz_scratch *s = tz_begin_frame(ctx, &ip_len);\n"
		      "\tint v = TZ_V_NEXT;\n\n"
		      "\tif (!s)\n\t\treturn tz_next_stage(ctx);\n",
		      p->hook->section, p->hook->context);
	if (p->plan->n_in_table)
		tz_buf_puts(p->out, "\ttz_frame_look(ctx);\n");
	for (size_t i = 0; i < p->n_parts; i++)
		tz_buf_printf(p->out,
			      "\tif (v == TZ_V_NEXT)\n"
			      "\t\tv = tz_frames_%zu(ctx, s);\n",
			      i);
	tz_buf_puts(p->out, "\treturn tz_end_frame(ctx, s, v, ip_len);\n}\n\n"
			    "char tz_license[] SEC(\"license\") = "
			    "\"Dual BSD/GPL\";\n");
}

void tz_ebpf_frames(const struct tz_pcapf *pcapf,
		    const struct tz_frames_plan *plan, enum tz_frames_hook hook,
		    const struct tz_sources *sources,
		    const struct tz_plan_options *options, bool is_standalone,
		    struct tz_buf *out)
{
	struct tz_arena *arena = tz_arena_new();
	struct printer p = {
		.pcapf = pcapf,
		.hook = &hooks[hook],
		.sources = sources,
		.options = options,
		.plan = plan,
		.out = out,
		.coded = tz_new_array(arena, size_t, pcapf->rules.n),
	};

	for (size_t i = 0; i < pcapf->rules.n; i++)
		if (!plan->is_in_table[i])
			p.coded[p.n_coded++] = i;
	headers(&p, is_standalone);
	tables(&p);
	parts(&p);
	stage(&p);
	tz_arena_free(arena);
}
