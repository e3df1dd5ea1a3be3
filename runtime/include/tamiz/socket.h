/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libtamiz-runtime: filters on sockets of running processes. What a filter
 * answers decides whether the process gets a packet. The conventions are those
 * of <tamiz/runtime.h>.
 */
#ifndef TAMIZ_SOCKET_H
#define TAMIZ_SOCKET_H

#include <tamiz/runtime.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A socket, and one of the processes that hold it. */
struct tamiz_socket {
	int fd;           /* owned: a copy of the process's */
	int pid, number;  /* its process, its descriptor there */
	char process[16]; /* the name of that */
	char *name;       /* owned: "udp 127.0.0.1:53", "packet eth0" */
	uint64_t inode;
	/*
	 * What the filter's packets begin with; DEFAULT: nothing that
	 * expressions could speak of.
	 */
	enum tamiz_link link;
	/* UDP_GRO: several datagrams may come as one, judged by the first. */
	bool merges;
};

struct tamiz_sockets {
	struct tamiz_socket *at; /* owned */
	size_t n;
};

void tamiz_sockets_clear(struct tamiz_sockets *sockets);

/*
 * Adds the sockets that @which names, those that are there already left out:
 *	PID:FD                  a descriptor of a process
 *	udp|tcp ADDRESS:PORT    by local address, in this network namespace;
 *				* is any address, or port: that of both families
 *	raw ADDRESS:PROTOCOL
 *	packet DEVICE           * is any
 * -EINVAL: it names none of these; -ENOENT, -ESRCH: there is none. Needs
 * CAP_SYS_PTRACE for processes that the caller could not trace.
 */
int tamiz_sockets_find(const char *which, struct tamiz_sockets *sockets,
		       struct tamiz_notes *notes,
		       struct tamiz_message *message);

/* One of the two. */
struct tamiz_socket_filter {
	const struct sock_filter *insns; /* classic BPF, or NULL */
	size_t n;
	int fd; /* of tamiz_filter_load() */
};

struct tamiz_socket_options {
	bool force; /* in the place of filters that are there */
	/* Nobody can change or take off the filter; cannot be undone. */
	bool lock;
	bool dry_run; /* look whether it could be done */
};

/*
 * Gives each of the sockets the filter of the same index. When one fails, what
 * was there before is put back. -EEXIST: it has a filter; -EPERM: its filter is
 * locked. Takes effect with the next packet: what is in the queue stays.
 */
int tamiz_sockets_attach(const struct tamiz_sockets *sockets,
			 const struct tamiz_socket_filter *filters,
			 const struct tamiz_socket_options *options,
			 struct tamiz_message *message);
/*
 * Takes off the filters of those that have one; *n counts them. When one fails,
 * the others are put back. -ENOENT: none has one.
 */
int tamiz_sockets_detach(const struct tamiz_sockets *sockets, size_t *n,
			 struct tamiz_message *message);

struct tamiz_socket_status {
	enum {
		TAMIZ_SOCKET_OPEN, /* no filter */
		TAMIZ_SOCKET_CLASSIC,
		TAMIZ_SOCKET_EBPF, /* the kernel does not show it */
	} filter;
	struct sock_filter *insns; /* of CLASSIC, owned */
	size_t n;
	bool is_locked;
	/* Packets that were dropped: by a filter, or for want of room. */
	uint32_t drops;
};

int tamiz_socket_status_read(const struct tamiz_socket *socket,
			     struct tamiz_socket_status *status,
			     struct tamiz_message *message);
void tamiz_socket_status_clear(struct tamiz_socket_status *status);

#ifdef __cplusplus
}
#endif

#endif
