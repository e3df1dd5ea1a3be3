/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpdump expressions: every line of a list, on several link types, over the
 * packets of captures and made ones. libpcap's programs are right (what they
 * mean is in pcap_packets.h); each engine of pcap_engines.c must say the same
 * of every packet: those that keep all loads as the plain program, those that
 * drop what is of no use as the one of libpcap's optimiser. With -a these may
 * answer otherwise where a load of the plain program fails: as that one, or as
 * it would whatever followed on the packet's bytes, for another load is of no
 * use to them than to libpcap's. That is counted.
 *
 * pcap_test [-c CAPTURES] [-n MADE] [-e EVERY] [-s SEED] [-a] [-r|-t] LIST...
 *	-n: made packets for each expression; -e: only each EVERY-th expression;
 *	-r: the lists hold what must be refused, with a place in it; -t: what
 *	must be taken from Ethernet, whatever this libpcap says of it.
 *	LIST is a file, or =EXPRESSION. A line "EXPRESSION ~~ OTHER" gives
 *	libpcap the other one: what this libpcap does not know is said in words
 *	that it knows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cbpf/cbpf.h"
#include "pcap_engines.h"
#include "pcap_packets.h"

enum { ENGINES_MAX = 16 };

struct link {
	enum tz_link link;
	int dlt;
	struct packets captured;
	pcap_t *pcap;
	size_t n_subjects, n_refused_by_both, n_packets, n_matched;
};

static struct link links[] = {
	{ .link = TZ_LINK_EN10MB, .dlt = DLT_EN10MB },
	{ .link = TZ_LINK_RAW, .dlt = DLT_RAW },
	{ .link = TZ_LINK_IPV4, .dlt = DLT_IPV4 },
	{ .link = TZ_LINK_IPV6, .dlt = DLT_IPV6 },
	{ .link = TZ_LINK_LINUX_SLL, .dlt = DLT_LINUX_SLL },
	{ .link = TZ_LINK_LINUX_SLL2, .dlt = DLT_LINUX_SLL2 },
	{ .link = TZ_LINK_NULL, .dlt = DLT_NULL },
	{ .link = TZ_LINK_LOOP, .dlt = DLT_LOOP },
};
enum { N_LINKS = sizeof(links) / sizeof(links[0]) };

static struct {
	const char *captures;
	size_t n_made, every;
	uint64_t seed;
	bool wants_refused, wants_taken, may_be_apart;
	size_t n_failures, n_apart;
	size_t n_compared[ENGINES_MAX], n_wrong[ENGINES_MAX],
		n_early[ENGINES_MAX], n_unable[ENGINES_MAX];
} test = { .n_made = 200, .every = 1, .seed = 1 };

static void fail(const struct subject *subject, const char *what)
{
	static const char *last;
	bool is_new = last != subject->expression;

	last = subject->expression;
	if (test.n_failures++ < 10000 && is_new)
		printf("FAIL %s: '%s': %s\n", tz_link_name(subject->link),
		       subject->expression, what);
}

static void print_packet(const struct packet *packet)
{
	printf("  %u of %u bytes:", packet->caplen, packet->len);
	for (uint32_t i = 0; i < packet->caplen && i < 160; i++)
		printf("%s%02x", i % 4 ? "" : " ", packet->bytes[i]);
	printf("\n");
}

/* One subject, and what each engine made of it. */
struct trial {
	const struct subject *subject;
	void *state[ENGINES_MAX];
	struct link *link;
};

static bool filter(const struct bpf_program *program,
		   const struct packet *packet)
{
	return bpf_filter(program->bf_insns, packet->bytes, packet->len,
			  packet->caplen) != 0;
}

/* What @packet is to one expression. */
struct right {
	struct verdict plain, optimised; /* libpcap's programs */
	bool in_kernel;                  /* the plain one there */
};

/*
 * False when libpcap's interpreter, the kernel's and ours are not at one of
 * libpcap's program, though they should be.
 */
static bool find_right(const struct subject *subject,
		       const struct packet *packet,
		       const struct tz_filter_packet *view, struct right *right)
{
	const struct bpf_program *plain = subject->plain;
	/* struct bpf_insn and sock_filter are one. */
	const struct tz_cbpf program = {
		.insns = (struct sock_filter *)(void *)plain->bf_insns,
		.n = plain->bf_len,
	};
	bool is_match = filter(plain, packet);

	right->in_kernel = tz_cbpf_run(&program, view) != 0;
	if (!packet_judge(plain, packet, &right->plain))
		return false;
	right->optimised = right->plain;
	if (subject->optimised &&
	    !packet_judge(subject->optimised, packet, &right->optimised))
		return false;
	return right->plain.is_apart || (right->plain.is_match == is_match &&
					 right->in_kernel == is_match);
}

static bool is_wanted(const struct engine *engine, const struct right *right)
{
	if (engine->is_program)
		return right->in_kernel;
	return engine->drops_loads ? right->optimised.is_match
				   : right->plain.is_match;
}

static void compare_engine(size_t i, struct trial *trial,
			   const struct packet *packet,
			   const struct tz_filter_packet *view,
			   const struct right *right)
{
	const struct engine *engine = &engines[i];
	bool wanted = is_wanted(engine, right);

	test.n_compared[i]++;
	if (engine->run(trial->state[i], view) == wanted)
		return;
	if (engine->drops_loads && test.may_be_apart &&
	    right->plain.ends_early &&
	    (!right->plain.is_match == wanted ||
	     packet_would(trial->subject->plain, packet, !wanted))) {
		test.n_early[i]++;
		return;
	}
	test.n_wrong[i]++;
	if (engine->is_informative)
		return;
	fail(trial->subject, engine->name);
	if (test.n_failures < 10) {
		printf("  right: %s\n", wanted ? "match" : "none");
		print_packet(packet);
	}
}

static void compare(struct trial *trial, const struct packet *packet)
{
	const struct tz_filter_packet view = {
		.frame = packet->bytes,
		.frame_len = packet->caplen,
		.len = packet->len,
	};
	struct right right;
	size_t nth = trial->link->n_packets++;

	if (!find_right(trial->subject, packet, &view, &right)) {
		fail(trial->subject, "libpcap's program is not understood");
		print_packet(packet);
		return;
	}
	test.n_apart += right.plain.is_apart;
	trial->link->n_matched += right.plain.is_match;
	for (size_t i = 0; i < n_engines; i++) {
		if (trial->state[i] &&
		    (!engines[i].stride || nth % engines[i].stride == 0) &&
		    (!engines[i].whole_only ||
		     (packet->len == packet->caplen && packet->len)))
			compare_engine(i, trial, packet, &view, &right);
	}
}

static void make_packets(struct trial *trial)
{
	static uint8_t room[PACKET_MAX];
	struct maker maker = {
		.dice = test.seed * 0x9e3779b97f4a7c15 + 1,
		.bases = &trial->link->captured,
		.dlt = trial->link->dlt,
	};
	struct packet packet;

	for (size_t i = 0; i < test.n_made; i++) {
		if (!packet_make(&maker, trial->subject->plain, room, &packet))
			continue;
		compare(trial, &packet);
		/* Now and then, ended at every length. */
		if (i % 500)
			continue;
		for (uint32_t len = packet.caplen; len-- > 0;) {
			packet.caplen = len;
			compare(trial, &packet);
		}
	}
}

static void run_trial(const struct subject *subject, struct link *link)
{
	struct trial trial = { .subject = subject, .link = link };
	const char *broken = tz_flow_verify(subject->exact);

	if (broken) {
		fail(subject, broken);
		return;
	}
	for (size_t i = 0; i < n_engines; i++) {
		const char *why = "";

		trial.state[i] = engines[i].prepare(subject, &why);
		test.n_unable[i] += !trial.state[i];
	}
	for (size_t i = 0; i < link->captured.n; i++)
		compare(&trial, &link->captured.at[i]);
	make_packets(&trial);
	for (size_t i = 0; i < n_engines; i++)
		if (trial.state[i] && engines[i].done)
			engines[i].done(trial.state[i]);
}

static void print_diags(const struct tz_diags *diags)
{
	struct tz_buf out = { 0 };

	for (size_t i = 0; i < tz_diags_count(diags); i++)
		tz_diag_print(diags, tz_diags_at(diags, i), &out);
	printf("%s", out.text ? out.text : "");
	tz_buf_free(&out);
}

static bool has_place(const struct tz_diags *diags)
{
	for (size_t i = 0; i < tz_diags_count(diags); i++)
		if (tz_diags_at(diags, i)->span.begin)
			return true;
	return false;
}

/* What tamiz makes of @expression on @link; NULL when it refuses. */
static struct tz_flow *lower(struct tz_arena *arena, const char *expression,
			     enum tz_link link, bool keeps_loads,
			     struct tz_diags **diags)
{
	const struct tz_pcap_options options = {
		.link = link,
		.keeps_loads = keeps_loads,
		.names = &tz_names_system,
		.has_netmask = true, /* 0, as pcap_compile is given */
	};
	struct tz_sources *sources = tz_sources_new(arena);
	const struct tz_source *source = tz_sources_add(
		sources, "expression", expression, strlen(expression));
	struct tz_span span = { source->base,
				source->base + (uint32_t)source->len };

	*diags = tz_diags_new(arena, sources);
	return tz_pcap_lower(arena, *diags, span, source->text, source->len,
			     &options);
}

/*
 * libpcap looks for a 0 or a large shift in the first number of the right side,
 * whatever is done to it afterwards.
 */
static bool is_hasty(const char *error)
{
	return strstr(error, "division by zero") ||
	       strstr(error, "modulus by zero") ||
	       strstr(error, "shift by more than 31 bits");
}

static void test_on(const char *expression, const char *theirs,
		    struct link *link)
{
	struct bpf_program plain, optimised;
	struct tz_arena *arena = tz_arena_new();
	struct tz_diags *diags;
	struct subject subject = {
		.expression = expression,
		.link = link->link,
		.dlt = link->dlt,
		.arena = arena,
		.exact = lower(arena, expression, link->link, true, &diags),
		.flow = lower(arena, expression, link->link, false, &diags),
	};
	bool is_taken = pcap_compile(link->pcap, &plain, theirs, 0, 0) == 0;

	if (test.wants_taken) {
		link->n_subjects += !!subject.flow;
		if (!subject.flow && link->link == TZ_LINK_EN10MB) {
			fail(&subject, "is refused");
			print_diags(diags);
		}
	} else if (test.wants_refused) {
		if (subject.flow)
			fail(&subject, "is taken");
		else if (!has_place(diags))
			fail(&subject, "is refused without a place");
		else
			link->n_refused_by_both++;
	} else if (!is_taken) {
		if (!subject.flow)
			link->n_refused_by_both++;
		else if (!is_hasty(pcap_geterr(link->pcap)))
			fail(&subject, pcap_geterr(link->pcap));
	} else if (!subject.flow) {
		fail(&subject, "is refused, but libpcap takes it");
		print_diags(diags);
	} else {
		subject.plain = &plain;
		if (pcap_compile(link->pcap, &optimised, theirs, 1, 0) == 0)
			subject.optimised = &optimised;
		link->n_subjects++;
		run_trial(&subject, link);
		if (subject.optimised)
			pcap_freecode(&optimised);
	}
	if (is_taken)
		pcap_freecode(&plain);
	tz_arena_free(arena);
}

static void test_expression(const char *line)
{
	const char *mark = strstr(line, " ~~ ");
	char *expression =
		strndup(line, mark ? (size_t)(mark - line) : strlen(line));

	for (size_t i = 0; i < N_LINKS; i++)
		test_on(expression, mark ? mark + 4 : expression, &links[i]);
	free(expression);
}

static bool test_list(const char *name)
{
	FILE *file;
	char *line = NULL;
	size_t room = 0, n = 0;
	ssize_t len;

	if (*name == '=') {
		test_expression(name + 1);
		return true;
	}
	file = fopen(name, "r");
	if (!file) {
		perror(name);
		return false;
	}
	while ((len = getline(&line, &room, file)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (*line && n++ % test.every == 0)
			test_expression(line);
	}
	free(line);
	fclose(file);
	return true;
}

static void report(void)
{
	for (size_t i = 0; i < N_LINKS; i++)
		printf("%-10s %4zu expressions, %4zu refused; %9zu packets, "
		       "%.1f%% match\n",
		       tz_link_name(links[i].link), links[i].n_subjects,
		       links[i].n_refused_by_both, links[i].n_packets,
		       links[i].n_packets ? 100. * (double)links[i].n_matched /
						    (double)links[i].n_packets
					  : 0);
	for (size_t i = 0;
	     i < n_engines && !test.wants_refused && !test.wants_taken; i++)
		printf("%-15s %zu compared, %zu different%s, %zu otherwise "
		       "where the packet ends; not for %zu expressions\n",
		       engines[i].name, test.n_compared[i], test.n_wrong[i],
		       engines[i].is_informative ? " (no failure)" : "",
		       test.n_early[i], test.n_unable[i]);
	printf("%zu packets on which an offset wraps or a shift exceeds 31\n",
	       test.n_apart);
	printf("%zu failures\n", test.n_failures);
}

int main(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "c:n:e:s:art")) != -1) {
		if (option == 'c')
			test.captures = optarg;
		else if (option == 'n')
			test.n_made = strtoul(optarg, NULL, 10);
		else if (option == 'e')
			test.every = strtoul(optarg, NULL, 10);
		else if (option == 's')
			test.seed = strtoul(optarg, NULL, 10);
		else if (option == 'a')
			test.may_be_apart = true;
		else if (option == 'r')
			test.wants_refused = true;
		else if (option == 't')
			test.wants_taken = true;
		else
			return 2;
	}
	if (n_engines > ENGINES_MAX || !test.every)
		return 2;
	for (size_t i = 0; i < N_LINKS; i++) {
		links[i].pcap = pcap_open_dead(links[i].dlt, 262144);
		if (test.captures)
			links[i].captured =
				packets_read(test.captures, links[i].dlt);
	}
	for (int i = optind; i < argc; i++)
		if (!test_list(argv[i]))
			return 2;
	report();
	for (size_t i = 0; i < N_LINKS; i++) {
		pcap_close(links[i].pcap);
		packets_free(&links[i].captured);
	}
	return test.n_failures > 0;
}
