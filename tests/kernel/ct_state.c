/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of connections at XDP beside the kernel's: before each frame is
 * sent to a router the program of ct.bpf.h is asked about it (by test runs on
 * the router's device), and afterwards counters of iptables tell what state the
 * kernel gave the very frame. First line by line as SEMANTICS 8.8 has it, then
 * frames by dice, among few connections; in the end no entry may be left that
 * somebody still refers to.
 *
 *     ct_state KIND OBJECT [FRAMES]
 *
 * KIND is `loose`, `strict` or `helped`, as the object was built.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tamiz/abi.h>

#include "ct.h"
#include "ct_frame.h"
#include "ct_kernel.h"
#include "ct_leak.h"
#include "ct_rows.h"
#include "lib/lab.h"

enum { FIRST_FLOW = 10000 };

struct test {
	struct tz_lab lab;
	struct ct_kernel *kernel;
	int ask_fd, answer_fd, drop_fd;
	uint16_t flow; /* the last one */
	unsigned int n_failed, n_frames;
	unsigned int n_goes; /* frames that may be dropped */
};

static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "ct_state: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void load(struct test *test, const char *path)
{
	struct bpf_object *object = bpf_object__open(path);

	if (!object || bpf_object__load(object))
		give_up(path);

	struct bpf_program *ask =
		bpf_object__find_program_by_name(object, "ct_ask");
	struct bpf_program *drop =
		bpf_object__find_program_by_name(object, "ct_drop");

	test->answer_fd =
		dup(bpf_object__find_map_fd_by_name(object, "ct_answer"));
	test->ask_fd = ask ? dup(bpf_program__fd(ask)) : -1;
	test->drop_fd = drop ? dup(bpf_program__fd(drop)) : -1;
	if (test->ask_fd < 0 || test->drop_fd < 0 || test->answer_fd < 0)
		give_up("cannot take the program");
	bpf_object__close(object);
}

static struct tz_ct_answer ask(struct test *test, const struct ct_frame *frame)
{
	struct xdp_md context = { .data_end = (__u32)frame->len,
				  .ingress_ifindex = test->lab.ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->bytes,
		    .data_size_in = (__u32)frame->len, .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = 1);
	struct tz_ct_answer answer;
	__u32 zero = 0;

	/* What does not fit a page is frame of several pieces. */
	if (frame->len > 2048)
		context.data_end = 1024;
	if (bpf_prog_test_run_opts(test->ask_fd, &opts) ||
	    bpf_map_lookup_elem(test->answer_fd, &zero, &answer))
		give_up("cannot run the program");
	return answer;
}

static void send_frame(struct test *test, const struct ct_frame *frame)
{
	if (send(test->lab.tx, frame->bytes, frame->len, 0) !=
	    (ssize_t)frame->len)
		give_up("cannot send");
	test->n_frames++;
}

static uint32_t set_of(const char *letters)
{
	static const char names[] = "NERIU";
	uint32_t set = 0;

	for (; *letters; letters++)
		set |= 1u << (strchr(names, *letters) - names);
	return set;
}

static void letters_of(uint32_t set, char *letters)
{
	for (int i = 0; i < 5; i++)
		if (set & 1u << i)
			*letters++ = "NERIU"[i];
	*letters = '\0';
}

static void complain(struct test *test, const char *name, int family,
		     const struct tz_ct_answer *said, uint32_t state,
		     const char *what)
{
	char could[6], is[6];

	letters_of(said->states, could);
	letters_of(state, is);
	printf("FAILED: IPv%d, %s: %s; states %s, asked %u, unknown %u, "
	       "well formed %u, goes %u; the kernel says %s\n",
	       family, name, what, could, said->is_askable, said->is_unknown,
	       said->is_well_formed, said->is_new, is);
	test->n_failed++;
}

static char look_of(const struct tz_ct_answer *said)
{
	return !said->is_askable ? '-' : said->is_unknown ? 'u' : 'f';
}

/* What must hold of every frame: a drop is right whatever the rules are. */
static const char *unsound(const struct tz_ct_answer *said, uint32_t state)
{
	if (!state)
		return "the kernel counted it nowhere, or twice";
	if (!said->is_parsed)
		return "it was not parsed";
	if ((said->is_new || !said->is_askable) && !(said->states & state))
		return "not a state that it may have";
	return NULL;
}

static const char *differs(const struct ct_row *row,
			   const struct tz_ct_answer *said, uint32_t state)
{
	char row_state[] = { row->state, '\0' };

	if (said->states != set_of(row->states))
		return "other states";
	if (look_of(said) != row->look)
		return "the table says otherwise";
	if (said->is_new != (row->goes == 'd'))
		return "goes, or does not";
	if (state != set_of(row_state))
		return "the kernel has another state";
	return NULL;
}

/* Makes an error of @spec, about @quoted. */
static void put_quote(struct ct_frame_spec *spec, enum ct_quote_harm harm,
		      int more, const struct ct_frame *quoted, uint8_t *quote)
{
	int header = spec->family == 4 ? 20 : 40;
	int max = header + (more == CT_NO_BYTES ? 0 : more ? more : 20);

	if (!spec->protocol) {
		spec->protocol =
			spec->family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
		spec->type = spec->family == 4 ? 3 : 1;
	}
	spec->payload = quote;
	spec->payload_len =
		ct_frame_quote(quoted, harm, quote, max < 0 ? 0 : (size_t)max);
	spec->flow = 0; /* where an echo has its number: unused */
}

static void run_row(struct test *test, const struct ct_row *row, int family)
{
	static struct ct_frame quoted;
	struct ct_frame frame;
	struct ct_frame_spec spec = row->spec;
	uint8_t quote[128];

	if (row->name[0] != '+')
		test->flow++;
	spec.family = (uint8_t)family;
	if (!spec.flow)
		spec.flow = test->flow;
	if (row->quotes)
		put_quote(&spec, row->quote, row->more, &quoted, quote);
	ct_frame_build(&frame, &spec);

	struct tz_ct_answer said = ask(test, &frame);

	send_frame(test, &frame);

	uint32_t state = ct_kernel_state(test->kernel, family);
	const char *what = unsound(&said, state);

	if (!what)
		what = differs(row, &said, state);
	if (what)
		complain(test, row->name, family, &said, state, what);
	test->n_goes += said.is_new;
	if (!row->quotes)
		quoted = frame;
}

static void run_rows(struct test *test, const struct ct_rows *rows, int family)
{
	for (size_t i = 0; i < rows->n; i++)
		run_row(test, &rows->row[i], family);
}

/* A sum over frames of several pieces: nobody else makes such. */
static void run_long(struct test *test, int family)
{
	struct ct_frame frame;
	struct ct_frame_spec spec = {
		.family = (uint8_t)family,
		.protocol = IPPROTO_UDP,
		.flow = 9,
		.payload_len = 8899,
	};

	for (int is_wrong = 0; is_wrong < 2; is_wrong++) {
		spec.harm = is_wrong ? CT_BAD_SUM : CT_WHOLE;
		ct_frame_build(&frame, &spec);

		struct tz_ct_answer said = ask(test, &frame);

		if (!said.is_parsed || said.is_new == (unsigned)is_wrong)
			complain(test, "a long frame", family, &said, 0,
				 "wrong about its checksum");
	}
}

/* Not sent: what the kernel makes of pieces it makes of the whole of them. */
static void run_fragment(struct test *test)
{
	struct ct_frame frame;
	struct ct_frame_spec spec = {
		.family = 4, .protocol = IPPROTO_TCP, .flags = CT_SYN, .flow = 9
	};

	ct_frame_build(&frame, &spec);
	frame.bytes[20] |= 0x20; /* more of them follow */

	struct tz_ct_answer said = ask(test, &frame);

	if (!said.is_parsed || said.is_askable || said.is_new ||
	    said.states != TZ_CT_ALL)
		complain(test, "a fragment", 4, &said, 0,
			 "taken for a whole packet");
}

static uint32_t dice(uint32_t n)
{
	static uint64_t state = 20261122;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % n;
}

static uint8_t random_flags(void)
{
	static const uint8_t likely[] = { CT_SYN,          CT_SYN | CT_ACK,
					  CT_ACK,          CT_ACK,
					  CT_ACK | CT_PSH, CT_FIN | CT_ACK,
					  CT_RST,          CT_RST | CT_ACK };

	return dice(8) ? likely[dice(sizeof(likely))] : (uint8_t)dice(256);
}

/* Numbers are small, so that they are often in the window. */
static void roll(struct ct_frame_spec *spec, const uint8_t *protocols)
{
	*spec = (struct ct_frame_spec){
		.family = dice(2) ? 4 : 6,
		.protocol = protocols[dice(8)],
		.is_reply = dice(2),
		.flow = (uint16_t)(40000 + dice(24)),
		.server_port = (uint16_t)(dice(16) ? 80 : 81),
		.flags = random_flags(),
		.seq = 1000 + dice(4),
		.ack = 1000 + dice(4),
		.type = (uint8_t)(dice(2) ? dice(20) : 128 + dice(20)),
		.harm = dice(6) ? CT_WHOLE : (enum ct_harm)dice(CT_N_HARMS),
		.payload_len = dice(3) ? 0 : dice(700),
	};
	if (spec->protocol == IPPROTO_ICMP && spec->family == 6)
		spec->protocol = IPPROTO_ICMPV6;
	/* What is told of the length of UDP needs a length. */
	if (spec->harm == CT_LEN_LESS || spec->harm == CT_LEN_LESS_NO_SUM)
		spec->payload_len += 4;
}

/* An error that quotes another such frame, in some way. */
static void roll_error(struct ct_frame_spec *spec, const uint8_t *protocols,
		       uint8_t *quote)
{
	struct ct_frame_spec of;
	struct ct_frame quoted;

	roll(&of, protocols);
	of.family = spec->family;
	if (of.protocol == IPPROTO_ICMP || of.protocol == IPPROTO_ICMPV6)
		of.protocol = of.family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	ct_frame_build(&quoted, &of);
	spec->protocol = 0;
	if (dice(4))
		spec->is_reply = !of.is_reply;
	put_quote(spec,
		  dice(2) ? CT_QUOTE_WHOLE
			  : (enum ct_quote_harm)dice(CT_QUOTE_N_HARMS),
		  dice(2) ? 0 : (int)dice(60) - 24, &quoted, quote);
}

static void run_random(struct test *test, unsigned int n)
{
	static const uint8_t protocols[] = { IPPROTO_TCP,  IPPROTO_TCP,
					     IPPROTO_TCP,  IPPROTO_TCP,
					     IPPROTO_UDP,  IPPROTO_UDP,
					     IPPROTO_ICMP, IPPROTO_ESP };
	struct ct_frame_spec spec;
	struct ct_frame frame;
	uint8_t quote[128];

	for (unsigned int i = 0; i < n; i++) {
		roll(&spec, protocols);
		if (dice(6) == 0)
			roll_error(&spec, protocols, quote);
		ct_frame_build(&frame, &spec);

		struct tz_ct_answer said = ask(test, &frame);

		send_frame(test, &frame);

		uint32_t state = ct_kernel_state(test->kernel, spec.family);
		const char *what = unsound(&said, state);
		char name[64];

		snprintf(name, sizeof(name),
			 "frame %u, protocol %d, flags %#x, harm %d", i,
			 spec.protocol, spec.flags, spec.harm);
		if (what)
			complain(test, name, spec.family, &said, state, what);
		test->n_goes += said.is_new;
	}
}

/* A frame that has an entry and one that has none, a million times each. */
static void run_leaks(struct test *test)
{
	struct ct_frame_spec spec = { .family = 4,
				      .protocol = IPPROTO_UDP,
				      .flow = 77 };
	struct ct_frame known, unknown;
	uint32_t hit_ns, miss_ns;

	ct_frame_build(&known, &spec);
	spec.flow++;
	ct_frame_build(&unknown, &spec);
	send_frame(test, &known);
	ct_kernel_state(test->kernel, 4);

	int error = ct_leak_run(test->drop_fd, &known, test->lab.ifindex,
				XDP_PASS, &hit_ns);

	if (!error)
		error = ct_leak_run(test->drop_fd, &unknown, test->lab.ifindex,
				    XDP_DROP, &miss_ns);
	if (!error)
		error = ct_leak_flush();
	if (error) {
		printf("FAILED: a million lookups: %s\n", strerror(-error));
		test->n_failed++;
		return;
	}
	printf("a packet with an entry %u ns, without %u ns, none leaks\n",
	       hit_ns, miss_ns);
}

/* A device that was just brought up throws frames away for a while. */
static void warm_up(struct test *test)
{
	struct ct_frame frame;
	struct ct_frame_spec spec = { .family = 4,
				      .protocol = IPPROTO_UDP,
				      .flow = 7 };

	ct_frame_build(&frame, &spec);
	for (int tries = 0; tries < 200; tries++) {
		send_frame(test, &frame);
		if (ct_kernel_seen(test->kernel))
			return;
		usleep(20000);
	}
	give_up("no frame gets through");
}

/* Not `-m tcp`, which drops a header that is cut off. */
static const char helped[] =
	"-A PREROUTING -p tcp -m multiport --dports 21 -j CT --helper ftp\n"
	"-A PREROUTING -p tcp -m multiport --dports 81 -j CT --notrack\n";

static const char natted[] =
	"-A PREROUTING -p udp --dport 82 -j DNAT --to-destination :83\n";

/* However slow the machine is, no entry goes before it is asked for. */
static void keep_entries(void)
{
	static const char *const timeouts[] = {
		"udp_timeout",       "icmp_timeout",    "icmpv6_timeout",
		"tcp_timeout_close", "generic_timeout",
	};
	char path[80];

	for (size_t i = 0; i < sizeof(timeouts) / sizeof(timeouts[0]); i++) {
		snprintf(path, sizeof(path), "net/netfilter/nf_conntrack_%s",
			 timeouts[i]);
		tz_lab_sysctl(path, "3600");
	}
}

int main(int argc, char **argv)
{
	static const struct tz_lab_options options = { .dev = CT_DEV,
						       .is_router = true };
	struct test test = { .flow = FIRST_FLOW };

	if (argc < 3)
		return 2;

	bool is_strict = !strcmp(argv[1], "strict");
	bool is_helped = !strcmp(argv[1], "helped");

	if (tz_lab_open(&test.lab, &options) ||
	    tz_lab_start(&test.lab, &options))
		return 1;
	tz_lab_pin();
	load(&test, argv[2]);
	ct_kernel_load(is_helped ? helped : "",
		       is_strict || is_helped ? "" : natted);
	if (is_strict)
		tz_lab_sysctl("net/netfilter/nf_conntrack_tcp_loose", "0");
	keep_entries();
	test.kernel = ct_kernel_open();
	warm_up(&test);
	for (int family = 4; family <= 6; family += 2) {
		if (is_strict) {
			run_rows(&test, &ct_rows_strict, family);
			continue;
		}
		if (is_helped) {
			run_rows(&test, &ct_rows_notrack, family);
			continue;
		}
		run_rows(&test, &ct_rows_tcp, family);
		run_rows(&test, &ct_rows_udp, family);
		run_rows(&test, &ct_rows_other, family);
		run_rows(&test, family == 4 ? &ct_rows_icmp4 : &ct_rows_icmp6,
			 family);
		run_rows(&test, &ct_rows_errors, family);
		run_rows(&test, family == 4 ? &ct_rows_error4 : &ct_rows_error6,
			 family);
		run_rows(&test, &ct_rows_natted, family);
		run_long(&test, family);
	}
	if (is_helped)
		run_rows(&test, &ct_rows_helped4, 4);
	run_fragment(&test);
	run_random(&test, argc > 3 ? (unsigned int)atoi(argv[3]) : 2000);
	run_leaks(&test);
	printf("%s: %u frames, of %u may be dropped what all states drop, "
	       "%u failures\n",
	       argv[1], test.n_frames, test.n_goes, test.n_failed);
	ct_kernel_close(test.kernel);
	tz_lab_close(&test.lab);
	return test.n_failed != 0;
}
