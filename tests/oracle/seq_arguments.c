/* SPDX-License-Identifier: GPL-2.0-only */
/* A switch over the options; see --help for what they mean. */
#include "seq_arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"Usage: sequence RULES [OPTION...]\n"
	"Judges XDP beside the kernel's iptables, while hosts talk.\n"
	"  --packets N           frames that XDP judges (5000)\n"
	"  --seed N              of what is said (1)\n"
	"  --backend legacy|nft  the kernel's engine (legacy)\n"
	"  --judge FILE          judge the program of these rules\n"
	"  --dev NAME            receiving device (the rules' favourite)\n"
	"  --mode host|router    the rules' host serves, or one behind it\n"
	"  --gro on|off          (off)\n"
	"  --log-ring            packets that LOG rules take may be dropped\n"
	"  --reject-drop         packets that REJECT rules take, too\n"
	"  --offload             clients leave checksums to their device\n"
	"  --strict              nf_conntrack_tcp_loose is 0\n"
	"  --listen PORT         a server there, too (may repeat)\n"
	"  --show N              tell at most N findings (10)\n"
	"  --missed              tell what XDP could drop, and does not; and "
	"what\n"
	"                        it should not, for the sake of its entry\n"
	"  --exact               hold the kernel's counters of rules that are "
	"exact\n"
	"                        against their values for each packet, one by "
	"one\n"
	"  --min-coverage N      fail when XDP drops under N% of the whole "
	"packets\n"
	"                        of TCP and UDP without connection that the "
	"rules drop\n";

enum option_id {
	OPT_PACKETS = 256,
	OPT_SEED,
	OPT_BACKEND,
	OPT_JUDGE,
	OPT_DEV,
	OPT_MODE,
	OPT_GRO,
	OPT_LOG_RING,
	OPT_REJECT_DROP,
	OPT_OFFLOAD,
	OPT_STRICT,
	OPT_LISTEN,
	OPT_SHOW,
	OPT_MISSED,
	OPT_MIN_COVERAGE,
	OPT_EXACT,
};

static const struct option long_options[] = {
	{ "packets", required_argument, NULL, OPT_PACKETS },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "backend", required_argument, NULL, OPT_BACKEND },
	{ "judge", required_argument, NULL, OPT_JUDGE },
	{ "dev", required_argument, NULL, OPT_DEV },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "gro", required_argument, NULL, OPT_GRO },
	{ "log-ring", no_argument, NULL, OPT_LOG_RING },
	{ "reject-drop", no_argument, NULL, OPT_REJECT_DROP },
	{ "offload", no_argument, NULL, OPT_OFFLOAD },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "listen", required_argument, NULL, OPT_LISTEN },
	{ "show", required_argument, NULL, OPT_SHOW },
	{ "missed", no_argument, NULL, OPT_MISSED },
	{ "min-coverage", required_argument, NULL, OPT_MIN_COVERAGE },
	{ "exact", no_argument, NULL, OPT_EXACT },
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

static bool read_option(struct tz_seq_arguments *arguments, int option)
{
	switch (option) {
	case OPT_PACKETS:
		arguments->n_packets = strtoull(optarg, NULL, 10);
		return true;
	case OPT_SEED:
		arguments->seed = (unsigned int)strtoul(optarg, NULL, 10);
		return true;
	case OPT_BACKEND:
		return read_choice(optarg, "legacy", "nft", &arguments->is_nft);
	case OPT_JUDGE:
		arguments->judge = optarg;
		return true;
	case OPT_DEV:
		arguments->subject.dev = optarg;
		return true;
	case OPT_MODE:
		return read_choice(optarg, "host", "router",
				   &arguments->lab.is_router);
	case OPT_GRO:
		return read_choice(optarg, "off", "on", &arguments->lab.merges);
	case OPT_REJECT_DROP:
		arguments->subject.answers = TAMIZ_ANSWERS_NOBODY;
		return true;
	case OPT_LOG_RING:
		return arguments->subject.log_ring = true;
	case OPT_OFFLOAD:
		return arguments->lab.offloads = true;
	case OPT_STRICT:
		return arguments->lab.is_strict = true;
	case OPT_LISTEN:
		if (arguments->n_ports == TZ_SEQ_PORTS_MAX)
			return false;
		arguments->ports[arguments->n_ports++] =
			(uint16_t)strtoul(optarg, NULL, 10);
		return true;
	case OPT_SHOW:
		arguments->shown_max = strtoul(optarg, NULL, 10);
		return true;
	case OPT_MISSED:
		return arguments->shows_missed = true;
	case OPT_EXACT:
		return arguments->is_exact = true;
	case OPT_MIN_COVERAGE:
		arguments->min_coverage = strtod(optarg, NULL);
		return true;
	default:
		return false;
	}
}

static bool read_all(int argc, char *argv[], struct tz_seq_arguments *arguments)
{
	int option;

	*arguments = (struct tz_seq_arguments){ .n_packets = 5000,
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
	/* as attach tells it */
	arguments->subject.is_loose = !arguments->lab.is_strict;
	arguments->subject.has_one_device = !arguments->lab.is_router;
	arguments->subject.backend =
		arguments->is_nft ? TAMIZ_BACKEND_NFT : TAMIZ_BACKEND_LEGACY;
	return true;
}

bool tz_seq_arguments_read(int argc, char *argv[],
			   struct tz_seq_arguments *arguments)
{
	bool is_right = read_all(argc, argv, arguments);

	if (!is_right)
		fputs(usage, stderr);
	return is_right;
}
