/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules of expressions at XDP or tc beside their interpreter: files of rules
 * made of a list of expressions by dice, over captures and packets made for
 * each. The program shares what rules ask alike and finds many by tables, the
 * interpreter asks one after the other; of each frame they must say the same,
 * and the same rules must count it, in the same order and as many bytes. Where
 * no rule's program comes to the packet's end, libpcap has its say, too.
 *
 * pcapf_xdp [-t] [-c CAPTURES] [-f FILES] [-l RULES] [-s SEED] [LIST]
 *	-l: long files, most of whose expressions are simple; all of them
 *	without a LIST
 *	-t: at tc, where test runs take no IP header that is cut short, and the
 *	way of a frame is told by the counts alone
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tamiz/judge.h>
#include <tamiz/runtime.h>

#include "base/buf.h"
#include "oracle/pcap_packets.h"
#include "oracle/pcapf_lines.h"

/* linux/bpf.h and pcap/bpf.h both have a struct bpf_insn. */
enum { XDP_DROP = 1, TC_ACT_SHOT = 2 };

enum {
	LIST_MAX = 4096,
	RULES = 60,
	RULES_MAX = 2000,
	MADE = 20,
	FRAME_MIN = 14,
	TC_FRAME_MIN = 54,
	FRAME_MAX = 3000
};

static struct {
	bool at_tc;
	uint64_t dice;
	size_t n_rules, n_long; /* of a file; n_long: of a long one, or 0 */
	char *list[LIST_MAX];
	size_t n_list;
	pcap_t *pcap;
	struct packets captured;
	unsigned long n_frames, n_dropped, n_counted, n_told;
} test = { .dice = 1, .n_rules = RULES };

static struct {
	struct bpf_program programs[RULES_MAX];
	enum action { DROP, ACCEPT, COUNT } actions[RULES_MAX];
	size_t n;
	struct tamiz *tamiz;
	struct tamiz_judge *judge;
	struct tamiz_program *program;
	struct tamiz_count counts[RULES_MAX + 1];
} file;

static void die(const char *what, struct tamiz_message *message)
{
	fprintf(stderr, "%s: %s\n%s\n", what,
		message && message->text ? message->text : "",
		message && message->log ? message->log : "");
	exit(1);
}

/* An expression; of long files most are simple. */
static const char *draw(char *room, size_t size)
{
	if (!test.n_long || (test.n_list && !pcapf_below(&test.dice, 40)))
		return test
			.list[pcapf_below(&test.dice, (uint32_t)test.n_list)];
	pcapf_line(&test.dice, room, size);
	return room;
}

/* A file of rules; the sample has the program note which rules count. */
static void make_rules(struct tz_buf *text)
{
	static const char *const names[] = {
		[DROP] = "drop", [ACCEPT] = "accept", [COUNT] = "count"
	};
	static const enum action actions[] = { DROP, DROP, DROP, ACCEPT,
					       COUNT };

	tz_buf_puts(text, "sample 1/1000000 ether[0] = 255\n");
	file.n = 0;
	while (file.n < test.n_rules) {
		char room[1000], line[2000];
		const char *expression = draw(room, sizeof(room));
		struct tamiz *t = tamiz_new();
		struct tamiz_options options = { .from = TAMIZ_LANGUAGE_PCAP };
		bool is_taken = !pcap_compile(test.pcap, &file.programs[file.n],
					      expression, 1, 0);

		file.actions[file.n] = actions[pcapf_below(&test.dice, 5)];
		snprintf(line, sizeof(line), "%s %s\n",
			 names[file.actions[file.n]], expression);
		tamiz_add_text(t, "rules", line, strlen(line));
		if (is_taken && !tamiz_compile(t, &options)) {
			tz_buf_puts(text, line);
			file.n++;
		} else if (is_taken) {
			pcap_freecode(&file.programs[file.n]);
		}
		tamiz_free(t);
	}
}

static void open_rules(const struct tz_buf *text)
{
	struct tamiz_options options = {
		.target = test.at_tc ? TAMIZ_TARGET_TC : TAMIZ_TARGET_XDP,
		.from = TAMIZ_LANGUAGE_PCAP,
		.standalone = true,
	};
	struct tamiz_judge_options judging = { .n_assumptions = 0 };
	struct tamiz_device device = {
		.ifindex = 1,
		.hook = test.at_tc ? TAMIZ_HOOK_INGRESS : TAMIZ_HOOK_XDP,
		.mac = { 2 },
	};
	struct tamiz_message message = { 0 };
	struct tamiz_object object = { 0 };
	size_t len, bad;
	const char *c;

	file.tamiz = tamiz_new();
	tamiz_add_text(file.tamiz, "rules", text->text, text->len);
	if (tamiz_compile(file.tamiz, &options))
		die("the rules", NULL);
	file.judge = tamiz_judge_new(file.tamiz, &judging, &bad);
	c = tamiz_emit(file.tamiz, TAMIZ_EMIT_C, &len);
	if (tamiz_build(c, len, getenv("CLANG"), &object, &message) ||
	    tamiz_load(&object, c, &device, &file.program, &message))
		die("the program", &message);
	tamiz_object_clear(&object);
	memset(file.counts, 0, sizeof(file.counts));
}

static void close_rules(void)
{
	tamiz_program_free(file.program);
	tamiz_judge_free(file.judge);
	tamiz_free(file.tamiz);
	for (size_t i = 0; i < file.n; i++)
		pcap_freecode(&file.programs[i]);
}

static bool is_same(const struct tamiz_judgement *j,
		    const struct tamiz_trace *trace)
{
	uint32_t drop = test.at_tc ? TC_ACT_SHOT : XDP_DROP;

	if ((j->verdict == TAMIZ_DROP) != (trace->verdict == drop))
		return false;
	/* the way of what passes is not told, nor a longer one */
	if (trace->verdict != XDP_DROP || j->n_counted > TAMIZ_TRACE_MAX)
		return true;
	return j->n_counted == trace->n_rules &&
	       !memcmp(j->counted, trace->rules,
		       j->n_counted * sizeof(*j->counted));
}

/*
 * What libpcap's programs say of the packet, one after the other; not where one
 * comes to its end, or where its machine is not the kernel's.
 */
static bool is_told(const struct packet *packet,
		    const struct tamiz_judgement *j)
{
	struct packet whole = *packet;
	enum action action = ACCEPT;
	struct verdict verdict;

	whole.len = whole.caplen;
	for (size_t i = 0; i < file.n; i++) {
		if (!packet_judge(&file.programs[i], &whole, &verdict) ||
		    verdict.ends_early || verdict.is_apart)
			return true;
		if (!verdict.is_match || file.actions[i] == COUNT)
			continue;
		action = file.actions[i];
		break;
	}
	test.n_told++;
	if ((action == DROP) == (j->verdict == TAMIZ_DROP))
		return true;
	fprintf(stderr, "libpcap %s; ", action == DROP ? "drops" : "does not");
	return false;
}

static bool compare(const struct packet *packet)
{
	struct tamiz_frame frame = {
		.bytes = packet->bytes,
		.len = packet->caplen,
		.wire_len = packet->caplen,
	};
	struct tamiz_judgement j;
	struct tamiz_trace trace = { 0 };

	if (packet->caplen < (test.at_tc ? TC_FRAME_MIN : FRAME_MIN) ||
	    packet->caplen > FRAME_MAX)
		return true;
	tamiz_judge_frame(file.judge, &frame, &j);
	if (tamiz_program_trace(file.program, packet->bytes, packet->caplen,
				&trace))
		die("a test run", NULL);
	test.n_frames++;
	test.n_dropped += j.verdict == TAMIZ_DROP;
	test.n_counted += j.n_counted;
	for (size_t i = 0; i < j.n_counted; i++) {
		file.counts[j.counted[i]].packets++;
		file.counts[j.counted[i]].bytes += j.ip_len;
	}
	if (is_same(&j, &trace) && (!test.n_long || is_told(packet, &j)))
		return true;
	fprintf(stderr,
		"the kernel %u, %zu rules; the interpreter %d, %zu rules:",
		trace.verdict, trace.n_rules, j.verdict, j.n_counted);
	for (size_t i = 0; i < j.n_counted; i++)
		fprintf(stderr, " %u", j.counted[i]);
	fprintf(stderr, "\n");
	for (uint32_t i = 0; i < packet->caplen && i < 160; i++)
		fprintf(stderr, "%02x", packet->bytes[i]);
	fprintf(stderr, "\n");
	return false;
}

static bool counts_are_same(void)
{
	for (uint32_t i = 0; i <= file.n; i++) {
		struct tamiz_count count;

		if (tamiz_program_count(file.program, TAMIZ_COUNTERS, i,
					&count))
			die("a counter", NULL);
		if (count.packets == file.counts[i].packets &&
		    count.bytes == file.counts[i].bytes)
			continue;
		fprintf(stderr,
			"rule %u counts %lu packets, %lu bytes; the "
			"interpreter %lu, %lu\n",
			i, (unsigned long)count.packets,
			(unsigned long)count.bytes,
			(unsigned long)file.counts[i].packets,
			(unsigned long)file.counts[i].bytes);
		return false;
	}
	return true;
}

/*
 * The packet cut behind each byte that lists ask for, and as fragments: keys of
 * tables must end where the packet does.
 */
static bool compare_edges(const struct packet *packet)
{
	struct packet cut = *packet;

	for (uint32_t n = FRAME_MIN; n < 84 && n < packet->caplen; n++) {
		cut.caplen = cut.len = n;
		if (!compare(&cut))
			return false;
	}
	if (packet->caplen < 22)
		return true;
	for (unsigned int offset = 1; offset <= 0x1000; offset *= 0x10) {
		packet->bytes[20] = (uint8_t)(offset >> 8);
		packet->bytes[21] = (uint8_t)offset;
		if (!compare(packet))
			return false;
	}
	return true;
}

static bool run_packets(void)
{
	static uint8_t room[PACKET_MAX];
	size_t made = test.n_long ? 4 : MADE;
	struct packet packet;

	for (size_t i = 0; i < test.captured.n; i++)
		if (!compare(&test.captured.at[i]))
			return false;
	for (size_t i = 0; i < file.n * made; i++) {
		struct maker maker = {
			.dice = (i + 1) * 0x9e3779b97f4a7c15,
			.bases = &test.captured,
			.dlt = DLT_EN10MB,
		};

		if (!packet_make(&maker, &file.programs[i / made], room,
				 &packet))
			continue;
		if (!compare(&packet) ||
		    (test.n_long && i % 2 && !compare_edges(&packet)))
			return false;
	}
	return counts_are_same();
}

static void read_list(const char *name)
{
	FILE *list = fopen(name, "r");
	char *line = NULL;
	size_t room = 0;

	if (!list) {
		perror(name);
		exit(2);
	}
	while (test.n_list < LIST_MAX && getline(&line, &room, list) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (*line && strlen(line) < 1000)
			test.list[test.n_list++] = strdup(line);
	}
	free(line);
	fclose(list);
}

static void stay_here(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int main(int argc, char **argv)
{
	size_t n_files = 2;
	bool is_good = true;
	int option;

	test.pcap = pcap_open_dead(DLT_EN10MB, 262144);
	while ((option = getopt(argc, argv, "tc:f:l:s:")) != -1) {
		if (option == 't')
			test.at_tc = true;
		else if (option == 'c')
			test.captured = packets_read(optarg, DLT_EN10MB);
		else if (option == 'f')
			n_files = strtoul(optarg, NULL, 10);
		else if (option == 'l')
			test.n_rules = test.n_long = strtoul(optarg, NULL, 10);
		else if (option == 's')
			test.dice = strtoull(optarg, NULL, 10);
		else
			return 2;
	}
	if (optind + (test.n_long ? 0 : 1) > argc || optind + 1 < argc ||
	    test.n_rules > RULES_MAX)
		return 2;
	if (optind < argc)
		read_list(argv[optind]);
	stay_here();
	for (size_t i = 0; i < n_files && is_good; i++) {
		struct tz_buf text = { 0 };

		make_rules(&text);
		open_rules(&text);
		is_good = run_packets();
		if (!is_good)
			fprintf(stderr, "%s", text.text);
		close_rules();
		tz_buf_free(&text);
	}
	printf("%zu files of %zu rules, %lu frames: %lu dropped, counted by "
	       "%lu rules, %lu judged by libpcap, too%s\n",
	       n_files, test.n_rules, test.n_frames, test.n_dropped,
	       test.n_counted, test.n_told, is_good ? "" : "; FAILED");
	packets_free(&test.captured);
	pcap_close(test.pcap);
	for (size_t i = 0; i < test.n_list; i++)
		free(test.list[i]);
	return !is_good || !test.n_dropped;
}
