/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What becomes of an event: hostile records are refused, headers are read as
 * the kernel's LOG prints them, and libpcap reads the pcapng that is written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/log_event.h"
#include "runtime/log_line.h"
#include "runtime/meta.h"
#include "runtime/pcapng.h"

#define HEAD_LEN offsetof(struct tz_log_event, data)

/* Ethernet, IPv4 with DF, TCP SYN from 192.0.2.2:4660 to 192.0.2.1:22. */
static const uint8_t
	syn[] = {
		2,    0,    0,    0,    0,    2,    2,    0,
		0,    0,    0,    1,    8,    0, /* Ethernet */
		0x45, 0x10, 0,    40,   0x12, 0x34, 0x40, 0,
		64,   6,    0,    0, /* IPv4 */
		192,  0,    2,    2,    192,  0,    2,    1,
		0x12, 0x34, 0,    22, /* TCP */
		0,    0,    0,    1,    0,    0,    0,    0,
		0x50, 2,    0xfa, 0xf0, 0,    0,    0,    0,
	};

/* IPv6 with a fragment header, UDP from 2001:db8::2 to ::1, first fragment. */
static const uint8_t fragment6[] = {
	2,    0,    0,    0,    0, 2,  2,  0,  0,    0, 0,   1,    0x86, 0xdd,
	0x60, 0x12, 0x34, 0x56, 0, 16, 44, 63, 0x20, 1, 0xd, 0xb8, 0,    0,
	0,    0,    0,    0,    0, 0,  0,  0,  0,    2, 0,   0,    0,    0,
	0,    0,    0,    0,    0, 0,  0,  0,  0,    0, 0,   1,    17,   0,
	0,    1,    0xab, 0xcd, 0, 1,  0,  53, 1,    0, 0,   8,    0,    0,
};

static char *line_of(const uint8_t *frame, size_t len)
{
	char *text = NULL;
	size_t text_len;
	FILE *out = open_memstream(&text, &text_len);

	assert_non_null(out);
	tz_log_print_header(out, "eth0", frame, len);
	fclose(out);
	return text;
}

static void lines_are_those_of_the_kernel(void **state)
{
	char *line = line_of(syn, sizeof(syn));

	(void)state;
	assert_string_equal(
		line, "IN=eth0 OUT= MAC=02:00:00:00:00:02:02:00:00:00:00:"
		      "01:08:00 SRC=192.0.2.2 DST=192.0.2.1 LEN=40 "
		      "TOS=0x10 PREC=0x00 TTL=64 ID=4660 DF PROTO=TCP "
		      "SPT=4660 DPT=22 WINDOW=64240 RES=0x00 SYN URGP=0 ");
	free(line);
	line = line_of(fragment6, sizeof(fragment6));
	assert_string_equal(
		line,
		"IN=eth0 OUT= MAC=02:00:00:00:00:02:02:00:00:00:00:01:86:dd "
		"SRC=2001:0db8:0000:0000:0000:0000:0000:0002 "
		"DST=0000:0000:0000:0000:0000:0000:0000:0001 LEN=56 TC=1 "
		"HOPLIMIT=63 FLOWLBL=144470 FRAG:0 INCOMPLETE ID:abcd0001 "
		"PROTO=UDP SPT=53 DPT=256 LEN=8 ");
	free(line);
}

/* Copies of the exact size, so that the sanitizers see a load behind them. */
static void headers_may_end_anywhere(void **state)
{
	const struct {
		const uint8_t *bytes;
		size_t len;
	} frames[] = { { syn, sizeof(syn) }, { fragment6, sizeof(fragment6) } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		for (size_t len = 0; len <= frames[i].len; len++) {
			uint8_t *copy = malloc(len + !len);
			struct tamiz_log_header header;

			memcpy(copy, frames[i].bytes, len);
			tz_log_read_header(copy, len, &header);
			assert_int_equal(header.dport >= 0,
					 len >= (i ? 66 : 38));
			free(line_of(copy, len));
			free(copy);
		}
	}
}

static void options_are_found_in_quotes(void **state)
{
	const char *text = "-m comment --comment \"--log-prefix no\" -j LOG "
			   "--log-prefix \"a \\\"b\\\" \" --log-level 7";
	char *prefix = tz_log_option(text, "--log-prefix");
	char *level = tz_log_option(text, "--log-level");

	(void)state;
	assert_string_equal(prefix, "a \"b\" ");
	assert_string_equal(level, "7");
	assert_null(tz_log_option(text, "--nflog-prefix"));
	assert_null(tz_log_option("-j LOG --log-prefix", "--log-prefix"));
	free(prefix);
	free(level);
}

static struct tz_log_rules make_rules(void)
{
	static const char text[] =
		"{\"generation\":7,\"rules\":["
		"{\"table\":\"raw\",\"chain\":\"PREROUTING\",\"number\":1,"
		"\"file\":\"f\",\"line\":3,\"text\":\"-j LOG\","
		"\"target\":\"LOG\"},"
		"{\"table\":\"raw\",\"chain\":\"PREROUTING\",\"number\":2,"
		"\"file\":\"f\",\"line\":4,\"text\":\"-j DROP\","
		"\"target\":\"DROP\"}]}";
	struct tz_log_rules rules;

	assert_int_equal(tz_log_rules_make(&rules, json_loads(text, 0, NULL)),
			 0);
	return rules;
}

static struct tz_log_event make_event(void)
{
	struct tz_log_event event = {
		.version = TZ_LOG_VERSION,
		.reasons = TZ_LOG_BY_RULE,
		.generation = 7,
		.boot_ns = 5,
		.frame_len = sizeof(syn),
		.captured = sizeof(syn),
		.n_path = 2,
		.n_logs = 3,
		.path = { 0, 1 },
		.logs = { 0, 99, 0 },
	};

	memcpy(event.data, syn, sizeof(syn));
	return event;
}

static void event_names_its_rules(void **state)
{
	struct tz_log_rules rules = make_rules();
	struct tz_log_event raw = make_event();
	struct tz_log_decoded d;
	unsigned int generation;

	(void)state;
	assert_true(tz_log_check(&raw, HEAD_LEN + sizeof(syn), &generation));
	assert_int_equal(generation, 7);
	assert_int_equal(tz_log_decode(&raw, HEAD_LEN + sizeof(syn), "eth0",
				       &rules, 10, &d),
			 0);
	assert_int_equal(d.event.time_ns, 15);
	assert_int_equal(d.event.decider->number, 2);
	assert_int_equal(d.event.n_logs, 2); /* the third is the first */
	assert_true(d.event.logs[0].is_certain);
	assert_int_equal(d.event.logs[0].level, 4);
	assert_false(d.event.logs[1].is_known);
	assert_false(d.event.logs[1].is_certain);
	assert_int_equal(d.event.header.dport, 22);
	assert_int_equal(d.event.captured, sizeof(syn));
	tz_log_decoded_clear(&d);
	tz_log_rules_clear(&rules);
}

/* The last that counted a hotdrop is not what dropped it. */
static void hotdrop_has_no_decider(void **state)
{
	struct tz_log_rules rules = make_rules();
	struct tz_log_event raw = make_event();
	struct tz_log_decoded d;

	(void)state;
	raw.n_path = 1;
	assert_int_equal(tz_log_decode(&raw, HEAD_LEN + sizeof(syn), "eth0",
				       &rules, 0, &d),
			 0);
	assert_null(d.event.decider);
	tz_log_decoded_clear(&d);
	raw.n_path = raw.n_logs = UINT32_MAX;
	raw.sampled = UINT32_MAX;
	assert_int_equal(tz_log_decode(&raw, HEAD_LEN + sizeof(syn), "eth0",
				       NULL, 0, &d),
			 0);
	assert_true(d.event.is_cut);
	assert_int_equal(d.event.n_path, TZ_PATH_MAX);
	tz_log_decoded_clear(&d);
	tz_log_rules_clear(&rules);
}

static void hostile_records_are_refused(void **state)
{
	struct tz_log_event raw = make_event();
	size_t len = HEAD_LEN + sizeof(syn);
	unsigned int generation;

	(void)state;
	for (size_t n = 0; n < len; n++)
		assert_false(tz_log_check(&raw, n, &generation));
	assert_false(tz_log_check(&raw, len + 1, &generation));
	assert_false(tz_log_check(&raw, sizeof(raw) + 8, &generation));
	raw.version++;
	assert_false(tz_log_check(&raw, len, &generation));
	raw = make_event();
	raw.verdict = TZ_LOG_N_VERDICTS;
	assert_false(tz_log_check(&raw, len, &generation));
	raw = make_event();
	raw.frame_len = sizeof(syn) - 1;
	assert_false(tz_log_check(&raw, len, &generation));
	raw = make_event();
	raw.captured = UINT32_MAX;
	assert_false(tz_log_check(&raw, len, &generation));
}

/* Every length of a packet, so that each padding comes. */
static void write_pcapng(FILE *out)
{
	const char *const comments[] = { "dropped by f:4", "b" };

	assert_int_equal(tz_pcapng_begin(out, "test"), 0);
	assert_int_equal(tz_pcapng_interface(out, "eth0", 256), 0);
	assert_int_equal(tz_pcapng_interface(out, "eth1.5", 256), 0);
	for (uint32_t i = 1; i <= sizeof(syn); i++) {
		const struct tz_pcapng_packet packet = {
			.interface = i % 2,
			.time_ns = 1700000000000000000u + i * 1000,
			.data = syn,
			.captured = i,
			.len = i + 100,
			.xdp_verdict = 1,
			.comments = comments,
			.n_comments = i % 3,
		};

		assert_int_equal(tz_pcapng_packet(out, &packet), 0);
	}
}

static void libpcap_reads_what_is_written(void **state)
{
	char path[] = "log_test.XXXXXX", why[PCAP_ERRBUF_SIZE];
	int fd = mkstemp(path);
	FILE *out = fdopen(fd, "w");
	struct pcap_pkthdr *header;
	const u_char *bytes;
	uint32_t n = 0;

	(void)state;
	assert_non_null(out);
	write_pcapng(out);
	fclose(out);

	pcap_t *pcap = pcap_open_offline(path, why);

	unlink(path);
	assert_non_null(pcap);
	assert_int_equal(pcap_datalink(pcap), DLT_EN10MB);
	while (pcap_next_ex(pcap, &header, &bytes) == 1) {
		n++;
		assert_int_equal(header->caplen, n);
		assert_int_equal(header->len, n + 100);
		assert_int_equal(header->ts.tv_sec, 1700000000);
		assert_int_equal(header->ts.tv_usec, n);
		assert_memory_equal(bytes, syn, n);
	}
	assert_int_equal(n, sizeof(syn));
	pcap_close(pcap);
}

/* The comments, which libpcap skips, are options of their own. */
static void comments_are_in_the_file(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	const uint8_t option[] = { 1, 0, 14, 0, 'd', 'r', 'o', 'p', 'p', 'e' };

	(void)state;
	write_pcapng(out);
	fclose(out);
	assert_non_null(memmem(text, len, option, sizeof(option)));
	assert_non_null(memmem(text, len, "eth1.5", 6));
	free(text);
}

static void full_disk_is_an_error(void **state)
{
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	if (!full)
		skip();
	assert_true(tz_pcapng_begin(full, "test") < 0);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_those_of_the_kernel),
		cmocka_unit_test(headers_may_end_anywhere),
		cmocka_unit_test(options_are_found_in_quotes),
		cmocka_unit_test(event_names_its_rules),
		cmocka_unit_test(hotdrop_has_no_decider),
		cmocka_unit_test(hostile_records_are_refused),
		cmocka_unit_test(libpcap_reads_what_is_written),
		cmocka_unit_test(comments_are_in_the_file),
		cmocka_unit_test(full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
