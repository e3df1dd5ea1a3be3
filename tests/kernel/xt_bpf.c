/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters inside iptables: what `tamiz compile -t xt_bpf` makes of expressions
 * is loaded by each engine of iptables in a namespace of its own, packets are
 * put in by a tun device, and the counters must be what the flow graphs say, as
 * they were read, of these packets.
 *
 *     xt_bpf ENGINE[,ENGINE] TAMIZ BPFFS MOST FILE...
 *
 * An engine is "legacy" or "nft". FILE has an expression a line. Those that
 * take one rule are loaded together, MOST of them. Those that take more are
 * loaded alone: split, with a target that ends and with one that does not; and
 * as a socket filter that the program TAMIZ pins in BPFFS.
 */
#include <assert.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xt_test.h"

#define LINE_MAX_LEN 65536
#define PACKETS_OF_EACH 40

struct xt_test test;

/* ---- expressions ---- */

/* @name: of the chain that it is split in; NULL: a socket filter. */
static struct tamiz *compile(const char *text, const char *name,
			     const char *jump)
{
	struct tamiz_options options = {
		.target = TAMIZ_TARGET_XT_BPF,
		.xt = { .chain = "raw/PREROUTING",
			.jump = jump,
			.name = name,
			.object = name ? NULL : "/sys/fs/bpf/tamiz",
			.split = name },
	};
	struct tamiz *tamiz = tamiz_new();

	tamiz_add(tamiz, TAMIZ_LANGUAGE_EXPRESSION, "-e", text, strlen(text));
	if (tamiz_compile(tamiz, &options) == 0)
		return tamiz;
	tamiz_free(tamiz);
	return NULL;
}

static void add_expression(char *text)
{
	struct xt_expression e = { .text = strdup(text) };
	size_t n;

	e.tamiz = compile(text, "split", "hit");
	if (!e.tamiz) {
		e.tamiz = compile(text, NULL, "hit");
		e.is_uncut = true;
	}
	e.flow = e.tamiz ? xt_read_flow(text) : NULL;
	if (!e.flow) {
		test.n_refused++;
		tamiz_free(e.tamiz);
		free(e.text);
		return;
	}
	e.is_large = !tamiz_cbpf(e.tamiz, &n);
	test.at[test.n++] = e;
}

static void read_expressions(const char *path)
{
	static char line[LINE_MAX_LEN];
	FILE *file = fopen(path, "re");

	if (!file) {
		perror(path);
		exit(1);
	}
	while (test.n < XT_EXPRESSIONS_MAX && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (*line && *line != '#')
			add_expression(line);
	}
	fclose(file);
}

static unsigned long long expect(const struct xt_expression *e,
				 unsigned int version)
{
	unsigned long long n = 0;

	for (size_t i = 0; i < test.packets.n; i++)
		if (test.packets.at[i].bytes[0] >> 4 == version)
			n += xt_packet_matches(e->flow, &test.packets.at[i]);
	return n;
}

static unsigned long long count_version(unsigned int version)
{
	unsigned long long n = 0;

	for (size_t i = 0; i < test.packets.n; i++)
		n += test.packets.at[i].bytes[0] >> 4 == version;
	return n;
}

/* ---- one rule each ---- */

static void load_small(unsigned int version, const size_t *chosen, size_t n)
{
	char *text = NULL;
	size_t size, len;
	FILE *file = open_memstream(&text, &size);

	fprintf(file, "*raw\n:PREROUTING ACCEPT [0:0]\n"
		      "-A PREROUTING -m comment --comment base\n");
	for (size_t i = 0; i < n; i++) {
		const char *code = tamiz_emit(test.at[chosen[i]].tamiz,
					      TAMIZ_EMIT_BYTECODE, &len);

		fprintf(file, "-A PREROUTING -m bpf --bytecode \"%.*s\"\n",
			(int)strcspn(code, "\n"), code);
	}
	fprintf(file, "COMMIT\n");
	fclose(file);
	xt_restore(version, text);
	free(text);
}

static size_t compare_small(unsigned int version, const size_t *chosen,
			    size_t n)
{
	static unsigned long long counts[XT_EXPRESSIONS_MAX];
	struct xt_expression base = { .text = (char *)"all packets" };
	size_t n_matching = 0;

	if (xt_read_counts(version, "base", counts, 1) != 1 ||
	    counts[0] != count_version(version))
		xt_fail(&base, "base", counts[0], count_version(version));
	if (xt_read_counts(version, "-m bpf", counts, XT_EXPRESSIONS_MAX) !=
	    n) {
		printf("FAILED: not all rules are there\n");
		test.failed++;
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		const struct xt_expression *e = &test.at[chosen[i]];
		unsigned long long wanted = expect(e, version);

		n_matching += wanted > 0;
		if (counts[i] != wanted)
			xt_fail(e, version == 4 ? "IPv4" : "IPv6", counts[i],
				wanted);
	}
	return n_matching;
}

static void test_small(size_t most)
{
	static size_t chosen[XT_EXPRESSIONS_MAX];
	size_t n_small = 0, n = 0, matching[2];

	for (size_t i = 0; i < test.n; i++)
		n_small += !test.at[i].is_large;
	/* Spread over the file. */
	for (size_t i = 0, seen = 0; i < test.n; i++) {
		if (test.at[i].is_large)
			continue;
		if (n < (seen + 1) * most / n_small || n_small <= most)
			chosen[n++] = i;
		seen++;
	}
	for (size_t i = 0; i < n; i++)
		xt_packets_draw(&test.packets, test.at[chosen[i]].flow,
				PACKETS_OF_EACH);
	load_small(4, chosen, n);
	load_small(6, chosen, n);
	xt_inject();
	matching[0] = compare_small(4, chosen, n);
	matching[1] = compare_small(6, chosen, n);
	printf("%s: %zu expressions in a rule each, %zu packets; %zu match "
	       "some of IPv4, %zu of IPv6; %zu refused\n",
	       test.engine, n, test.packets.n, matching[0], matching[1],
	       test.n_refused);
	if (matching[0] < n / 4 || matching[1] < n / 4) {
		printf("FAILED: the packets suit too few of them\n");
		test.failed++;
	}
}

/* ---- several rules ---- */

static void begin_large(const struct xt_expression *e)
{
	test.packets.n = 0;
	xt_packets_draw(&test.packets, e->flow, XT_PACKETS_OF_LARGE);
	for (unsigned int version = 4; version <= 6; version += 2)
		xt_restore(version, "*raw\n:PREROUTING ACCEPT [0:0]\n"
				    ":hit - [0:0]\nCOMMIT\n");
}

/* The rules that jump to "hit" count what matches, @left what is left. */
static void compare_large(const struct xt_expression *e, const char *what,
			  bool has_left)
{
	static unsigned long long counts[XT_RULES_MAX];

	for (unsigned int version = 4; version <= 6; version += 2) {
		unsigned long long hit = 0, left = 0;
		unsigned long long wanted = expect(e, version);
		size_t n;

		n = xt_read_counts(version, "-j hit", counts, XT_RULES_MAX);
		for (size_t i = 0; i < n; i++)
			hit += counts[i];
		xt_read_counts(version, "left", &left, 1);
		test.n_matched += wanted;
		if (hit != wanted)
			xt_fail(e, what, hit, wanted);
		if (has_left && left != count_version(version) - wanted)
			xt_fail(e, "what is left", left,
				count_version(version) - wanted);
	}
}

static void test_split(const struct xt_expression *e)
{
	struct tamiz *drop = compile(e->text, "gone", NULL);
	size_t len;

	begin_large(e);
	xt_run_commands(tamiz_emit(e->tamiz, TAMIZ_EMIT_COMMANDS, &len));
	xt_run_commands(tamiz_emit(drop, TAMIZ_EMIT_COMMANDS, &len));
	xt_run_commands(
		"iptables -t raw -A PREROUTING -m comment --comment left\n"
		"ip6tables -t raw -A PREROUTING -m comment "
		"--comment left\n");
	xt_inject();
	compare_large(e, "split", true);
	tamiz_free(drop);
}

static void test_object(const struct xt_expression *e)
{
	char path[256];
	const char *argv[] = {
		test.tamiz, "compile",  "-t", "xt_bpf",  "-e",
		e->text,    "--object", path, "--chain", "raw/PREROUTING",
		"--jump",   "hit",      NULL
	};
	char *commands = NULL;

	snprintf(path, sizeof(path), "%s/xt", test.bpffs);
	begin_large(e);
	xt_must_run(argv, NULL, &commands);
	xt_run_commands(commands);
	free(commands);
	xt_inject();
	compare_large(e, "object", false);
	unlink(path);
}

static void test_large(void)
{
	size_t n = 0, n_uncut = 0;

	for (size_t i = 0; i < test.n; i++) {
		if (!test.at[i].is_large)
			continue;
		if (!test.at[i].is_uncut)
			test_split(&test.at[i]);
		n_uncut += test.at[i].is_uncut;
		test_object(&test.at[i]);
		n++;
	}
	printf("%s: %zu expressions as socket filters, all but %zu split, "
	       "too; %llu packets match\n",
	       test.engine, n, n_uncut, test.n_matched);
	if (n < 5 || test.n_matched < 100 * n) {
		printf("FAILED: too few of them, or of packets that match\n");
		test.failed++;
	}
}

static void test_engine(const char *engine, size_t most)
{
	test.engine = engine;
	test.packets.n = 0;
	test.n_matched = 0;
	if (unshare(CLONE_NEWNET)) {
		perror("unshare");
		exit(1);
	}
	test.tun = xt_open_tun();
	test_small(most);
	test_large();
	xt_test_rules();
	close(test.tun);
}

int main(int argc, char **argv)
{
	char *save, *engine;

	assert(argc >= 6);
	test.tamiz = argv[2];
	test.bpffs = argv[3];
	test.arena = tz_arena_new();
	test.at = calloc(XT_EXPRESSIONS_MAX, sizeof(*test.at));
	for (int i = 5; i < argc && test.at; i++)
		read_expressions(argv[i]);
	if (!test.n) {
		printf("FAILED: no expressions\n");
		return 1;
	}
	for (engine = strtok_r(argv[1], ",", &save); engine;
	     engine = strtok_r(NULL, ",", &save))
		test_engine(engine, strtoul(argv[4], NULL, 10));
	for (size_t i = 0; i < test.n; i++) {
		tamiz_free(test.at[i].tamiz);
		free(test.at[i].text);
	}
	free(test.at);
	free(test.packets.at);
	tz_arena_free(test.arena);
	return test.failed ? 1 : 0;
}
