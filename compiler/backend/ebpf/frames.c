/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules of expressions as an XDP program: a function for what each rule asks,
 * and functions of many rules that ask them one after the other, for a program
 * may have 256 of those.
 */
#include "backend/backend.h"

#include <inttypes.h>

#include "backend/ebpf/emit.h"
#include "backend/ebpf/flow.h"
#include "flow/flow.h"

/* A function ends behind so many rules, or nodes of their graphs. */
#define PART_RULES_MAX 32
#define PART_NODES_MAX 400

struct printer {
	const struct tz_pcapf *pcapf;
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
		      "#define TZ_N_COUNTERS %zu\n#define TZ_IS_REPLACE\n"
		      "#define TZ_HAS_frames\n",
		      n ? n : 1);
	if (n_limits)
		tz_buf_printf(p->out, "#define TZ_N_LIMITS %zu\n", n_limits);
	logging(p);
	tz_buf_puts(p->out, "\n");
	if (!is_standalone) {
		tz_buf_puts(p->out, "#include <tamiz/frames.bpf.h>\n"
				    "#include <tamiz/test.bpf.h>\n\n");
		return;
	}
	for (size_t i = 0; tz_ebpf_headers[i]; i++)
		tz_buf_puts(p->out, tz_ebpf_headers[i]);
}

static void heading(const struct printer *p, const struct tz_pcapf_rule *rule,
		    const char *indent)
{
	struct tz_place place = tz_sources_find(p->sources, rule->span.begin);

	tz_buf_printf(p->out, "%s/* ", indent);
	if (place.source) {
		tz_ebpf_comment(p->out, place.source->name);
		tz_buf_printf(p->out, ":%u: ", place.line);
	}
	tz_ebpf_comment(p->out, rule->text);
	tz_buf_puts(p->out, " */\n");
}

/* What becomes of a frame that rule @i takes. */
static void act(struct printer *p, size_t i)
{
	const struct tz_pcapf_rule *rule = rule_at(p, i);
	uint64_t step = UINT64_C(1000000000) / (rule->rate ? rule->rate : 1);

	tz_buf_printf(p->out, "\tif (tz_frame_%zu(ctx, s) == TZ_TEST_TRUE", i);
	if (rule->action == TZ_PCAPF_LIMIT)
		tz_buf_printf(p->out,
			      " &&\n\t    tz_limit_exceeds(%" PRIu32
			      ", %" PRIu64 ", %" PRIu64 ")",
			      p->n_limits++, step, step * (rule->burst - 1));
	tz_buf_printf(p->out, ") {\n\t\ttz_note(s, %zu);\n", i);
	switch (rule->action) {
	case TZ_PCAPF_DROP:
	case TZ_PCAPF_LIMIT:
		tz_buf_puts(p->out, "\t\treturn TZ_V_DROP;\n");
		break;
	case TZ_PCAPF_ACCEPT:
		tz_buf_puts(p->out, "\t\treturn TZ_V_PASS;\n");
		break;
	case TZ_PCAPF_COUNT:
	case TZ_PCAPF_SAMPLE:
	case TZ_PCAPF_N_ACTIONS:
		break;
	}
	tz_buf_puts(p->out, "\t}\n");
}

/* How many rules from @first on stand in one function. */
static size_t part_at(const struct printer *p, size_t first)
{
	size_t n = 0, n_nodes = 0;

	while (first + n < p->pcapf->rules.n && n < PART_RULES_MAX &&
	       (!n || n_nodes < PART_NODES_MAX))
		n_nodes += rule_at(p, first + n++)->flow->nodes.n;
	return n;
}

static void parts(struct printer *p)
{
	for (size_t first = 0, n; first < p->pcapf->rules.n; first += n) {
		n = part_at(p, first);
		for (size_t i = first; i < first + n; i++) {
			heading(p, rule_at(p, i), "");
			tz_buf_printf(p->out,
				      "static __always_inline int "
				      "tz_frame_%zu" TZ_EBPF_PARAMETERS "\n",
				      i);
			tz_ebpf_flow(rule_at(p, i)->flow, tz_ebpf_at_frame,
				     p->out);
			tz_buf_puts(p->out, "\n");
		}
		tz_buf_printf(p->out,
			      "__noinline int tz_frames_%zu" TZ_EBPF_PARAMETERS
			      "\n{\n\tasm volatile(\"\" ::\"r\"(ctx));\n"
			      "\tif (!s)\n\t\treturn TZ_V_PASS;\n",
			      p->n_parts++);
		for (size_t i = first; i < first + n; i++) {
			heading(p, rule_at(p, i), "\t");
			act(p, i);
		}
		tz_buf_puts(p->out, "\treturn TZ_V_NEXT;\n}\n\n");
	}
}

void tz_ebpf_frames(const struct tz_pcapf *pcapf,
		    const struct tz_sources *sources,
		    const struct tz_plan_options *options, bool is_standalone,
		    struct tz_buf *out)
{
	struct printer p = {
		.pcapf = pcapf,
		.sources = sources,
		.options = options,
		.out = out,
	};

	headers(&p, is_standalone);
	parts(&p);
	tz_buf_puts(out, "SEC(\"xdp.frags\")\n"
			 "int tz_rules(struct xdp_md *ctx)\n{\n"
			 "\tstruct tz_scratch *s = tz_begin_frame(ctx);\n"
			 "\tint v = TZ_V_NEXT;\n\n"
			 "\tif (!s)\n\t\treturn tz_next_stage(ctx);\n");
	for (size_t i = 0; i < p.n_parts; i++)
		tz_buf_printf(out,
			      "\tif (v == TZ_V_NEXT)\n"
			      "\t\tv = tz_frames_%zu(ctx, s);\n",
			      i);
	tz_buf_puts(out, "\tif (v == TZ_V_DROP)\n"
			 "\t\treturn tz_drop(ctx, s);\n"
			 "\treturn tz_pass(ctx, s);\n}\n\n"
			 "char tz_license[] SEC(\"license\") = "
			 "\"Dual BSD/GPL\";\n");
}
