/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hosts that talk: a client, and behind a device with rules a host, or a
 * router and a server behind it. Any address is at home on both sides, so that
 * sockets of every address of a rule set really speak with each other. The
 * namespaces have no names and live as long as the process.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>

struct tz_seq_options {
	const char *dev; /* name of the device that the rules look at */
	bool is_router;
	bool merges;    /* GRO of the device */
	bool offloads;  /* the client leaves checksums to its device */
	bool is_strict; /* conntrack takes no connection up in the middle */
};

struct tz_seq_lab {
	int home, client, host, server; /* namespaces; a host is its server */
	int wire;                       /* packet socket at the client */
	unsigned int ifindex;           /* of the device */
	unsigned int wire_ifindex;      /* of its peer, at the client */
	struct tz_seq_options options;
};

/*
 * Namespaces and devices, down, without addresses; the process is in the
 * host's afterwards. 0, or -errno after a message.
 */
int tz_seq_lab_open(struct tz_seq_lab *lab,
		    const struct tz_seq_options *options);
/* Everything up: they can talk after this. */
int tz_seq_lab_start(struct tz_seq_lab *lab);
void tz_seq_lab_close(struct tz_seq_lab *lab);
/*
 * A socket in namespace @ns that may take any address, non-blocking; -errno.
 */
int tz_seq_socket(int ns, int domain, int type, int protocol);
