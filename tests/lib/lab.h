/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A laboratory: two network namespaces and a veth pair between them. The
 * namespaces have no names and live as long as the process, however it ends.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

struct tz_lab_options {
	const char *dev; /* name of the receiver's device */
	bool is_router;  /* forward all; else all is local */
	bool merges;     /* GRO on */
};

struct tz_lab {
	int home_ns, sender_ns, receiver_ns;
	int tx;                  /* packet socket on the sender's device */
	unsigned int ifindex;    /* of the receiver's device */
	unsigned int tx_ifindex; /* of the sender's, in its namespace */
	char dev[IFNAMSIZ];
};

/* The device's address, and the one that frames come from. */
extern const uint8_t tz_lab_mac[6], tz_lab_sender_mac[6];

/*
 * Makes the namespaces and the devices, which are down and have no address;
 * the process is in the receiver afterwards. 0, or -errno after a message.
 */
int tz_lab_open(struct tz_lab *lab, const struct tz_lab_options *options);
/* Addresses, routes and devices up: packets can be sent after this. */
int tz_lab_start(struct tz_lab *lab, const struct tz_lab_options *options);
/* Brings the process home and lets the namespaces go. */
void tz_lab_close(struct tz_lab *lab);
/* Writes @value to /proc/sys/@path of the current namespace. */
int tz_lab_sysctl(const char *path, const char *value);
/* The same for net/@family/conf/@dev/@key; what is not there is not asked. */
void tz_lab_conf(const char *family, const char *dev, const char *key,
		 const char *value);
/* Runs `ip @family` ("-4", "-6") over lines. 0, or -errno after a message. */
int tz_lab_ip(const char *family, const char *commands);
/*
 * Makes a network namespace, in which the process is afterwards and nobody
 * talks by itself: devices that are born there get no address. 0 or -errno.
 */
int tz_lab_new_ns(int *fd);
/* Switches a feature of @dev by ETHTOOL_S...: 0 or -errno. */
int tz_lab_set_feature(const char *dev, uint32_t command, bool on);
/* GRO of the receiver's device. */
int tz_lab_set_gro(struct tz_lab *lab, bool on);
/* Stays on the CPU that the process is on: one queue, one order. */
void tz_lab_pin(void);
