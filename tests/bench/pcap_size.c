/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tamiz's classic BPF beside libpcap's, for every expression of the corpus that
 * both compile: instructions, and instructions executed over the captures.
 *
 *     bench-pcap-size [-v] [-n WORST] ../shared/corpus     all expressions
 *     bench-pcap-size -e EXPRESSION ../shared/corpus       both listings
 *     -d: not from the text, but from what libpcap makes without its optimiser
 *
 * Ends with 1 when the answers differ, or a target of the project is missed.
 */
#include <dirent.h>
#include <err.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/cbpf/best.h"
#include "lower/pcap.h"

#define MAX_EXPRESSIONS 2000
#define SNAPLEN 262144
#define ETHER_LEN 14

struct packet {
	struct packet *next;
	size_t len, wire_len;
	uint8_t bytes[];
};

struct result {
	const char *expression;
	size_t ours, theirs;           /* instructions */
	uint64_t our_runs, their_runs; /* executed */
};

struct link {
	const char *name;
	int dlt;
	enum tz_link link;
	struct packet *packets;
	size_t n_packets;
	struct result results[MAX_EXPRESSIONS];
	size_t n_results, n_refused;
	size_t n_loops; /* of theirs, which the kernel does not take */
};

static struct link links[] = {
	{ .name = "EN10MB", .dlt = DLT_EN10MB, .link = TZ_LINK_EN10MB },
	{ .name = "RAW", .dlt = DLT_RAW, .link = TZ_LINK_RAW },
};
#define N_LINKS (sizeof(links) / sizeof(links[0]))

static bool is_verbose, has_failed, decodes_theirs;
static size_t n_worst = 10;

static void add_packet(struct link *link, const uint8_t *bytes, size_t len,
		       size_t wire_len)
{
	struct packet *packet = malloc(sizeof(*packet) + len);

	if (!packet)
		err(3, "a packet");
	packet->next = link->packets;
	packet->len = len;
	packet->wire_len = wire_len;
	memcpy(packet->bytes, bytes, len);
	link->packets = packet;
	link->n_packets++;
}

/* Ethernet packets that carry IP are packets of RAW, too. */
static void take_packet(int dlt, const struct pcap_pkthdr *header,
			const uint8_t *bytes)
{
	size_t len = header->caplen;

	for (size_t i = 0; i < N_LINKS; i++) {
		if (links[i].dlt == dlt)
			add_packet(&links[i], bytes, len, header->len);
	}
	if (dlt == DLT_EN10MB && len > ETHER_LEN &&
	    ((bytes[12] == 0x08 && bytes[13] == 0x00) ||
	     (bytes[12] == 0x86 && bytes[13] == 0xdd)))
		add_packet(&links[1], bytes + ETHER_LEN, len - ETHER_LEN,
			   header->len - ETHER_LEN);
}

static void read_capture(const char *path)
{
	char message[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, message);
	struct pcap_pkthdr *header;
	const uint8_t *bytes;

	if (!pcap)
		errx(3, "%s: %s", path, message);
	while (pcap_next_ex(pcap, &header, &bytes) == 1)
		take_packet(pcap_datalink(pcap), header, bytes);
	pcap_close(pcap);
}

static void read_captures(const char *corpus)
{
	char path[512];
	struct dirent **entries;
	int n;

	snprintf(path, sizeof(path), "%s/captures", corpus);
	n = scandir(path, &entries, NULL, alphasort);
	if (n < 0)
		err(77, "%s", path);
	for (int i = 0; i < n; i++) {
		if (strstr(entries[i]->d_name, ".pcap")) {
			snprintf(path, sizeof(path), "%s/captures/%s", corpus,
				 entries[i]->d_name);
			read_capture(path);
		}
		free(entries[i]);
	}
	free(entries);
}

/* Their code of @expression; false when they refuse it. */
static bool compile_theirs(const struct link *link, const char *expression,
			   bool optimize, struct bpf_program *program)
{
	pcap_t *pcap = pcap_open_dead(link->dlt, SNAPLEN);
	bool ok = !pcap_compile(pcap, program, expression, optimize, 0);

	pcap_close(pcap);
	return ok;
}

/* struct bpf_insn of libpcap is the kernel's struct sock_filter. */
static struct tz_cbpf as_cbpf(const struct bpf_program *program)
{
	return (struct tz_cbpf){
		.insns = (struct sock_filter *)(void *)program->bf_insns,
		.n = program->bf_len,
	};
}

/*
 * The graph of what libpcap makes without its optimiser; NULL where the kernel
 * would not take it (protochain is a loop there).
 */
static struct tz_flow *flow_of_theirs(struct tz_arena *arena,
				      const struct link *link,
				      const char *expression)
{
	struct bpf_program program;
	struct tz_flow *flow = NULL;
	struct tz_cbpf cbpf;
	size_t at;

	if (!compile_theirs(link, expression, false, &program))
		return NULL;
	cbpf = as_cbpf(&program);
	if (!tz_cbpf_check(&cbpf, &at))
		flow = tz_flow_decode(arena, &cbpf);
	pcap_freecode(&program);
	return flow;
}

static struct tz_flow *flow_of_ours(struct tz_arena *arena,
				    const struct link *link,
				    const char *expression)
{
	const struct tz_pcap_options options = {
		.link = link->link,
		.names = &tz_names_system,
		.has_netmask = true, /* 0, as libpcap is given */
	};
	struct tz_sources *sources = tz_sources_new(arena);
	const struct tz_source *source = tz_sources_add(
		sources, "expression", expression, strlen(expression));
	struct tz_span span = { source->base,
				source->base + (uint32_t)source->len };

	return tz_pcap_lower(arena, tz_diags_new(arena, sources), span,
			     source->text, source->len, &options);
}

static bool compile_ours(struct tz_arena *arena, const struct link *link,
			 const char *expression, struct tz_cbpf *program)
{
	struct tz_flow *flow = decodes_theirs
				       ? flow_of_theirs(arena, link, expression)
				       : flow_of_ours(arena, link, expression);

	return flow && tz_cbpf_best(arena, flow, TZ_CBPF_MAX, program, NULL);
}

static void print_program(const char *title, const struct tz_cbpf *program)
{
	struct tz_buf text = { 0 };

	tz_cbpf_print(program, TZ_CBPF_ASM, &text);
	printf("%s, %zu instructions:\n%s", title, program->n, text.text);
	tz_buf_free(&text);
}

static void run_packets(const struct link *link, struct result *result,
			const struct tz_cbpf *ours,
			const struct tz_cbpf *theirs)
{
	for (const struct packet *p = link->packets; p; p = p->next) {
		struct tz_filter_packet packet = {
			.frame = p->bytes,
			.frame_len = p->len,
			.len = (uint32_t)p->wire_len,
		};
		size_t our_steps = 0, their_steps = 0;
		bool we = tz_cbpf_count(ours, &packet, &our_steps);
		bool they = tz_cbpf_count(theirs, &packet, &their_steps);

		result->our_runs += our_steps;
		result->their_runs += their_steps;
		if (we != they && !has_failed) {
			printf("%s, `%s`: the answers differ\n", link->name,
			       result->expression);
			has_failed = true;
		}
	}
}

static void compare(struct link *link, const char *expression, bool prints)
{
	struct result *result = &link->results[link->n_results];
	struct tz_arena *arena = tz_arena_new();
	struct bpf_program program;
	struct tz_cbpf ours, theirs;
	size_t at;

	if (!compile_theirs(link, expression, true, &program)) {
		tz_arena_free(arena);
		return;
	}
	theirs = as_cbpf(&program);
	if (!compile_ours(arena, link, expression, &ours)) {
		link->n_refused++;
	} else if (tz_cbpf_check(&theirs, &at)) {
		link->n_loops++;
	} else {
		*result = (struct result){
			.expression = expression,
			.ours = ours.n,
			.theirs = theirs.n,
		};
		run_packets(link, result, &ours, &theirs);
		link->n_results++;
		if (prints) {
			printf("%s\n", link->name);
			print_program("tamiz", &ours);
			print_program("libpcap", &theirs);
			printf("executed: %lu, %lu\n", result->our_runs,
			       result->their_runs);
		}
	}
	pcap_freecode(&program);
	tz_arena_free(arena);
}

static void print_result(const struct result *r)
{
	printf("  %3zu %3zu  %9lu %9lu  %.3f  %s\n", r->ours, r->theirs,
	       r->our_runs, r->their_runs,
	       (double)r->our_runs / (double)r->their_runs, r->expression);
}

/* The largest first: how much longer ours is, then how much slower. */
static int by_loss(const void *a, const void *b)
{
	const struct result *x = a, *y = b;
	long size_x = (long)x->ours - (long)x->theirs;
	long size_y = (long)y->ours - (long)y->theirs;
	double run_x = (double)x->our_runs / (double)x->their_runs;
	double run_y = (double)y->our_runs / (double)y->their_runs;

	if (size_x != size_y && (size_x > 0 || size_y > 0))
		return size_x < size_y ? 1 : -1;
	return run_x < run_y ? 1 : run_x > run_y ? -1 : 0;
}

#define MOST_SIZE 0.97
#define MOST_RUNS 0.90

/* All links together: what the project has set itself. */
static void judge_sum(const struct result *sum, size_t n_longer)
{
	double size = (double)sum->ours / (double)sum->theirs;
	double runs = (double)sum->our_runs / (double)sum->their_runs;

	printf("In sum: instructions %.3f (at most %.2f: %s), executed %.3f "
	       "(at most %.2f: %s),\n  longer than libpcap's %zu (none: %s)\n",
	       size, MOST_SIZE, size <= MOST_SIZE ? "met" : "MISSED", runs,
	       MOST_RUNS, runs <= MOST_RUNS ? "met" : "MISSED", n_longer,
	       n_longer ? "MISSED" : "met");
	if (n_longer || size > MOST_SIZE || runs > MOST_RUNS)
		has_failed = true;
}

static size_t report(struct link *link, struct result *all)
{
	struct result sum = { .expression = "in sum" };
	double ratio = 0;
	size_t n_longer = 0, n = link->n_results;

	for (size_t i = 0; i < n; i++) {
		const struct result *r = &link->results[i];

		sum.ours += r->ours;
		sum.theirs += r->theirs;
		sum.our_runs += r->our_runs;
		sum.their_runs += r->their_runs;
		n_longer += r->ours > r->theirs;
		ratio += (double)r->our_runs / (double)r->their_runs;
	}
	qsort(link->results, n, sizeof(*link->results), by_loss);
	printf("%s: %zu expressions, %zu packets; only libpcap compiles %zu "
	       "more, "
	       "%zu of its programs are loops that no kernel takes\n"
	       "  instructions %zu, libpcap's %zu: %.3f; %zu longer than its\n"
	       "  executed %lu, libpcap's %lu: %.3f (mean of the ratios "
	       "%.3f)\n",
	       link->name, n, link->n_packets, link->n_refused, link->n_loops,
	       sum.ours, sum.theirs, (double)sum.ours / (double)sum.theirs,
	       n_longer, sum.our_runs, sum.their_runs,
	       (double)sum.our_runs / (double)sum.their_runs,
	       ratio / (double)n);
	printf("  worst: ours, theirs, executed, theirs, ratio\n");
	for (size_t i = 0; i < n && (is_verbose || i < n_worst); i++)
		print_result(&link->results[i]);
	all->ours += sum.ours;
	all->theirs += sum.theirs;
	all->our_runs += sum.our_runs;
	all->their_runs += sum.their_runs;
	return n_longer;
}

static void compare_all(const char *corpus)
{
	struct tz_arena *kept = tz_arena_new();
	char path[512], *line = NULL;
	struct result all = { 0 };
	size_t size = 0, n_longer = 0;
	ssize_t len;
	FILE *file;

	snprintf(path, sizeof(path), "%s/pcap/libpcap_accept.txt", corpus);
	file = fopen(path, "re");
	if (!file)
		err(77, "%s", path);
	while ((len = getline(&line, &size, file)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		for (size_t i = 0; i < N_LINKS; i++)
			compare(&links[i],
				tz_arena_strndup(kept, line, strlen(line)),
				false);
	}
	free(line);
	fclose(file);
	for (size_t i = 0; i < N_LINKS; i++)
		n_longer += report(&links[i], &all);
	judge_sum(&all, n_longer);
	tz_arena_free(kept);
}

int main(int argc, char **argv)
{
	const char *expression = NULL;
	int option;

	while ((option = getopt(argc, argv, "dve:n:")) != -1) {
		if (option == 'v')
			is_verbose = true;
		else if (option == 'd')
			decodes_theirs = true;
		else if (option == 'n')
			n_worst = strtoul(optarg, NULL, 10);
		else if (option == 'e')
			expression = optarg;
		else
			return 2;
	}
	if (optind + 1 != argc)
		errx(2, "usage: %s [-dv] [-n WORST] [-e EXPRESSION] CORPUS",
		     argv[0]);
	read_captures(argv[optind]);
	if (!expression)
		compare_all(argv[optind]);
	for (size_t i = 0; expression && i < N_LINKS; i++)
		compare(&links[i], expression, true);
	return has_failed;
}
