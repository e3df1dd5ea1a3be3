/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a capture: the reader and the judge of tamiz run, under rules
 * that read much. What is compressed is read from a file, as zlib needs one.
 */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <tamiz/judge.h>
#include <unistd.h>

#include "runtime/cli/capture.h"

const char fuzz_corpus[] = "pcap";

static const char rules4[] =
	"*raw\n:PREROUTING ACCEPT [0:0]\n:c - [0:0]\n"
	"-A PREROUTING -i eth0 -s 10.0.0.0/8 -j c\n"
	"-A PREROUTING -f -j c\n"
	"-A c -p tcp -m tcp --tcp-option 2 --syn -j DROP\n"
	"-A c -m limit --limit 1/s -j RETURN\n"
	"-A c -p udp -m multiport --ports 1:1000,53 -j DROP\nCOMMIT\n"
	"*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n"
	"-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n"
	"-A INPUT -p icmp --icmp-type 8/0 -j REJECT\n"
	"-A INPUT -p tcp -m tcp --sport 1:1024 --tcp-flags ALL ACK -j ACCEPT\n"
	"-A INPUT -m mac --mac-source 00:00:00:00:00:01 -j ACCEPT\n"
	"-A INPUT -m string --algo bm --string abc -j DROP\n"
	"-A INPUT -m u32 --u32 \"0>>22&0x3C@12=1\" -j DROP\n"
	"-A INPUT -m length --length 40:100 -j DROP\n"
	"-A INPUT -p sctp --dport 1 -j DROP\nCOMMIT\n";
static const char rules6[] =
	"*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n"
	"-A INPUT -s 2001:db8::/32 -p udp --dport 53 -j DROP\n"
	"-A INPUT -p icmpv6 --icmpv6-type 135 -j ACCEPT\n"
	"-A INPUT -m frag --fragid 1 -j DROP\n"
	"-A INPUT -m rt --rt-type 0 -j DROP\n"
	"-A INPUT -m hbh --hbh-len 8 -j DROP\n"
	"-A INPUT -m dst --dst-opts 1:2 -j DROP\n"
	"-A INPUT -m ipv6header --soft --header hop -j DROP\n"
	"-A INPUT -p tcp --syn -j DROP\nCOMMIT\n";

static struct tamiz *compile(void)
{
	struct tamiz_options options = { 0 };
	struct tamiz *tamiz = tamiz_new();

	if (!tamiz || tamiz_add_text(tamiz, "v4", rules4, strlen(rules4)) ||
	    tamiz_add_text(tamiz, "v6", rules6, strlen(rules6)))
		fuzz_die("cannot take", "the rules");
	if (tamiz_compile(tamiz, &options))
		fuzz_die("cannot compile", tamiz_diagnostic(tamiz, 0).printed);
	return tamiz;
}

static struct cli_capture *open_bytes(const uint8_t *data, size_t size)
{
	char why[512], path[32];

	if (size < 2 || data[0] != 0x1f || data[1] != 0x8b) {
		FILE *file = fmemopen((void *)data, size, "rb");

		return file ? cli_capture_take(file, why, sizeof(why)) : NULL;
	}

	int fd = memfd_create("capture", MFD_CLOEXEC);
	struct cli_capture *capture = NULL;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd >= 0 && write(fd, data, size) == (ssize_t)size)
		capture = cli_capture_open(path, why, sizeof(why));
	if (fd >= 0)
		close(fd);
	return capture;
}

/* Reads all of what the judge gives back. */
static void check(const struct tamiz *tamiz, const struct tamiz_judgement *j)
{
	size_t n = tamiz_n_rules(tamiz);

	if (j->verdict >= TAMIZ_N_VERDICTS)
		fuzz_die("no verdict", "");
	if ((j->rule >= n && j->rule != TAMIZ_NO_RULE) ||
	    (j->depends_on >= n && j->depends_on != TAMIZ_NO_RULE))
		fuzz_die("no such rule", j->why);
	for (size_t i = 0; i < j->n_counted; i++)
		if (j->counted[i] >= n)
			fuzz_die("no such rule", "counted");
	for (size_t i = 0; i < j->n_maybe; i++)
		if (j->maybe[i] >= n)
			fuzz_die("no such rule", "maybe");
	if (j->verdict == TAMIZ_UNKNOWN && !*j->why)
		fuzz_die("unknown", "without a reason");
}

static void judge_all(const struct tamiz *tamiz, struct cli_capture *capture,
		      enum tamiz_route route)
{
	const struct tamiz_judge_options options = { .route = route };
	struct tamiz_frame frame;
	struct tamiz_judgement judgement;
	size_t bad;
	struct tamiz_judge *judge = tamiz_judge_new(tamiz, &options, &bad);
	char why[512];

	while (cli_capture_next(capture, &frame, why, sizeof(why)) == 1) {
		if (frame.wire_len < frame.len)
			fuzz_die("a frame", "longer than it was");
		tamiz_judge_frame(judge, &frame, &judgement);
		check(tamiz, &judgement);
	}
	tamiz_judge_free(judge);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tamiz *tamiz;
	struct cli_capture *capture = open_bytes(data, size);

	if (!tamiz)
		tamiz = compile();
	if (!capture)
		return 0;
	judge_all(tamiz, capture,
		  size % 2 ? TAMIZ_ROUTE_INPUT : TAMIZ_ROUTE_FORWARD);
	cli_capture_close(capture);
	return 0;
}
