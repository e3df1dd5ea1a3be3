/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule file of expressions in iptables: each counter is what the lines, asked
 * one after the other, say of the packets.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "xt_test.h"

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
	const char *argv[] = { xt_program(version, "-save"), "-c", "-t", "raw",
			       NULL };
	char *output = NULL, *save, *line;
	unsigned long long n = 0;

	xt_must_run(argv, NULL, &output);
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
	const struct xt_expression e = { .text = (char *)rules };
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
		xt_fail(&e, "count", got, fates[COUNTED]);
	got = count_rules(version, "-j LOG", "-g ");
	if (got != (fates[SAMPLED] + 2) / 3 || !got)
		xt_fail(&e, "sample", got, (fates[SAMPLED] + 2) / 3);
	got = count_rules(version, "-m hashlimit", "-g ");
	if (got + most < fates[LIMITED] || got + 5 > fates[LIMITED])
		xt_fail(&e, "limit", got, fates[LIMITED] - 5);
	got += count_rules(version, "left", "-g ");
	if (got != fates[LEFT] + fates[LIMITED])
		xt_fail(&e, "left", got, fates[LEFT] + fates[LIMITED]);
}

void xt_test_rules(void)
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
		flows[n++] = xt_read_flow(space + 1);
	}
	free(text);
	tamiz_add(tamiz, TAMIZ_LANGUAGE_PCAP, "rules", rules, strlen(rules));
	assert(!tamiz_compile(tamiz, &options));
	test.packets.n = 0;
	for (size_t i = 0; i < n; i++)
		xt_packets_draw(&test.packets, flows[i], XT_PACKETS_OF_LARGE);
	for (unsigned int version = 4; version <= 6; version += 2)
		xt_restore(version, "*raw\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n");
	xt_run_commands(tamiz_emit(tamiz, TAMIZ_EMIT_COMMANDS, &len));
	xt_run_commands(
		"iptables -t raw -A PREROUTING -m comment --comment left\n"
		"ip6tables -t raw -A PREROUTING -m comment "
		"--comment left\n");
	clock_gettime(CLOCK_MONOTONIC, &begin);
	xt_inject();
	clock_gettime(CLOCK_MONOTONIC, &end);
	for (unsigned int version = 4; version <= 6; version += 2)
		compare_rules(version, flows,
			      (double)(end.tv_sec - begin.tv_sec));
	tamiz_free(tamiz);
}
