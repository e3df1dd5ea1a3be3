/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pipeline as one function, and the public face of libtamiz: what was
 * read, what is wrong with it, and the forms it can be had in.
 */
#include <tamiz/compile.h>

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "base/diag.h"
#include "compile.h"
#include "grammar/iptables.h"
#include "ir/ct.h"
#include "lower/lower.h"
#include "opt/report.h"
#include "sema/ipset.h"

/* Rules are numbered in 22 bits of a table's hits (tree.h). */
#define COUNTED_MAX (1u << 21)
/* CONFIG_HZ as most distributions have it. */
#define HZ_DEFAULT 250
/* net.ipv4.icmp_msgs_per_sec */
#define RATE_DEFAULT 1000

struct tamiz *tamiz_new(void)
{
	struct tz_arena *arena = tz_arena_new();
	struct tamiz *t = tz_new(arena, struct tamiz);

	t->arena = arena;
	t->sources = tz_sources_new(arena);
	t->diags = tz_diags_new(arena, t->sources);
	return t;
}

void tamiz_free(struct tamiz *t)
{
	if (!t)
		return;
	for (int i = 0; i < TAMIZ_N_EMITS; i++)
		tz_buf_free(&t->emitted[i]);
	tz_arena_free(t->arena);
}

int tamiz_add(struct tamiz *t, enum tamiz_language language, const char *name,
	      const char *text, size_t len)
{
	if (!tz_sources_add(t->sources, name, text, len))
		return -EFBIG;
	tz_vec_push(t->arena, &t->languages, language);
	return 0;
}

int tamiz_add_text(struct tamiz *t, const char *name, const char *text,
		   size_t len)
{
	return tamiz_add(t, TAMIZ_LANGUAGE_AUTO, name, text, len);
}

/* Reads all of @file, but not more than the compiler takes. */
static int read_all(FILE *file, char **text, size_t *len)
{
	size_t cap = 64 << 10, n = 0;
	char *buf = malloc(cap);

	while (buf) {
		n += fread(buf + n, 1, cap - n, file);
		if (n < cap)
			break;

		/* One byte more than is taken tells that there is more. */
		size_t next =
			cap < TZ_SOURCES_MAX / 2 ? cap * 2 : TZ_SOURCES_MAX + 1;
		char *larger = next > cap ? realloc(buf, next) : NULL;

		if (!larger) {
			free(buf);
			return next > cap ? -ENOMEM : -EFBIG;
		}
		buf = larger;
		cap = next;
	}
	if (!buf)
		return -ENOMEM;
	if (ferror(file)) {
		free(buf);
		return -EIO;
	}
	*text = buf;
	*len = n;
	return 0;
}

int tamiz_add_file(struct tamiz *t, const char *path)
{
	bool is_stdin = !strcmp(path, "-");
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	char *text;
	size_t len;
	int err;

	if (!file)
		return -errno;
	errno = 0;
	err = read_all(file, &text, &len);
	if (err == -EIO && errno)
		err = -errno; /* a directory, for one */
	if (!is_stdin)
		fclose(file);
	if (err)
		return err;
	err = tamiz_add_text(t, is_stdin ? "<stdin>" : path, text, len);
	free(text);
	return err;
}

static bool takes_backend(const struct tamiz_options *o,
			  enum tamiz_backend backend)
{
	return o->backend == TAMIZ_BACKEND_BOTH || o->backend == backend;
}

static void set_ct_options(struct tamiz *t)
{
	const struct tamiz_options *o = &t->options;
	const struct tz_ct_host host = {
		.is_asked = o->mode == TAMIZ_MODE_OFFLOAD &&
			    o->conntrack == TAMIZ_CONNTRACK_LOOKUP,
		.is_loose = o->host_is_loose,
		.expects = o->host_has_expectations,
		.notracks = o->host_has_notrack,
		.has_zones = o->host_has_zones,
		.translates = o->host_has_nat,
		.ignores_nat = o->assume_no_nat,
		.owns_state = o->owns_state,
		.has_requests = o->host_has_requests,
		.has_one_device = o->host_has_one_device,
		.ifname = o->ifname,
	};

	tz_ct_options_find(t->plan_options.ct, t->ir, &host);
}

static void set_plan_options(struct tamiz *t, const struct tamiz_options *o)
{
	struct tz_plan_options *p = &t->plan_options;

	*p = (struct tz_plan_options){
		.is_replace = o->mode == TAMIZ_MODE_REPLACE,
		.backends = {
			[TZ_BACKEND_LEGACY] =
				takes_backend(o, TAMIZ_BACKEND_LEGACY),
			[TZ_BACKEND_NFT] = takes_backend(o, TAMIZ_BACKEND_NFT),
		},
		.ifname = o->ifname,
		.fragments_drop = o->fragments_drop,
		.answer_rate = o->answer_rate ? o->answer_rate : RATE_DEFAULT,
		.answer_ttl = (uint8_t)(o->host_ttl ? o->host_ttl : 64),
		.answer_hops = (uint8_t)(o->host_hops ? o->host_hops : 64),
		.udp_merges = o->udp_merges,
		.owns_state = o->owns_state,
		.kernel = { .hz = o->hz ? o->hz : HZ_DEFAULT,
			    .recent_entries = o->recent_entries,
			    .recent_stamps = o->recent_stamps },
		.hides_routes = { o->hides_routes & TAMIZ_HIDES_ROUTES4,
				  o->hides_routes & TAMIZ_HIDES_ROUTES6 },
		.hides_sockets = o->hides_routes & TAMIZ_HIDES_SOCKETS,
		.chains = o->chains,
		.n_chains = o->n_chains,
		.sample_every = o->sample_every,
		.snaplen = o->snaplen ? o->snaplen : TAMIZ_SNAPLEN_DEFAULT,
	};
	for (int i = 0; i < 2; i++)
		p->has_nat[i] = !o->assume_no_nat &&
				(o->host_has_nat ||
				 tz_ir_has_nat(t->ir, i ? TZ_IPV6 : TZ_IPV4));
	set_ct_options(t);
}

/* In replace nobody else judges: what cannot be decided is an error. */
static void refuse_undecidable(struct tamiz *t)
{
	for (size_t i = 0; i < t->ir->counted.n; i++) {
		const struct tz_ir_rule *rule = t->ir->counted.at[i].rule;

		if (!rule || tz_diags_full(t->diags))
			continue;

		struct tz_report r = tz_report_rule(t->plan, rule);

		if (r.is_ingress && r.replace != TZ_FIT_EXACT)
			tz_diag(t->diags, TZ_DIAG_UNDECIDABLE, rule->span,
				"this rule cannot be replaced at XDP: %s",
				r.replace_why);
	}
	if (t->plan->too_deep)
		tz_diag(t->diags, TZ_DIAG_UNDECIDABLE, t->plan->too_deep->span,
			"this rule cannot be replaced at XDP: its chain is "
			"called from more than %u others, one in another",
			tz_plan_levels(t->plan));
}

static bool is_of_sets(const struct tamiz *t, size_t i)
{
	return t->languages.at[i] == TAMIZ_LANGUAGE_IPSET;
}

/* Before the rules that ask them, wherever they stand. */
static void read_sets(struct tamiz *t)
{
	for (size_t i = 0; i < tz_sources_count(t->sources); i++)
		if (is_of_sets(t, i))
			tz_ipset_read(t->ir->sets, t->diags,
				      tz_sources_at(t->sources, i));
	tz_ipsets_settle(t->ir->sets);
}

static void lower_sources(struct tamiz *t, int family)
{
	read_sets(t);
	for (size_t i = 0; i < tz_sources_count(t->sources); i++) {
		if (is_of_sets(t, i))
			continue;

		struct tz_arena *arena = tz_arena_new_within(t->arena);
		struct tz_ast_file *file = tz_iptables_parse(
			arena, t->diags, tz_sources_at(t->sources, i));

		if (!tz_diags_full(t->diags))
			tz_lower_file(t->ir, t->diags, file,
				      (enum tz_family)family);
		tz_arena_free(arena);
	}
}

/* An eBPF program that gives a verdict on packets; else it is a filter. */
static bool is_for_hook(const struct tamiz_options *o)
{
	return o->target == TAMIZ_TARGET_XDP || o->target == TAMIZ_TARGET_TC;
}

/* AUTO becomes what each source is written in. */
static void tell_languages(struct tamiz *t)
{
	for (size_t i = 0; i < t->languages.n; i++) {
		enum tamiz_language *language = &t->languages.at[i];

		if (*language == TAMIZ_LANGUAGE_AUTO)
			*language = t->options.from;
		*language =
			tz_language_of(tz_sources_at(t->sources, i), *language);
	}
}

/* What the host sends to itself keeps the entry that it went out with. */
static uint32_t entries_of_device(const struct tamiz_options *options)
{
	return options->ifname && !strcmp(options->ifname, "lo")
		       ? TZ_IR_HAS_ENTRIES
		       : 0;
}

static bool keeps_state(const struct tamiz_options *options)
{
	return options->owns_state || options->mode == TAMIZ_MODE_REPLACE;
}

int tamiz_compile(struct tamiz *t, const struct tamiz_options *options)
{
	const char *broken __attribute__((unused));

	t->options = *options;
	tell_languages(t);
	if (!is_for_hook(options)) {
		tz_filter_compile(t);
		return tz_diags_have_errors(t->diags) ? -EINVAL : 0;
	}
	if (options->target == TAMIZ_TARGET_TC || tz_frames_are_there(t)) {
		tz_frames_compile(t);
		return tz_diags_have_errors(t->diags) ? -EINVAL : 0;
	}
	t->ir = tz_ir_new(t->arena, t->sources);
	lower_sources(t, options->family);
	if (tz_diags_have_errors(t->diags))
		return -EINVAL;
	if (t->ir->counted.n > COUNTED_MAX) {
		tz_diag(t->diags, TZ_DIAG_TOO_LARGE, (struct tz_span){ 0 },
			"%zu rules are too many: at most %u", t->ir->counted.n,
			COUNTED_MAX);
		return -EINVAL;
	}
	if (!keeps_state(options))
		tz_effects_of_sets(t->ir);
	if (options->log_ring)
		tz_effects_of_logs(t->ir);
	if (options->answers != TAMIZ_ANSWERS_KERNEL)
		tz_effects_of_rejects(t->ir,
				      options->answers == TAMIZ_ANSWERS_XDP,
				      options->host_writes);
	broken = tz_ir_verify(t->ir);
	assert(!broken);
	tz_ir_mark_stale(t->ir,
			 options->host_writes | entries_of_device(options));
	t->is_read = true;
	if (options->rules_only)
		return 0;
	set_plan_options(t, options);
	if (keeps_state(options)) {
		tz_effects_of_puts(t->ir, &t->plan_options);
		tz_effects_of_sets(t->ir);
	}
	tz_effects_of_lists(t->ir, &t->plan_options);
	tz_samples_resolve(t);
	t->plan = tz_plan_build(t->arena, t->ir, &t->plan_options);
	if (options->mode == TAMIZ_MODE_REPLACE)
		refuse_undecidable(t);
	return tz_diags_have_errors(t->diags) ? -EINVAL : 0;
}

size_t tamiz_n_diagnostics(const struct tamiz *t)
{
	return tz_diags_count(t->diags);
}

struct tamiz_diagnostic tamiz_diagnostic(const struct tamiz *t, size_t i)
{
	const struct tz_diag *diag = tz_diags_at(t->diags, i);
	struct tz_place place = tz_sources_find(t->sources, diag->span.begin);
	struct tz_buf printed = { 0 };

	tz_diag_print(t->diags, diag, &printed);

	struct tamiz_diagnostic result = {
		.severity = (enum tamiz_severity)diag->severity,
		.file = place.source ? place.source->name : NULL,
		.line = place.line,
		.column = place.column,
		.slug = tz_diag_slug(diag->id),
		.text = diag->text,
		.printed =
			tz_arena_strndup(t->arena, printed.text, printed.len),
	};

	tz_buf_free(&printed);
	return result;
}

/* The trees are gone when they are lowered: they are read once more. */
static void print_trees(const struct tamiz *t, struct tz_buf *out)
{
	for (size_t i = 0; i < tz_sources_count(t->sources); i++) {
		if (is_of_sets(t, i))
			continue;

		struct tz_arena *arena = tz_arena_new();
		struct tz_diags *diags = tz_diags_new(arena, t->sources);

		tz_ast_print(tz_iptables_parse(arena, diags,
					       tz_sources_at(t->sources, i)),
			     out);
		tz_arena_free(arena);
	}
}

static bool emit(struct tamiz *t, enum tamiz_emit form, struct tz_buf *out)
{
	if (!is_for_hook(&t->options))
		return tz_filter_emit(t, form, out);
	if (t->frames)
		return tz_frames_emit(t, form, out);
	if (form == TAMIZ_EMIT_AST) {
		print_trees(t, out);
		return true;
	}
	if (form == TAMIZ_EMIT_SAVE || form == TAMIZ_EMIT_IR) {
		if (t->is_read && form == TAMIZ_EMIT_SAVE)
			tz_ir_save(t->ir, out);
		else if (t->is_read)
			tz_ir_print(t->ir, out);
		return t->is_read;
	}
	if (!t->plan || (form != TAMIZ_EMIT_PLAN && form != TAMIZ_EMIT_C))
		return false;
	tz_plan_segment(t->plan);
	if (form == TAMIZ_EMIT_PLAN)
		tz_plan_print(t->plan, out);
	else
		tz_ebpf_emit(t->plan, t->options.standalone, out);
	return true;
}

const char *tamiz_emit(struct tamiz *t, enum tamiz_emit form, size_t *len)
{
	assert(form < TAMIZ_N_EMITS);

	struct tz_buf *out = &t->emitted[form];

	if (!out->text) {
		if (!emit(t, form, out))
			return NULL;
		tz_buf_puts(out, "");
	}
	*len = out->len;
	return out->text;
}
