/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules of expressions as a program for XDP or tc. A run of rules, of which
 * only the last may let the next one be asked, is one graph that says which of
 * them takes the frame: what they ask alike is asked once. Functions hold some
 * of these, for a program may have 256.
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
			       "#include <tamiz/test.bpf.h>\n\n",
			       tz_ebpf_headers, "xdp.frags", "xdp_md" },
	[TZ_FRAMES_AT_TC] = { "#define TZ_AT_TC\n",
			      "#include <tamiz/frames.bpf.h>\n"
			      "#include <tamiz/tc.bpf.h>\n\n",
			      tz_ebpf_tc_headers, "tc", "__sk_buff" },
	[TZ_FRAMES_AT_TC_NET] = { "#define TZ_AT_TC\n"
				  "#define TZ_LINK_IS_NET\n",
				  "#include <tamiz/frames.bpf.h>\n"
				  "#include <tamiz/tc.bpf.h>\n\n",
				  tz_ebpf_tc_headers, "tc", "__sk_buff" },
};

struct printer {
	const struct tz_pcapf *pcapf;
	const struct hook *hook;
	const struct tz_sources *sources;
	const struct tz_plan_options *options;
	struct tz_buf *out;
	size_t n_parts;
	uint32_t n_limits; /* of rules that are printed */
};

static const struct tz_pcapf_rule *rule_at(const struct printer *p, size_t i)
{
	return &p->pcapf->rules.at[i];
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

static void headers(const struct printer *p, bool is_standalone)
{
	size_t n = p->pcapf->rules.n, n_limits = 0;

	for (size_t i = 0; i < n; i++)
		n_limits += rule_at(p, i)->action == TZ_PCAPF_LIMIT;
	tz_buf_puts(p->out, "/* Made by tamiz. Compile with: clang -O2 -g "
			    "-target bpf -mcpu=v3 */\n");
	tz_buf_printf(p->out,
		      "%s#define TZ_N_COUNTERS %zu\n#define TZ_IS_REPLACE\n"
		      "#define TZ_HAS_frames\n",
		      p->hook->define, n ? n : 1);
	if (n_limits)
		tz_buf_printf(p->out, "#define TZ_N_LIMITS %zu\n", n_limits);
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

/* How many rules from @first on are one run. */
static size_t run_at(const struct printer *p, size_t first)
{
	size_t n = 0, n_nodes = 0;

	while (first + n < p->pcapf->rules.n && n_nodes < RUN_NODES_MAX) {
		const struct tz_pcapf_rule *rule = rule_at(p, first + n++);

		n_nodes += rule->flow->nodes.n;
		if (ends_run(rule) ||
		    (first + n < p->pcapf->rules.n &&
		     rule_at(p, first + n)->asks_tag != rule->asks_tag))
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
		const struct tz_pcapf_rule *rule = rule_at(p, first + n);
		uint32_t taken = TAKEN(first + n, ending_of(rule));
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
		heading(p, rule_at(p, i));
	tz_buf_printf(p->out,
		      "static __always_inline __u32 tz_run_%zu" PARAMETERS "\n",
		      run, p->hook->context);
	tz_ebpf_flow(flow,
		     rule_at(p, first)->asks_tag ? "TZ_APART" : "TZ_TAKEN",
		     p->out);
	tz_buf_puts(p->out, "\n");
	tz_arena_free(arena);
	return n_nodes;
}

/* The run whose last rule is @last is asked. */
static void ask(struct printer *p, size_t run, size_t last)
{
	const struct tz_pcapf_rule *rule = rule_at(p, last);
	uint64_t step = UINT64_C(1000000000) / (rule->rate ? rule->rate : 1);

	tz_buf_printf(p->out, "\ttaken = tz_run_%zu(ctx, s);\n", run);
	if (rule->action == TZ_PCAPF_LIMIT)
		tz_buf_printf(p->out,
			      "\tif (taken == %" PRIu32
			      " && !tz_limit_exceeds(%" PRIu32 ", %" PRIu64
			      ", %" PRIu64 "))\n\t\ttaken = 0;\n",
			      TAKEN(last, DROPS), p->n_limits++, step,
			      step * (rule->burst - 1));
	tz_buf_puts(p->out, "\tif (taken)\n"
			    "\t\ttz_note(s, (taken >> 2) - 1);\n"
			    "\tif (taken & 3)\n"
			    "\t\treturn taken & 1 ? TZ_V_DROP : TZ_V_PASS;\n");
}

/* Runs from rule @first on, number @run the first; returns the next rule. */
static size_t part(struct printer *p, size_t first, size_t *run)
{
	size_t lasts[PART_RUNS_MAX], n_runs = 0, n_nodes = 0;

	while (first < p->pcapf->rules.n && n_runs < PART_RUNS_MAX &&
	       n_nodes < PART_NODES_MAX) {
		size_t n = run_at(p, first);

		n_nodes += run_function(p, *run + n_runs, first, n);
		first += n;
		lasts[n_runs++] = first - 1;
	}
	tz_buf_printf(p->out,
		      "__noinline int tz_frames_%zu" PARAMETERS
		      "\n{\n\t__u32 taken;\n\n"
		      "\tasm volatile(\"\" ::\"r\"(ctx));\n"
		      "\tif (!s)\n\t\treturn TZ_V_PASS;\n",
		      p->n_parts++, p->hook->context);
	for (size_t i = 0; i < n_runs; i++)
		ask(p, (*run)++, lasts[i]);
	tz_buf_puts(p->out, "\treturn TZ_V_NEXT;\n}\n\n");
	return first;
}

static void parts(struct printer *p)
{
	size_t run = 0;

	for (size_t first = 0; first < p->pcapf->rules.n;)
		first = part(p, first, &run);
}

void tz_ebpf_frames(const struct tz_pcapf *pcapf, enum tz_frames_hook hook,
		    const struct tz_sources *sources,
		    const struct tz_plan_options *options, bool is_standalone,
		    struct tz_buf *out)
{
	struct printer p = {
		.pcapf = pcapf,
		.hook = &hooks[hook],
		.sources = sources,
		.options = options,
		.out = out,
	};

	headers(&p, is_standalone);
	parts(&p);
	tz_buf_printf(out,
		      "SEC(\"%s\")\n"
		      "int tz_rules(struct %s *ctx)\n{\n"
		      "\t__u16 ip_len;\n"
		      "\tstruct tz_scratch *s = tz_begin_frame(ctx, &ip_len);\n"
		      "\tint v = TZ_V_NEXT;\n\n"
		      "\tif (!s)\n\t\treturn tz_next_stage(ctx);\n",
		      p.hook->section, p.hook->context);
	for (size_t i = 0; i < p.n_parts; i++)
		tz_buf_printf(out,
			      "\tif (v == TZ_V_NEXT)\n"
			      "\t\tv = tz_frames_%zu(ctx, s);\n",
			      i);
	tz_buf_puts(out, "\treturn tz_end_frame(ctx, s, v, ip_len);\n}\n\n"
			 "char tz_license[] SEC(\"license\") = "
			 "\"Dual BSD/GPL\";\n");
}
