/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters of sockets: SO_ATTACH_FILTER, SO_ATTACH_BPF, SO_LOCK_FILTER. A change
 * of several sockets first looks at all of them and saves what each has; what
 * can fail then is memory. Locks come last: they are there for good. What the
 * kernel does not show, an eBPF program of somebody's, cannot be put back;
 * those sockets are the last to be changed.
 */
#include "runtime/socket.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "runtime/message.h"
#include "runtime/scope.h"

struct change {
	const struct tamiz_sockets *sockets;
	struct tamiz_socket_status *before; /* of each; owned */
	size_t *order;                      /* owned */
	size_t n_done;
};

static int set(int fd, int option, const void *value, size_t len)
{
	return setsockopt(fd, SOL_SOCKET, option, value, (socklen_t)len) < 0
		       ? -errno
		       : 0;
}

static int set_classic(int fd, const struct sock_filter *insns, size_t n)
{
	struct sock_fprog program = {
		.len = (unsigned short)n,
		.filter = (struct sock_filter *)(uintptr_t)insns,
	};

	return set(fd, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int take_off(int fd)
{
	int ignored = 0;

	return set(fd, SO_DETACH_FILTER, &ignored, sizeof(ignored));
}

/* The option's length counts instructions: sk_get_filter(). */
static int read_filter(int fd, struct tamiz_socket_status *status)
{
	socklen_t n = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &n) < 0) {
		if (errno != EACCES)
			return -errno;
		status->filter = TAMIZ_SOCKET_EBPF;
		return 0;
	}
	if (!n)
		return 0;

	_cleanup_free_ struct sock_filter *insns = calloc(n, sizeof(*insns));

	if (!insns)
		return -ENOMEM;
	if (getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, insns, &n) < 0)
		return -errno;
	status->filter = TAMIZ_SOCKET_CLASSIC;
	status->insns = TAKE_PTR(insns);
	status->n = n;
	return 0;
}

static int read_status(int fd, struct tamiz_socket_status *status)
{
	__u32 memory[SK_MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof(memory);
	int locked = 0, error = read_filter(fd, status);

	if (error)
		return error;
	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &len) == 0)
		status->drops = memory[SK_MEMINFO_DROPS];
	len = sizeof(locked);
	if (getsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &locked, &len) < 0)
		return -errno;
	status->is_locked = locked;
	return 0;
}

int tamiz_socket_status_read(const struct tamiz_socket *socket,
			     struct tamiz_socket_status *status,
			     struct tamiz_message *message)
{
	struct tamiz_socket_status read = { 0 };
	int error = read_status(socket->fd, &read);

	if (error) {
		tamiz_socket_status_clear(&read);
		return tz_message_fail(message, error,
				       "cannot read the filter of %s: %s",
				       socket->name, strerror(-error));
	}
	*status = read;
	return 0;
}

void tamiz_socket_status_clear(struct tamiz_socket_status *status)
{
	free(status->insns);
	*status = (struct tamiz_socket_status){ 0 };
}

static void end_change(struct change *change)
{
	for (size_t i = 0; change->before && i < change->sockets->n; i++)
		tamiz_socket_status_clear(&change->before[i]);
	free(change->before);
	free(change->order);
}

/* Those that can be put back first. */
static void put_in_order(struct change *change)
{
	size_t n = 0;

	for (int last = 0; last < 2; last++) {
		for (size_t i = 0; i < change->sockets->n; i++) {
			bool is_hidden =
				change->before[i].filter == TAMIZ_SOCKET_EBPF;

			if (is_hidden == last)
				change->order[n++] = i;
		}
	}
}

/* end_change() also when it fails. */
static int begin_change(struct change *change,
			const struct tamiz_sockets *sockets,
			struct tamiz_message *message)
{
	*change = (struct change){
		.sockets = sockets,
		.before = calloc(sockets->n + 1, sizeof(*change->before)),
		.order = calloc(sockets->n + 1, sizeof(*change->order)),
	};
	if (!change->before || !change->order)
		return -ENOMEM;
	for (size_t i = 0; i < sockets->n; i++) {
		int error = tamiz_socket_status_read(
			&sockets->at[i], &change->before[i], message);

		if (error)
			return error;
		if (change->before[i].is_locked)
			return tz_message_fail(
				message, -EPERM,
				"the filter of %s is locked: nobody can change "
				"it or take it off",
				sockets->at[i].name);
	}
	put_in_order(change);
	return 0;
}

static int put_back(int fd, const struct tamiz_socket_status *before)
{
	int error;

	switch (before->filter) {
	case TAMIZ_SOCKET_OPEN:
		error = take_off(fd);
		return error == -ENOENT ? 0 : error;
	case TAMIZ_SOCKET_CLASSIC:
		return set_classic(fd, before->insns, before->n);
	case TAMIZ_SOCKET_EBPF:
		break;
	}
	return -EACCES;
}

/* Undoes what is done, after @error on @socket. */
static int undo(struct change *change, const struct tamiz_socket *socket,
		int error, struct tamiz_message *message)
{
	const struct tamiz_socket *left = NULL;
	size_t n_left = 0;

	while (change->n_done) {
		size_t i = change->order[--change->n_done];

		if (put_back(change->sockets->at[i].fd, &change->before[i]) ==
		    0)
			continue;
		left = &change->sockets->at[i];
		n_left++;
	}
	if (n_left)
		return tz_message_fail(
			message, error,
			"cannot change the filter of %s: %s; what was before "
			"could not be put back on %zu sockets, %s of process "
			"%d is one",
			socket->name, strerror(-error), n_left, left->name,
			left->pid);
	return tz_message_fail(
		message, error, "cannot change the filter of %s: %s%s%s",
		socket->name, strerror(-error),
		error == -ENOMEM ? " (net.core.optmem_max limits its size)"
				 : "",
		change->sockets->n > 1 ? "; no socket was changed" : "");
}

static int set_filter(int fd, const struct tamiz_socket_filter *filter)
{
	if (filter->insns)
		return set_classic(fd, filter->insns, filter->n);
	return set(fd, SO_ATTACH_BPF, &filter->fd, sizeof(filter->fd));
}

static int lock_all(const struct tamiz_sockets *sockets,
		    struct tamiz_message *message)
{
	int on = 1;

	for (size_t i = 0; i < sockets->n; i++) {
		int error =
			set(sockets->at[i].fd, SO_LOCK_FILTER, &on, sizeof(on));

		if (error)
			return tz_message_fail(message, error,
					       "the filter of %s is in force, "
					       "but cannot be locked: %s",
					       sockets->at[i].name,
					       strerror(-error));
	}
	return 0;
}

static int refuse_present(const struct change *change,
			  struct tamiz_message *message)
{
	for (size_t i = 0; i < change->sockets->n; i++) {
		if (change->before[i].filter == TAMIZ_SOCKET_OPEN)
			continue;
		return tz_message_fail(
			message, -EEXIST,
			"%s of process %d has a filter already "
			"(--force puts the new one in its place)",
			change->sockets->at[i].name,
			change->sockets->at[i].pid);
	}
	return 0;
}

static int attach_all(struct change *change,
		      const struct tamiz_socket_filter *filters,
		      struct tamiz_message *message)
{
	const struct tamiz_sockets *sockets = change->sockets;

	for (; change->n_done < sockets->n; change->n_done++) {
		size_t i = change->order[change->n_done];
		int error = set_filter(sockets->at[i].fd, &filters[i]);

		if (error)
			return undo(change, &sockets->at[i], error, message);
	}
	return 0;
}

int tamiz_sockets_attach(const struct tamiz_sockets *sockets,
			 const struct tamiz_socket_filter *filters,
			 const struct tamiz_socket_options *options,
			 struct tamiz_message *message)
{
	struct change change;
	int error = begin_change(&change, sockets, message);

	if (!error && !options->force)
		error = refuse_present(&change, message);
	if (!error && !options->dry_run)
		error = attach_all(&change, filters, message);
	if (!error && !options->dry_run && options->lock)
		error = lock_all(sockets, message);
	end_change(&change);
	return error;
}

int tamiz_sockets_detach(const struct tamiz_sockets *sockets, size_t *n,
			 struct tamiz_message *message)
{
	struct change change;
	size_t n_filters = 0;
	int error = begin_change(&change, sockets, message);

	for (; !error && change.n_done < sockets->n; change.n_done++) {
		size_t i = change.order[change.n_done];

		if (change.before[i].filter == TAMIZ_SOCKET_OPEN)
			continue;
		n_filters++;
		error = take_off(sockets->at[i].fd);
		if (error)
			error = undo(&change, &sockets->at[i], error, message);
		if (error)
			break;
	}
	end_change(&change);
	if (error)
		return error;
	if (!n_filters)
		return tz_message_fail(message, -ENOENT, "%s has no filter",
				       sockets->n == 1 ? sockets->at[0].name
						       : "none of the sockets");
	*n = n_filters;
	return 0;
}
