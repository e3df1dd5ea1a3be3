/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets of running processes: what the files runtime/socket*.c share. */
#pragma once

#include <linux/types.h>
#include <tamiz/socket.h>

/* socket.c */

/*
 * A copy of descriptor @number of @pid, which is a socket. @inode: of the one
 * that is meant, 0 for any. -ESTALE: it is another one.
 */
int tz_socket_take(int pid, int number, uint64_t inode,
		   struct tamiz_socket *socket, struct tamiz_message *message);
/* Takes over @socket; @sockets keeps each inode once. */
int tz_sockets_add(struct tamiz_sockets *sockets, struct tamiz_socket *socket);

/* socket_name.c: what it is: name and link, from its descriptor. */
int tz_socket_describe(struct tamiz_socket *socket);
/* "udp", "tcp", ... ; NULL when it has no name here. */
const char *tz_socket_protocol(int protocol);

/* socket_list.c: which sockets of this namespace are meant. */

struct tz_socket_query {
	int protocol; /* IPPROTO_UDP, _TCP, _RAW; 0: packet sockets */
	int family;   /* of the address: 4, 6; 0: any */
	__u8 address[16];
	bool has_port;
	unsigned int port;    /* for raw the protocol */
	unsigned int ifindex; /* of packet sockets; 0: any */
};

struct tz_inodes {
	uint64_t *at; /* owned */
	size_t n;
	size_t n_nobodys; /* connections that nobody has accepted yet */
};

int tz_socket_list(const struct tz_socket_query *query,
		   struct tz_inodes *inodes, struct tamiz_message *message);

/* socket_owner.c: takes those of @inodes that some process holds. */
int tz_socket_take_all(const struct tz_inodes *inodes,
		       struct tamiz_sockets *sockets, struct tamiz_notes *notes,
		       struct tamiz_message *message);
