/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking sockets out of running processes: pidfd_getfd(2) gives a copy of a
 * descriptor, and what is set by the copy is set on the socket. Which process
 * it is does not change between two calls: the pidfd holds it.
 */
#include "runtime/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/message.h"
#include "runtime/scope.h"
#include "runtime/sys.h"

static void read_process_name(int pid, char name[16])
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);

	FILE *file = fopen(path, "re");

	if (!file || !fgets(name, 16, file))
		strcpy(name, "?");
	if (file)
		fclose(file);
	name[strcspn(name, "\n")] = '\0';
}

/* Of pidfd_open() and pidfd_getfd(). */
static int refuse_process(int pid, int number, int error,
			  struct tamiz_message *message)
{
	if (error == -EPERM)
		return tz_message_fail(
			message, error,
			"process %d does not let us take its descriptors: %s",
			pid,
			tz_sys_has_cap(CAP_SYS_PTRACE)
				? "it is in another user namespace, or a "
				  "security module forbids it"
				: "missing capability: CAP_SYS_PTRACE");
	if (error == -EBADF)
		return tz_message_fail(message, error,
				       "process %d has no descriptor %d", pid,
				       number);
	if (error == -ESRCH)
		return tz_message_fail(message, error, "there is no process %d",
				       pid);
	return tz_message_fail(message, error,
			       "cannot take descriptor %d of process %d: %s",
			       number, pid, strerror(-error));
}

int tz_socket_take(int pid, int number, uint64_t inode,
		   struct tamiz_socket *socket, struct tamiz_message *message)
{
	_cleanup_close_ int process = pidfd_open(pid, 0);

	if (process < 0)
		return refuse_process(pid, number, -errno, message);

	_cleanup_close_ int fd = pidfd_getfd(process, number, 0);
	struct tamiz_socket taken = { .pid = pid, .number = number };
	struct stat st;

	if (fd < 0)
		return refuse_process(pid, number, -errno, message);
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISSOCK(st.st_mode))
		return tz_message_fail(message, -ENOTSOCK,
				       "descriptor %d of process %d is not a "
				       "socket",
				       number, pid);
	if (inode && inode != st.st_ino)
		return -ESTALE;
	taken.inode = st.st_ino;
	taken.fd = fd;
	read_process_name(pid, taken.process);

	int error = tz_socket_describe(&taken);

	if (error)
		return error;
	TAKE_FD(fd);
	*socket = taken;
	return 0;
}

int tz_sockets_add(struct tamiz_sockets *sockets, struct tamiz_socket *socket)
{
	struct tamiz_socket *at;

	for (size_t i = 0; i < sockets->n; i++) {
		if (sockets->at[i].inode != socket->inode)
			continue;
		close(socket->fd);
		free(socket->name);
		return 0;
	}
	at = reallocarray(sockets->at, sockets->n + 1, sizeof(*at));
	if (!at) {
		close(socket->fd);
		free(socket->name);
		return -ENOMEM;
	}
	sockets->at = at;
	at[sockets->n++] = *socket;
	return 0;
}

void tamiz_sockets_clear(struct tamiz_sockets *sockets)
{
	for (size_t i = 0; i < sockets->n; i++) {
		close(sockets->at[i].fd);
		free(sockets->at[i].name);
	}
	free(sockets->at);
	*sockets = (struct tamiz_sockets){ 0 };
}

/* Digits only, up to @max. */
static bool read_number(const char *text, unsigned long max,
			unsigned long *number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoul(text, &end, 10);
	return !*end && !errno && *number <= max;
}

static bool read_descriptor(const char *which, int *pid, int *number)
{
	const char *colon = strchr(which, ':');
	unsigned long process, descriptor;
	char text[16];

	if (!colon || (size_t)(colon - which) >= sizeof(text))
		return false;
	memcpy(text, which, (size_t)(colon - which));
	text[colon - which] = '\0';
	if (!read_number(text, INT32_MAX, &process) || !process ||
	    !read_number(colon + 1, INT32_MAX, &descriptor))
		return false;
	*pid = (int)process;
	*number = (int)descriptor;
	return true;
}

/* "*", "192.0.2.1", "[2001:db8::1]". An IPv4 address in IPv6 is an IPv4 one. */
static bool read_address(const char *text, size_t len,
			 struct tz_socket_query *query)
{
	static const __u8 mapped[12] = { [10] = 0xff, [11] = 0xff };
	char address[INET6_ADDRSTRLEN];
	bool is_ipv6 = len > 2 && *text == '[' && text[len - 1] == ']';

	if (len == 1 && *text == '*')
		return true;
	if (is_ipv6) {
		text++;
		len -= 2;
	}
	if (!len || len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	query->family = is_ipv6 ? 6 : 4;
	if (!inet_pton(is_ipv6 ? AF_INET6 : AF_INET, address, query->address))
		return false;
	if (is_ipv6 && !memcmp(query->address, mapped, sizeof(mapped))) {
		memmove(query->address, query->address + 12, 4);
		query->family = 4;
	}
	return true;
}

static bool read_port(const char *text, struct tz_socket_query *query)
{
	const char *protocol = tz_socket_protocol(query->protocol);
	unsigned long number;

	if (!strcmp(text, "*"))
		return true;
	query->has_port = true;
	if (read_number(text, 65535, &number)) {
		query->port = (unsigned int)number;
		return true;
	}
	if (query->protocol == IPPROTO_RAW) {
		struct protoent *known = getprotobyname(text);

		query->port = known ? (unsigned int)known->p_proto : 0;
		return known;
	}

	struct servent *known = getservbyname(text, protocol);

	query->port = known ? ntohs((uint16_t)known->s_port) : 0;
	return known;
}

static bool read_packet(const char *text, struct tz_socket_query *query)
{
	if (!*text || !strcmp(text, "*"))
		return true;
	query->ifindex = if_nametoindex(text);
	return query->ifindex;
}

static bool read_query(const char *which, struct tz_socket_query *query)
{
	static const struct {
		const char *word;
		int protocol;
	} words[] = { { "udp", IPPROTO_UDP },
		      { "tcp", IPPROTO_TCP },
		      { "raw", IPPROTO_RAW },
		      { "packet", 0 } };
	size_t len = strcspn(which, " ");
	const char *rest = which + len + strspn(which + len, " ");
	const char *colon = strrchr(rest, ':');

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].word) != len ||
		    memcmp(words[i].word, which, len))
			continue;
		query->protocol = words[i].protocol;
		if (!query->protocol)
			return read_packet(rest, query);
		if (!*rest)
			return true;
		return colon &&
		       read_address(rest, (size_t)(colon - rest), query) &&
		       read_port(colon + 1, query);
	}
	return false;
}

static int find_one(int pid, int number, struct tamiz_sockets *sockets,
		    struct tamiz_message *message)
{
	struct tamiz_socket socket;
	int error = tz_socket_take(pid, number, 0, &socket, message);

	return error ? error : tz_sockets_add(sockets, &socket);
}

int tamiz_sockets_find(const char *which, struct tamiz_sockets *sockets,
		       struct tamiz_notes *notes, struct tamiz_message *message)
{
	struct tz_socket_query query = { 0 };
	struct tz_inodes inodes = { 0 };
	size_t n_before = sockets->n;
	int pid, number;

	if (read_descriptor(which, &pid, &number))
		return find_one(pid, number, sockets, message);
	if (!read_query(which, &query))
		return tz_message_fail(
			message, -EINVAL,
			"\"%s\" names no sockets; they are PID:FD, \"udp "
			"ADDRESS:PORT\", \"tcp ADDRESS:PORT\", \"raw "
			"ADDRESS:PROTOCOL\" (* is any, an IPv6 address stands "
			"in []) or \"packet DEVICE\"",
			which);

	int error = tz_socket_list(&query, &inodes, message);

	if (!error && inodes.n_nobodys)
		tz_note(notes,
			"connections that no process has accepted yet (%zu) "
			"have the filter of their listening socket as it was "
			"when they came",
			inodes.n_nobodys);
	if (!error)
		error = tz_socket_take_all(&inodes, sockets, notes, message);
	free(inodes.at);
	if (!error && sockets->n == n_before && !inodes.n)
		return tz_message_fail(message, -ENOENT,
				       "there is no socket \"%s\" in this "
				       "network namespace",
				       which);
	return error;
}
