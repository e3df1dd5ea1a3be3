/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The IR is taken in its text form, which is the same both ways: the oracle
 * needs nothing of the compiler's inside but what it judges.
 */
#include "subject.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ir/ct.h"

enum { MAX_NAMES = 64 };

static char *read_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	size_t cap = 0;

	*len = 0;
	for (size_t n = 1; file && n > 0; *len += n) {
		if (cap - *len < 4096) {
			cap = cap ? 2 * cap : 65536;
			text = realloc(text, cap);
			if (!text)
				abort();
		}
		n = fread(text + *len, 1, cap - *len - 1, file);
	}
	if (file)
		fclose(file);
	if (text)
		text[*len] = '\0';
	return text;
}

struct name_count {
	char name[IFNAMSIZ];
	unsigned int n;
};

/* Counts the name at @at in @names; returns how many names there are. */
static size_t count_name(struct name_count *names, size_t n_names,
			 const char *at)
{
	char name[IFNAMSIZ] = "";
	size_t len = strcspn(at, " \t\n");

	if (len == 0 || len >= IFNAMSIZ)
		return n_names;
	memcpy(name, at, len);
	if (name[len - 1] == '+' && len == 1)
		return n_names;
	if (name[len - 1] == '+')
		name[len - 1] = '0';
	if (strcmp(name, "lo") == 0)
		return n_names;
	for (size_t i = 0; i < n_names; i++)
		if (strcmp(names[i].name, name) == 0) {
			names[i].n++;
			return n_names;
		}
	if (n_names == MAX_NAMES)
		return n_names;
	names[n_names].n = 1;
	strcpy(names[n_names].name, name);
	return n_names + 1;
}

/* The input interface that the rules name most often; else eth0. */
static void choose_dev(char *dev, const char *text)
{
	struct name_count names[MAX_NAMES];
	size_t n_names = 0, best = 0;

	for (const char *at = strstr(text, " -i "); at;
	     at = strstr(at + 4, " -i "))
		n_names = count_name(names, n_names, at + 4);
	for (size_t i = 1; i < n_names; i++)
		if (names[i].n > names[best].n)
			best = i;
	strcpy(dev, n_names ? names[best].name : "eth0");
}

static int compile(struct tz_subject *subject, const char *path,
		   const struct tz_subject_options *options)
{
	struct tamiz_options compile = {
		.target = TAMIZ_TARGET_XDP,
		.mode = TAMIZ_MODE_OFFLOAD,
		.backend = options->backend,
		.ifname = subject->dev,
		.host_has_nat = options->host_has_nat,
		.standalone = true,
		.log_ring = options->log_ring,
		.answers = options->answers,
		.host_is_loose = options->is_loose,
		.host_has_one_device = options->has_one_device,
	};

	subject->tamiz = tamiz_new();
	if (!subject->tamiz)
		return -ENOMEM;
	int err = tamiz_add_text(subject->tamiz, path, subject->text,
				 subject->len);

	if (!err && subject->sets)
		err = tamiz_add(subject->tamiz, TAMIZ_LANGUAGE_IPSET, "sets",
				subject->sets, subject->sets_len);
	if (!err)
		err = tamiz_compile(subject->tamiz, &compile);
	for (size_t i = 0; i < tamiz_n_diagnostics(subject->tamiz); i++) {
		struct tamiz_diagnostic diagnostic =
			tamiz_diagnostic(subject->tamiz, i);

		if (diagnostic.severity == TAMIZ_ERROR)
			fputs(diagnostic.printed, stderr);
	}
	return err;
}

static void split_hooks(struct tz_subject *subject)
{
	subject->prerouting = subject->routed = *subject->ir;
	memset(&subject->prerouting.chains, 0,
	       sizeof(subject->prerouting.chains));
	memset(&subject->routed.chains, 0, sizeof(subject->routed.chains));
	for (size_t i = 0; i < subject->ir->chains.n; i++) {
		struct tz_ir_chain *chain = subject->ir->chains.at[i];
		bool is_user = chain->hook == TZ_HOOK_NONE;

		if (is_user || chain->hook == TZ_HOOK_PREROUTING)
			tz_vec_push(subject->arena, &subject->prerouting.chains,
				    chain);
		if (is_user || chain->hook != TZ_HOOK_PREROUTING)
			tz_vec_push(subject->arena, &subject->routed.chains,
				    chain);
	}
	for (int i = 0; i < 2 * TZ_N_TABLES; i++) {
		int family = i % 2, table = i / 2;

		for (int hook = 0; hook < TZ_N_HOOKS; hook++)
			if (hook == TZ_HOOK_PREROUTING)
				subject->routed.base[family][table][hook] =
					NULL;
			else
				subject->prerouting.base[family][table][hook] =
					NULL;
	}
}

static int take_ir(struct tz_subject *subject)
{
	size_t len;
	const char *text = tamiz_emit(subject->tamiz, TAMIZ_EMIT_IR, &len);

	if (!text)
		return -EINVAL;
	subject->arena = tz_arena_new();
	struct tz_sources *sources = tz_sources_new(subject->arena);
	struct tz_diags *diags = tz_diags_new(subject->arena, sources);
	const struct tz_source *source =
		tz_sources_add(sources, "IR", text, len);

	subject->ir = tz_ir_parse(subject->arena, diags, source);
	if (!subject->ir) {
		struct tz_buf said = { 0 };

		for (size_t i = 0; i < tz_diags_count(diags); i++)
			tz_diag_print(diags, tz_diags_at(diags, i), &said);
		fprintf(stderr, "oracle: the IR does not parse:\n%s",
			said.text);
		tz_buf_free(&said);
		return -EINVAL;
	}
	split_hooks(subject);
	subject->has_rules = subject->ir->chains.n > 0;
	if (subject->has_rules)
		subject->family = subject->ir->chains.at[0]->family;
	return 0;
}

/* The file of sets beside the one of rules, if there is one. */
static void read_sets(struct tz_subject *subject, const char *path)
{
	static const char from[] = ".rules", to[] = ".ipset";
	size_t len = strlen(path), stem = len - (sizeof(from) - 1);
	char name[4096];

	if (len < sizeof(from) || len >= sizeof(name) ||
	    strcmp(path + stem, from))
		return;
	memcpy(name, path, stem);
	memcpy(name + stem, to, sizeof(to));
	subject->sets = read_file(name, &subject->sets_len);
}

static bool all_exact(const struct tamiz *tamiz)
{
	for (size_t i = 0; i < tamiz_n_rules(tamiz); i++) {
		struct tamiz_rule rule = tamiz_rule(tamiz, i);

		if (rule.is_ingress && rule.offload != TAMIZ_EXACT)
			return false;
	}
	return true;
}

/* As the compiler has them without a word about the host. */
static void find_ct(struct tz_subject *subject,
		    const struct tz_subject_options *options)
{
	const struct tz_ct_host host = {
		.is_asked = true,
		.translates = options->host_has_nat,
		.is_loose = options->is_loose,
		.has_one_device = options->has_one_device,
		.ifname = subject->dev,
	};
	struct tz_ct_options ct[2];

	tz_ct_options_find(ct, subject->ir, &host);
	subject->ct = ct[subject->family == TZ_IPV6];
}

static int judge(struct tz_subject *subject, const char *path,
		 const struct tz_subject_options *options)
{
	read_sets(subject, path);
	if (options->dev)
		snprintf(subject->dev, sizeof(subject->dev), "%s",
			 options->dev);
	else
		choose_dev(subject->dev, subject->text);
	int err = compile(subject, path, options);

	if (!err)
		err = take_ir(subject);
	if (err)
		return -EINVAL;
	subject->is_exact = all_exact(subject->tamiz);
	subject->has_nat = options->host_has_nat ||
			   tz_ir_has_nat(subject->ir, subject->family);
	find_ct(subject, options);
	return 0;
}

int tz_subject_open(struct tz_subject *subject, const char *path,
		    const struct tz_subject_options *options)
{
	*subject = (struct tz_subject){ 0 };
	subject->text = read_file(path, &subject->len);
	if (subject->text)
		return judge(subject, path, options);
	fprintf(stderr, "oracle: cannot read %s\n", path);
	return -EINVAL;
}

int tz_subject_take(struct tz_subject *subject, const char *path,
		    const char *text, const struct tz_subject_options *options)
{
	*subject = (struct tz_subject){ .text = strdup(text),
					.len = strlen(text) };
	return subject->text ? judge(subject, path, options) : -ENOMEM;
}

void tz_subject_close(struct tz_subject *subject)
{
	tz_arena_free(subject->arena);
	if (subject->tamiz)
		tamiz_free(subject->tamiz);
	free(subject->text);
	free(subject->sets);
}
