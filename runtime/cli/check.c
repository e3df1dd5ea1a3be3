/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tamiz check: diagnostics, a line for every rule with what XDP can do for it
 * in either mode, and the sum of it all. With --json the same facts.
 */
#include "runtime/cli/cli.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"

static void print_fit(const char *mode, enum tamiz_fit fit, const char *why)
{
	printf("%s %s", mode, cli_fit_name(fit));
	if (*why)
		printf(" (%s)", why);
}

static void print_rule(const struct tamiz_rule *rule)
{
	bool is_same = rule->offload == rule->replace &&
		       !strcmp(rule->offload_why, rule->replace_why);

	if (!rule->family) { /* of expressions: they judge frames alone */
		printf("%s:%u: %s: exact\n", rule->file, rule->line,
		       rule->text);
		return;
	}
	printf("%s:%u: %s/%s ", rule->file, rule->line, rule->table,
	       rule->chain);
	if (rule->number)
		printf("%u: ", rule->number);
	else
		printf("policy: ");
	print_fit("offload", rule->offload, is_same ? "" : rule->offload_why);
	printf(", ");
	print_fit("replace", rule->replace, rule->replace_why);
	puts(rule->is_own ? "; tamiz's own: no kernel has it" : "");
}

struct numbered_rule {
	struct tamiz_rule rule;
	size_t number;
};

/* By line within a file; files stand one behind the other already. */
static int compare_places(const void *a, const void *b)
{
	const struct numbered_rule *x = a, *y = b;

	if (x->rule.line != y->rule.line && !strcmp(x->rule.file, y->rule.file))
		return x->rule.line < y->rule.line ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void print_rules(const struct tamiz *tamiz)
{
	size_t n = tamiz_n_rules(tamiz);
	struct numbered_rule *rules = calloc(n ? n : 1, sizeof(*rules));

	if (!rules)
		abort();
	for (size_t i = 0; i < n; i++)
		rules[i] = (struct numbered_rule){ tamiz_rule(tamiz, i), i };
	qsort(rules, n, sizeof(*rules), compare_places);
	for (size_t i = 0; i < n; i++)
		print_rule(&rules[i].rule);
	free(rules);
}

static double percent(size_t part, size_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0.0;
}

static void print_summary(const struct cli *cli,
			  const struct tamiz_summary *sum)
{
	printf("%zu rules, %zu of them at ingress. offload: %zu exact, "
	       "%zu partial, %zu impossible\n",
	       sum->n_rules, sum->n_ingress, sum->n_exact, sum->n_partial,
	       sum->n_impossible);
	if (cli->options.assume_no_nat)
		puts("NAT: none, by --assume-no-nat");
	else if (sum->has_nat)
		puts("NAT: the rules translate addresses: what filter chains "
		     "see of the destination is unknown (--assume-no-nat)");
	if (cli->options.fragments_drop)
		puts("fragments: all dropped, by --fragments=drop, whatever "
		     "the rules say");
	if (cli->options.answers == TAMIZ_ANSWERS_NOBODY)
		puts("REJECT: drops without an answer, by --reject=drop");
	if (cli->options.answers == TAMIZ_ANSWERS_XDP)
		puts("REJECT: answered at XDP, by --reject=answer; OUTPUT "
		     "chains and connection tracking do not see the answers");
	if (sum->dropped_by_rules)
		printf("coverage: of %zu packets made from the rules the rules "
		       "drop %zu, and XDP %zu of these (%.1f%%)\n",
		       sum->sampled, sum->dropped_by_rules, sum->dropped_by_xdp,
		       percent(sum->dropped_by_xdp, sum->dropped_by_rules));
	else
		printf("coverage: of %zu packets made from the rules the rules "
		       "drop none\n",
		       sum->sampled);
}

static json_t *pack_diagnostics(const struct tamiz *tamiz)
{
	static const char *const severities[] = {
		[TAMIZ_ERROR] = "error",
		[TAMIZ_WARNING] = "warning",
		[TAMIZ_NOTE] = "note",
	};
	json_t *array = json_array();

	for (size_t i = 0; i < tamiz_n_diagnostics(tamiz); i++) {
		struct tamiz_diagnostic d = tamiz_diagnostic(tamiz, i);

		json_array_append_new(
			array,
			json_pack("{s:s, s:o, s:i, s:i, s:s, s:o}", "severity",
				  severities[d.severity], "file",
				  tz_json_text(d.file), "line", (int)d.line,
				  "column", (int)d.column, "slug", d.slug,
				  "text", tz_json_text(d.text)));
	}
	return array;
}

static json_t *pack_rule(const struct tamiz_rule *rule)
{
	return json_pack(
		"{s:i, s:s, s:o, s:i, s:o, s:i, s:o, s:o, s:o, s:b, s:b, s:s, "
		"s:o, s:s, s:o, s:s, s:o}",
		"family", rule->family, "table", rule->table, "chain",
		tz_json_text(rule->chain), "number", (int)rule->number, "file",
		tz_json_text(rule->file), "line", (int)rule->line, "text",
		tz_json_text(rule->text), "target", tz_json_text(rule->target),
		"comment", tz_json_text(rule->comment), "own",
		(int)rule->is_own, "ingress", (int)rule->is_ingress, "offload",
		cli_fit_name(rule->offload), "offload_why",
		tz_json_text(rule->offload_why), "replace",
		cli_fit_name(rule->replace), "replace_why",
		tz_json_text(rule->replace_why), "tracked",
		cli_fit_name(rule->tracked), "tracked_why",
		tz_json_text(rule->tracked_why));
}

static json_t *pack_rules(const struct tamiz *tamiz)
{
	json_t *array = json_array();

	for (size_t i = 0; i < tamiz_n_rules(tamiz); i++) {
		struct tamiz_rule rule = tamiz_rule(tamiz, i);

		json_array_append_new(array, pack_rule(&rule));
	}
	return array;
}

static json_t *pack_summary(const struct tamiz_summary *sum)
{
	return json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:b, s:I, s:I, s:I}",
		"rules", (json_int_t)sum->n_rules, "ingress",
		(json_int_t)sum->n_ingress, "exact", (json_int_t)sum->n_exact,
		"partial", (json_int_t)sum->n_partial, "impossible",
		(json_int_t)sum->n_impossible, "nat", (int)sum->has_nat, "ipv4",
		(int)sum->has_v4, "ipv6", (int)sum->has_v6, "sampled",
		(json_int_t)sum->sampled, "dropped_by_rules",
		(json_int_t)sum->dropped_by_rules, "dropped_by_xdp",
		(json_int_t)sum->dropped_by_xdp);
}

static void print_json(struct tamiz *tamiz, const struct tamiz_summary *sum)
{
	json_t *root =
		json_pack("{s:o}", "diagnostics", pack_diagnostics(tamiz));

	if (sum) {
		json_object_set_new(root, "rules", pack_rules(tamiz));
		json_object_set_new(root, "summary", pack_summary(sum));
	}
	json_dumpf(root, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(root);
}

static bool is_fault(const struct cli *cli, const struct tamiz_summary *sum,
		     size_t n_warnings)
{
	if ((cli->fail_on & CLI_FAIL_ON_WARNING) && n_warnings)
		return true;
	if ((cli->fail_on & CLI_FAIL_ON_PARTIAL) && sum->n_partial)
		return true;
	return (cli->fail_on &
		(CLI_FAIL_ON_IMPOSSIBLE | CLI_FAIL_ON_PARTIAL)) &&
	       sum->n_impossible;
}

/* The files against the live rules of this namespace. */
static int compare_live(const struct cli *cli, const struct tamiz *tamiz)
{
	struct tamiz_message message = { 0 };
	struct tamiz_notes notes = { 0 };
	struct tamiz_live *live;
	struct tamiz_drift drift;
	int error = tamiz_live_read(&live, &notes, &message);

	cli_print_notes(&notes);
	if (error)
		return cli_fail(cli, &message, error);
	error = tamiz_live_compare(live, tamiz, &drift);
	if (error) {
		tamiz_live_free(live);
		return cli_fail(cli, &message, error);
	}
	cli_print_drift(tamiz, &drift);

	bool has_drifted =
		drift.n_missing || drift.n_extra || drift.is_reordered;

	tamiz_drift_clear(&drift);
	tamiz_live_free(live);
	return has_drifted ? EXIT_FAULT : EXIT_DONE;
}

static int report(const struct cli *cli, struct tamiz *tamiz, int status)
{
	size_t n_warnings = cli_print_diagnostics(tamiz);

	if (status != EXIT_DONE) {
		if (cli->json)
			print_json(tamiz, NULL);
		return status;
	}

	struct tamiz_summary sum = tamiz_summary(tamiz);

	if (cli->json) {
		print_json(tamiz, &sum);
	} else {
		if (!cli->quiet)
			print_rules(tamiz);
		if (tamiz_judges_frames(tamiz))
			printf("%zu rules of expressions\n", sum.n_rules);
		else
			print_summary(cli, &sum);
	}
	if (cli->fail_on & CLI_FAIL_ON_DRIFT)
		status = compare_live(cli, tamiz);
	if (status == EXIT_DONE && is_fault(cli, &sum, n_warnings))
		status = EXIT_FAULT;
	return status;
}

int cli_check(const struct cli *cli)
{
	struct tamiz_options options = cli->options;
	struct cli_input input = { 0 };
	struct tamiz *tamiz = NULL;
	int status = cli_input_read(&input, &cli->files);

	if (status != EXIT_DONE)
		return status;
	options.ifname = cli->devices.n ? cli->devices.at[0] : NULL;
	status = cli_input_compile(&input, &options, &tamiz);
	if (tamiz)
		status = report(cli, tamiz, status);
	tamiz_free(tamiz);
	cli_input_free(&input);
	return status;
}
