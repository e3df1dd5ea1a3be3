/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a filter costs a packet in the kernel: tamiz's program beside libpcap's,
 * for the longest expressions of the corpus. On packet sockets 32 of which look
 * at every frame twice, and as rules of xt_bpf, 64 in a row; of several rounds
 * in turn the quickest counts. In a network namespace of its own, as root.
 *
 *     bench-pcap-kernel [-n EXPRESSIONS] [-v] ../shared/corpus
 */
#include <arpa/inet.h>
#include <err.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <pcap/pcap.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "backend/cbpf/best.h"
#include "lib/spawn.h"
#include "lower/pcap.h"

#define SNAPLEN 262144
#define MAX_EXPRESSIONS 1000
#define ROUNDS 15
#define FRAMES 300
#define SOCKETS 32
#define RULES 64
/* Looks of a filter at one frame: leaving by lo, and coming in. */
#define LOOKS (2 * SOCKETS)

struct subject {
	char *expression;
	struct tz_cbpf ours, theirs;
	double ns[2]; /* a look at a packet: ours, theirs */
};

struct frame {
	size_t len;
	uint8_t bytes[128];
};

static bool is_verbose;
static size_t n_longest = 50;

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static bool compile_theirs(struct tz_arena *arena, int dlt, const char *text,
			   struct tz_cbpf *out)
{
	pcap_t *pcap = pcap_open_dead(dlt, SNAPLEN);
	struct bpf_program program;
	bool ok = !pcap_compile(pcap, &program, text, 1, 0);
	size_t at;

	pcap_close(pcap);
	if (!ok)
		return false;
	out->n = program.bf_len;
	out->insns = tz_new_array(arena, struct sock_filter, out->n);
	memcpy(out->insns, program.bf_insns, out->n * sizeof(*out->insns));
	pcap_freecode(&program);
	return !tz_cbpf_check(out, &at);
}

static bool compile_ours(struct tz_arena *arena, enum tz_link link,
			 const char *text, struct tz_cbpf *out)
{
	const struct tz_pcap_options options = {
		.link = link,
		.names = &tz_names_system,
		.has_netmask = true,
	};
	struct tz_sources *sources = tz_sources_new(arena);
	const struct tz_source *source =
		tz_sources_add(sources, "expression", text, strlen(text));
	struct tz_span span = { source->base,
				source->base + (uint32_t)source->len };
	struct tz_flow *flow =
		tz_pcap_lower(arena, tz_diags_new(arena, sources), span,
			      source->text, source->len, &options);

	return flow && tz_cbpf_best(arena, flow, TZ_CBPF_MAX, out, NULL);
}

static int by_length(const void *a, const void *b)
{
	const struct subject *x = a, *y = b;

	if (x->theirs.n != y->theirs.n)
		return x->theirs.n < y->theirs.n ? 1 : -1;
	return strcmp(x->expression, y->expression);
}

/* The longest of those that both compile to @max instructions and less. */
static size_t read_subjects(struct tz_arena *arena, const char *corpus, int dlt,
			    enum tz_link link, size_t max,
			    struct subject *subjects)
{
	char path[512], *line = NULL;
	size_t size = 0, n = 0;
	ssize_t len;
	FILE *file;

	snprintf(path, sizeof(path), "%s/pcap/libpcap_accept.txt", corpus);
	file = fopen(path, "re");
	if (!file)
		err(77, "%s", path);
	while ((len = getline(&line, &size, file)) > 0 && n < MAX_EXPRESSIONS) {
		struct subject *s = &subjects[n];

		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		s->expression = tz_arena_strndup(arena, line, strlen(line));
		if (compile_theirs(arena, dlt, line, &s->theirs) &&
		    compile_ours(arena, link, line, &s->ours) &&
		    s->theirs.n <= max && s->ours.n <= max)
			n++;
	}
	free(line);
	fclose(file);
	qsort(subjects, n, sizeof(*subjects), by_length);
	return n < n_longest ? n : n_longest;
}

/* IPv4 from @source, without a link header; the rest is zero. */
static struct frame ipv4(uint8_t protocol, const char *source, uint16_t sport,
			 uint16_t dport)
{
	struct frame f = { .len = 60 };

	f.bytes[0] = 0x45;
	f.bytes[3] = (uint8_t)f.len;
	f.bytes[8] = 64;
	f.bytes[9] = protocol;
	inet_pton(AF_INET, source, &f.bytes[12]);
	inet_pton(AF_INET, "127.0.0.1", &f.bytes[16]);
	f.bytes[20] = (uint8_t)(sport >> 8);
	f.bytes[21] = (uint8_t)sport;
	f.bytes[22] = (uint8_t)(dport >> 8);
	f.bytes[23] = (uint8_t)dport;
	return f;
}

static struct frame ipv6(uint8_t protocol, uint16_t dport)
{
	struct frame f = { .len = 80 };

	f.bytes[0] = 0x60;
	f.bytes[5] = (uint8_t)(f.len - 40);
	f.bytes[6] = protocol;
	f.bytes[7] = 64;
	f.bytes[23] = f.bytes[39] = 1;
	f.bytes[42] = (uint8_t)(dport >> 8);
	f.bytes[43] = (uint8_t)dport;
	return f;
}

static struct frame ether(uint16_t type, struct frame payload)
{
	struct frame f = { .len = payload.len + ETH_HLEN };

	f.bytes[5] = f.bytes[11] = 2;
	f.bytes[12] = (uint8_t)(type >> 8);
	f.bytes[13] = (uint8_t)type;
	memcpy(&f.bytes[ETH_HLEN], payload.bytes, payload.len);
	return f;
}

static void send_frames(int fd, const struct sockaddr *to, socklen_t to_len,
			const struct frame *frames, size_t n)
{
	for (size_t i = 0; i < FRAMES; i++) {
		const struct frame *f = &frames[i % n];

		if (sendto(fd, f->bytes, f->len, 0, to, to_len) < 0)
			err(3, "send");
	}
}

static void attach(int fd, const struct tz_cbpf *program)
{
	struct sock_fprog fprog = {
		.len = (unsigned short)program->n,
		.filter = program->insns,
	};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &fprog, sizeof(fprog)))
		err(3, "SO_ATTACH_FILTER");
}

static double least(double a, double b)
{
	return a && a < b ? a : b;
}

/* One frame after the other through all sockets, ours and theirs in turn. */
static void measure_sockets(struct subject *s, int tx,
			    const struct sockaddr_ll *lo, const int *sockets,
			    const struct frame *frames, size_t n)
{
	for (int round = 0; round < 2 * ROUNDS; round++) {
		int who = round % 2;
		double start;

		for (size_t i = 0; i < SOCKETS; i++)
			attach(sockets[i], who ? &s->theirs : &s->ours);
		start = now_ns();
		send_frames(tx, (const struct sockaddr *)lo, sizeof(*lo),
			    frames, n);
		s->ns[who] =
			least(s->ns[who], (now_ns() - start) / FRAMES / LOOKS);
	}
}

static int open_packet_socket(const struct sockaddr_ll *lo)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), least_room = 0;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least_room,
		       sizeof(least_room)) ||
	    bind(fd, (const struct sockaddr *)lo, sizeof(*lo)))
		err(3, "a packet socket");
	return fd;
}

static void bench_sockets(struct subject *subjects, size_t n)
{
	const struct frame frames[] = {
		ether(ETH_P_IP, ipv4(IPPROTO_UDP, "127.0.0.9", 4000, 53)),
		ether(ETH_P_IP, ipv4(IPPROTO_TCP, "127.0.0.9", 4000, 443)),
		ether(ETH_P_IP, ipv4(IPPROTO_TCP, "127.0.0.9", 80, 4000)),
		ether(ETH_P_IPV6, ipv6(IPPROTO_TCP, 443)),
		ether(ETH_P_IPV6, ipv6(IPPROTO_UDP, 53)),
		ether(ETH_P_ARP, ipv4(0, "127.0.0.9", 0, 0)),
	};
	struct sockaddr_ll lo = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex("lo"),
		.sll_halen = ETH_ALEN,
	};
	int tx = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	int sockets[SOCKETS];

	if (tx < 0)
		err(3, "a packet socket");
	for (size_t i = 0; i < SOCKETS; i++)
		sockets[i] = open_packet_socket(&lo);
	for (size_t i = 0; i < n; i++)
		measure_sockets(&subjects[i], tx, &lo, sockets, frames,
				sizeof(frames) / sizeof(frames[0]));
	for (size_t i = 0; i < SOCKETS; i++)
		close(sockets[i]);
	close(tx);
}

static void print_rules(struct tz_buf *text, const char *chain,
			const struct tz_cbpf *program)
{
	struct tz_buf bytecode = { 0 };

	tz_cbpf_print(program, TZ_CBPF_BYTECODE, &bytecode);
	bytecode.text[strcspn(bytecode.text, "\n")] = '\0';
	for (int i = 0; i < RULES; i++)
		tz_buf_printf(text, "-A %s -m bpf --bytecode \"%s\"\n", chain,
			      bytecode.text);
	tz_buf_free(&bytecode);
}

/* Packets from 127.0.0.11 meet our rules, those from .12 theirs. */
static void load_rules(const struct subject *s)
{
	const char *const argv[] = { "iptables-legacy-restore", NULL };
	struct tz_buf text = { 0 };
	char *output = NULL, *errors = NULL;

	tz_buf_puts(&text, "*raw\n:OURS - [0:0]\n:THEIRS - [0:0]\n"
			   "-A PREROUTING -s 127.0.0.11 -j OURS\n"
			   "-A PREROUTING -s 127.0.0.12 -j THEIRS\n"
			   "-A PREROUTING -j DROP\n");
	print_rules(&text, "OURS", &s->ours);
	print_rules(&text, "THEIRS", &s->theirs);
	tz_buf_puts(&text, "COMMIT\n");
	if (tz_spawn(argv, text.text, text.len, &output, &errors))
		errx(77, "iptables-legacy-restore: %s", errors ? errors : "");
	free(output);
	free(errors);
	tz_buf_free(&text);
}

static void bench_rules(struct subject *subjects, size_t n)
{
	static const char *const from[] = { "127.0.0.11", "127.0.0.12" };
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	if (fd < 0)
		err(3, "a raw socket");
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (size_t i = 0; i < n; i++) {
		struct subject *s = &subjects[i];

		load_rules(s);
		for (int round = 0; round < 2 * ROUNDS; round++) {
			int who = round % 2;
			const struct frame frames[] = {
				ipv4(IPPROTO_UDP, from[who], 4000, 53),
				ipv4(IPPROTO_TCP, from[who], 4000, 443),
				ipv4(IPPROTO_TCP, from[who], 80, 4000),
				ipv4(IPPROTO_ICMP, from[who], 8, 0),
			};
			double start = now_ns();

			send_frames(fd, (const struct sockaddr *)&to,
				    sizeof(to), frames, 4);
			s->ns[who] = least(s->ns[who],
					   (now_ns() - start) / FRAMES / RULES);
		}
	}
	close(fd);
}

static void report(const char *where, const struct subject *subjects, size_t n)
{
	double sum[2] = { 0 };
	size_t worst = 0, n_slower = 0;

	for (size_t i = 0; i < n; i++) {
		const struct subject *s = &subjects[i];
		double ratio = s->ns[0] / s->ns[1];

		sum[0] += s->ns[0];
		sum[1] += s->ns[1];
		n_slower += ratio > 1.05;
		if (ratio > subjects[worst].ns[0] / subjects[worst].ns[1])
			worst = i;
		if (is_verbose)
			printf("  %6.1f %6.1f ns  %.3f  %3zu %3zu  %s\n",
			       s->ns[0], s->ns[1], ratio, s->ours.n,
			       s->theirs.n, s->expression);
	}
	printf("%s: the %zu longest, %.1f ns a look, libpcap's %.1f: %.3f; "
	       "%zu slower by over 5%%; worst %.3f (%s)\n",
	       where, n, sum[0] / (double)n, sum[1] / (double)n,
	       sum[0] / sum[1], n_slower,
	       subjects[worst].ns[0] / subjects[worst].ns[1],
	       subjects[worst].expression);
}

static void enter_namespace(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWNET))
		err(77, "a network namespace");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		err(3, "lo");
	close(fd);
}

int main(int argc, char **argv)
{
	static struct subject subjects[MAX_EXPRESSIONS];
	struct tz_arena *arena = tz_arena_new();
	int option;
	size_t n;

	while ((option = getopt(argc, argv, "vn:")) != -1) {
		if (option == 'v')
			is_verbose = true;
		else if (option == 'n')
			n_longest = strtoul(optarg, NULL, 10);
		else
			return 2;
	}
	if (optind + 1 != argc)
		errx(2, "usage: %s [-v] [-n EXPRESSIONS] CORPUS", argv[0]);
	enter_namespace();
	n = read_subjects(arena, argv[optind], DLT_EN10MB, TZ_LINK_EN10MB,
			  TZ_CBPF_MAX, subjects);
	bench_sockets(subjects, n);
	report("packet sockets", subjects, n);
	memset(subjects, 0, sizeof(subjects));
	n = read_subjects(arena, argv[optind], DLT_RAW, TZ_LINK_RAW,
			  TZ_CBPF_XT_MAX, subjects);
	bench_rules(subjects, n);
	report("xt_bpf", subjects, n);
	tz_arena_free(arena);
	return 0;
}
