/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classic BPF on UDP sockets, over the loopback of a namespace of its own: the
 * filter's offset 0 is the UDP header, IP is at SKF_NET_OFF and the link header
 * at SKF_LL_OFF, and the kernel knows the device. The bytes of the frame come
 * from a packet socket. What arrives is what tz_cbpf_run says, and so says the
 * graph that the program is decoded to.
 *
 * `cbpf_udp [PROGRAMS [SEED]]`; needs root.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "flow/flow.h"
#include "lib/cbpf_random.h"

enum {
	PROGRAMS = 600,
	PACKETS = 10,
	INSNS = 40,
	SKIPPED = 77,
	DEADLINE_MS = 60000,
	UDP_HEADER = 8,
};

struct bench {
	int family, in, out, fence, tap;
	struct cbpf_dice dice;
	uint32_t has_ancillary, ancillary[TZ_AD_N];
	unsigned long n_pairs, n_kept, n_cut;
};

__attribute__((noreturn)) static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void raise_loopback(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr) != 0)
		die("lo");
	close(fd);
}

static int new_socket(int family, int port, bool is_sender)
{
	struct sockaddr_in v4 = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct sockaddr_in6 v6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port),
		.sin6_addr = in6addr_loopback,
	};
	bool is_v4 = family == AF_INET;
	struct sockaddr *at = is_v4 ? (void *)&v4 : (void *)&v6;
	socklen_t len = is_v4 ? sizeof(v4) : sizeof(v6);
	int fd = socket(family, SOCK_DGRAM, 0);

	if (fd < 0 || (is_sender ? connect(fd, at, len) : bind(fd, at, len)))
		die("a socket of UDP");
	return fd;
}

/* The frame that went by, without copies that were on their way out. */
static size_t read_frame(const struct bench *b, uint8_t *frame, size_t max)
{
	for (;;) {
		struct sockaddr_ll from = { 0 };
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(b->tap, frame, max, MSG_DONTWAIT,
				     (struct sockaddr *)&from, &len);

		if (n < 0)
			die("the frame");
		if (from.sll_pkttype == PACKET_HOST)
			return (size_t)n;
	}
}

static void drain(const struct bench *b)
{
	uint8_t rest[256];

	while (recv(b->tap, rest, sizeof(rest), MSG_DONTWAIT) >= 0)
		;
}

/*
 * The bytes that arrive, -1: none. What comes behind it on the same CPU is
 * there: then it was judged.
 */
static long deliver(const struct bench *b, const uint8_t *bytes, size_t len)
{
	struct pollfd fence = { .fd = b->fence, .events = POLLIN };
	uint8_t got[CBPF_RANDOM_PACKET_MAX];
	int to_fence = new_socket(b->family, 7002, true);

	if (send(b->in, bytes, len, 0) != (ssize_t)len ||
	    send(to_fence, "", 1, 0) != 1)
		die("send");
	close(to_fence);
	if (poll(&fence, 1, DEADLINE_MS) != 1 ||
	    recv(b->fence, got, sizeof(got), MSG_DONTWAIT) != 1)
		die("the fence");

	ssize_t n = recv(b->out, got, sizeof(got), MSG_DONTWAIT);

	if (n < 0 && errno != EAGAIN)
		die("recv");
	return n;
}

/* What is left of @len bytes of payload: the UDP header stays always. */
static long expected(uint32_t answer, size_t len)
{
	if (!answer)
		return -1;
	if (answer < UDP_HEADER)
		return 0;
	answer -= UDP_HEADER;
	return answer < len ? (long)answer : (long)len;
}

static bool judge(struct bench *b, const struct tz_cbpf *program,
		  const struct tz_flow *flow)
{
	uint8_t bytes[CBPF_RANDOM_PACKET_MAX], frame[256];
	size_t len = cbpf_random_packet(&b->dice, bytes);
	long got = deliver(b, bytes, len);
	struct tz_filter_packet packet = {
		.frame = frame,
		.net = ETH_HLEN,
		.data = ETH_HLEN + (b->family == AF_INET ? 20 : 40),
		.has_ad = b->has_ancillary,
	};

	packet.frame_len = read_frame(b, frame, sizeof(frame));
	packet.len = (uint32_t)(packet.frame_len - packet.data);
	memcpy(packet.ad, b->ancillary, sizeof(packet.ad));
	drain(b);

	uint32_t run = tz_cbpf_run(program, &packet);

	b->n_pairs++;
	b->n_kept += got >= 0;
	b->n_cut += got >= 0 && got < (long)len;
	if (run == tz_flow_eval(flow, &packet) && got == expected(run, len))
		return true;
	fprintf(stderr,
		"IPv%d: run %" PRIu32 ", flow %" PRIu32
		", kernel %ld of %zu bytes:",
		b->family == AF_INET ? 4 : 6, run, tz_flow_eval(flow, &packet),
		got, len);
	for (size_t i = 0; i < packet.frame_len; i++)
		fprintf(stderr, " %02x", frame[i]);
	fputs("\n", stderr);
	return false;
}

static bool try_program(struct bench *b)
{
	struct sock_filter insns[INSNS];
	struct tz_cbpf program;

	cbpf_random_program(&b->dice, insns, &program);

	struct sock_fprog fprog = { (unsigned short)program.n, insns };
	struct tz_arena *arena = tz_arena_new();
	const struct tz_flow *flow = tz_flow_decode(arena, &program);
	bool is_good = true;

	if (setsockopt(b->out, SOL_SOCKET, SO_ATTACH_FILTER, &fprog,
		       sizeof(fprog)) != 0)
		die("SO_ATTACH_FILTER");
	for (int i = 0; i < PACKETS && is_good; i++)
		is_good = judge(b, &program, flow);
	if (!is_good) {
		struct tz_buf text = { 0 };

		tz_cbpf_print(&program, TZ_CBPF_ASM, &text);
		fputs(text.text, stderr);
		tz_buf_free(&text);
	}
	tz_arena_free(arena);
	return is_good;
}

static void know(struct bench *b, uint32_t number, uint32_t value)
{
	b->has_ancillary |= 1u << number / 4;
	b->ancillary[number / 4] = value;
}

static void open_bench(struct bench *b)
{
	int cpu = sched_getcpu();
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one) != 0)
		die("sched_setaffinity");
	b->tap = socket(AF_PACKET, SOCK_RAW,
			htons(b->family == AF_INET ? ETH_P_IP : ETH_P_IPV6));
	if (b->tap < 0)
		die("a packet socket");
	b->out = new_socket(b->family, 7001, false);
	b->fence = new_socket(b->family, 7002, false);
	b->in = new_socket(b->family, 7001, true);
	know(b, SKF_AD_PROTOCOL, b->family == AF_INET ? ETH_P_IP : ETH_P_IPV6);
	know(b, SKF_AD_PKTTYPE, PACKET_HOST);
	know(b, SKF_AD_IFINDEX, if_nametoindex("lo"));
	know(b, SKF_AD_HATYPE, ARPHRD_LOOPBACK);
	know(b, SKF_AD_MARK, 0);
	know(b, SKF_AD_CPU, (uint32_t)cpu);
	know(b, SKF_AD_VLAN_TAG, 0);
	know(b, SKF_AD_VLAN_TAG_PRESENT, 0);
	know(b, SKF_AD_VLAN_TPID, 0);
	b->dice.ancillary = b->has_ancillary;
}

int main(int argc, char **argv)
{
	unsigned long programs =
		argc > 1 ? strtoul(argv[1], NULL, 10) : PROGRAMS;
	struct bench benches[2] = {
		{ .family = AF_INET },
		{ .family = AF_INET6 },
	};

	if (unshare(CLONE_NEWNET) != 0) {
		puts("no right to make a network namespace: skipped");
		return SKIPPED;
	}
	raise_loopback();
	for (int k = 0; k < 2; k++) {
		struct bench *b = &benches[k];

		b->dice = (struct cbpf_dice){
			.state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1,
			.most = INSNS,
			.has_link = true,
		};
		open_bench(b);
		for (unsigned long i = 0; i < programs / 2; i++)
			if (!try_program(b))
				return 1;
		printf("IPv%d: %lu pairs, %lu arrived, %lu of them cut\n",
		       k ? 6 : 4, b->n_pairs, b->n_kept, b->n_cut);
		if (!b->n_kept || !b->n_cut)
			return 1;
	}
	return 0;
}
