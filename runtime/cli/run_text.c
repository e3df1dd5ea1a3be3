/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tamiz run for people and grep: a line for each packet, then what each rule
 * counted. Lines are put together by hand: a capture has millions.
 */
#include "runtime/cli/run.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static char *put_number(char *at, uint64_t n)
{
	char digits[20];
	int len = 0;

	do
		digits[len++] = (char)('0' + n % 10);
	while (n /= 10);
	while (len)
		*at++ = digits[--len];
	return at;
}

static char *put_text(char *at, const char *text)
{
	return stpcpy(at, text);
}

/* The date changes seldom: it is kept. In UTC. */
static char *put_time(char *at, int64_t time_ns)
{
	static time_t kept = -1;
	static char date[32];
	time_t second = time_ns / 1000000000;
	int64_t us = time_ns % 1000000000 / 1000;

	if (time_ns < 0)
		return put_text(at, "- -");
	if (second != kept) {
		struct tm tm;

		if (!gmtime_r(&second, &tm) ||
		    !strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm))
			strcpy(date, "- -");
		kept = second;
	}
	at = put_text(at, date);
	*at++ = '.';
	for (int64_t unit = 100000; unit; unit /= 10)
		*at++ = (char)('0' + us / unit % 10);
	return at;
}

static char *put_address(char *at, const struct tamiz_judgement *j,
			 const uint8_t *address, uint16_t port)
{
	if (j->family == 4) {
		for (int i = 0; i < 4; i++) {
			if (i)
				*at++ = '.';
			at = put_number(at, address[i]);
		}
	} else {
		if (j->has_ports)
			*at++ = '[';
		inet_ntop(AF_INET6, address, at, INET6_ADDRSTRLEN);
		at += strlen(at);
		if (j->has_ports)
			*at++ = ']';
	}
	if (j->has_ports) {
		*at++ = ':';
		at = put_number(at, port);
	}
	return at;
}

static char *put_protocol(char *at, const struct tamiz_judgement *j)
{
	if (!j->has_proto)
		return put_text(at, "IP");
	switch (j->proto) {
	case IPPROTO_TCP:
		return put_text(at, "TCP");
	case IPPROTO_UDP:
		return put_text(at, "UDP");
	case IPPROTO_ICMP:
		return put_text(at, "ICMP");
	case IPPROTO_ICMPV6:
		return put_text(at, "ICMPv6");
	case IPPROTO_SCTP:
		return put_text(at, "SCTP");
	}
	return put_number(put_text(at, "proto-"), j->proto);
}

/* " | UDP 10.0.0.1:53 > 10.0.0.2:99 len 60" */
static void print_packet(const struct run_packet *packet)
{
	const struct tamiz_judgement *j = &packet->judgement;
	char line[256], *at = put_text(line, " | ");

	if (j->family) {
		at = put_protocol(at, j);
		*at++ = ' ';
		at = put_address(at, j, j->src, j->sport);
		at = put_text(at, " > ");
		at = put_address(at, j, j->dst, j->dport);
		if (j->is_fragment)
			at = put_text(at, " fragment");
		at = put_text(at, " len ");
		at = put_number(at, j->ip_len);
	} else {
		at = put_text(at, "frame len ");
		at = put_number(at, packet->frame.wire_len);
	}
	*at++ = '\n';
	fwrite_unlocked(line, 1, (size_t)(at - line), stdout);
}

/* The rule, and in brackets what the verdict depends on. */
static void print_reason(struct run_rules *rules,
			 const struct tamiz_judgement *j)
{
	if (j->rule != TAMIZ_NO_RULE)
		fputs_unlocked(run_label(rules, j->rule), stdout);
	else if (j->depends_on != TAMIZ_NO_RULE)
		fputs_unlocked(run_label(rules, j->depends_on), stdout);
	else
		putc_unlocked('-', stdout);
	if (j->is_hotdrop)
		fputs_unlocked(" [a header is not whole]", stdout);
	if (!*j->why)
		return;
	fputs_unlocked(" [", stdout);
	if (j->match) {
		fputs_unlocked(j->match, stdout);
		fputs_unlocked(": ", stdout);
	}
	fputs_unlocked(j->why, stdout);
	putc_unlocked(']', stdout);
}

static const char *xdp_name(const struct run_xdp_verdict *xdp)
{
	static const char *const names[] = {
		[RUN_XDP_NOT_RUN] = "not-run",
		[RUN_XDP_PASS] = "pass",
		[RUN_XDP_DROP] = "drop",
	};

	return names[xdp->verdict];
}

static void print_xdp(struct run_rules *rules,
		      const struct run_xdp_verdict *xdp)
{
	fputs_unlocked(xdp_name(xdp), stdout);
	putc_unlocked(' ', stdout);
	fputs_unlocked(xdp->rule == TAMIZ_NO_RULE ? "-"
						  : run_label(rules, xdp->rule),
		       stdout);
}

void run_print_text(struct run_rules *rules, enum cli_engine engine,
		    const struct run_packet *packet)
{
	const struct tamiz_judgement *j = &packet->judgement;
	char head[96], *at = head;

	*at++ = '#';
	at = put_number(at, packet->number);
	*at++ = ' ';
	at = put_time(at, packet->frame.time_ns);
	*at++ = ' ';
	fwrite_unlocked(head, 1, (size_t)(at - head), stdout);
	if (engine == CLI_ENGINE_BOTH) {
		fputs_unlocked("xdp=", stdout);
		fputs_unlocked(xdp_name(&packet->xdp), stdout);
		putc_unlocked(' ', stdout);
	}
	if (engine == CLI_ENGINE_XDP) {
		print_xdp(rules, &packet->xdp);
	} else {
		fputs_unlocked(run_verdict_name(j->verdict), stdout);
		putc_unlocked(' ', stdout);
		print_reason(rules, j);
	}
	print_packet(packet);
}

static void print_totals(enum cli_engine engine,
			 const struct run_totals *totals)
{
	printf("%ju packets", (uintmax_t)totals->packets);
	if (engine != CLI_ENGINE_XDP) {
		printf(":");
		for (int i = 0; i < TAMIZ_N_VERDICTS; i++)
			printf("%s %ju %s", i ? "," : "",
			       (uintmax_t)totals->verdicts[i],
			       run_verdict_name((enum tamiz_verdict)i));
	}
	if (engine != CLI_ENGINE_EVAL)
		printf("; at XDP: %ju drop, %ju pass, %ju not run",
		       (uintmax_t)totals->xdp[RUN_XDP_DROP],
		       (uintmax_t)totals->xdp[RUN_XDP_PASS],
		       (uintmax_t)totals->xdp[RUN_XDP_NOT_RUN]);
	if (engine == CLI_ENGINE_BOTH)
		printf("; %ju dropped at XDP without being dropped by the "
		       "rules",
		       (uintmax_t)totals->n_wrong);
	putchar('\n');
}

void run_print_text_summary(struct run_rules *rules, enum cli_engine engine,
			    const struct run_totals *totals)
{
	bool has_head = false;

	print_totals(engine, totals);
	for (size_t i = 0; i < rules->n; i++) {
		const struct run_tally *t = &rules->tallies[i];

		if (!t->packets && !t->maybe && !t->decided)
			continue;
		if (!has_head)
			printf("%10s %12s %10s %10s  %s\n", "packets", "bytes",
			       "maybe", "decided", "rule");
		has_head = true;
		printf("%10ju %12ju %10ju %10ju  %s\n", (uintmax_t)t->packets,
		       (uintmax_t)t->bytes, (uintmax_t)t->maybe,
		       (uintmax_t)t->decided, run_label(rules, i));
	}
}
