/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole and broken packets through a program that answers: what it sends back
 * is never longer than allowed, has right checksums and quotes what came, and
 * what is passed up is as it came. Also what answers cost beside a drop.
 *
 *     reject_fuzz [FRAMES [SEED]]
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <linux/if_link.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tamiz/runtime.h>

#include "lib/frame.h"
#include "lib/lab.h"
#include "lib/spawn.h"

enum {
	FRAMES = 20000,
	FRAME_MAX = 9000,
	ETH = 14,
	TCP_RST = 0x04,
	TIMED = 3000,
};

static const char rules4[] =
	"*filter\n:INPUT ACCEPT\n"
	"-A INPUT -s 198.19.0.9 -j DROP\n"
	"-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n"
	"-A INPUT -j REJECT\nCOMMIT\n";
static const char rules6[] =
	"*filter\n:INPUT ACCEPT\n"
	"-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n"
	"-A INPUT -j REJECT\nCOMMIT\n";

struct bytes {
	uint8_t at[FRAME_MAX];
	size_t len;
};

static struct tz_lab lab;
static uint64_t dice;
static struct tamiz_program *program;
static int root;
static unsigned int n_wrong, n_sent, n_errors, n_dropped, n_passed;

/* xorshift64* */
static uint32_t below(uint32_t n)
{
	dice ^= dice >> 12;
	dice ^= dice << 25;
	dice ^= dice >> 27;
	return (uint32_t)((dice * 0x2545f4914f6cdd1dULL) >> 33) % n;
}

static uint32_t add(uint32_t sum, const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint32_t get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* ---- frames ---- */

static void build(struct bytes *out, struct tz_frame_spec *spec)
{
	struct tz_frame frame;

	memcpy(spec->src_mac, tz_lab_sender_mac, 6);
	memcpy(spec->dst_mac, tz_lab_mac, 6);
	tz_frame_build(&frame, spec);
	memset(out, 0, sizeof(*out));
	memcpy(out->at, frame.bytes, frame.len);
	out->len = frame.len;
}

static struct tz_frame_spec random_spec(int is_v6)
{
	static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_UDP,
					     IPPROTO_ICMP };
	uint8_t protocol = protocols[below(3)];

	if (is_v6 && protocol == IPPROTO_ICMP)
		protocol = IPPROTO_ICMPV6;
	return (struct tz_frame_spec){
		.src = is_v6 ? "2001:db8:1::7" : "198.19.0.1",
		.dst = is_v6 ? "2001:db8:ffff::1" : "198.19.255.254",
		.protocol = protocol,
		.sport = 4000,
		.dport = (uint16_t)below(65536),
		.tcp_flags = (uint8_t)below(64),
		.icmp_type = (uint8_t)(is_v6 ? below(256) : below(20)),
		.payload_len = below(4) ? below(64) : below(1400),
	};
}

static uint32_t pseudo(const uint8_t *ip, uint32_t protocol, uint32_t len)
{
	if (ip[0] >> 4 == 4)
		return add(protocol + len, ip + 12, 8);
	return add(protocol + len, ip + 8, 32);
}

/* Longer than a page: the frame comes in pieces. Some UDP has no sum. */
static void enlarge(struct bytes *frame)
{
	uint8_t *ip = frame->at + ETH, *l4 = ip + 20, *sum = l4 + 16;
	size_t len = 4200 + below(4600), l4_len = len - ETH - 20;

	if (ip[0] != 0x45 || (ip[9] != IPPROTO_UDP && ip[9] != IPPROTO_TCP))
		return;
	for (size_t i = frame->len; i < len; i++)
		frame->at[i] = (uint8_t)below(256);
	frame->len = len;
	put16(ip + 2, (uint32_t)len - ETH);
	put16(ip + 10, 0);
	put16(ip + 10, ~add(0, ip, 20) & 0xffff);
	if (ip[9] == IPPROTO_UDP) {
		sum = l4 + 6;
		put16(l4 + 4, (uint32_t)l4_len);
	}
	put16(sum, 0);
	if (ip[9] == IPPROTO_TCP || below(2))
		put16(sum,
		      ~add(pseudo(ip, ip[9], (uint32_t)l4_len), l4, l4_len) &
			      0xffff);
}

static void tag(struct bytes *frame)
{
	static const uint8_t bytes[] = { 0x81, 0x00, 0x00, 0x00 };

	memmove(frame->at + 16, frame->at + 12, frame->len - 12);
	memcpy(frame->at + 12, bytes, sizeof(bytes));
	frame->len += sizeof(bytes);
}

static void make(struct bytes *frame)
{
	struct tz_frame_spec spec = random_spec(below(3) == 0);

	build(frame, &spec);
	if (!below(8))
		enlarge(frame);
	for (uint32_t n = below(6) ? 0 : 1 + below(2); n; n--)
		tag(frame);
	for (uint32_t n = below(3) ? 0 : 1 + below(4); n; n--) {
		uint32_t most = below(2) ? 64 : (uint32_t)frame->len;

		frame->at[below(most)] ^= (uint8_t)(1u << below(8));
	}
	if (!below(20) && frame->len > 60)
		frame->len = 54 + below((uint32_t)frame->len - 54);
}

/* ---- what is sent back ---- */

static uint32_t run(const struct bytes *in, struct bytes *out, uint32_t *ns)
{
	struct xdp_md context = {
		.data_end = (uint32_t)in->len,
		.ingress_ifindex = lab.ifindex,
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in->at,
		    .data_size_in = (uint32_t)in->len, .data_out = out->at,
		    .data_size_out = sizeof(out->at), .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = 1);

	if (bpf_prog_test_run_opts(root, &opts))
		err(1, "test run of %zu bytes", in->len);
	out->len = opts.data_size_out;
	if (ns)
		*ns += opts.duration;
	return opts.retval;
}

/* What is wrong with an error that quotes @in from @l3 on; NULL: nothing. */
static const char *judge_error(const struct bytes *in, size_t l3,
			       const uint8_t *ip, size_t ip_len, size_t header)
{
	const uint8_t *icmp = ip + header, *was = in->at + l3;
	size_t len = ip_len - header;
	size_t most = header == 20 ? 548 : 1232;
	size_t whole = header == 20 ? get16(was + 2) : 40 + get16(was + 4);

	if (ip_len > (header == 20 ? 576 : 1280))
		return "too long";
	if (icmp[0] != (header == 20 ? 3 : 1) ||
	    icmp[1] != (header == 20 ? 3 : 4))
		return "another error";
	if (add(header == 20 ? 0 : pseudo(ip, IPPROTO_ICMPV6, (uint32_t)len),
		icmp, len) != 0xffff)
		return "sum of ICMP";
	if (len - 8 != (whole < most ? whole : most) ||
	    memcmp(icmp + 8, was, len - 8))
		return "quotes something else";
	return NULL;
}

static const char *judge_reset(const struct bytes *in, size_t l3,
			       const uint8_t *ip, size_t ip_len, size_t header)
{
	const uint8_t *tcp = ip + header, *was = in->at + l3 + header;

	if (ip_len != header + 20 || !(tcp[13] & TCP_RST))
		return "no RST";
	if (add(pseudo(ip, IPPROTO_TCP, 20), tcp, 20) != 0xffff)
		return "sum of TCP";
	if (memcmp(tcp, was + 2, 2) || memcmp(tcp + 2, was, 2))
		return "other ports";
	return NULL;
}

static const char *judge(const struct bytes *in, const struct bytes *out)
{
	const uint8_t *ip = out->at + ETH;
	size_t l3 = ETH, header = ip[0] == 0x45 ? 20 : 40;
	size_t ip_len = header == 20 ? get16(ip + 2) : 40 + get16(ip + 4);
	size_t address = header == 20 ? 4 : 16;
	size_t src = header == 20 ? 12 : 8;

	while (get16(in->at + l3 - 2) == 0x8100)
		l3 += 4;
	if (out->len < ETH + ip_len ||
	    (out->len > ETH + ip_len && out->len != 60))
		return "length of the frame";
	if (header == 20 && add(0, ip, 20) != 0xffff)
		return "sum of the header";
	if (memcmp(ip + src + address, in->at + l3 + src, address) ||
	    memcmp(ip + src, in->at + l3 + src + address, address))
		return "addresses";
	if (ip[header == 20 ? 9 : 6] == IPPROTO_TCP)
		return judge_reset(in, l3, ip, ip_len, header);
	n_errors++;
	return judge_error(in, l3, ip, ip_len, header);
}

static void show(const struct bytes *frame, const char *what)
{
	if (n_wrong++ >= 5)
		return;
	printf("%s: ", what);
	for (size_t i = 0; i < frame->len && i < 120; i++)
		printf("%02x", frame->at[i]);
	puts("");
}

static void try_frame(const struct bytes *in)
{
	static struct bytes out;
	const char *wrong = NULL;

	switch (run(in, &out, NULL)) {
	case XDP_TX:
		n_sent++;
		wrong = judge(in, &out);
		break;
	case XDP_PASS:
		n_passed++;
		if (out.len != in->len || memcmp(out.at, in->at, in->len))
			wrong = "changed";
		break;
	case XDP_DROP:
		n_dropped++;
		break;
	default:
		wrong = "another verdict";
	}
	if (wrong)
		show(in, wrong);
}

/* ---- the host ---- */

static void load(void)
{
	const struct tamiz_options options = {
		.ifname = "tz-rx",
		.standalone = true,
		.answers = TAMIZ_ANSWERS_XDP,
		.answer_rate = TAMIZ_ANSWER_RATE_MAX,
	};
	struct tamiz *tamiz = tamiz_new();
	struct tamiz_message message = { 0 };
	struct tamiz_object object = { 0 };
	struct tamiz_device device = { .ifindex = lab.ifindex };
	size_t len;

	memcpy(device.mac, tz_lab_mac, sizeof(device.mac));
	if (tamiz_add_text(tamiz, "rules", rules4, strlen(rules4)) ||
	    tamiz_add_text(tamiz, "rules.v6", rules6, strlen(rules6)) ||
	    tamiz_compile(tamiz, &options))
		errx(1, "the rules do not compile: %s",
		     tamiz_diagnostic(tamiz, 0).printed);

	const char *text = tamiz_emit(tamiz, TAMIZ_EMIT_C, &len);

	if (tamiz_build(text, len, getenv("CLANG"), &object, &message) ||
	    tamiz_load(&object, text, &device, &program, &message))
		errx(1, "%s", message.text ? message.text : "not loaded");
	root = tamiz_program_fd(program, TAMIZ_ROOT);
	/* Attached natively, test runs need not wait for the dispatcher. */
	if (bpf_xdp_attach((int)lab.ifindex, root, XDP_FLAGS_DRV_MODE, NULL))
		err(1, "attach");
	tamiz_object_clear(&object);
	tamiz_message_clear(&message);
	tamiz_free(tamiz);
}

static void ip(const char *family, const char *batch)
{
	const char *argv[] = { "ip", family, "-batch", "-", NULL };
	char *said = NULL, *errors = NULL;

	if (tz_spawn(argv, batch, strlen(batch), &said, &errors))
		errx(1, "ip: %s", errors);
	free(said);
	free(errors);
}

/* A way back for all: by the device, over a neighbour that is known. */
static void lead_back(void)
{
	tz_lab_sysctl("net/ipv4/conf/lo/forwarding", "1");
	tz_lab_sysctl("net/ipv6/conf/lo/forwarding", "1");
	ip("-4", "route add default via 198.19.255.253 dev tz-rx onlink\n"
		 "neigh add 198.19.255.253 lladdr 02:00:00:00:00:01 "
		 "dev tz-rx nud permanent\n");
	ip("-6", "route add default via 2001:db8:ffff::2 dev tz-rx onlink\n"
		 "neigh add 2001:db8:ffff::2 lladdr 02:00:00:00:00:01 "
		 "dev tz-rx nud permanent\n");
}

static void measure(const char *what, const char *src, uint8_t protocol,
		    size_t payload_len, uint32_t verdict)
{
	struct tz_frame_spec spec = {
		.src = src,
		.dst = "198.19.255.254",
		.protocol = protocol,
		.tcp_flags = 2,
		.payload_len = payload_len,
	};
	static struct bytes in, out;
	uint32_t ns = 0, n = 0;

	build(&in, &spec);
	/* some come faster than errors may go out */
	for (int i = 0; i < TIMED; i++) {
		uint32_t one = 0;

		if (run(&in, &out, &one) != verdict)
			continue;
		ns += one;
		n++;
	}
	if (!n)
		errx(1, "%s: another verdict", what);
	printf("%-28s %4u ns\n", what, ns / n);
}

int main(int argc, char **argv)
{
	const struct tz_lab_options options = { .dev = "tz-rx" };
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 0) : FRAMES;
	static struct bytes frame;

	dice = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	if (geteuid()) {
		puts("needs root: loads programs: skipped");
		return 77;
	}
	if (tz_lab_open(&lab, &options) || tz_lab_start(&lab, &options))
		return 1;
	lead_back();
	load();
	for (unsigned long i = 0; i < n; i++) {
		make(&frame);
		try_frame(&frame);
	}
	printf("%lu frames: %u answered, %u of them by errors, %u dropped, "
	       "%u passed; %u wrong\n",
	       n, n_sent, n_errors, n_dropped, n_passed, n_wrong);
	measure("dropped", "198.19.0.9", IPPROTO_TCP, 0, XDP_DROP);
	measure("a RST", "198.19.0.1", IPPROTO_TCP, 0, XDP_TX);
	measure("an error, 40 bytes", "198.19.0.1", IPPROTO_UDP, 12, XDP_TX);
	measure("an error, 1,400 bytes", "198.19.0.1", IPPROTO_UDP, 1372,
		XDP_TX);
	bpf_xdp_detach((int)lab.ifindex, XDP_FLAGS_DRV_MODE, NULL);
	tamiz_program_free(program);
	tz_lab_close(&lab);
	return n_wrong || n_errors < n / 20 || n_sent < n / 10;
}
