/* SPDX-License-Identifier: GPL-2.0-only */
/* Rule sets of given sizes, and the frames that hit or miss them. */
#include "bench.h"

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/lab.h"
#include "lib/spawn.h"

#define TRACE_PACKETS "200"
#define MAX_FRAMES 64

#define HEAD "*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
#define TAIL "COMMIT\n"

/* The i-th destination, spread over 10.0.0.0/8; never the same twice. */
static const char *destination(size_t i, char text[INET_ADDRSTRLEN])
{
	struct in_addr addr = {
		htonl(10u << 24 | (uint32_t)((i * 40503u) & 0xffffff)),
	};

	inet_ntop(AF_INET, &addr, text, INET_ADDRSTRLEN);
	return text;
}

/* @n lines, the i-th written by @print, in raw PREROUTING. */
static char *write_rules(size_t n, void (*print)(FILE *out, size_t i))
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		err(3, "memory");
	fputs(HEAD, out);
	for (size_t i = 0; i < n; i++)
		print(out, i);
	fputs(TAIL, out);
	fclose(out);
	return text;
}

static void print_destination(FILE *out, size_t i)
{
	char addr[INET_ADDRSTRLEN];

	fprintf(out, "-A PREROUTING -d %s/32 -j DROP\n", destination(i, addr));
}

static void print_shape(FILE *out, size_t i)
{
	char addr[INET_ADDRSTRLEN];

	fprintf(out,
		"-A PREROUTING -s %s/32 -p tcp -m tcp --dport %zu -j DROP\n",
		destination(i, addr), 1024 + i);
}

static void print_port(FILE *out, size_t i)
{
	(void)i;
	fputs("-A PREROUTING -p udp -m udp --dport 53 -j DROP\n", out);
}

char *bench_one_destination_rules(size_t n)
{
	return write_rules(n, print_destination);
}

char *bench_one_shape_rules(size_t n)
{
	return write_rules(n, print_shape);
}

char *bench_port_rule(void)
{
	return write_rules(1, print_port);
}

/* The payload of the smallest frame, 60 bytes in all. */
enum { SMALLEST = 18 };

static struct bench_frames one_frame(const char *dst, uint16_t dport,
				     size_t payload_len)
{
	struct tz_frame_spec spec = {
		.src = "203.0.113.7",
		.dst = dst,
		.protocol = IPPROTO_UDP,
		.sport = 40000,
		.dport = dport,
		.payload_len = payload_len,
	};
	struct bench_frames frames = { calloc(1, sizeof(*frames.frame)), 1 };

	if (!frames.frame)
		err(3, "memory");
	memcpy(spec.src_mac, tz_lab_sender_mac, 6);
	memcpy(spec.dst_mac, tz_lab_mac, 6);
	tz_frame_build(frames.frame, &spec);
	return frames;
}

struct bench_frames bench_one_destination_frame(size_t i)
{
	char addr[INET_ADDRSTRLEN];

	return one_frame(destination(i, addr), 5353, SMALLEST);
}

struct bench_frames bench_udp_frame(uint16_t dport)
{
	return one_frame("192.0.2.1", dport, SMALLEST);
}

struct bench_frames bench_frame_to(const char *dst, uint16_t dport)
{
	return one_frame(dst, dport, SMALLEST);
}

struct bench_frames bench_payload_frame(void)
{
	static const char text[] = "The quick brown fox jumps over a lazy dog; "
				   "0x5a, 17.25 and so on: ";
	const size_t n = 1400;
	struct bench_frames frames = one_frame("192.0.2.1", 53, n);
	uint8_t *payload = frames.frame->bytes + frames.frame->len - n;

	for (size_t i = 0; i < n; i++)
		payload[i] =
			(uint8_t)text[(i * i / 7 + i) % (sizeof(text) - 1)];
	return frames;
}

void bench_frames_free(struct bench_frames *frames)
{
	free(frames->frame);
	*frames = (struct bench_frames){ 0 };
}

/* Where the generator is, or NULL: ../shared of the source tree. */
static const char *generator(void)
{
	static char path[512];
	const char *top = getenv("top_srcdir");

	snprintf(path, sizeof(path), "%s/../shared/genrules.py",
		 top ? top : ".");
	return access(path, R_OK) ? NULL : path;
}

static char *run_generator(const char *const argv[])
{
	char *output = NULL;
	int status = tz_spawn(argv, NULL, 0, &output, NULL);

	if (status)
		errx(3, "genrules.py failed: %d", status);
	return output;
}

bool bench_has_genrules(void)
{
	return generator() != NULL;
}

char *bench_genrules(const char *style, size_t n, bool is_v6)
{
	char count[24];
	const char *const argv[] = {
		"python3",
		generator(),
		"rules",
		"--style",
		style,
		"-n",
		count,
		"--seed",
		"1",
		"--v6",
		is_v6 ? "1" : "0",
		"--format",
		is_v6 ? "ip6tables" : "iptables",
		NULL,
	};

	snprintf(count, sizeof(count), "%zu", n);
	return run_generator(argv);
}

void bench_write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	if (!out || fputs(text, out) < 0 || fclose(out))
		err(3, "%s", path);
}

/* The i-th line of the generator's --expect says which rule takes packet i. */
static bool is_miss(FILE *expect)
{
	char line[128];

	if (!fgets(line, sizeof(line), expect))
		errx(3, "the expectations are shorter than the trace");

	const char *tab = strchr(line, '\t');

	return tab && atoi(tab + 1) < 0;
}

/* Misses are measured with what goes all the way: whole TCP and UDP. */
static bool has_ports(const uint8_t *bytes)
{
	uint8_t protocol = bytes[14 + 9];

	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
}

static struct bench_frames read_trace(const char *trace, const char *expect,
				      bool only_misses)
{
	struct bench_frames frames = {
		calloc(MAX_FRAMES, sizeof(*frames.frame)), 0
	};
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(trace, why);
	FILE *lines = fopen(expect, "r");
	struct pcap_pkthdr *head;
	const u_char *bytes;

	if (!frames.frame || !pcap || !lines)
		err(3, "%s", trace);
	while (frames.n < MAX_FRAMES &&
	       pcap_next_ex(pcap, &head, &bytes) == 1) {
		struct tz_frame *frame = &frames.frame[frames.n];

		if (only_misses && (!is_miss(lines) || !has_ports(bytes)))
			continue;
		if (head->caplen > sizeof(frame->bytes))
			errx(3, "%s: a frame is too long", trace);
		memcpy(frame->bytes, bytes, head->caplen);
		memcpy(frame->bytes, tz_lab_mac, 6);
		frame->len = head->caplen;
		frames.n++;
	}
	fclose(lines);
	pcap_close(pcap);
	if (!frames.n)
		errx(3, "%s: no frame to measure with", trace);
	return frames;
}

struct bench_frames bench_trace(const char *style, size_t n, bool only_misses)
{
	char dir[] = "/tmp/tz-bench-XXXXXX", trace[64], expect[64], count[24];
	const char *const argv[] = { "python3",
				     generator(),
				     "trace",
				     "--style",
				     style,
				     "-n",
				     count,
				     "--seed",
				     "1",
				     "--packets",
				     TRACE_PACKETS,
				     "--miss",
				     only_misses ? "1" : "0.05",
				     "--linktype",
				     "en10mb",
				     "--out",
				     trace,
				     "--expect",
				     expect,
				     NULL };

	if (!mkdtemp(dir))
		err(3, "%s", dir);
	snprintf(trace, sizeof(trace), "%s/trace.pcap", dir);
	snprintf(expect, sizeof(expect), "%s/expect.tsv", dir);
	snprintf(count, sizeof(count), "%zu", n);
	free(run_generator(argv));

	struct bench_frames frames = read_trace(trace, expect, only_misses);

	unlink(trace);
	unlink(expect);
	rmdir(dir);
	return frames;
}

void bench_write_trace(const char *path, const char *style, const char *n,
		       const char *packets)
{
	const char *const argv[] = {
		"python3", generator(),  "trace",  "--style",
		style,     "-n",         n,        "--seed",
		"1",       "--packets",  packets,  "--out",
		path,      "--linktype", "en10mb", NULL,
	};

	free(run_generator(argv));
}
