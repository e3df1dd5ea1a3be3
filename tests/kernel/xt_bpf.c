/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters inside iptables: what `tamiz compile -t xt_bpf` makes of expressions
 * is loaded by an engine of iptables in a namespace of its own, packets are put
 * in by a tun device, and the counters must be what the flow graphs say, as
 * they were read, of these packets.
 *
 *     xt_bpf legacy|nft TAMIZ BPFFS MOST FILE...
 *
 * FILE has an expression a line. Those that take one rule are loaded together,
 * MOST of them. Those that take more are loaded alone: split, with a target
 * that ends and with one that does not; and as a socket filter that the program
 * TAMIZ pins in BPFFS.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <tamiz/compile.h>

#include "base/diag.h"
#include "flow/flow.h"
#include "lib/spawn.h"
#include "lower/pcap.h"
#include "xt_packets.h"

#define LINE_MAX_LEN 65536
#define EXPRESSIONS_MAX 2048
#define RULES_MAX 4096
#define PACKETS_OF_EACH 40
#define PACKETS_OF_LARGE 400

struct expression {
	char *text;
	struct tamiz *tamiz; /* compiled for XT_BPF, split where need be */
	struct tz_flow *flow;
	bool is_large;
};

static struct {
	const char *engine, *tamiz, *bpffs;
	struct tz_arena *arena;
	int tun;
	struct expression *at;
	size_t n, n_refused;
	struct xt_packets packets;
	unsigned long long n_matched;
	int failed;
} test;

/* ---- expressions ---- */

static struct tamiz *compile(const char *text, const char *name,
			     const char *jump)
{
	struct tamiz_options options = {
		.target = TAMIZ_TARGET_XT_BPF,
		.xt = { .chain = "raw/PREROUTING",
			.jump = jump,
			.name = name,
			.split = true },
	};
	struct tamiz *tamiz = tamiz_new();

	tamiz_add(tamiz, TAMIZ_LANGUAGE_EXPRESSION, "-e", text, strlen(text));
	if (tamiz_compile(tamiz, &options) == 0)
		return tamiz;
	tamiz_free(tamiz);
	return NULL;
}

/* The graph as it was read: nothing optimised, no program made. */
static struct tz_flow *read_flow(const char *text)
{
	struct tz_sources *sources = tz_sources_new(test.arena);
	struct tz_diags *diags = tz_diags_new(test.arena, sources);
	struct tz_pcap_options options = { .link = TZ_LINK_RAW,
					   .is_socket = true };
	const struct tz_source *source =
		tz_sources_add(sources, "-e", text, strlen(text));
	struct tz_span span = { source->base,
				source->base + (uint32_t)source->len };

	return tz_pcap_lower(test.arena, diags, span, source->text, source->len,
			     &options);
}

static void add_expression(char *text)
{
	struct expression e = { .text = strdup(text) };
	size_t n;

	e.tamiz = compile(text, "split", "hit");
	e.flow = e.tamiz ? read_flow(text) : NULL;
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
	while (test.n < EXPRESSIONS_MAX && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (*line && *line != '#')
			add_expression(line);
	}
	fclose(file);
}

/* ---- the kernel ---- */

static int open_tun(void)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(request.ifr_name, "tz0");
	if (tun < 0 || fd < 0 || ioctl(tun, TUNSETIFF, &request) < 0) {
		perror("tun");
		exit(1);
	}
	request.ifr_flags = IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0) {
		perror("tun up");
		exit(1);
	}
	close(fd);
	return tun;
}

/* "ip6tables-legacy" and the like, with what follows. */
static const char *program_of(unsigned int version, const char *what)
{
	static char name[64];

	snprintf(name, sizeof(name), "ip%stables-%s%s", version == 6 ? "6" : "",
		 test.engine, what);
	return name;
}

static void must_run(const char *const argv[], const char *input, char **output)
{
	char *errors = NULL;
	int status = tz_spawn(argv, input, input ? strlen(input) : 0, output,
			      &errors);

	if (status) {
		printf("%s: %d: %.500s\n", argv[0], status,
		       errors ? errors : "");
		exit(1);
	}
	free(errors);
}

static void restore(unsigned int version, const char *rules)
{
	const char *argv[] = { program_of(version, "-restore"), NULL };
	char *output = NULL;

	must_run(argv, rules, &output);
	free(output);
}

static void run_commands(const char *commands)
{
	const char *argv[] = { "sh", "-e", NULL };
	char *output = NULL, *script;

	if (asprintf(&script,
		     "iptables() { iptables-%s \"$@\"; }\n"
		     "ip6tables() { ip6tables-%s \"$@\"; }\n%s",
		     test.engine, test.engine, commands) < 0)
		exit(1);
	must_run(argv, script, &output);
	free(script);
	free(output);
}

/* Packets of the rules whose line holds @word, in order, to @counts. */
static size_t read_counts(unsigned int version, const char *word,
			  unsigned long long *counts, size_t most)
{
	const char *argv[] = { program_of(version, "-save"), "-c", "-t", "raw",
			       NULL };
	char *output = NULL, *save, *line;
	size_t n = 0;

	must_run(argv, NULL, &output);
	for (line = strtok_r(output, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (*line == '[' && strstr(line, word) && n < most)
			counts[n++] = strtoull(line + 1, NULL, 10);
	free(output);
	return n;
}

static void inject(void)
{
	for (size_t i = 0; i < test.packets.n; i++) {
		const struct xt_packet *p = &test.packets.at[i];

		if (write(test.tun, p->bytes, p->len) != (ssize_t)p->len) {
			perror("tun: write");
			exit(1);
		}
	}
}

static void fail(const struct expression *e, const char *what,
		 unsigned long long got, unsigned long long wanted)
{
	printf("FAILED: %s, %s: counted %llu, not %llu: %.200s\n", test.engine,
	       what, got, wanted, e->text);
	test.failed++;
}

static unsigned long long expect(const struct expression *e,
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
	restore(version, text);
	free(text);
}

static size_t compare_small(unsigned int version, const size_t *chosen,
			    size_t n)
{
	static unsigned long long counts[EXPRESSIONS_MAX];
	struct expression base = { .text = (char *)"all packets" };
	size_t n_matching = 0;

	if (read_counts(version, "base", counts, 1) != 1 ||
	    counts[0] != count_version(version))
		fail(&base, "base", counts[0], count_version(version));
	if (read_counts(version, "-m bpf", counts, EXPRESSIONS_MAX) != n) {
		printf("FAILED: not all rules are there\n");
		test.failed++;
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		const struct expression *e = &test.at[chosen[i]];
		unsigned long long wanted = expect(e, version);

		n_matching += wanted > 0;
		if (counts[i] != wanted)
			fail(e, version == 4 ? "IPv4" : "IPv6", counts[i],
			     wanted);
	}
	return n_matching;
}

static void test_small(size_t most)
{
	static size_t chosen[EXPRESSIONS_MAX];
	size_t n_small = 0, n = 0, matching;

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
	inject();
	matching = compare_small(4, chosen, n);
	printf("%s: %zu expressions in a rule each, %zu packets; %zu match "
	       "some of IPv4, %zu of IPv6; %zu refused\n",
	       test.engine, n, test.packets.n, matching,
	       compare_small(6, chosen, n), test.n_refused);
}

/* ---- several rules ---- */

static void begin_large(const struct expression *e)
{
	test.packets.n = 0;
	xt_packets_draw(&test.packets, e->flow, PACKETS_OF_LARGE);
	for (unsigned int version = 4; version <= 6; version += 2)
		restore(version, "*raw\n:PREROUTING ACCEPT [0:0]\n"
				 ":hit - [0:0]\nCOMMIT\n");
}

/* The rules that jump to "hit" count what matches, @left what is left. */
static void compare_large(const struct expression *e, const char *what,
			  bool has_left)
{
	static unsigned long long counts[RULES_MAX];

	for (unsigned int version = 4; version <= 6; version += 2) {
		unsigned long long hit = 0, left = 0;
		unsigned long long wanted = expect(e, version);
		size_t n;

		n = read_counts(version, "-j hit", counts, RULES_MAX);
		for (size_t i = 0; i < n; i++)
			hit += counts[i];
		read_counts(version, "left", &left, 1);
		test.n_matched += wanted;
		if (hit != wanted)
			fail(e, what, hit, wanted);
		if (has_left && left != count_version(version) - wanted)
			fail(e, "what is left", left,
			     count_version(version) - wanted);
	}
}

static void test_split(const struct expression *e)
{
	struct tamiz *drop = compile(e->text, "gone", NULL);
	size_t len;

	begin_large(e);
	run_commands(tamiz_emit(e->tamiz, TAMIZ_EMIT_COMMANDS, &len));
	run_commands(tamiz_emit(drop, TAMIZ_EMIT_COMMANDS, &len));
	run_commands("iptables -t raw -A PREROUTING -m comment --comment left\n"
		     "ip6tables -t raw -A PREROUTING -m comment "
		     "--comment left\n");
	inject();
	compare_large(e, "split", true);
	tamiz_free(drop);
}

static void test_object(const struct expression *e)
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
	must_run(argv, NULL, &commands);
	run_commands(commands);
	free(commands);
	inject();
	compare_large(e, "object", false);
	unlink(path);
}

static void test_large(void)
{
	size_t n = 0;

	for (size_t i = 0; i < test.n; i++) {
		if (!test.at[i].is_large)
			continue;
		test_split(&test.at[i]);
		test_object(&test.at[i]);
		n++;
	}
	printf("%s: %zu expressions split, and as socket filters; %llu "
	       "packets match\n",
	       test.engine, n, test.n_matched);
}

/* ---- rules of expressions ---- */

/* A rate is last: what exceeds it depends on the time that passes. */
static const char rules[] = "count udp\n"
			    "accept udp[8:2] & 3 = 1\n"
			    "drop udp[8:2] & 3 = 2 or tcp[13] & 2 = 2\n"
			    "sample 1/3 tcp\n"
			    "accept len > 120\n"
			    "drop udp[60] & 1 = 1\n"
			    "count ip or ip6\n"
			    "limit 1/s:5 len < 100\n";

enum { COUNTED, SAMPLED, LIMITED, LEFT, N_FATES };

/* What becomes of @p; only lines of this text are understood. */
static void follow_rules(struct tz_flow *const *flows,
			 const struct xt_packet *p, unsigned long long *fates)
{
	if (xt_packet_matches(flows[0], p))
		fates[COUNTED]++;
	if (xt_packet_matches(flows[1], p)) {
		fates[LEFT]++;
		return;
	}
	if (xt_packet_matches(flows[2], p))
		return;
	fates[SAMPLED] += xt_packet_matches(flows[3], p);
	if (xt_packet_matches(flows[4], p)) {
		fates[LEFT]++;
		return;
	}
	if (xt_packet_matches(flows[5], p))
		return;
	fates[COUNTED] += xt_packet_matches(flows[6], p);
	fates[xt_packet_matches(flows[7], p) ? LIMITED : LEFT]++;
}

static unsigned long long count_rules(unsigned int version, const char *word,
				      const char *without)
{
	const char *argv[] = { program_of(version, "-save"), "-c", "-t", "raw",
			       NULL };
	char *output = NULL, *save, *line;
	unsigned long long n = 0;

	must_run(argv, NULL, &output);
	for (line = strtok_r(output, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (*line == '[' && strstr(line, word) &&
		    !strstr(line, without))
			n += strtoull(line + 1, NULL, 10);
	free(output);
	return n;
}

static void compare_rules(unsigned int version, struct tz_flow *const *flows,
			  double seconds)
{
	const struct expression e = { .text = (char *)rules };
	unsigned long long fates[N_FATES] = { 0 }, got;
	unsigned long long most = 5 + (unsigned long long)seconds + 1;

	for (size_t i = 0; i < test.packets.n; i++)
		if (test.packets.at[i].bytes[0] >> 4 == version)
			follow_rules(flows, &test.packets.at[i], fates);
	printf("%s: rules, IPv%u: %llu counted, %llu sampled of, %llu under a "
	       "rate, %llu left\n",
	       test.engine, version, fates[COUNTED], fates[SAMPLED],
	       fates[LIMITED], fates[LEFT]);
	got = count_rules(version, "-m bpf", "-j ");
	if (got != fates[COUNTED] || !got)
		fail(&e, "count", got, fates[COUNTED]);
	got = count_rules(version, "-j LOG", "-g ");
	if (got != (fates[SAMPLED] + 2) / 3 || !got)
		fail(&e, "sample", got, (fates[SAMPLED] + 2) / 3);
	got = count_rules(version, "-m hashlimit", "-g ");
	if (got + most < fates[LIMITED] || got + 5 > fates[LIMITED])
		fail(&e, "limit", got, fates[LIMITED] - 5);
	got += count_rules(version, "left", "-g ");
	if (got != fates[LEFT] + fates[LIMITED])
		fail(&e, "left", got, fates[LEFT] + fates[LIMITED]);
}

static void test_rules(void)
{
	static struct tz_flow *flows[16];
	struct tamiz_options options = { .target = TAMIZ_TARGET_XT_BPF,
					 .xt = { .chain = "raw/PREROUTING" } };
	struct tamiz *tamiz = tamiz_new();
	char *text = strdup(rules), *save, *line;
	struct timespec begin, end;
	size_t n = 0, len;

	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *space = strchr(line, ' ');

		if (strchr("sl", *line))
			space = strchr(space + 1, ' ');
		flows[n++] = read_flow(space + 1);
	}
	free(text);
	tamiz_add(tamiz, TAMIZ_LANGUAGE_PCAP, "rules", rules, strlen(rules));
	assert(!tamiz_compile(tamiz, &options));
	test.packets.n = 0;
	for (size_t i = 0; i < n; i++)
		xt_packets_draw(&test.packets, flows[i], PACKETS_OF_LARGE);
	for (unsigned int version = 4; version <= 6; version += 2)
		restore(version, "*raw\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n");
	run_commands(tamiz_emit(tamiz, TAMIZ_EMIT_COMMANDS, &len));
	run_commands("iptables -t raw -A PREROUTING -m comment --comment left\n"
		     "ip6tables -t raw -A PREROUTING -m comment "
		     "--comment left\n");
	clock_gettime(CLOCK_MONOTONIC, &begin);
	inject();
	clock_gettime(CLOCK_MONOTONIC, &end);
	for (unsigned int version = 4; version <= 6; version += 2)
		compare_rules(version, flows,
			      (double)(end.tv_sec - begin.tv_sec));
	tamiz_free(tamiz);
}

int main(int argc, char **argv)
{
	assert(argc >= 6);
	test.engine = argv[1];
	test.tamiz = argv[2];
	test.bpffs = argv[3];
	test.arena = tz_arena_new();
	test.at = calloc(EXPRESSIONS_MAX, sizeof(*test.at));
	for (int i = 5; i < argc && test.at; i++)
		read_expressions(argv[i]);
	if (!test.n) {
		printf("FAILED: no expressions\n");
		return 1;
	}
	if (unshare(CLONE_NEWNET)) {
		perror("unshare");
		return 1;
	}
	test.tun = open_tun();
	test_small(strtoul(argv[4], NULL, 10));
	test_large();
	test_rules();
	for (size_t i = 0; i < test.n; i++) {
		tamiz_free(test.at[i].tamiz);
		free(test.at[i].text);
	}
	free(test.at);
	free(test.packets.at);
	tz_arena_free(test.arena);
	return test.failed ? 1 : 0;
}
