/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The traffic of ./demo. Sends legitimate and attack packets as raw frames
 * from one network namespace to the other and says, kind by kind, how many
 * XDP dropped (the frame never reached a packet socket there), how many the
 * kernel's rules dropped (it reached no raw IP socket, which stands behind
 * filter INPUT), and how many were delivered. Exit status 1: a legitimate
 * packet was lost or an attack got through.
 *
 *   demo-traffic RECEIVER-NETNS SENDER-NETNS DEV-OF-RECEIVER DEV-OF-SENDER
 *
 * Nothing sleeps: after each burst a fence frame of an ethertype of its own
 * follows on the same queue, and its arrival says that the burst is done.
 */
#include "lib/frame.h"

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST "192.0.2.1"
#define BURST 50
#define N_BURSTS 4
#define FENCE_TYPE 0x88b5 /* IEEE 802: local experiments */
#define DEADLINE_MS 30000

#define TCP_NULL 0
#define TCP_XMAS (TH_FIN | TH_PUSH | TH_URG)

enum fate { DELIVERED, DROPPED_AT_XDP, DROPPED };

struct kind {
	const char *what;
	enum fate fate; /* DROPPED: by XDP or by the kernel */
	int n_bursts;   /* 0: N_BURSTS */
	struct tz_frame_spec spec;
};

#define TCP(from, port, flags)                                     \
	{                                                          \
		.src = from, .dst = HOST, .protocol = IPPROTO_TCP, \
		.sport = 40000, .dport = port, .tcp_flags = flags  \
	}
#define UDP(from, from_port, port, bytes)                               \
	{                                                               \
		.src = from, .dst = HOST, .protocol = IPPROTO_UDP,      \
		.sport = from_port, .dport = port, .payload_len = bytes \
	}
#define ICMP(from, type)                                            \
	{                                                           \
		.src = from, .dst = HOST, .protocol = IPPROTO_ICMP, \
		.icmp_type = type                                   \
	}

static const struct kind kinds[] = {
	{ "new HTTPS connections", DELIVERED, 0,
	  TCP("203.0.113.10", 443, TH_SYN) },
	{ "QUIC packets", DELIVERED, 0, UDP("203.0.113.10", 50000, 443, 1200) },
	{ "SSH from the monitoring network", DELIVERED, 0,
	  TCP("198.51.100.5", 22, TH_SYN) },
	{ "pings, within their limit", DELIVERED, 1, ICMP("203.0.113.10", 8) },
	{ "flood from a bogon (10.66.6.6)", DROPPED_AT_XDP, 0,
	  UDP("10.66.6.6", 50000, 443, 512) },
	{ "NTP amplification", DROPPED_AT_XDP, 0,
	  UDP("203.0.113.20", 123, 50000, 468) },
	{ "DNS amplification", DROPPED_AT_XDP, 0,
	  UDP("203.0.113.21", 53, 50000, 1400) },
	{ "memcached amplification", DROPPED_AT_XDP, 0,
	  UDP("203.0.113.22", 11211, 50000, 1400) },
	{ "TCP null scan", DROPPED_AT_XDP, 0,
	  TCP("203.0.113.30", 80, TCP_NULL) },
	{ "TCP Christmas tree scan", DROPPED_AT_XDP, 0,
	  TCP("203.0.113.30", 80, TCP_XMAS) },
	{ "ICMP redirects", DROPPED_AT_XDP, 0, ICMP("203.0.113.31", 5) },
	{ "HTTPS from the blocked network", DROPPED, 0,
	  TCP("203.0.113.70", 443, TH_SYN) },
	{ "SMB probes", DROPPED, 0, TCP("203.0.113.40", 445, TH_SYN) },
	{ "telnet scans (a rule logs them)", DROPPED, 0,
	  TCP("203.0.113.41", 23, TH_SYN) },
	{ "SSH from strangers", DROPPED, 0, TCP("203.0.113.42", 22, TH_SYN) },
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct ends {
	int sender; /* packet socket that sends */
	int fence;  /* packet socket of FENCE_TYPE */
	int tap;    /* packet socket of IPv4: what XDP passed */
	int raw[3]; /* TCP, UDP, ICMP: what the rules delivered */
	uint8_t src_mac[6], dst_mac[6];
};

static void enter(const char *netns)
{
	char path[128];

	snprintf(path, sizeof(path), "/run/netns/%s", netns);

	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(3, "%s", path);
	close(fd);
}

/* A packet socket on @dev, for reading @type (0: only for sending). */
static int packet_socket(const char *dev, uint16_t type, uint8_t mac[6])
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(type),
		.sll_ifindex = (int)if_nametoindex(dev),
	};
	struct ifreq request = { 0 };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", dev);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) ||
	    ioctl(fd, SIOCGIFHWADDR, &request))
		err(3, "packet socket on %s", dev);
	memcpy(mac, request.ifr_hwaddr.sa_data, 6);
	return fd;
}

static int raw_socket(int protocol)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		err(3, "raw socket");
	return fd;
}

static struct ends open_ends(char **argv)
{
	struct ends e;

	enter(argv[1]);
	e.fence = packet_socket(argv[3], FENCE_TYPE, e.dst_mac);
	e.tap = packet_socket(argv[3], ETHERTYPE_IP, e.dst_mac);
	e.raw[0] = raw_socket(IPPROTO_TCP);
	e.raw[1] = raw_socket(IPPROTO_UDP);
	e.raw[2] = raw_socket(IPPROTO_ICMP);
	enter(argv[2]);
	e.sender = packet_socket(argv[4], 0, e.src_mac);
	return e;
}

/* How many packets from @src wait at @fd, which are taken from it. */
static size_t drain(int fd, size_t ip_off, in_addr_t src)
{
	uint8_t bytes[2048];
	size_t n = 0;

	for (;;) {
		ssize_t len = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

		if (len < 0)
			return n;
		if ((size_t)len >= ip_off + 20 &&
		    !memcmp(bytes + ip_off + 12, &src, sizeof(src)))
			n++;
	}
}

static void send_frame(const struct ends *e, const void *bytes, size_t len)
{
	if (send(e->sender, bytes, len, 0) != (ssize_t)len)
		err(3, "send");
}

static void send_burst(const struct ends *e, const struct tz_frame *frame)
{
	uint8_t fence[60] = { 0 };

	memcpy(fence, e->dst_mac, 6);
	memcpy(fence + 6, e->src_mac, 6);
	fence[12] = FENCE_TYPE >> 8;
	fence[13] = FENCE_TYPE & 0xff;
	for (int i = 0; i < BURST; i++)
		send_frame(e, frame->bytes, frame->len);
	send_frame(e, fence, sizeof(fence));

	struct pollfd wait = { .fd = e->fence, .events = POLLIN };

	if (poll(&wait, 1, DEADLINE_MS) != 1)
		errx(3, "the fence did not arrive in %d ms", DEADLINE_MS);
	recv(e->fence, fence, sizeof(fence), MSG_DONTWAIT);
}

/* Sends one kind, prints its row; whether it went as it should. */
static bool play(const struct ends *e, const struct kind *kind)
{
	struct tz_frame_spec spec = kind->spec;
	struct tz_frame frame;
	in_addr_t src = inet_addr(spec.src);
	size_t n_sent = 0, n_seen = 0, n_delivered = 0;

	memcpy(spec.src_mac, e->src_mac, 6);
	memcpy(spec.dst_mac, e->dst_mac, 6);
	tz_frame_build(&frame, &spec);
	for (int i = 0; i < (kind->n_bursts ? kind->n_bursts : N_BURSTS); i++) {
		send_burst(e, &frame);
		n_sent += BURST;
		n_seen += drain(e->tap, ETHER_HDR_LEN, src);
		for (int j = 0; j < 3; j++)
			n_delivered += drain(e->raw[j], 0, src);
	}

	bool ok = kind->fate == DELIVERED ? n_delivered == n_sent
		  : kind->fate == DROPPED ? !n_delivered
					  : !n_seen;

	printf("  %-34s %6zu %12zu %15zu %11zu%s\n", kind->what, n_sent,
	       n_sent - n_seen, n_seen - n_delivered, n_delivered,
	       ok ? "" : "   <- WRONG");
	return ok;
}

int main(int argc, char **argv)
{
	bool ok = true;
	cpu_set_t first;

	if (argc != 5)
		errx(2, "usage: demo-traffic RECEIVER SENDER DEV DEV");
	/* One CPU: frames and fences stay in one queue, in order. */
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	sched_setaffinity(0, sizeof(first), &first);

	struct ends ends = open_ends(argv);

	printf("  %-34s %6s %12s %15s %11s\n", "", "sent", "dropped",
	       "dropped by", "delivered");
	printf("  %-34s %6s %12s %15s\n", "", "", "at XDP", "kernel's rules");
	for (size_t i = 0; i < N_KINDS; i++) {
		if (!i)
			puts("legitimate");
		else if (kinds[i].fate != DELIVERED &&
			 kinds[i - 1].fate == DELIVERED)
			puts("attacks");
		ok &= play(&ends, &kinds[i]);
	}
	return ok ? 0 : 1;
}
