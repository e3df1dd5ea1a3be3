/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The receiver accepts as much as a kernel can be told to: in host mode every
 * address is its own for packets of the device, in router mode every one is
 * behind a dead-end device. What still dies on the way (SEMANTICS 1.4) dies
 * outside of the rules.
 */
#include "lib/lab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/spawn.h"

#define OWN_ADDRESS6 "2001:db8:ffff::1"
enum { ADDRESS_TIMEOUT_S = 60 };

const uint8_t tz_lab_mac[6] = { 2, 0, 0, 0, 0, 2 };
const uint8_t tz_lab_sender_mac[6] = { 2, 0, 0, 0, 0, 1 };

int tz_lab_sysctl(const char *path, const char *value)
{
	char name[128];

	snprintf(name, sizeof(name), "/proc/sys/%s", path);
	int fd = open(name, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	ssize_t n = write(fd, value, strlen(value));
	int err = n < 0 ? -errno : 0;

	close(fd);
	return err;
}

void tz_lab_conf(const char *family, const char *dev, const char *key,
		 const char *value)
{
	char path[112];

	snprintf(path, sizeof(path), "net/%s/conf/%s/%s", family, dev, key);
	tz_lab_sysctl(path, value);
}

int tz_lab_ip(const char *family, const char *commands)
{
	const char *argv[] = { "ip", family, "-batch", "-", NULL };
	char *said = NULL, *errors = NULL;
	int status = tz_spawn(argv, commands, strlen(commands), &said, &errors);

	if (status)
		fprintf(stderr, "lab: ip: %s\n",
			status < 0 ? strerror(-status) : errors);
	free(said);
	free(errors);
	return status > 0 ? -EIO : status;
}

int tz_lab_new_ns(int *fd)
{
	if (unshare(CLONE_NEWNET))
		return -errno;
	tz_lab_sysctl("net/ipv6/conf/default/addr_gen_mode", "1");
	tz_lab_sysctl("net/ipv6/conf/default/accept_dad", "0");
	tz_lab_sysctl("net/ipv6/conf/default/accept_ra", "0");
	tz_lab_sysctl("net/ipv6/conf/default/router_solicitations", "0");
	*fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return *fd < 0 ? -errno : 0;
}

/* In the sender: the pair, with the other end in the receiver. */
static int make_pair(struct tz_lab *lab, const struct tz_lab_options *options)
{
	char batch[1024];

	/* An IPv6 sender would talk by itself. */
	tz_lab_sysctl("net/ipv6/conf/default/disable_ipv6", "1");
	snprintf(batch, sizeof(batch),
		 "link add tz-tx address 02:00:00:00:00:01 type veth "
		 "peer name %s address 02:00:00:00:00:02 "
		 "netns /proc/%d/fd/%d\n"
		 "link set tz-tx arp off multicast off up\n",
		 options->dev, (int)getpid(), lab->receiver_ns);
	return tz_lab_ip("-4", batch);
}

static int open_tx(struct tz_lab *lab)
{
	lab->tx = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (lab->tx < 0)
		return -errno;
	lab->tx_ifindex = if_nametoindex("tz-tx");
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_ifindex = (int)lab->tx_ifindex };

	return bind(lab->tx, (struct sockaddr *)&to, sizeof(to)) ? -errno : 0;
}

int tz_lab_open(struct tz_lab *lab, const struct tz_lab_options *options)
{
	*lab = (struct tz_lab){ .sender_ns = -1, .receiver_ns = -1, .tx = -1 };
	lab->home_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int err = lab->home_ns < 0 ? -errno : 0;

	if (!err)
		err = tz_lab_new_ns(&lab->receiver_ns);
	if (!err)
		err = tz_lab_new_ns(&lab->sender_ns);
	if (!err)
		err = make_pair(lab, options);
	if (!err)
		err = open_tx(lab);
	if (!err && setns(lab->receiver_ns, CLONE_NEWNET))
		err = -errno;
	if (!err) {
		snprintf(lab->dev, sizeof(lab->dev), "%s", options->dev);
		lab->ifindex = if_nametoindex(lab->dev);
		err = lab->ifindex ? 0 : -errno;
	}
	if (err) {
		fprintf(stderr, "lab: cannot make namespaces: %s\n",
			strerror(-err));
		tz_lab_close(lab);
	}
	return err;
}

static void set_sysctls(const struct tz_lab *lab, bool is_router)
{
	const char *const devs[] = { "all", "default", lab->dev };

	for (size_t i = 0; i < sizeof(devs) / sizeof(devs[0]); i++) {
		tz_lab_conf("ipv4", devs[i], "rp_filter", "0");
		tz_lab_conf("ipv4", devs[i], "accept_local", "1");
		tz_lab_conf("ipv4", devs[i], "route_localnet", "1");
		tz_lab_conf("ipv4", devs[i], "accept_source_route", "1");
		tz_lab_conf("ipv4", devs[i], "send_redirects", "0");
		tz_lab_conf("ipv4", devs[i], "forwarding",
			    is_router ? "1" : "0");
		tz_lab_conf("ipv6", devs[i], "forwarding",
			    is_router ? "1" : "0");
		tz_lab_conf("ipv6", devs[i], "accept_redirects", "0");
	}
}

/*
 * IPv6 gives an address from a work queue (net/ipv6/addrconf.c,
 * addrconf_dad_work), also with nodad: until then it is not this host's.
 */
static int await_address6(void)
{
	const char *argv[] = { "ip", "-6", "route", "get", OWN_ADDRESS6, NULL };
	time_t end = time(NULL) + ADDRESS_TIMEOUT_S;
	bool is_local = false;

	while (!is_local) {
		char *said = NULL, *errors = NULL;
		int status = tz_spawn(argv, NULL, 0, &said, &errors);

		is_local = status == 0 && !strncmp(said, "local ", 6);
		free(said);
		free(errors);
		if (status < 0)
			return status;
		if (!is_local && time(NULL) > end)
			return -ETIMEDOUT;
	}
	return 0;
}

/* REDIRECT drops what comes in on a device without an address. */
static int give_addresses(const struct tz_lab *lab)
{
	char batch[128];

	snprintf(batch, sizeof(batch), "addr add 198.19.255.254/32 dev %s\n",
		 lab->dev);
	int err = tz_lab_ip("-4", batch);

	snprintf(batch, sizeof(batch),
		 "addr add " OWN_ADDRESS6 "/128 dev %s nodad\n", lab->dev);
	if (!err)
		err = tz_lab_ip("-6", batch);
	return err ? err : await_address6();
}

int tz_lab_start(struct tz_lab *lab, const struct tz_lab_options *options)
{
	char batch[1024];

	set_sysctls(lab, options->is_router);
	if (options->is_router)
		snprintf(batch, sizeof(batch),
			 "link add tz-out type veth peer name tz-end\n"
			 "link set lo up\nlink set %s arp off up\n"
			 "link set tz-end arp off up\n"
			 "link set tz-out arp off up\n"
			 "route add default dev tz-out\n",
			 lab->dev);
	else
		snprintf(batch, sizeof(batch),
			 "link set lo up\nlink set %s arp off up\n"
			 "rule add iif %s lookup 100 pref 10\n"
			 "route add local default dev lo table 100\n",
			 lab->dev, lab->dev);
	int err = tz_lab_ip("-4", batch);

	if (!err)
		err = give_addresses(lab);

	/* Only a device that is up tells its peer that it takes bursts. */
	if (!err)
		err = tz_lab_set_gro(lab, options->merges);
	if (err)
		return err;
	if (options->is_router)
		return tz_lab_ip("-6", "route add default dev tz-out\n");
	snprintf(batch, sizeof(batch),
		 "rule add iif %s lookup 100 pref 10\n"
		 "route add local default dev lo table 100\n",
		 lab->dev);
	return tz_lab_ip("-6", batch);
}

void tz_lab_close(struct tz_lab *lab)
{
	if (lab->home_ns >= 0) {
		/* Without a way home the process keeps the receiver. */
		if (setns(lab->home_ns, CLONE_NEWNET))
			perror("lab: cannot leave the namespace");
		close(lab->home_ns);
	}
	if (lab->tx >= 0)
		close(lab->tx);
	if (lab->sender_ns >= 0)
		close(lab->sender_ns);
	if (lab->receiver_ns >= 0)
		close(lab->receiver_ns);
	*lab = (struct tz_lab){
		.home_ns = -1, .sender_ns = -1, .receiver_ns = -1, .tx = -1
	};
}

int tz_lab_set_feature(const char *dev, uint32_t command, bool on)
{
	struct ethtool_value value = { .cmd = command, .data = on };
	struct ifreq request = { .ifr_data = (char *)&value };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	memcpy(request.ifr_name, dev, strnlen(dev, IFNAMSIZ - 1));
	int err = ioctl(fd, SIOCETHTOOL, &request) ? -errno : 0;

	close(fd);
	return err;
}

int tz_lab_set_gro(struct tz_lab *lab, bool on)
{
	return tz_lab_set_feature(lab->dev, ETHTOOL_SGRO, on);
}

void tz_lab_pin(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}
