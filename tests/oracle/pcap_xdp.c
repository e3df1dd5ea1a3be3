/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpdump expressions at XDP beside libpcap: many of them in one object, each
 * as a function of tamiz' own graph, and as one of the program that libpcap
 * makes of it, read in. Frames on EN10MB; packets from the IP header on on RAW.
 * libpcap's program without its optimiser is right.
 *
 * pcap_xdp [-t] [-c CAPTURES] [-n MADE] [-e EVERY] LIST
 *	-t: at tc, with tags taken out of the frames, instead of XDP
 *	-n: made packets for each expression, which all of its object are asked
 *	about; -e: only each EVERY-th expression.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tamiz/abi.h>

#include "cbpf/cbpf.h"
#include "lib/xdp_functions.h"
#include "lower/pcap.h"
#include "oracle/pcap_packets.h"

enum {
	N_WAYS = 2,
	SUBJECTS_MAX = XDP_FUNCTIONS_MAX / N_WAYS,
	FRAME_LONG = 9018,
};

/* An expression that tamiz and libpcap take. */
struct subject {
	char *expression;
	struct bpf_program theirs;
	bool is_read; /* as a function */
	size_t first; /* of its functions */
};

struct link {
	enum tz_link link;
	int dlt;
	const char *at_xdp, *at_tc;
};

static struct {
	const char *captures;
	size_t n_made, every;
	bool at_tc;
	struct packets captured;
	struct subject subjects[SUBJECTS_MAX];
	size_t n;
	unsigned long n_packets, n_cut, n_uncut;
	unsigned long n_pairs, n_matched, n_apart, n_far;
	unsigned long n_objects, n_subjects, n_read, n_failures;
} test = { .n_made = 20, .every = 1 };

static struct tz_flow *lower(struct tz_arena *arena, const char *expression,
			     enum tz_link link)
{
	const struct tz_pcap_options options = {
		.link = link,
		.names = &tz_names_system,
		.has_netmask = true, /* 0, as pcap_compile is given */
		.keeps_loads = true,
	};
	struct tz_sources *sources = tz_sources_new(arena);
	const struct tz_source *source = tz_sources_add(
		sources, "expression", expression, strlen(expression));
	struct tz_span span = { source->base,
				source->base + (uint32_t)source->len };

	return tz_pcap_lower(arena, tz_diags_new(arena, sources), span,
			     source->text, source->len, &options);
}

/* struct bpf_insn and sock_filter are one. */
static struct tz_cbpf cbpf_of(const struct bpf_program *program)
{
	return (struct tz_cbpf){
		.insns = (struct sock_filter *)(void *)program->bf_insns,
		.n = program->bf_len,
	};
}

static void add(struct xdp_functions *functions, const struct link *link,
		pcap_t *pcap, const char *expression)
{
	struct subject *s = &test.subjects[test.n];
	struct tz_arena *arena = tz_arena_new();
	const struct tz_flow *flow = lower(arena, expression, link->link);
	const char *prefix = test.at_tc ? link->at_tc : link->at_xdp;
	struct tz_cbpf theirs;
	size_t at;

	functions->is_net = link->link == TZ_LINK_RAW;
	if (flow && !pcap_compile(pcap, &s->theirs, expression, 0, 0)) {
		theirs = cbpf_of(&s->theirs);
		s->expression = strdup(expression);
		s->first = functions->n;
		xdp_functions_add(functions, tz_flow_optimize(arena, flow),
				  prefix);
		/* protochain jumps back */
		s->is_read = !tz_cbpf_check(&theirs, &at);
		if (s->is_read)
			xdp_functions_add(functions,
					  tz_flow_decode(arena, &theirs),
					  prefix);
		test.n_read += s->is_read;
		test.n++;
	}
	tz_arena_free(arena);
}

static void judge(const struct subject *s, const struct packet *packet,
		  uint32_t answer, bool right, const char *what)
{
	if (!test.at_tc && answer == TZ_TEST_UNREADABLE) {
		test.n_far++;
		return;
	}
	test.n_pairs++;
	if (test.at_tc ? !answer == !right
		       : answer == (right ? TZ_TEST_TRUE : TZ_TEST_FALSE))
		return;
	if (test.n_failures++ > 10)
		return;
	printf("FAIL '%s', %s: %s says %u, libpcap %d:\n ", s->expression, what,
	       test.at_tc ? "tc" : "XDP", answer, right);
	for (uint32_t i = 0; i < packet->caplen && i < 160; i++)
		printf("%s%02x", i % 4 ? "" : " ", packet->bytes[i]);
	printf("\n");
}

/*
 * Every other frame comes in pieces, of which the first ends somewhere; every
 * fifth is made longer than a first piece can be.
 */
static void vary(struct xdp_functions *functions, struct packet *packet)
{
	static uint8_t room[FRAME_LONG];
	uint64_t dice = (test.n_packets + 1) * 0x9e3779b97f4a7c15;

	functions->first_piece = 0;
	if (test.n_packets % 5 == 4) {
		memset(room, (int)(dice >> 56), sizeof(room));
		memcpy(room, packet->bytes, packet->caplen);
		packet->bytes = room;
		packet->caplen = packet->len =
			PACKET_MAX + (dice >> 32) % (FRAME_LONG - PACKET_MAX);
	}
	if (test.n_packets % 2 == 0)
		return;
	functions->first_piece =
		XDP_FRAME_MIN +
		(dice >> 40) % (packet->caplen % PACKET_MAX + 1);
	if (functions->first_piece > packet->caplen)
		functions->first_piece = packet->caplen;
	test.n_cut++;
}

static bool compare(struct xdp_functions *functions, struct packet *packet)
{
	struct packet here = *packet;

	if (packet->caplen < XDP_FRAME_MIN ||
	    packet->caplen > (test.at_tc ? TC_FRAME_MAX : XDP_FRAME_MAX))
		return true;
	packet = &here;
	if (!test.at_tc)
		vary(functions, packet);
	if (!xdp_functions_run(functions, packet->bytes, packet->caplen))
		return false;

	const struct packet frame = { packet->bytes, packet->caplen,
				      packet->caplen };
	const struct tz_filter_packet view = {
		.frame = frame.bytes,
		.frame_len = frame.caplen,
		.len = frame.len,
	};

	test.n_packets++;
	for (size_t i = 0; i < test.n; i++) {
		const struct subject *s = &test.subjects[i];
		const uint32_t *answers = functions->answers + s->first;
		const struct tz_cbpf program = cbpf_of(&s->theirs);
		struct verdict right;

		if (!packet_judge(&s->theirs, &frame, &right))
			continue;
		test.n_apart += right.is_apart;
		test.n_matched += right.is_match;
		judge(s, packet, answers[0], right.is_match, "our graph");
		if (s->is_read)
			judge(s, packet, answers[1],
			      tz_cbpf_run(&program, &view) != 0, "its program");
	}
	return true;
}

static bool run_packets(struct xdp_functions *functions,
			const struct link *link)
{
	static uint8_t room[PACKET_MAX];
	struct packet packet;

	for (size_t i = 0; i < test.captured.n; i++)
		if (!compare(functions, &test.captured.at[i]))
			return false;
	for (size_t i = 0; i < test.n * test.n_made; i++) {
		struct maker maker = {
			.dice = (i + 1) * 0x9e3779b97f4a7c15,
			.bases = &test.captured,
			.dlt = link->dlt,
		};

		if (packet_make(&maker, &test.subjects[i / test.n_made].theirs,
				room, &packet) &&
		    !compare(functions, &packet))
			return false;
	}
	return true;
}

/* The expressions that were added, and then none. */
static bool run_object(struct xdp_functions *functions, const struct link *link)
{
	bool is_good = !test.n || (xdp_functions_load(functions) &&
				   run_packets(functions, link));

	test.n_uncut += functions->n_uncut;
	xdp_functions_free(functions);
	functions->at_tc = test.at_tc;
	for (size_t i = 0; i < test.n; i++) {
		pcap_freecode(&test.subjects[i].theirs);
		free(test.subjects[i].expression);
	}
	test.n_objects += test.n > 0;
	test.n_subjects += test.n;
	test.n = 0;
	return is_good;
}

static bool test_list(const char *name, const struct link *link)
{
	struct xdp_functions functions = { .at_tc = test.at_tc };
	pcap_t *pcap = pcap_open_dead(link->dlt, 262144);
	FILE *file = fopen(name, "r");
	char *line = NULL;
	size_t room = 0, n = 0;
	bool is_good = true;

	if (!file) {
		perror(name);
		exit(2);
	}
	if (test.captures)
		test.captured = packets_read(test.captures, link->dlt);
	while (is_good && getline(&line, &room, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (*line && n++ % test.every == 0)
			add(&functions, link, pcap, line);
		if (test.n == SUBJECTS_MAX)
			is_good = run_object(&functions, link);
	}
	is_good = is_good && run_object(&functions, link);
	free(line);
	fclose(file);
	pcap_close(pcap);
	packets_free(&test.captured);
	return is_good;
}

int main(int argc, char **argv)
{
	static const struct link links[] = {
		{ TZ_LINK_EN10MB, DLT_EN10MB, tz_ebpf_at_frame, "TZ_TAKEN" },
		{ TZ_LINK_RAW, DLT_RAW, tz_ebpf_at_ip, "TZ_TAKEN" },
	};
	int option;

	while ((option = getopt(argc, argv, "tc:n:e:")) != -1) {
		if (option == 't')
			test.at_tc = true;
		else if (option == 'c')
			test.captures = optarg;
		else if (option == 'n')
			test.n_made = strtoul(optarg, NULL, 10);
		else if (option == 'e')
			test.every = strtoul(optarg, NULL, 10);
		else
			return 2;
	}
	if (optind + 1 != argc || !test.every)
		return 2;
	for (size_t i = 0; i < 2; i++)
		if (!test_list(argv[optind], &links[i]))
			return 1;
	printf("%lu expressions in %lu objects, %lu of them also as libpcap's "
	       "programs; %lu packets, %lu answers, %.1f%% match\n",
	       test.n_subjects, test.n_objects, test.n_read, test.n_packets,
	       test.n_pairs,
	       test.n_pairs
		       ? 200. * (double)test.n_matched / (double)test.n_pairs
		       : 0);
	printf("%lu packets come in pieces that are cut anywhere%s\n",
	       test.n_cut - test.n_uncut,
	       test.n_uncut ? ": this kernel cuts them itself" : "");
	printf("%lu with an offset that wraps or a shift above 31, %lu not "
	       "told at %s; %lu failures\n",
	       test.n_apart, test.n_far, test.at_tc ? "tc" : "XDP",
	       test.n_failures);
	return test.n_failures > 0 || !test.n_matched ||
	       (!test.at_tc && !test.n_cut);
}
