/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * "Any address" is a local default route for what a device brings in, and
 * transparent sockets (IP_TRANSPARENT) for what goes out. A router sends what
 * comes in on one side out on the other.
 */
#include "seq_lab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/lab.h"

#define MAC_CLIENT "02:00:00:00:00:01"
#define MAC_HOST "02:00:00:00:00:02"
#define MAC_INSIDE "02:00:00:00:00:03"
#define MAC_SERVER "02:00:00:00:00:04"

/* Of the two ends of each cable; rules of NAT may name those of the host. */
#define CLIENT4 "198.19.255.253"
#define CLIENT6 "2001:db8:ffff::2"
#define HOST4 "198.19.255.254"
#define HOST6 "2001:db8:ffff::1"
#define INSIDE4 "198.18.255.254"
#define INSIDE6 "2001:db8:fffe::1"
#define SERVER4 "198.18.255.253"
#define SERVER6 "2001:db8:fffe::2"

/* Behind the router, as seen from its inside, but at the client. */
#define HAIRPIN4 "203.0.113.128/25"
#define HAIRPIN6 "2001:db8:fffd::/64"

static int enter(int ns)
{
	return setns(ns, CLONE_NEWNET) ? -errno : 0;
}

/* A pair of devices: @dev here, its peer in namespace @ns. */
static int make_pair(const char *dev, const char *mac, const char *peer,
		     const char *peer_mac, int ns)
{
	char batch[256];

	snprintf(batch, sizeof(batch),
		 "link add %s address %s type veth peer name %s address %s "
		 "netns /proc/%d/fd/%d\n",
		 dev, mac, peer, peer_mac, (int)getpid(), ns);
	return tz_lab_ip("-4", batch);
}

static int open_wire(struct tz_seq_lab *lab)
{
	const int room = 4 << 20;

	lab->wire = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			   htons(ETH_P_ALL));
	if (lab->wire < 0)
		return -errno;
	lab->wire_ifindex = if_nametoindex("tz-tx");
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_ALL),
				  .sll_ifindex = (int)lab->wire_ifindex };

	setsockopt(lab->wire, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	return bind(lab->wire, (struct sockaddr *)&to, sizeof(to)) ? -errno : 0;
}

static int make_namespaces(struct tz_seq_lab *lab)
{
	const struct tz_seq_options *options = &lab->options;
	int err = tz_lab_new_ns(&lab->host);

	if (!err && options->is_router)
		err = tz_lab_new_ns(&lab->server);
	if (!err && options->is_router)
		err = make_pair("tz-srv", MAC_SERVER, "tz-in", MAC_INSIDE,
				lab->host);
	if (!err)
		err = tz_lab_new_ns(&lab->client);
	if (!err)
		err = make_pair("tz-tx", MAC_CLIENT, options->dev, MAC_HOST,
				lab->host);
	return err;
}

int tz_seq_lab_open(struct tz_seq_lab *lab,
		    const struct tz_seq_options *options)
{
	*lab = (struct tz_seq_lab){ .client = -1,
				    .host = -1,
				    .server = -1,
				    .wire = -1,
				    .options = *options };
	lab->home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int err = lab->home < 0 ? -errno : make_namespaces(lab);

	if (!err)
		err = open_wire(lab);
	if (!err)
		err = enter(lab->host);
	if (!err) {
		lab->ifindex = if_nametoindex(options->dev);
		err = lab->ifindex ? 0 : -errno;
	}
	if (err) {
		fprintf(stderr, "sequence: cannot make namespaces: %s\n",
			strerror(-err));
		tz_seq_lab_close(lab);
	}
	return err;
}

/* The kernel is as open as it can be told to be, and in no hurry to wait. */
static void set_sysctls(const char *const *devs, size_t n_devs, bool forwards)
{
	for (size_t i = 0; i < n_devs; i++) {
		tz_lab_conf("ipv4", devs[i], "rp_filter", "0");
		tz_lab_conf("ipv4", devs[i], "accept_local", "1");
		tz_lab_conf("ipv4", devs[i], "route_localnet", "1");
		tz_lab_conf("ipv4", devs[i], "send_redirects", "0");
		tz_lab_conf("ipv4", devs[i], "accept_redirects", "0");
		tz_lab_conf("ipv4", devs[i], "forwarding",
			    forwards ? "1" : "0");
		tz_lab_conf("ipv6", devs[i], "accept_redirects", "0");
		tz_lab_conf("ipv6", devs[i], "forwarding",
			    forwards ? "1" : "0");
	}
	tz_lab_sysctl("net/ipv4/icmp_ratelimit", "0");
	tz_lab_sysctl("net/ipv6/icmp/ratelimit", "0");
	tz_lab_sysctl("net/ipv4/tcp_syn_retries", "1");
	tz_lab_sysctl("net/ipv4/tcp_synack_retries", "1");
	tz_lab_sysctl("net/ipv4/tcp_retries2", "3");
	tz_lab_sysctl("net/ipv4/tcp_fin_timeout", "1");
}

/* One end of a cable, and the way to everything on its other side. */
struct end {
	const char *dev, *addr4, *addr6, *via4, *via6, *via_mac;
};

/* Commands that set @end up, and more of each family: of ip -4, ip -6. */
static int set_up(const struct end *end, const char *more4, const char *more6)
{
	char batch[2048];

	snprintf(batch, sizeof(batch),
		 "link set lo up\nlink set %s up\n"
		 "addr add %s/32 dev %s\n"
		 "neigh replace %s lladdr %s dev %s nud permanent\n"
		 "route add %s/32 dev %s\n%s",
		 end->dev, end->addr4, end->dev, end->via4, end->via_mac,
		 end->dev, end->via4, end->dev, more4);
	int err = tz_lab_ip("-4", batch);

	snprintf(batch, sizeof(batch),
		 "addr add %s/128 dev %s nodad\n"
		 "neigh replace %s lladdr %s dev %s nud permanent\n"
		 "route add %s/128 dev %s\n%s",
		 end->addr6, end->dev, end->via6, end->via_mac, end->dev,
		 end->via6, end->dev, more6);
	return err ? err : tz_lab_ip("-6", batch);
}

/* A host at the end of a cable: what comes in is for it, whatever it says. */
static int set_up_leaf(const struct end *end)
{
	char more4[256], more6[256];
	const char *const form = "route add default via %s dev %s\n"
				 "rule add iif %s lookup 100 pref 10\n"
				 "route add local default dev lo table 100\n";

	snprintf(more4, sizeof(more4), form, end->via4, end->dev, end->dev);
	snprintf(more6, sizeof(more6), form, end->via6, end->dev, end->dev);
	return set_up(end, more4, more6);
}

static int start_router(const struct tz_seq_lab *lab)
{
	const char *dev = lab->options.dev;
	const struct end outside = { dev,     HOST4,   HOST6,
				     CLIENT4, CLIENT6, MAC_CLIENT };
	const struct end inside = { "tz-in", INSIDE4, INSIDE6,
				    SERVER4, SERVER6, MAC_SERVER };
	const struct end server = { "tz-srv", SERVER4, SERVER6,
				    INSIDE4,  INSIDE6, MAC_INSIDE };
	char more4[1024], more6[1024];
	const char *const form = "route add default via %s dev %s table 102\n"
				 "rule add iif tz-in lookup 102 pref 10\n"
				 "route add default via %s dev %s\n"
				 "route add %s via %s dev %s table 101\n";
	const char *const form_in = "route add default via %s dev tz-in "
				    "table 101\n"
				    "rule add iif %s lookup 101 pref 10\n";

	snprintf(more4, sizeof(more4), form, CLIENT4, dev, CLIENT4, dev,
		 HAIRPIN4, CLIENT4, dev);
	snprintf(more6, sizeof(more6), form, CLIENT6, dev, CLIENT6, dev,
		 HAIRPIN6, CLIENT6, dev);
	int err = set_up(&outside, more4, more6);

	snprintf(more4, sizeof(more4), form_in, SERVER4, dev);
	snprintf(more6, sizeof(more6), form_in, SERVER6, dev);
	if (!err)
		err = set_up(&inside, more4, more6);
	if (!err)
		err = enter(lab->server);
	if (!err) {
		set_sysctls((const char *[]){ "all", "default", "tz-srv" }, 3,
			    false);
		err = set_up_leaf(&server);
	}
	return err;
}

static int start_host(const struct tz_seq_lab *lab)
{
	const char *dev = lab->options.dev;
	const struct end end = {
		dev, HOST4, HOST6, CLIENT4, CLIENT6, MAC_CLIENT
	};
	const char *const devs[] = { "all", "default", dev, "tz-in" };
	bool is_router = lab->options.is_router;

	set_sysctls(devs, is_router ? 4 : 3, is_router);
	if (lab->options.is_strict)
		tz_lab_sysctl("net/netfilter/nf_conntrack_tcp_loose", "0");
	return is_router ? start_router(lab) : set_up_leaf(&end);
}

int tz_seq_lab_start(struct tz_seq_lab *lab)
{
	const struct end client = { "tz-tx", CLIENT4, CLIENT6,
				    HOST4,   HOST6,   MAC_HOST };
	int err = start_host(lab);

	if (!err)
		err = enter(lab->client);
	if (!err) {
		set_sysctls((const char *[]){ "all", "default", "tz-tx" }, 3,
			    false);
		err = set_up_leaf(&client);
	}
	if (!err && !lab->options.offloads)
		err = tz_lab_set_feature("tz-tx", ETHTOOL_STXCSUM, false);
	if (!err)
		err = enter(lab->host);
	if (!err)
		err = tz_lab_set_feature(lab->options.dev, ETHTOOL_SGRO,
					 lab->options.merges);
	if (err)
		fprintf(stderr, "sequence: cannot start the hosts: %s\n",
			strerror(-err));
	return err;
}

void tz_seq_lab_close(struct tz_seq_lab *lab)
{
	const int fds[] = { lab->client, lab->host, lab->server, lab->wire };

	/* Without a way home the process keeps its namespace. */
	if (lab->home >= 0 && enter(lab->home))
		perror("sequence: cannot leave the namespace");
	if (lab->home >= 0)
		close(lab->home);
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	*lab = (struct tz_seq_lab){
		.home = -1, .client = -1, .host = -1, .server = -1, .wire = -1
	};
}

int tz_seq_socket(int ns, int domain, int type, int protocol)
{
	const int on = 1;
	int err = enter(ns);
	int fd = err ? -1
		     : socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC,
			      protocol);

	if (fd < 0)
		return err ? err : -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (domain == AF_INET6) {
		setsockopt(fd, SOL_IPV6, IPV6_TRANSPARENT, &on, sizeof(on));
		setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	} else {
		setsockopt(fd, SOL_IP, IP_TRANSPARENT, &on, sizeof(on));
	}
	return fd;
}
