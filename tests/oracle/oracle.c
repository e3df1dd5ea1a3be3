/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The oracle: one rule file, the real kernel, and everything that claims to
 * know what the kernel does with a packet. Exits 1 when one of them is wrong.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <tamiz/runtime.h>

#include "burst.h"
#include "check.h"
#include "lib/lab.h"
#include "pass.h"
#include "probe.h"
#include "subject.h"

enum { EXIT_FINDINGS = 1, EXIT_USAGE = 2, EXIT_SYSTEM = 3, EXIT_SKIP = 77 };
enum { CAPTURES_MAX = 16, BURSTS_MAX = 100 };
/* Per cent of the packets; a few are, of those that are merged a tenth. */
enum { EXCLUDED_MAX = 33 };

struct arguments {
	const char *rules, *judge, *dev;
	const char *captures[CAPTURES_MAX];
	size_t n_captures;
	size_t n_packets, shown_max;
	uint64_t seed;
	double min_coverage;
	bool is_nft, is_router, merges, uses_conntrack, uses_nat, is_json;
	bool without_xdp, shows_missed, log_ring, has_sockets;
	enum tamiz_answers answers;
};

static const char usage[] =
	"Usage: oracle RULES [OPTION...]\n"
	"Judges libtamiz by the kernel's own iptables, packet by packet.\n"
	"  --pcap FILE           add a capture's frames (may repeat)\n"
	"  --packets N           frames made from the rules (2000)\n"
	"  --seed N              of the frames (1)\n"
	"  --backend legacy|nft  the kernel's engine (legacy)\n"
	"  --judge FILE.o|FILE   judge this object, or these rules' program\n"
	"  --dev NAME            receiving device (the rules' favourite)\n"
	"  --mode host|router    all is local, or all is forwarded (host)\n"
	"  --gro on|off          (off)\n"
	"  --conntrack           have conntrack in use in the namespace\n"
	"  --log-ring            packets that LOG rules take may be dropped\n"
	"  --reject-drop         packets that REJECT rules take, too\n"
	"  --nat                 have the namespace translate addresses\n"
	"  --sockets             the host has the sockets of socks.c\n"
	"  --no-xdp              the kernel and the interpreter only\n"
	"  --show N              tell at most N findings (10)\n"
	"  --min-coverage N      fail when XDP drops under N% of the "
	"droppable\n"
	"  --missed              tell what XDP could drop, and does not\n"
	"  --json                one line of JSON\n";

enum option_id {
	OPT_PCAP = 256,
	OPT_PACKETS,
	OPT_SEED,
	OPT_BACKEND,
	OPT_JUDGE,
	OPT_DEV,
	OPT_MODE,
	OPT_GRO,
	OPT_CONNTRACK,
	OPT_NAT,
	OPT_LOG_RING,
	OPT_REJECT_DROP,
	OPT_SOCKETS,
	OPT_NO_XDP,
	OPT_SHOW,
	OPT_MISSED,
	OPT_MIN_COVERAGE,
	OPT_JSON,
};

static const struct option long_options[] = {
	{ "pcap", required_argument, NULL, OPT_PCAP },
	{ "packets", required_argument, NULL, OPT_PACKETS },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "backend", required_argument, NULL, OPT_BACKEND },
	{ "judge", required_argument, NULL, OPT_JUDGE },
	{ "dev", required_argument, NULL, OPT_DEV },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "gro", required_argument, NULL, OPT_GRO },
	{ "conntrack", no_argument, NULL, OPT_CONNTRACK },
	{ "nat", no_argument, NULL, OPT_NAT },
	{ "log-ring", no_argument, NULL, OPT_LOG_RING },
	{ "reject-drop", no_argument, NULL, OPT_REJECT_DROP },
	{ "sockets", no_argument, NULL, OPT_SOCKETS },
	{ "no-xdp", no_argument, NULL, OPT_NO_XDP },
	{ "show", required_argument, NULL, OPT_SHOW },
	{ "min-coverage", required_argument, NULL, OPT_MIN_COVERAGE },
	{ "missed", no_argument, NULL, OPT_MISSED },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* Reads one of two words. False: neither. */
static bool read_choice(const char *word, const char *no, const char *yes,
			bool *choice)
{
	*choice = strcmp(word, yes) == 0;
	return *choice || strcmp(word, no) == 0;
}

static bool read_option(struct arguments *arguments, int option)
{
	switch (option) {
	case OPT_PCAP:
		if (arguments->n_captures == CAPTURES_MAX)
			return false;
		arguments->captures[arguments->n_captures++] = optarg;
		return true;
	case OPT_PACKETS:
		arguments->n_packets = strtoul(optarg, NULL, 10);
		return true;
	case OPT_SEED:
		arguments->seed = strtoull(optarg, NULL, 10);
		return true;
	case OPT_BACKEND:
		return read_choice(optarg, "legacy", "nft", &arguments->is_nft);
	case OPT_JUDGE:
		arguments->judge = optarg;
		return true;
	case OPT_DEV:
		arguments->dev = optarg;
		return true;
	case OPT_MODE:
		return read_choice(optarg, "host", "router",
				   &arguments->is_router);
	case OPT_GRO:
		return read_choice(optarg, "off", "on", &arguments->merges);
	case OPT_CONNTRACK:
		return arguments->uses_conntrack = true;
	case OPT_NAT:
		return arguments->uses_nat = true;
	case OPT_REJECT_DROP:
		arguments->answers = TAMIZ_ANSWERS_NOBODY;
		return true;
	case OPT_LOG_RING:
		return arguments->log_ring = true;
	case OPT_SOCKETS:
		return arguments->has_sockets = true;
	case OPT_NO_XDP:
		return arguments->without_xdp = true;
	case OPT_SHOW:
		arguments->shown_max = strtoul(optarg, NULL, 10);
		return true;
	case OPT_MIN_COVERAGE:
		arguments->min_coverage = strtod(optarg, NULL);
		return true;
	case OPT_MISSED:
		return arguments->shows_missed = true;
	case OPT_JSON:
		return arguments->is_json = true;
	default:
		return false;
	}
}

static bool read_arguments(int argc, char *argv[], struct arguments *arguments)
{
	int option;

	*arguments = (struct arguments){ .n_packets = 2000,
					 .seed = 1,
					 .shown_max = 10 };
	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) !=
	       -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			exit(0);
		}
		if (!read_option(arguments, option))
			return false;
	}
	if (optind != argc - 1)
		return false;
	arguments->rules = argv[optind];
	return true;
}

static struct tz_subject_options subject_options(const struct arguments *a)
{
	return (struct tz_subject_options){
		.dev = a->dev,
		.backend = a->is_nft ? TAMIZ_BACKEND_NFT : TAMIZ_BACKEND_LEGACY,
		.host_has_nat = a->uses_nat,
		.log_ring = a->log_ring,
		.answers = a->answers,
	};
}

static int read_object(const char *path, struct tamiz_object *object)
{
	FILE *file = fopen(path, "rb");

	if (!file)
		return -errno;
	fseek(file, 0, SEEK_END);
	object->len = (size_t)ftell(file);
	rewind(file);
	object->data = malloc(object->len + 1);
	int err = object->data && fread(object->data, 1, object->len, file) ==
					  object->len
			  ? 0
			  : -EIO;

	fclose(file);
	return err;
}

static int build(struct tamiz *tamiz, struct tamiz_object *object)
{
	struct tamiz_message message = { 0 };
	size_t len;
	const char *text = tamiz_emit(tamiz, TAMIZ_EMIT_C, &len);
	int err =
		text ? tamiz_build(text, len, NULL, object, &message) : -EINVAL;

	if (err)
		fprintf(stderr, "oracle: cannot build: %s\n",
			message.text ? message.text : strerror(-err));
	tamiz_message_clear(&message);
	return err;
}

/* The program that is judged: of @subject, or what --judge names. */
static int get_object(const struct arguments *arguments,
		      const struct tz_subject *subject,
		      struct tamiz_object *object)
{
	const char *judge = arguments->judge;
	size_t len = judge ? strlen(judge) : 0;

	if (!judge)
		return build(subject->tamiz, object);
	if (len > 2 && strcmp(judge + len - 2, ".o") == 0) {
		int err = read_object(judge, object);

		if (err)
			fprintf(stderr, "oracle: %s: %s\n", judge,
				strerror(-err));
		return err;
	}
	struct tz_subject_options options = subject_options(arguments);
	struct tz_subject other;

	options.dev = subject->dev;
	int err = tz_subject_open(&other, judge, &options);

	if (!err)
		err = build(other.tamiz, object);
	tz_subject_close(&other);
	return err;
}

static int gather(const struct arguments *arguments,
		  const struct tz_subject *subject, struct tz_probes *probes)
{
	struct tz_probe_options options = {
		.seed = arguments->seed,
		.n = arguments->n_packets,
		.family = subject->family,
		.dev = subject->dev,
	};
	int err = 0;

	probes->arena = subject->arena;
	for (size_t i = 0; i < arguments->n_captures && !err; i++)
		err = tz_probe_read(probes, arguments->captures[i], &options);
	if (!err)
		tz_probe_sample(probes, subject->ir, &options);
	return err;
}

static double percent(size_t part, size_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 100.0;
}

static void print_json(const char *file, const struct tz_result *r)
{
	printf("{\"file\":\"%s\",\"packets\":%zu,\"unfiltered\":%zu,"
	       "\"held\":%zu,\"excluded\":%zu,\"open\":%zu,\"compared\":%zu,"
	       "\"dropped\":%zu,\"droppable\":%zu,\"covered\":%zu,"
	       "\"xdp_dropped\":%zu,\"mismatches\":%zu,\"unsound\":%zu,"
	       "\"counters\":%zu,\"counters_compared\":%s}\n",
	       file, r->packets, r->unfiltered, r->held, r->excluded, r->open,
	       r->compared, r->dropped, r->droppable, r->covered,
	       r->xdp_dropped, r->mismatches, r->unsound, r->counters,
	       r->counters_compared ? "true" : "false");
}

static void print_text(const char *file, const struct tz_result *r)
{
	printf("%s: %zu packets, %zu excluded (%.1f%%), %zu not filtered, "
	       "%zu held, %zu open, %zu compared\n"
	       "  the kernel drops %zu, XDP %zu (%.1f%%); droppable %zu, "
	       "covered %.1f%%\n"
	       "  unsound %zu, mismatches %zu, counters %s%zu\n",
	       file, r->packets, r->excluded, percent(r->excluded, r->packets),
	       r->unfiltered, r->held, r->open, r->compared, r->dropped,
	       r->xdp_dropped, percent(r->xdp_dropped, r->dropped),
	       r->droppable, percent(r->covered, r->droppable), r->unsound,
	       r->mismatches, r->counters_compared ? "" : "not compared ",
	       r->counters);
	if (r->bursts)
		printf("  %zu bursts, %zu merged\n", r->bursts, r->merged);
}

static int run_passes(const struct arguments *arguments,
		      const struct tz_subject *subject,
		      struct tz_probes *probes, const struct tz_bursts *bursts,
		      struct tz_pass *alone, struct tz_pass *behind,
		      size_t *n_excluded)
{
	struct tz_pass_options options = {
		.kernel = { .is_nft = arguments->is_nft,
			    .family = (int)subject->family,
			    .has_sets = subject->sets },
		.is_router = arguments->is_router,
		.merges = arguments->merges,
		.uses_conntrack = arguments->uses_conntrack,
		.uses_nat = arguments->uses_nat,
		.has_sockets = arguments->has_sockets,
		.bursts = bursts,
	};
	struct tamiz_object object = { 0 };
	int err = tz_pass_run(subject, probes, &options, alone);

	/* Once more without those: they would count, and XDP drop them. */
	if (!err && tz_check_exclude(probes, alone, n_excluded))
		err = tz_pass_run(subject, probes, &options, alone);

	if (!err && !arguments->without_xdp)
		err = get_object(arguments, subject, &object);
	options.xdp = &object;
	if (!err && !arguments->without_xdp)
		err = tz_pass_run(subject, probes, &options, behind);
	tamiz_object_clear(&object);
	return err;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int judge(const struct arguments *arguments,
		 const struct tz_subject *subject)
{
	struct tz_probes probes = { 0 };
	struct tz_pass alone, behind;
	struct tz_bursts bursts = { 0 };
	size_t n_excluded = 0;
	struct tz_result result;
	int64_t began_ns = now_ns();

	if (gather(arguments, subject, &probes))
		return EXIT_SYSTEM;
	if (arguments->merges)
		tz_burst_make(&bursts, &probes, BURSTS_MAX);
	if (run_passes(arguments, subject, &probes, &bursts, &alone, &behind,
		       &n_excluded))
		return EXIT_SYSTEM;
	struct tz_check check = {
		.subject = subject,
		.probes = &probes,
		.bursts = &bursts,
		.alone = &alone,
		.behind = arguments->without_xdp ? NULL : &behind,
		.clock_ns = { began_ns, now_ns() },
		.backend =
			arguments->is_nft ? TZ_BACKEND_NFT : TZ_BACKEND_LEGACY,
		.is_foreign = arguments->judge,
		.is_router = arguments->is_router,
		.has_sockets = arguments->has_sockets,
		.merges = arguments->merges,
		.shown_max = arguments->shown_max,
		.shows_missed = arguments->shows_missed,
	};

	tz_check_run(&check, &result);
	result.packets += n_excluded;
	result.excluded += n_excluded;
	if (arguments->is_json)
		print_json(arguments->rules, &result);
	else
		print_text(arguments->rules, &result);
	if (percent(result.covered, result.droppable) < arguments->min_coverage)
		return EXIT_FINDINGS;
	if (percent(result.excluded, result.packets) > EXCLUDED_MAX) {
		fprintf(stderr, "oracle: too much is excluded to judge by\n");
		return EXIT_FINDINGS;
	}
	return result.unsound || result.mismatches || result.counters
		       ? EXIT_FINDINGS
		       : 0;
}

int main(int argc, char *argv[])
{
	struct arguments arguments;
	struct tz_subject subject;

	if (!read_arguments(argc, argv, &arguments)) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (geteuid() != 0) {
		puts("oracle: needs root for namespaces and BPF: skipped");
		return EXIT_SKIP;
	}
	tz_lab_pin();
	struct tz_subject_options options = subject_options(&arguments);
	int status = EXIT_SYSTEM;

	if (tz_subject_open(&subject, arguments.rules, &options) == 0) {
		if (subject.has_rules)
			status = judge(&arguments, &subject);
		else
			status = 0;
	}
	tz_subject_close(&subject);
	return status;
}
