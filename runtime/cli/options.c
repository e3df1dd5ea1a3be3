/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options: one row each, with the subcommands that take it. getopt_long's
 * arrays and the help are made from the rows.
 */
#include "runtime/cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ON(command) (1u << CLI_##command)
#define ON_CHANGE (ON(ATTACH) | ON(REPLACE))
#define ON_RULES (ON(CHECK) | ON(COMPILE) | ON_CHANGE)
#define ON_TURN (ON(ROLLBACK) | ON(CONFIRM) | ON(ENFORCE) | ON(DETACH))
#define ON_SAVED (ON(SAVE) | ON(RESTORE))
#define ON_SOCKETS (ON(ATTACH) | ON(DETACH) | ON(STATUS))
#define ON_KERNEL \
	(ON_CHANGE | ON_TURN | ON_SAVED | ON(STATUS) | ON(LOG) | ON(SET))
#define ON_ALL (ON_RULES | ON_KERNEL)

int cli_choose(const char *option, const char *text,
	       const struct cli_word *words, int *value)
{
	for (const struct cli_word *w = words; w->text; w++) {
		if (strcmp(w->text, text))
			continue;
		*value = w->value;
		return 0;
	}
	cli_error("--%s does not know \"%s\"; it takes one of:", option, text);
	for (const struct cli_word *w = words; w->text; w++)
		fprintf(stderr, "  %s\n", w->text);
	return -EINVAL;
}

int cli_append(struct cli_list *list, const char *text)
{
	const char **at = reallocarray(list->at, list->n + 1, sizeof(*at));

	if (!at)
		return -ENOMEM;
	list->at = at;
	at[list->n++] = text;
	return 0;
}

static int set_mode(struct cli *cli, const char *text)
{
	static const struct cli_word words[] = {
		{ "offload", TAMIZ_MODE_OFFLOAD },
		{ "replace", TAMIZ_MODE_REPLACE },
		{ NULL, 0 },
	};
	int value;

	if (cli_choose("mode", text, words, &value))
		return -EINVAL;
	cli->options.mode = (enum tamiz_mode)value;
	return 0;
}

static int set_backend(struct cli *cli, const char *text)
{
	static const struct cli_word words[] = {
		{ "legacy", TAMIZ_BACKEND_LEGACY },
		{ "nft", TAMIZ_BACKEND_NFT },
		{ "both", TAMIZ_BACKEND_BOTH },
		{ NULL, 0 },
	};
	int value;

	if (cli_choose("backend", text, words, &value))
		return -EINVAL;
	cli->options.backend = (enum tamiz_backend)value;
	cli->backend_is_given = true;
	return 0;
}

static int set_family(struct cli *cli, const char *text)
{
	static const struct cli_word words[] = { { "ipv4", 4 },
						 { "4", 4 },
						 { "ipv6", 6 },
						 { "6", 6 },
						 { NULL, 0 } };

	return cli_choose("family", text, words, &cli->options.family);
}

static int set_fragments(struct cli *cli, const char *text)
{
	static const struct cli_word words[] = { { "drop", 1 },
						 { "kernel", 0 },
						 { NULL, 0 } };
	int value;

	if (cli_choose("fragments", text, words, &value))
		return -EINVAL;
	cli->options.fragments_drop = value;
	return 0;
}

static int set_state(struct cli *cli, const char *text)
{
	static const struct cli_word words[] = { { "own", 1 },
						 { "kernel", 0 },
						 { NULL, 0 } };
	int value;

	if (cli_choose("state", text, words, &value))
		return -EINVAL;
	cli->options.owns_state = value;
	return 0;
}

static int set_fail_on(struct cli *cli, const char *text)
{
	static const struct cli_word words[] = {
		{ "warning", CLI_FAIL_ON_WARNING },
		{ "partial", CLI_FAIL_ON_PARTIAL },
		{ "impossible", CLI_FAIL_ON_IMPOSSIBLE },
		{ "drift", CLI_FAIL_ON_DRIFT },
		{ NULL, 0 },
	};
	int value;

	if (cli_choose("fail-on", text, words, &value))
		return -EINVAL;
	cli->fail_on |= (unsigned int)value;
	return 0;
}

static int set_device(struct cli *cli, const char *text)
{
	for (size_t i = 0; i < cli->devices.n; i++) {
		if (!strcmp(cli->devices.at[i], text))
			return 0;
	}
	return cli_append(&cli->devices, text);
}

static int set_socket(struct cli *cli, const char *text)
{
	return cli_append(&cli->sockets, text);
}

static int set_chain(struct cli *cli, const char *text)
{
	return cli_append(&cli->chains, text);
}

/* A row either sets one member, or has a function. */
static const struct row {
	const char *name;
	const char *argument;  /* NULL: takes none */
	unsigned int commands; /* bits by enum cli_command */
	char letter;           /* or 0 */
	int (*set)(struct cli *cli, const char *text);
	size_t flag; /* offset of a bool, when there is no argument */
	size_t text; /* offset of a const char *, when there is one */
	/* What it is about where a command knows both (ON_SOCKETS). */
	enum { DEVICES, SOCKETS, BOTH } about;
	const char *help;
} rows[] = {
#define FLAG(member) .flag = offsetof(struct cli, member)
#define TEXT(member) .text = offsetof(struct cli, member)
	{ "dev", "DEV", ON_KERNEL & ~ON(SAVE), 0, .set = set_device,
	  .help = "a device; may repeat" },
	{ "dev", "DEV", ON(CHECK) | ON(COMPILE) | ON(RUN), 0, .set = set_device,
	  .help = "the device that packets come in by, for -i" },
	{ "socket", "WHICH", ON_SOCKETS, 0, .set = set_socket, .about = SOCKETS,
	  .help = "PID:FD, 'udp ADDRESS:PORT', ...; may repeat" },
	{ "lock", NULL, ON(ATTACH), 0, FLAG(lock), .about = SOCKETS,
	  .help = "the filter stays while the socket lives" },
	{ "all", NULL, ON_TURN, 0, FLAG(all), .help = "all devices" },
	{ "as", "UPPER", ON_CHANGE, 0, TEXT(upper),
	  .help = "the device is enslaved to UPPER: take its rules" },
	{ "expression", "EXPR", ON(COMPILE) | ON(ATTACH), 'e',
	  .set = cli_set_expression, .about = SOCKETS,
	  .help = "a tcpdump expression instead of files; may repeat" },
	{ "target", "TARGET", ON(COMPILE), 't', .set = cli_set_target,
	  .help = "what to make: xdp (default), tc, socket, xt_bpf, cbpf" },
	{ "target", "TARGET", ON(GEN), 't', .set = cli_set_target,
	  .help = "what to make: xt_bpf (default), xdp, tc, socket, cbpf" },
	{ "output", "FILE", ON(COMPILE) | ON(GEN) | ON(FMT), 'o', TEXT(output),
	  .help = "write there, whole or not at all" },
	{ "check", NULL, ON(FMT), 0, FLAG(check_form),
	  .help = "write nothing; exit 1 if the form is another" },
	{ "emit", "KIND", ON(COMPILE) | ON(GEN), 0, .set = cli_set_emit,
	  .help = "in which form; an unknown one lists them" },
	{ "from", "LANGUAGE", ON(COMPILE) | ON(ATTACH), 0, .set = cli_set_from,
	  .about = SOCKETS,
	  .help = "iptables, pcap, cbpf (default: by the content)" },
	{ "link", "TYPE", ON(COMPILE) | ON(ATTACH) | ON(GEN), 0,
	  .set = cli_set_link, .about = SOCKETS,
	  .help = "what packets begin with: en10mb, raw, ..." },
	{ "resolve", NULL, ON(COMPILE) | ON(ATTACH), 0,
	  FLAG(options.resolve_hosts), .about = SOCKETS,
	  .help = "look up names of hosts in expressions" },
	{ "netmask", "MASK", ON_RULES | ON(RUN), 0, .set = cli_set_netmask,
	  .about = BOTH,
	  .help = "of the network, for 'ip broadcast' in expressions" },
	{ "max-insns", "N", ON(COMPILE) | ON(ATTACH) | ON(GEN), 0,
	  .set = cli_set_max_insns, .about = SOCKETS,
	  .help = "no program with more instructions" },
	{ "no-optimize", NULL, ON(COMPILE) | ON(ATTACH) | ON(GEN), 'O',
	  FLAG(options.unoptimized), .about = SOCKETS,
	  .help = "a program straight from the text" },
	{ "jump", "TARGET", ON(COMPILE) | ON(GEN), 'j', TEXT(options.xt.jump),
	  .help = "xt_bpf: of the rule (default: DROP)" },
	{ "name", "NAME", ON(COMPILE) | ON(GEN), 0, TEXT(options.xt.name),
	  .help = "xt_bpf: of what is made (default: tamiz)" },
	{ "split", NULL, ON(COMPILE) | ON(GEN), 0, FLAG(options.xt.split),
	  .help = "xt_bpf: too large for a rule: a chain of several" },
	{ "object", "FILE", ON(COMPILE) | ON(GEN), 0, TEXT(object),
	  .help = "xt_bpf: a socket filter there; in bpffs: pinned" },
	{ "object", NULL, ON(ATTACH), 0, FLAG(as_object), .about = SOCKETS,
	  .help = "the filter as an eBPF program, built by clang" },
	{ "icase", NULL, ON(GEN), 'i', FLAG(options.generator.icase),
	  .help = "dns: letters of either case" },
	{ "not-valid", NULL, ON(GEN), 0, FLAG(options.generator.not_valid),
	  .help = "dns-validate: what is no sane query" },
	{ "labels", "N", ON(GEN), 0, .set = cli_set_labels,
	  .help = "dns-validate: look at so many labels of the name" },
	{ "reply", NULL, ON(GEN), 0, FLAG(options.generator.reply),
	  .help = "p0f: a signature of SYN+ACK" },
	{ "port", "N", ON(GEN), 0, .set = cli_set_port,
	  .help = "dns: another than 53" },
	{ "headers", "N", ON(GEN), 0, .set = cli_set_headers,
	  .help = "dns, suffix: extension headers of IPv6 to go over" },
	{ "bare", NULL, ON(GEN), 0, FLAG(options.generator.bare),
	  .help = "dns, suffix: a rule before looks at the headers" },
	{ "standalone", NULL, ON(COMPILE), 0, FLAG(options.standalone),
	  .help = "C that includes no header at all" },
	{ "mode", "MODE", ON_RULES | ON(RUN), 0, .set = set_mode,
	  .help = "offload (default): beside the kernel's rules; replace" },
	{ "backend", "BACKEND", ON_RULES | ON(RUN), 0, .set = set_backend,
	  .help = "whose rules they are: legacy, nft, both" },
	{ "chain", "CHAIN", ON_RULES | ON(GEN), 0, .set = set_chain,
	  .help = "only this base chain, or TABLE/CHAIN; may repeat" },
	{ "family", "FAMILY", ON_RULES | ON(RUN) | ON(FMT) | ON(GEN), 0,
	  .set = set_family, .help = "ipv4 or ipv6 (default: by the content)" },
	{ "assume-no-nat", NULL, ON_RULES | ON(RUN), 0,
	  FLAG(options.assume_no_nat),
	  .help = "nobody on this host translates addresses" },
	{ "udp-merges", NULL, ON_RULES, 0, FLAG(options.udp_merges),
	  .help = "sockets ask for UDP_GRO: lengths of UDP are unknown" },
	{ "fragments", "WHAT", ON_RULES, 0, .set = set_fragments,
	  .help = "drop: all of them; kernel (default): it decides" },
	{ "state", "WHOSE", ON_RULES, 0, .set = set_state,
	  .help = "limits: kernel (default): the rules keep them; own" },
	{ "log", "WHERE", ON_RULES, 0, .set = cli_set_log,
	  .help = "kernel (default): pass what it logs; ring: tamiz log" },
	{ "reject", "HOW", ON_RULES | ON(RUN), 0, .set = cli_set_reject,
	  .help = "kernel (default): pass what it answers; answer; drop" },
	{ "reject-rate", "N", ON_CHANGE | ON(COMPILE), 0,
	  .set = cli_set_reject_rate,
	  .help = "answer: errors of ICMP a second (default: the host's)" },
	{ "sample", "[RULE=]1/N", ON_CHANGE | ON(COMPILE), 0,
	  .set = cli_set_sample,
	  .help = "log every N-th drop, or of RULE's; may repeat" },
	{ "snaplen", "BYTES", ON_CHANGE | ON(COMPILE), 0,
	  .set = cli_set_snaplen, .help = "of a logged packet (default: 256)" },
	{ "pcap", "FILE", ON(LOG), 0, TEXT(pcap),
	  .help = "write the packets there, too, as pcapng" },
	{ "pcap", "CAPTURE", ON(RUN), 0, TEXT(pcap),
	  .help = "pcap or pcapng, gzip or not; - is standard input" },
	{ "count", "N", ON(LOG) | ON(RUN), 0, .set = cli_set_count,
	  .help = "end after N packets" },
	{ "engine", "ENGINE", ON(RUN), 0, .set = cli_set_engine,
	  .help = "who judges: eval (default; no rights), xdp, both" },
	{ "route", "WAY", ON(RUN), 0, .set = cli_set_route,
	  .help = "after PREROUTING: input (default) or forward" },
	{ "assume", "NAME=BOOL", ON(RUN), 0, .set = cli_set_assume,
	  .help = "take unknown matches, or all, for true or false" },
	{ "fail-on", "WHAT", ON(CHECK), 0, .set = set_fail_on,
	  .help = "exit 1 on: warning, partial, impossible, drift" },
	{ "monitor", NULL, ON_CHANGE, 0, FLAG(attach.monitor),
	  .help = "count what would be dropped, and drop nothing" },
	{ "confirm", "SECONDS", ON_CHANGE, 0, .set = cli_set_confirm,
	  .help = "go back by itself unless tamiz confirm comes in time" },
	{ "from-kernel", NULL, ON_CHANGE, 0, FLAG(from_kernel),
	  .help = "take the live rules instead of files" },
	{ "ipset", "WHERE", ON_CHANGE, 0, .set = cli_set_ipset,
	  .help = "live: the kernel's sets, as they are now" },
	{ "watch", NULL, ON(SET), 0, FLAG(watch),
	  .help = "sync: again and again, every second" },
	{ "wait", "SECONDS", ON(RESTORE), 0, .set = cli_set_wait,
	  .help = "for devices that are not there yet (default: 0)" },
	{ "file", "FILE", ON(SAVE), 0, TEXT(output),
	  .help = "instead of /var/lib/tamiz/saved.json; - is stdout" },
	{ "file", "FILE", ON(RESTORE), 0, TEXT(output),
	  .help = "instead of /var/lib/tamiz/saved.json; - is stdin" },
	{ "force", NULL, ON_CHANGE | ON(RESTORE), 0, FLAG(attach.force),
	  .about = BOTH, .help = "displace another XDP program, or filter" },
	{ "native-only", NULL, ON_CHANGE | ON(RESTORE), 0,
	  FLAG(attach.native_only),
	  .help = "rather fail than use generic XDP" },
	{ "dry-run", NULL, ON_CHANGE, 0, FLAG(attach.dry_run), .about = BOTH,
	  .help = "build, load and verify, then stop" },
	{ "clang", "PATH",
	  ON_CHANGE | ON(COMPILE) | ON(GEN) | ON(RESTORE) | ON(RUN), 0,
	  TEXT(clang), .about = BOTH,
	  .help = "the compiler to use (default: from PATH)" },
	{ "netns", "NAME", ON_KERNEL | ON(CHECK), 0, TEXT(netns), .about = BOTH,
	  .help = "a network namespace, by name or path" },
	{ "json", NULL, ON(CHECK) | ON(STATUS) | ON(LOG) | ON(RUN), 0,
	  FLAG(json), .about = BOTH,
	  .help = "for programs; the man page names the schema" },
	{ "exact", NULL, ON(STATUS), 'x', FLAG(exact),
	  .help = "numbers in full" },
	{ "numeric", NULL, ON(STATUS), 'n', FLAG(numeric),
	  .help = "as in iptables; addresses always are numeric here" },
	{ "quiet", NULL, ON(CHECK) | ON(RUN), 'q', FLAG(quiet),
	  .help = "diagnostics and the summary only" },
	{ "verbose", NULL, ON(STATUS), 'v', FLAG(verbose), .about = BOTH,
	  .help = "every rule, with its counts" },
	{ "verbose", NULL, ON(LOG), 'v', FLAG(verbose),
	  .help = "all rules that counted the packet" },
	{ "verbose", NULL,
	  (ON_KERNEL & ~(ON(STATUS) | ON(LOG))) | ON(COMPILE) | ON(GEN) |
		  ON(RUN),
	  'v', FLAG(verbose), .about = BOTH,
	  .help = "whole logs of clang and the verifier" },
#undef FLAG
#undef TEXT
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))
#define LONG_ONLY 256

void cli_options_describe(enum cli_command command)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		const struct row *row = &rows[i];
		char left[48];

		if (!(row->commands >> command & 1))
			continue;
		snprintf(left, sizeof(left), "%c%c%s--%s%s%s",
			 row->letter ? '-' : ' ',
			 row->letter ? row->letter : ' ',
			 row->letter ? ", " : "  ", row->name,
			 row->argument ? " " : "",
			 row->argument ? row->argument : "");
		printf("  %-24s %s\n", left, row->help);
	}
	printf("  %-24s %s\n", "-h, --help", "this text");
}

/* For which of the two it was given. */
static void note_about(struct cli *cli, enum cli_command command,
		       const struct row *row)
{
	if (!(ON_SOCKETS >> command & 1))
		return;
	if (row->about == DEVICES)
		cli->device_option = row->name;
	else if (row->about == SOCKETS)
		cli->socket_option = row->name;
}

static int apply(struct cli *cli, const struct row *row, const char *text)
{
	if (row->set)
		return row->set(cli, text);
	if (row->argument)
		*(const char **)((char *)cli + row->text) = text;
	else
		*(bool *)((char *)cli + row->flag) = true;
	return 0;
}

static void make_getopt(enum cli_command command, struct option *longs,
			char *shorts)
{
	size_t n = 0;

	*shorts++ = ':';
	*shorts++ = 'h';
	for (size_t i = 0; i < N_ROWS; i++) {
		if (!(rows[i].commands >> command & 1))
			continue;
		longs[n++] =
			(struct option){ rows[i].name,
					 rows[i].argument ? required_argument
							  : no_argument,
					 NULL, LONG_ONLY + (int)i };
		if (!rows[i].letter)
			continue;
		*shorts++ = rows[i].letter;
		if (rows[i].argument)
			*shorts++ = ':';
	}
	longs[n++] = (struct option){ "help", no_argument, NULL, 'h' };
	longs[n] = (struct option){ NULL, 0, NULL, 0 };
	*shorts = '\0';
}

static const struct row *row_of(int option)
{
	if (option >= LONG_ONLY)
		return &rows[option - LONG_ONLY];
	for (size_t i = 0; i < N_ROWS; i++) {
		if (rows[i].letter == option)
			return &rows[i];
	}
	return NULL;
}

/* Says what is wrong with the word that getopt_long stopped at. */
static void complain(const char *name, const struct option *longs, int option,
		     const char *word)
{
	char text[64];
	const char *near = NULL;
	size_t n = 0;

	if (option == ':') {
		cli_error("%s: %s needs an argument", name, word);
		return;
	}
	if (optopt >= LONG_ONLY || optopt == 'h') {
		cli_error("%s: --%s takes no argument", name,
			  optopt == 'h' ? "help" : row_of(optopt)->name);
		return;
	}
	if (optopt) {
		cli_error("%s: no option -%c here (see tamiz %s -h)", name,
			  optopt, name);
		return;
	}
	while (longs[n].name)
		n++;
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(word, "="), word);
	near = cli_nearest(text + 2, &longs[0].name, n, sizeof(*longs));
	if (near)
		cli_error("%s: no option %s here; did you mean --%s?", name,
			  text, near);
	else
		cli_error("%s: no option %s here (see tamiz %s -h)", name, text,
			  name);
}

int cli_options_parse(struct cli *cli, enum cli_command command,
		      const char *name, int argc, char **argv)
{
	struct option longs[N_ROWS + 2];
	char shorts[2 * N_ROWS + 4];
	int option;

	make_getopt(command, longs, shorts);
	opterr = 0;
	while ((option = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (option == 'h')
			return 1;
		if (option == '?' || option == ':') {
			complain(name, longs, option, argv[optind - 1]);
			return -EINVAL;
		}
		if (apply(cli, row_of(option), optarg))
			return -EINVAL;
		note_about(cli, command, row_of(option));
	}
	for (; optind < argc; optind++) {
		if (cli_append(&cli->files, argv[optind]))
			return -ENOMEM;
	}
	cli->options.chains = cli->chains.at;
	cli->options.n_chains = cli->chains.n;
	return 0;
}

void cli_options_free(struct cli *cli)
{
	free(cli->files.at);
	free(cli->devices.at);
	free(cli->chains.at);
	free(cli->expressions.at);
	free(cli->sockets.at);
	cli_run_free(&cli->run);
	free(cli->samples);
}
