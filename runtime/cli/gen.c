/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tamiz gen: filters from patterns. What the words mean is libtamiz's; the
 * result is written as compile does it, by default as a rule of iptables.
 */
#include "runtime/cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DNS_PORT 53
/* Extension headers in a rule of iptables, which is short, and elsewhere. */
#define HEADERS_OF_RULE 2
#define HEADERS 4

static const struct generator {
	const char *name;
	enum tamiz_language language;
	bool takes_operands;
	bool is_one; /* of all operands */
} generators[] = {
	{ "dns", TAMIZ_LANGUAGE_DNS, true, true },
	{ "dns-validate", TAMIZ_LANGUAGE_DNS_VALID, false, true },
	{ "p0f", TAMIZ_LANGUAGE_P0F, true, false },
	{ "suffix", TAMIZ_LANGUAGE_SUFFIX, true, true },
};

#define N_GENERATORS (sizeof(generators) / sizeof(generators[0]))

int cli_set_port(struct cli *cli, const char *text)
{
	if (cli_parse_number(text, 1, 65535, &cli->options.generator.port))
		return 0;
	cli_error("--port takes a number from 1 to 65535, not \"%s\"", text);
	return -EINVAL;
}

int cli_set_labels(struct cli *cli, const char *text)
{
	cli->options.generator.labels_given = true;
	if (cli_parse_number(text, 0, 127, &cli->options.generator.labels))
		return 0;
	cli_error("--labels takes a number from 0 to 127, not \"%s\"", text);
	return -EINVAL;
}

int cli_set_headers(struct cli *cli, const char *text)
{
	cli->headers_given = true;
	if (cli_parse_number(text, 0, 8, &cli->options.generator.headers))
		return 0;
	cli_error("--headers takes a number from 0 to 8, not \"%s\"", text);
	return -EINVAL;
}

static const struct generator *find(const struct cli *cli)
{
	const char *name = cli->files.n ? cli->files.at[0] : NULL;
	const char *near;

	for (size_t i = 0; i < N_GENERATORS && name; i++)
		if (!strcmp(generators[i].name, name))
			return &generators[i];
	if (!name) {
		cli_error("gen: what? dns, dns-validate, p0f or suffix");
		return NULL;
	}
	near = cli_nearest(name, &generators[0].name, N_GENERATORS,
			   sizeof(generators[0]));
	if (near)
		cli_error("gen: no generator \"%s\"; did you mean %s?", name,
			  near);
	else
		cli_error("gen: no generator \"%s\": they are dns, "
			  "dns-validate, p0f and suffix",
			  name);
	return NULL;
}

/* Options that would be ignored. */
static int check_usage(const struct cli *cli, const struct generator *g)
{
	const struct tamiz_generator *o = &cli->options.generator;
	bool is_dns = g->language == TAMIZ_LANGUAGE_DNS;
	bool is_valid = g->language == TAMIZ_LANGUAGE_DNS_VALID;
	bool is_p0f = g->language == TAMIZ_LANGUAGE_P0F;
	const struct {
		bool is_wrong;
		const char *option;
	} rows[] = {
		{ o->icase && !is_dns, "icase" },
		{ o->not_valid && !is_valid, "not-valid" },
		{ o->labels_given && !is_valid, "labels" },
		{ o->port && !is_dns && !is_valid, "port" },
		{ o->reply && !is_p0f, "reply" },
		{ o->bare && is_p0f, "bare" },
		{ cli->headers_given && is_p0f, "headers" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].is_wrong) {
			cli_error("gen %s: no option --%s here", g->name,
				  rows[i].option);
			return EXIT_USAGE;
		}
	if (g->takes_operands != (cli->files.n > 1)) {
		cli_error(g->takes_operands ? "gen %s: patterns are missing"
					    : "gen %s: takes no patterns",
			  g->name);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

/* Between blanks; owned by the caller. */
static char *join(const char *const *words, size_t n)
{
	size_t len = 1;
	char *text, *at;

	for (size_t i = 0; i < n; i++)
		len += strlen(words[i]) + 1;
	text = at = malloc(len);
	for (size_t i = 0; i < n && text; i++) {
		if (i)
			*at++ = ' ';
		at = stpcpy(at, words[i]);
	}
	if (text)
		*at = '\0';
	return text;
}

/* What a rule of iptables looks at before a filter that does not. */
static char *match_of(const struct cli *cli, const struct generator *g)
{
	unsigned int port = cli->options.generator.port ?: DNS_PORT;
	char *text;
	int n;

	if (g->language == TAMIZ_LANGUAGE_SUFFIX)
		return strdup("-p udp");
	n = asprintf(&text, "-p udp --dport %u", port);
	return n < 0 ? NULL : text;
}

static void set_defaults(struct tamiz_options *o, bool headers_given)
{
	bool is_rule = o->target == TAMIZ_TARGET_XT_BPF;

	/* iptables and ip6tables have different rules. */
	if (is_rule && !o->family)
		o->family = 4;
	if (is_rule && !o->link)
		o->link = o->family == 6 ? TAMIZ_LINK_IPV6 : TAMIZ_LINK_IPV4;
	if (!headers_given)
		o->generator.headers = is_rule ? HEADERS_OF_RULE : HEADERS;
}

int cli_gen(const struct cli *cli)
{
	const struct generator *g = find(cli);
	int status = g ? check_usage(cli, g) : EXIT_USAGE;
	char *text = NULL, *match = NULL;
	struct cli gen = *cli;

	if (status != EXIT_DONE)
		return status;
	gen.files = (struct cli_list){ 0 };
	gen.expression_name = g->name;
	gen.options.from = g->language;
	set_defaults(&gen.options, cli->headers_given);
	if (g->is_one) {
		text = join(cli->files.at + 1, cli->files.n - 1);
		gen.expressions = (struct cli_list){ (const char **)&text, 1 };
	} else {
		gen.expressions = (struct cli_list){ cli->files.at + 1,
						     cli->files.n - 1 };
	}
	if (gen.options.generator.bare) {
		match = match_of(cli, g);
		gen.options.xt.match = match;
	}
	if ((g->is_one && !text) || (gen.options.generator.bare && !match)) {
		cli_error("no memory");
		status = EXIT_SYSTEM;
	} else {
		status = cli_compile(&gen);
	}
	free(text);
	free(match);
	return status;
}
